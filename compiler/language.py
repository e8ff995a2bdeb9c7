"""The whole language as JSON: kinds, attributes, types, units, and every word with its parameters.

What `currc schema language` prints, and what the reference is written from. A reader may
rely on every key that is here; new ones may come without a new `format_version`.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from typing import Any

from currc.compiler.described import described
from currc.compiler.kind import Attribute, Kind
from currc.compiler.kinds import EDITION, KINDS, LANGUAGE
from currc.compiler.read_arguments import closed_words, plain
from currc.compiler.read_components import TITLES, positional
from currc.compiler.read_metrics import AVERAGES
from currc.compiler.record import fields_of
from currc.compiler.value_types import ABOUT_UNITS, UNITS, Either, ListOf, Ref, Slot, Type, Words
from currc.compiler.words import Vocabulary
from currc.compiler.written import argument_text, call_text, default_text

FORMAT_VERSION = 1
"""Raised when a reader of the old JSON would misread the new."""

KEYWORDS: Mapping[str, tuple[str, str]] = {
    "edition": ("the first statement: which year's language the spec is written in", f"edition {EDITION}"),
    "use": ("brings in the blocks of another file under a name", 'use "shared/tasks.curr" as lib'),
    "as": ("the name under which a used file's blocks are called", 'use "shared/tasks.curr" as lib'),
    "let": ("a constant, which stands for its value wherever it is named", "let base_lr = 3e-4"),
    "extends": ("takes over all that another block of the kind says", "arm easy extends baseline {"),
    "when": ("a condition on validation rows, inside `promote`", "when route.macro_f1 >= 0.70"),
    "drop": ("puts an attribute back to its default, inside an arm that extends another", "drop train.lr"),
    "true": ("the answer yes", "reset_optimizer = true"),
    "false": ("the answer no", "reset_optimizer = false"),
}
"""Every reserved word: what it does, and an example."""

ABOUT_AVERAGES: Mapping[str, str] = {
    "mean": "the mean of several metrics",
    "worst": "the worst of several metrics",
    "geometric_mean": "the geometric mean of several metrics",
}


SEARCH = "search"
"""Where the vocabulary has words that no spec holds: the methods of `currc search`."""


def language(vocabulary: Vocabulary) -> dict[str, Any]:
    """Everything that a spec may say, as JSON values in the order of the tables."""
    return {
        "format_version": FORMAT_VERSION,
        "edition": EDITION,
        "keywords": [
            {"name": name, "about": about, "example": example} for name, (about, example) in KEYWORDS.items()
        ],
        "units": [_unit(name) for name in UNITS if name],
        "averages": [{"name": name, "about": ABOUT_AVERAGES[name]} for name in AVERAGES],
        "kinds": [kind_entry(kind) for kind in KINDS.values()],
        "slots": [_slot(slot, vocabulary) for slot in vocabulary.slots()],
        "searches": [word_entry(SEARCH, word, vocabulary) for word in vocabulary.words(SEARCH)],
    }


def _unit(name: str) -> dict[str, Any]:
    dimension, factor = UNITS[name]
    return {"name": name, "about": ABOUT_UNITS[name], "dimension": dimension, "factor": factor}


def kind_entry(kind: Kind) -> dict[str, Any]:
    """A kind of block with its attributes."""
    return {
        "kind": kind.name,
        "about": kind.about,
        "example": kind.example,
        "named": kind.named,
        "inside": kind.inside or None,
        "types": list(kind.types),
        "types_later": list(kind.later_types),
        "extends": kind.extends,
        "guards": kind.guards,
        "any_attribute": None if kind.open is None else _type(kind.open),
        "later": kind.later or None,
        "attributes": [attribute_entry(attribute) for attribute in kind.attributes],
    }


def attribute_entry(attribute: Attribute) -> dict[str, Any]:
    """An attribute with its type, and what it is when a spec is silent."""
    return {
        "name": attribute.name,
        "about": attribute.about,
        "type": _type(attribute.type),
        "required": attribute.required,
        "default": default_text(attribute) or None,
        "absent": attribute.absent or None,
        "example": attribute.example,
        "same_in_every_arm": attribute.same or None,
        "later": attribute.later or None,
    }


def _type(type: Type) -> dict[str, Any]:
    """A type by its name, in words, and with what bounds it; types in it are written the same way."""
    fields = {name: _field(value) for name, value in fields_of(type).items()}
    return {"type": _snake(type.__class__.__name__), "is": described(_now(type)), **fields}


def _field(value: Any) -> Any:
    if isinstance(value, Type):
        return _type(value)
    return [_field(item) for item in value] if isinstance(value, tuple) else value


def _now(type: Type) -> Type:
    """A type without the choices of which no word runs in this release."""
    if not isinstance(type, Either):
        return type
    return Either(tuple(one for one in type.choices if not (isinstance(one, Words) and not one.words)))


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def homes(slot: str) -> tuple[str, ...]:
    """The attributes that take a word of a slot, as `stage.mix`."""
    return tuple(
        f"{kind.name}.{attribute.name}"
        for kind in KINDS.values()
        for attribute in kind.attributes
        if slot in _slots(attribute.type)
    )


def _slots(type: Type) -> Iterator[str]:
    match type:
        case Slot(slot=slot):
            yield slot
        case ListOf(item=item):
            yield from _slots(item)
        case Either(choices=several):
            for one in several:
                yield from _slots(one)
        case _:
            return


def choices(type: Type) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words of the closed sets in a type: those that run, and those of a later release."""
    match type:
        case Words(words=words, later=later):
            return words, later
        case Ref(words=words) | Slot(words=words):
            return words, ()
        case ListOf(item=item):
            return choices(item)
        case Either(choices=several):
            running, coming = zip(*map(choices, several), strict=True)
            return sum(running, ()), sum(coming, ())
        case _:
            return (), ()


def _slot(slot: str, vocabulary: Vocabulary) -> dict[str, Any]:
    known = (*vocabulary.words(slot), *plain_words(slot))
    return {
        "slot": slot,
        "title": TITLES.get(slot, slot),
        "about": home(slot).about,
        "where": list(homes(slot)),
        "words": [word_entry(slot, word, vocabulary) for word in vocabulary.words(slot)],
        "plain_words": [word for word in plain_words(slot) if word not in vocabulary.words(slot)],
        "later": [word for word in LANGUAGE.get(slot, ()) if word not in known],
    }


def home(slot: str) -> Attribute:
    """The attribute that a slot is named after; of several that of the arm, which speaks for all."""
    own = [KINDS[kind].attribute(name) for kind, _, name in (place.partition(".") for place in homes(slot))]
    named = [attribute for attribute in own if attribute is not None]
    return next((one for one in reversed(named) if one.name == slot), named[-1])


def plain_words(slot: str) -> tuple[str, ...]:
    """Words that may stand where a word of the slot does, but for nothing at all, as `none`."""
    places = (place.partition(".") for place in homes(slot))
    types = (attribute.type for kind, _, name in places if (attribute := KINDS[kind].attribute(name)))
    return tuple(dict.fromkeys(word for type in types if isinstance(type, Slot) for word in type.words))


def word_entry(slot: str, word: str, vocabulary: Vocabulary) -> dict[str, Any]:
    """A word with its manual page and its parameters, in the order of positional arguments."""
    cls = vocabulary.component(slot, word)
    page = manual_page(cls)
    fields = ((name, cls.model_fields[name]) for name in positional(cls))
    return {
        "word": word,
        "about": " ".join(page.split("\n\n")[0].split()),
        "page": page,
        "example": example_of(slot, word, cls, vocabulary),
        "needs": sorted(getattr(cls, "needs", ())),
        **(_metric(cls) if slot == "metric" else {}),
        "parameters": [_parameter(name, info, cls, vocabulary) for name, info in fields],
    }


def _metric(cls: Any) -> dict[str, Any]:
    """What a metric's class says of its numbers."""
    return {
        "judges": sorted(cls.kinds),
        "range": None if cls.range is None else list(cls.range),
        "higher_is_better": cls.higher_is_better,
    }


def manual_page(cls: Any) -> str:
    """A component's docstring without its Python examples, which say nothing to a writer of specs."""
    paragraphs = re.split(r"\n\s*\n", inspect.cleandoc(cls.__doc__ or ""))
    return "\n\n".join(part for part in paragraphs if not part.lstrip().startswith(">>>"))


def example_of(slot: str, word: str, cls: Any, vocabulary: Vocabulary) -> str:
    """The word at work: as an attribute's example has it, or the class's own, else at its defaults."""
    attributes = (KINDS[kind].attribute(name) for kind, _, name in (it.partition(".") for it in homes(slot)))
    for text in (attribute.example.partition(" = ")[2] for attribute in attributes if attribute):
        if text.partition("(")[0] == word:
            return text
    parameters = dict(getattr(cls, "example", {})) or _defaults(cls)
    return call_text(word, parameters, cls, vocabulary)


def _defaults(cls: Any) -> dict[str, Any]:
    """The default of each parameter that the class declares itself, or of all where it declares none."""
    own = [name for name in vars(cls).get("__annotations__", {}) if name in cls.model_fields]
    fields = {name: cls.model_fields[name] for name in own or cls.model_fields}
    return {
        name: plain(info.default, info.annotation) for name, info in fields.items() if not info.is_required()
    }


def _parameter(name: str, info: Any, cls: Any, vocabulary: Vocabulary) -> dict[str, Any]:
    default = None if info.is_required() else plain(info.default, info.annotation)
    return {
        "name": name,
        "about": info.description or "",
        "unit": info.unit,
        "words": list(closed_words(info.annotation)),
        "slot": info.slot,
        "required": info.is_required(),
        "default": None if default is None else argument_text(default, info, vocabulary),
        "limits": limits(info),
        "any_name": name == getattr(cls, "open_keywords", None),
        "any_number": name == getattr(cls, "variadic", None),
    }


def limits(info: Any) -> dict[str, float]:
    """The bounds of a parameter: `ge`, `gt`, `le`, `lt`, `min_length` and `max_length` where there is one."""
    keys = ("ge", "gt", "le", "lt", "min_length", "max_length")
    return {key: info.limits[key] for key in keys if key in info.limits}
