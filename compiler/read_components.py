"""Words of the vocabulary with their arguments: `root(start = 20%)` as a class bound to its parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from currc.compiler.codes import Code
from currc.compiler.complain import listed, unknown
from currc.compiler.desk import Desk, Place
from currc.compiler.kinds import LANGUAGE
from currc.compiler.read_arguments import argument, complaint_of, plain
from currc.compiler.read_names import bare
from currc.compiler.scope import inside
from currc.compiler.source import Span
from currc.compiler.syntax import Argument, Call, Name, Path, String
from currc.compiler.value_types import Bound

TITLES: Mapping[str, str] = {
    "score": "score of difficulty",
    "order": "order",
    "pacing": "pacing",
    "mix": "mix",
    "classes": "balance of classes",
    "retire": "rule of retirement",
    "weights": "weighting",
    "example_weights": "weighting of rows",
    "combine": "combiner",
    "adapter": "adapter",
    "init": "initialisation",
    "optimizer": "optimiser",
    "lr_schedule": "learning-rate schedule",
    "metric": "metric",
    "test": "test",
    "correct": "correction",
    "search": "method of search",
}
"""What a word of a slot is called in a message."""

FLAGS = (
    "sorts",
    "windowed",
    "paced",
    "strict",
    "stacks",
    "labelled",
    "refreshed",
    "looks",
    "moves",
    "lengthens",
    "dynamic",
    "adaptive",
)


class Given:
    """The arguments of one call, by field, and where each was written."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.spans: dict[str, Span] = {}
        self.fine = True


def component(expr: Any, slot: str, extra: tuple[str, ...], place: Place, desk: Desk) -> Bound | str | None:
    """A word of a slot bound to its arguments, or one of the `extra` words; `None` after a complaint."""
    if not desk.spend(expr.span, place.depth):
        return None
    match expr:
        case Path() if len(expr.names) == 1 and (known := expr.text) in (
            *desk.vocabulary.words(slot),
            *extra,
        ):
            return (
                known
                if known not in desk.vocabulary.words(slot)
                else _bind(expr.names[0], (), slot, place, desk)
            )
        case Path() if (constant := desk.scope.constant(expr, place.module)) is not None:
            value, deeper = desk.through(constant, place)
            return component(value, slot, extra, deeper, desk)
        case Path():
            _unknown(Name(expr.text, expr.span), slot, extra, place, desk)
        case Call(name=name) if name.text not in desk.vocabulary.words(slot):
            _unknown(name, slot, extra, place, desk)
        case Call(name=name, arguments=arguments):
            return _bind(name, arguments, slot, place, desk)
        case String():
            note = "write the word without quotes"
            message = f"a {TITLES.get(slot, slot)} is a bare word, not a string"
            desk.say(Code.WRONG_TYPE, message, expr.span, note, fix=bare(expr), address=place.address)
        case _:
            known_words = (*desk.vocabulary.words(slot), *extra)
            note = f"this is no {TITLES.get(slot, slot)}"
            message = f"a {TITLES.get(slot, slot)} is needed here"
            desk.say(Code.WRONG_TYPE, message, expr.span, note, help="there is " + listed(known_words))
    return None


def default(word: str, slot: str, desk: Desk) -> Bound | str:
    """A word with nothing but default parameters; the bare word where the vocabulary has no such class."""
    if word not in desk.vocabulary.words(slot):
        return word
    return at_defaults(word, desk.vocabulary.component(slot, word))


def at_defaults(word: str, cls: Any) -> Bound:
    """A word bound to the defaults of its class."""
    parameters = _defaults(cls)
    return Bound(word, parameters, traits(cls), score=_own_score(cls, parameters))


def _own_score(cls: Any, parameters: Mapping[str, Any]) -> Bound | None:
    """The score that an order brings instead of `by`."""
    ask = getattr(cls, "own_score", None)
    found = ask(parameters) if ask is not None else None
    return None if found is None else Bound(found["word"], found["parameters"])


def traits(cls: Any) -> frozenset[str]:
    """What a component class says of itself, as words that the rules of the compiler ask for."""
    flags = {flag for flag in FLAGS if getattr(cls, flag, False) is True}
    needs = {f"needs:{need}" for need in getattr(cls, "needs", ())}
    return frozenset(flags | needs)


def _unknown(name: Name, slot: str, extra: tuple[str, ...], place: Place, desk: Desk) -> None:
    title = TITLES.get(slot, slot)
    if desk.scope.lost(inside(place.module, name.text)):
        return
    words = (*desk.vocabulary.words(slot), *extra)
    if name.text in extra:
        desk.say(
            Code.TOO_MANY_ARGUMENTS, f"`{name.text}` takes no arguments", name.span, "leave out the brackets"
        )
    elif name.text in LANGUAGE.get(slot, ()):
        message = f"the {title} `{name.text}` is not in this release"
        desk.say(
            Code.NOT_YET, message, name.span, "this version cannot run it", help="there is " + listed(words)
        )
    else:
        desk.complaints.add(
            unknown(
                Code.UNKNOWN_WORD,
                name,
                words,
                f"there is no {title} named `{name.text}`",
                note=f"no {title} has this name",
                address=place.address,
            )
        )


def _bind(name: Name, arguments: tuple[Argument, ...], slot: str, place: Place, desk: Desk) -> Bound | None:
    cls = desk.vocabulary.component(slot, name.text)
    given = _arguments(name, arguments, cls, place, desk)
    missing = [
        key for key, info in cls.model_fields.items() if info.is_required() and key not in given.values
    ]
    if given.fine and missing:
        named = listed(missing)
        message = f"`{name.text}` needs {named}"
        about = cls.model_fields[missing[0]].description or ""
        desk.say(Code.MISSING_ARGUMENT, message, name.span, f"{missing[0]}: {about}", address=place.address)
    if not given.fine or missing:
        return None
    parameters = _defaults(cls)
    if given.values:
        checked = _validated(name, given, cls, place, desk)
        if checked is None:
            return None
        parameters |= checked
    about = traits(cls) | _nested_traits(parameters, cls, desk)
    asked = cls.trusted(parameters).observers() if "needs:models" in about else ()
    return Bound(name.text, parameters, about, asked, _own_score(cls, parameters))


def _defaults(cls: Any) -> dict[str, Any]:
    """Every parameter that has a default, as JSON."""
    return {
        key: plain(info.default, info.annotation)
        for key, info in cls.model_fields.items()
        if not info.is_required()
    }


def _nested_traits(parameters: Mapping[str, Any], cls: Any, desk: Desk) -> frozenset[str]:
    """What the components inside a component need, as in `mean_of(length, reference_loss)`."""
    found: frozenset[str] = frozenset()
    for key, info in cls.model_fields.items():
        if info.unit != "component":
            continue
        value = parameters.get(key)
        for part in value if isinstance(value, list) else [value]:
            if part:
                inner = traits(desk.vocabulary.component(info.slot, part["word"]))
                found |= {trait for trait in inner if trait.startswith("needs:")}
    return found


def _arguments(name: Name, arguments: tuple[Argument, ...], cls: Any, place: Place, desk: Desk) -> Given:
    """Arguments by field: positional ones in the order of the fields, or all into the variadic field."""
    given = Given()
    order = positional(cls)
    variadic, loose = getattr(cls, "variadic", None), getattr(cls, "open_keywords", None)
    for index, written in enumerate(arguments):
        if written.name is None and variadic is not None:
            _collect(given, variadic, None, written, cls, place, desk)
        elif written.name is None:
            fields = [key for key in positional(cls) if key != loose]
            if index >= len(fields):
                _too_many(name, written, len(fields), given, desk)
            else:
                _put(given, fields[index], written, cls, place, desk)
        elif written.name.text in cls.model_fields and written.name.text != loose:
            _put(given, written.name.text, written, cls, place, desk)
        elif loose is not None:
            _collect(given, loose, written.name, written, cls, place, desk)
        else:
            _no_such(name, written.name, order, given, desk)
    return given


def positional(cls: Any) -> list[str]:
    """Fields in the order of positional arguments: the word's own, then those it shares with others."""
    own = [key for key in vars(cls).get("__annotations__", {}) if key in cls.model_fields]
    return own + [key for key in cls.model_fields if key not in own]


def _put(given: Given, key: str, written: Argument, cls: Any, place: Place, desk: Desk) -> None:
    if key in given.spans:
        span = written.name.span if written.name else written.span
        message = f"`{key}` is given twice"
        desk.say(Code.DUPLICATE_ARGUMENT, message, span, "given again")
        given.fine = False
        return
    given.spans[key] = written.value.span
    value = argument(written.value, cls.model_fields[key], key, place, desk, component)
    if value is None:
        given.fine = False
    else:
        given.values[key] = value


def _collect(
    given: Given, key: str, name: Name | None, written: Argument, cls: Any, place: Place, desk: Desk
) -> None:
    """One more item of a field that takes any number of arguments."""
    if name is not None and name.text in given.values.get(key, {}):
        desk.say(Code.DUPLICATE_ARGUMENT, f"`{name.text}` is given twice", name.span, "given again")
        given.fine = False
        return
    value = argument(written.value, cls.model_fields[key], name.text if name else key, place, desk, component)
    given.spans.setdefault(key, written.span)
    if value is None:
        given.fine = False
    elif name is None:
        given.values.setdefault(key, []).append(value)
    else:
        given.values.setdefault(key, {})[name.text] = value
        given.spans[f"{key}.{name.text}"] = written.span


def _too_many(name: Name, written: Argument, most: int, given: Given, desk: Desk) -> None:
    given.fine = False
    takes = "takes no arguments" if most == 0 else f"takes at most {most} argument{'s' if most > 1 else ''}"
    note = "one too many" if most else f"write `{name.text}` alone"
    desk.say(Code.TOO_MANY_ARGUMENTS, f"`{name.text}` {takes}", written.span, note)


def _no_such(name: Name, key: Name, order: list[str], given: Given, desk: Desk) -> None:
    given.fine = False
    message = f"`{name.text}` has no argument `{key.text}`"
    help = f"`{name.text}` takes no arguments" if not order else ""
    note = "no argument has this name"
    desk.complaints.add(unknown(Code.UNKNOWN_ARGUMENT, key, order, message, note=note, help=help))


def _validated(name: Name, given: Given, cls: Any, place: Place, desk: Desk) -> dict[str, Any] | None:
    if cls.takes(given.values):  # nearly always, and then Pydantic is not imported
        return _plain(given, cls)
    from pydantic import ValidationError

    try:
        cls.model_validate(given.values)
    except ValidationError as invalid:
        for problem in invalid.errors(include_url=False):
            at = [str(part) for part in problem["loc"]]
            span = given.spans.get(".".join(at[:2]), given.spans.get(at[0] if at else "", name.span))
            desk.complaints.add(complaint_of(problem, name.text, span, place.address))
        return None
    return _plain(given, cls)


def _plain(given: Given, cls: Any) -> dict[str, Any]:
    return {key: plain(value, cls.model_fields[key].annotation) for key, value in given.values.items()}
