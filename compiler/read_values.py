"""An expression read as the type that its place expects; every mistake in it is reported."""

from __future__ import annotations

from typing import Any

from currc.compiler.arithmetic import amount, choices, numeric
from currc.compiler.codes import Code
from currc.compiler.complain import any_of, listed, unknown
from currc.compiler.desk import Desk, Place
from currc.compiler.diagnostic import Fix, Label
from currc.compiler.kinds import KINDS
from currc.compiler.read_components import component
from currc.compiler.read_metrics import metric_at, target
from currc.compiler.scope import Entry, inside, names
from currc.compiler.source import Span
from currc.compiler.spec import Origin
from currc.compiler.syntax import Bool, Call, List, Name, Path, Range, String
from currc.compiler.templates import placeholders
from currc.compiler.value_types import (
    Amount,
    Count,
    Either,
    Flag,
    Gain,
    Layers,
    ListOf,
    Measure,
    MetricAt,
    Real,
    Ref,
    Share,
    Slot,
    Target,
    Template,
    Text,
    Type,
    Window,
    Words,
    tidy,
)


def read(expr: Any, type: Type, place: Place, desk: Desk) -> Any:
    """The value of an expression as a type; `None` after a complaint, never as a value."""
    if not desk.spend(expr.span, place.depth):
        return None
    found = _through_constant(expr, type, place, desk)
    if found is not None:
        return read(found[0], type, found[1], desk)
    match type:
        case Share() | Count() | Real() | Measure() | Gain():
            return _number(expr, type, place, desk)
        case Text() | Template():
            return _text(expr, type, place, desk)
        case Flag():
            return _flag(expr, desk)
        case Ref():
            return _reference(expr, type, place, desk)
        case Words():
            return _word(expr, type, place, desk)
        case Slot(slot=slot, words=words):
            return component(expr, slot, words, place, desk)
        case MetricAt():
            return metric_at(expr, place, desk)
        case Target():
            return target(expr, place, desk)
        case Layers():
            return _layers(expr, place, desk)
        case Window():
            return _window(expr, place, desk)
        case ListOf():
            return _list(expr, type, place, desk)
        case Either():
            return read(expr, _fitting(expr, type), place, desk)


def _through_constant(expr: Any, type: Type, place: Place, desk: Desk) -> tuple[Any, Place] | None:
    """The value of the constant that a bare word names, unless the word itself fits the type."""
    if not isinstance(expr, Path) or expr.text in _own_words(type):
        return None
    constant = desk.scope.constant(expr, place.module)
    if constant is None:
        return None
    desk.used.add(constant.address)
    desk.trail.append(Origin("constant", constant.address, constant.const.span))
    return constant.const.value, Place(place.address, constant.module, place.depth + 1, place.task)


def _own_words(type: Type) -> tuple[str, ...]:
    match type:
        case Words(words=words) | Ref(words=words) | Slot(words=words):
            return words
        case Layers():
            return ("embeddings",)
        case Either(choices=several):
            return tuple(word for one in several for word in _own_words(one))
        case _:
            return ()


def _fitting(expr: Any, either: Either) -> Type:
    """The choice that an expression of this form is meant for."""
    numbers = (Share, Count, Real, Measure, Gain)
    for choice in either.choices:
        match expr:
            case _ if numeric(expr) and isinstance(choice, numbers):
                return choice
            case String() if isinstance(choice, Text | Template):
                return choice
            case List() if isinstance(choice, ListOf):
                return choice
            case Path() if isinstance(choice, Words | Ref):
                return choice
            case Call(name=name) if isinstance(choice, Words) and name.text in choice.later:
                return choice
            case _:
                continue
    return either.choices[0]


def _number(expr: Any, type: Share | Count | Real | Measure | Gain, place: Place, desk: Desk) -> Any:
    if isinstance(expr, List | String | Bool | Call | Range):
        desk.say(Code.WRONG_TYPE, f"`{_last(place)}` is {described(type)}", expr.span, "this is no number")
        return None
    if isinstance(expr, Path) and _own_words(type) == () and desk.scope.constant(expr, place.module) is None:
        entry = desk.scope.entry(expr.text, place.module)
        if entry is not None:
            note = f"this is a {entry.kind}"
            desk.say(Code.WRONG_TYPE, f"`{_last(place)}` is {described(type)}", expr.span, note)
            return None
    found = amount(expr, place, desk)
    if found is None:
        return None
    match type:
        case Share():
            return _share(found, type, expr.span, place, desk)
        case Count():
            return _count(found, type, expr.span, place, desk)
        case Real():
            return _real(found, type, expr.span, place, desk)
        case Measure():
            return _measure(found, type, expr.span, place, desk)
        case Gain():
            return _plain_or_points(found, expr.span, place, desk)


def _wrong_unit(found: Amount, type: Type, span: Span, place: Place, desk: Desk) -> None:
    message = f"`{_last(place)}` is {described(type)}, not `{found}`"
    note = f"the unit `{found.unit}` does not fit here" if found.unit else "this has no unit"
    if found.unit == "share":
        note = "a share does not fit here"
    desk.say(Code.WRONG_UNIT, message, span, note, address=place.address)


def _beyond(message: str, span: Span, note: str, place: Place, desk: Desk) -> None:
    desk.say(Code.OUT_OF_RANGE, f"`{_last(place)}` is {message}", span, note, address=place.address)


def _share(found: Amount, type: Share, span: Span, place: Place, desk: Desk) -> float | None:
    if found.unit not in ("", "share"):
        return _wrong_unit(found, type, span, place, desk)
    low = found.value > type.least if type.above else found.value >= type.least
    high = found.value < type.most if type.below else found.value <= type.most
    if low and high:
        return found.value
    return _beyond(described(type), span, f"this is {tidy(found.value * 100)}%", place, desk)


def _count(found: Amount, type: Count, span: Span, place: Place, desk: Desk) -> int | None:
    if found.unit not in ("", *type.units):
        return _wrong_unit(found, type, span, place, desk)
    if found.value != int(found.value):
        return _beyond("a whole number", span, f"{tidy(found.value)} is not whole", place, desk)
    if found.value < type.least:
        return _beyond(f"at least {type.least}", span, f"{tidy(found.value)} is less", place, desk)
    if type.most is not None and found.value > type.most:
        return _beyond(f"at most {type.most}", span, f"{tidy(found.value)} is more", place, desk)
    return int(found.value)


def _real(found: Amount, type: Real, span: Span, place: Place, desk: Desk) -> float | None:
    if found.unit:
        return _wrong_unit(found, type, span, place, desk)
    if type.above is not None and found.value <= type.above:
        return _beyond(f"more than {tidy(type.above)}", span, f"{tidy(found.value)} is not", place, desk)
    if type.least is not None and found.value < type.least:
        return _beyond(f"at least {tidy(type.least)}", span, f"{tidy(found.value)} is less", place, desk)
    if type.most is not None and found.value > type.most:
        return _beyond(f"at most {tidy(type.most)}", span, f"{tidy(found.value)} is more", place, desk)
    return found.value


def _measure(found: Amount, type: Measure, span: Span, place: Place, desk: Desk) -> Amount | None:
    dimensions = {_dimension(unit) for unit in type.units}
    dimensions |= {"share"} if type.share else set()
    dimensions |= {""} if type.bare else set()
    if found.unit not in dimensions:
        return _wrong_unit(found, type, span, place, desk)
    if found.value < 0:
        return _beyond("not negative", span, f"this is {found}", place, desk)
    if found.unit == "share" and found.value > 1:
        return _beyond("at most 100%", span, f"this is {found}", place, desk)
    return found


def _dimension(unit: str) -> str:
    from currc.compiler.value_types import UNITS

    return UNITS[unit][0]


def _plain_or_points(found: Amount, span: Span, place: Place, desk: Desk) -> Amount | None:
    if found.unit in ("", "share"):
        return found
    return _wrong_unit(found, Gain(), span, place, desk)


def described(type: Type) -> str:
    """A type in words, to stand after `is`."""
    match type:
        case Share(least=least, most=most, above=above, below=below):
            low, high = f"{tidy(least * 100)}%", f"{tidy(most * 100)}%"
            return f"a share {'above' if above else 'from'} {low} {'and below' if below else 'to'} {high}"
        case Count(units=units):
            return "a whole number" + (f" of {any_of(units)}" if units else "")
        case Real():
            return "a plain number"
        case Measure(units=units, share=share):
            return f"a number with a unit of {choices(units, share)}"
        case Gain():
            return "a number, or points of a metric as `1%`"
        case Text() | Template():
            return "a string in double quotes"
        case Flag():
            return "`true` or `false`"
        case Ref(kind=kind, words=words):
            return f"the name of a {kind}" + (f", or {any_of(words)}" if words else "")
        case Words(words=words):
            return any_of(words)
        case Slot(slot=slot):
            return f"a {slot}"
        case MetricAt():
            return "a metric of a task, as `route.accuracy`"
        case Target():
            return "a metric of a task, or `mean(...)` of several"
        case Layers():
            return "`embeddings` or `layers(0 .. 3)`"
        case Window():
            return "a range of shares, as `0% .. 40%`"
        case ListOf(item=item):
            return f"a list in `[ ]`, of which each item is {described(item)}"
        case Either(choices=several):
            return ", or ".join(described(one) for one in several)


def _text(expr: Any, type: Text | Template, place: Place, desk: Desk) -> str | None:
    if not isinstance(expr, String):
        fix = None
        if isinstance(expr, Path):
            fix = Fix(expr.span, f'"{expr.text}"', False, f"put `{expr.text}` into quotes")
        message = f"`{_last(place)}` is a string in double quotes"
        desk.say(Code.WRONG_TYPE, message, expr.span, "this is no string", fix=fix, address=place.address)
        return None
    if isinstance(type, Template):
        problem = placeholders(expr.value)[1]
        if problem:
            desk.say(Code.BAD_TEMPLATE, f"this template cannot be read: {problem}", expr.span, problem)
            return None
    elif not expr.value.strip():
        desk.say(Code.MISSING_VALUE, f"`{_last(place)}` is empty", expr.span, "write a text between the quotes")
        return None
    return expr.value


def _flag(expr: Any, desk: Desk) -> bool | None:
    if isinstance(expr, Bool):
        return expr.value
    desk.say(Code.WRONG_TYPE, "`true` or `false` is needed here", expr.span, "this is neither")
    return None


def _unquoted(expr: String, place: Place, desk: Desk) -> None:
    fix = Fix(expr.span, expr.value, False, "take away the quotes") if expr.value.isidentifier() else None
    message = f"`{_last(place)}` is a bare word, not a string"
    desk.say(Code.WRONG_TYPE, message, expr.span, "write it without quotes", fix=fix, address=place.address)


def _reference(expr: Any, type: Ref, place: Place, desk: Desk) -> Any:
    if isinstance(expr, String):
        return _unquoted(expr, place, desk)
    if not isinstance(expr, Path):
        desk.say(Code.WRONG_TYPE, f"`{_last(place)}` is {described(type)}", expr.span, "this is no name")
        return None
    if type.kind == "stage":
        return _stage(expr, place, desk)
    if (entry := find(expr.text, type.kind, place, desk)) is not None:
        desk.used.add(entry.address)
        return entry.address
    if expr.text in type.words:
        return expr.text
    complain_of_name(Name(expr.text, expr.span), type.kind, type.words, place, desk)
    return None


def find(name: str, kind: str, place: Place, desk: Desk) -> Entry | None:
    """The block of a kind that a name means."""
    entry = desk.scope.entry(name, place.module)
    return entry if entry is not None and entry.kind == kind else None


def _stage(expr: Path, place: Place, desk: Desk) -> str | None:
    """The address of the stage that a name means in the schedule at hand."""
    schedule, own = place.address.rsplit(".", 2)[:2]
    stages = {
        address.removeprefix(f"{schedule}."): part.span
        for address, part in desk.parts.items()
        if part.kind == "stage" and address.startswith(f"{schedule}.")
    }
    if expr.text in stages:
        return f"{schedule}.{expr.text}"
    if not desk.is_lost(f"{schedule}.{expr.text}"):
        stages.pop(own)
        message = f"`{schedule}` has no stage named `{expr.text}`"
        desk.complaints.add(unknown(Code.UNKNOWN_NAME, expr, stages, message, places=stages, address=place.address))
    return None


def complain_of_name(name: Name, kind: str, words: tuple[str, ...], place: Place, desk: Desk) -> None:
    """Say that no block of the kind has this name; silent where its block could not be read."""
    address = inside(place.module, name.text)
    if desk.is_lost(address):
        return
    if (other := desk.scope.entry(name.text, place.module)) is not None:
        desk.used.add(other.address)
        message = f"`{name.text}` is a {other.kind}, and a {kind} is needed here"
        desk.say(
            Code.WRONG_KIND, message, name.span, f"this is a {other.kind}", Label(other.at, "declared here"),
            help=_any_named(kind, place, desk), address=place.address,
        )  # fmt: skip
        return
    same = desk.scope.of_kind(kind)
    desk.complaints.add(
        unknown(
            Code.CONTROL_UNKNOWN if place.address == "decide.control" else Code.UNKNOWN_NAME,
            name,
            (*names(same, place.module), *words),
            f"no {kind} is named `{name.text}`",
            places={entry.address: entry.at for entry in same},
            help=_any_named(kind, place, desk),
            address=place.address,
        )
    )


def _any_named(kind: str, place: Place, desk: Desk) -> str:
    known = names(desk.scope.of_kind(kind), place.module)
    if known:
        return "there is " + listed(known)
    return f"the spec has no {kind}; write one, as `{KINDS[kind].example.splitlines()[0]}`"


def _word(expr: Any, type: Words, place: Place, desk: Desk) -> str | None:
    if isinstance(expr, String):
        return _unquoted(expr, place, desk)
    name = expr.name if isinstance(expr, Call) else expr
    if not isinstance(name, Path | Name):
        desk.say(Code.WRONG_TYPE, f"`{_last(place)}` is {described(type)}", expr.span, "this is no word")
        return None
    if name.text in type.later:
        message = f"`{_last(place)} = {name.text}` is not in this release"
        help = f"there is {listed(type.words)}" if type.words else ""
        desk.say(Code.NOT_YET, message, name.span, "this version cannot run it", help=help)
        return None
    if name.text not in type.words:
        message = f"`{_last(place)}` is never `{name.text}`"
        note = "not one of the words that may stand here"
        desk.complaints.add(
            unknown(Code.UNKNOWN_WORD, name, type.words, message, note=note, address=place.address)
        )
        return None
    if isinstance(expr, Call):
        desk.say(Code.TOO_MANY_ARGUMENTS, f"`{name.text}` takes no arguments", expr.span, "leave out the brackets")
        return None
    return name.text


def _layers(expr: Any, place: Place, desk: Desk) -> str | None:
    match expr:
        case Path() if expr.text == "embeddings":
            return "embeddings"
        case Call(name=Name(text="layers"), arguments=(only,)) if isinstance(only.value, Range):
            ends = [read(end, Count(), place, desk) for end in (only.value.low, only.value.high)]
            if None in ends:
                return None
            if ends[0] > ends[1]:
                note = f"{ends[0]} is more than {ends[1]}"
                desk.say(Code.EMPTY_RANGE, "this range has no layers", only.value.span, note)
                return None
            return f"layers:{ends[0]}:{ends[1]}"
        case _:
            note = "write `embeddings`, or `layers(0 .. 3)` for the first four"
            desk.say(Code.WRONG_TYPE, "these are no layers of a model", expr.span, note)
            return None


def _window(expr: Any, place: Place, desk: Desk) -> tuple[float, float] | None:
    if not isinstance(expr, Range):
        desk.say(Code.WRONG_TYPE, f"`{_last(place)}` is {described(Window())}", expr.span, "this has no `..`")
        return None
    low, high = (read(end, Share(), place, desk) for end in (expr.low, expr.high))
    if low is None or high is None:
        return None
    if low >= high:
        note = f"{tidy(low * 100)}% is not below {tidy(high * 100)}%"
        desk.say(Code.EMPTY_RANGE, "this range has no extent", expr.span, note)
        return None
    return low, high


def _list(expr: Any, type: ListOf, place: Place, desk: Desk) -> tuple[Any, ...] | None:
    if not isinstance(expr, List):
        fix = Fix(expr.span, f"[{expr.span.text}]", True, "put it into brackets")
        message = f"`{_last(place)}` is a list in `[ ]`"
        desk.say(Code.WRONG_TYPE, message, expr.span, "this is a single value", fix=fix, address=place.address)
        return None
    values: list[Any] = []
    fine = True
    for item in expr.items:
        value = _group(item, type, place, desk) or read(item, type.item, place, desk)
        fine &= value is not None
        for one in value if isinstance(value, list) else [value]:
            if one is not None and one in values:
                desk.say(Code.DUPLICATE_ITEM, f"`{item.span.text}` is listed twice", item.span, "listed again")
                fine = False
            values.append(one)
    if len(values) < type.least:
        desk.say(Code.EMPTY_LIST, f"`{_last(place)}` is empty", expr.span, "name at least one")
        return None
    return tuple(values) if fine else None


def _group(item: Any, type: ListOf, place: Place, desk: Desk) -> list[str] | None:
    """The tasks of a group, where a group's name stands in a list of tasks."""
    if type.item != Ref("task") or not isinstance(item, Path):
        return None
    entry = find(item.text, "group", place, desk)
    if entry is None:
        return None
    desk.used.add(entry.address)
    tasks = desk.settings.get(f"{entry.address}.tasks")
    return list(tasks.value) if tasks is not None else None


def _last(place: Place) -> str:
    return place.address.rsplit(".", 1)[-1]
