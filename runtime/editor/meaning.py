"""What a name of a spec stands for: the compiler's scope and types, asked name by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from currc.compiler.kinds import KINDS, LANGUAGE
from currc.compiler.language import choices
from currc.compiler.read_metrics import AVERAGES
from currc.compiler.read_values import own_words
from currc.compiler.scope import inside
from currc.compiler.value_types import UNITS, Either, Layers, ListOf, MetricAt, Ref, Target, Type, Words
from currc.runtime.editor.expected import field_info, slots_of
from currc.runtime.editor.places import (
    Column,
    Field,
    Head,
    Key,
    Own,
    Parameter,
    Parent,
    Spot,
    TypeWord,
    Unit,
    Value,
)

if TYPE_CHECKING:
    from currc.runtime.editor.text import Text

NAMEABLE = frozenset({"block", "constant", "module"})
"""What a user has named, and may name anew."""


class Meaning(NamedTuple):
    """What a name stands for; two names with equal meanings are the same thing.

    `sort` says what `name` is: the root address of a `block`, `constant` or `module`; the
    table's entry of a `kind`, an `attribute` (`stage.max`), a `type` (`task.classify`), a
    `word` (`pacing.root`), a `choice` (`budget.match.flops`), a `parameter`
    (`pacing.root.start`), a `unit`, an `average` or a `layers` word; or a `column`.
    """

    sort: str
    name: str


class Lookup:
    """The names of one file of a spec."""

    def __init__(self, text: Text, module: str) -> None:
        self.text, self.module = text, module
        self.scope, self.vocabulary = text.reading.scope, text.vocabulary

    def of(self, spot: Spot) -> Meaning | None:
        """What a name stands for."""
        match spot.place:
            case Head():
                return Meaning("kind", spot.text) if spot.text in KINDS else None
            case Own(kind="let", address=address):
                return self.constant(address)
            case Own(kind="use", address=address):
                return self.used(address)
            case Own(address=address):
                return self.block(address)
            case TypeWord(kind=kind):
                known = kind in KINDS and spot.text in (*KINDS[kind].types, *KINDS[kind].later_types)
                return Meaning("type", f"{kind}.{spot.text}") if known else None
            case Parent():
                return self.block(spot.upto) or self.used(spot.upto)
            case Key():
                return self.key(spot, spot.place)
            case Value(type=type):
                return self.value(spot, type, spot.place.address)
            case Parameter(slot=slot, word=word):
                return self.parameter(spot, slot, word)
            case Unit():
                return Meaning("unit", spot.text) if spot.text in UNITS else None
            case Column():
                return Meaning("column", spot.text)
            case _:
                return None

    def block(self, name: str) -> Meaning | None:
        """The block of that name, under the name that it has in all places."""
        address = inside(self.module, name)
        known = address in self.scope.blocks or address in self.text.reading.spec.parts
        if not known:
            return None
        address = self.text.canonical(address)
        part = self.text.reading.spec.parts.get(address)
        if part is not None and not KINDS[part.kind].named:
            return Meaning("kind", part.kind)
        return Meaning("block", address)

    def used(self, name: str) -> Meaning | None:
        """The used file of that name."""
        module = inside(self.module, name)
        return Meaning("module", module) if module in self.text.reading.modules else None

    def constant(self, name: str) -> Meaning | None:
        """The constant of that name."""
        address = inside(self.module, name)
        return Meaning("constant", address) if address in self.scope.constants else None

    def key(self, spot: Spot, place: Key) -> Meaning | None:
        """A part of an attribute's name, which in an arm may be a root address."""
        around = place.around
        if around.kind == "protect":
            return self.metric_at(spot)
        if around.kind == "columns":
            return Meaning("column", spot.text)
        kind = KINDS.get(around.kind)
        if kind is not None and len(spot.path) == 1 and kind.attribute(spot.text) is not None:
            return Meaning("attribute", f"{kind.name}.{spot.text}")
        if around.kind != "arm":
            return None
        if spot.last and len(spot.path) > 1:
            home = KINDS.get(self.text.kind_of(inside(self.module, ".".join(spot.path[:-1]))))
            if home is not None and home.attribute(spot.text) is not None:
                return Meaning("attribute", f"{home.name}.{spot.text}")
        found = self.block(spot.upto) or self.used(spot.upto)
        once = spot.upto in KINDS and KINDS[spot.upto].once
        return found or (Meaning("kind", spot.upto) if once else None)

    def value(self, spot: Spot, type: Type | Field | None, address: str) -> Meaning | None:
        """A name in a value, in the order in which the compiler tries what it could be."""
        if isinstance(type, Field):
            return self.argument(spot, type)
        type = _fitting(type)
        alone = len(spot.path) == 1
        if alone and (word := self.word(spot.text, type, address)) is not None:
            return word
        if spot.last and (constant := self.constant(spot.upto)) is not None:
            return constant
        if alone and (later := self.later_word(spot.text, type, address)) is not None:
            return later
        if type is None or isinstance(type, MetricAt | Target):
            return self.metric_at(spot)
        if alone and isinstance(type, Ref) and type.kind == "stage":
            return self.block(f"{address.rsplit('.', 2)[0]}.{spot.text}")
        return self.block(spot.upto) or self.used(spot.upto)

    def word(self, name: str, type: Type | None, address: str) -> Meaning | None:
        """A word that stands for itself, whatever constant has the same name."""
        for slot in slots_of(type, self.vocabulary):
            if name in self.vocabulary.words(slot):
                return Meaning("word", f"{slot}.{name}")
        if isinstance(type, Target) and name in AVERAGES and self.constant(name) is None:
            return Meaning("average", name)
        if isinstance(type, Layers) and name in ("embeddings", "layers"):
            return Meaning("layers", name)
        if type is None or name not in own_words(type):
            return None
        if isinstance(type, Ref) and self.text.kind_of(inside(self.module, name)) == type.kind:
            return None
        return self.choice(name, address)

    def later_word(self, name: str, type: Type | None, address: str) -> Meaning | None:
        """A word of a later release, which a constant may still have as its name."""
        for slot in slots_of(type, self.vocabulary) if type is not None else ():
            if name in LANGUAGE.get(slot, ()):
                return Meaning("word", f"{slot}.{name}")
        return self.choice(name, address) if type is not None and name in choices(type)[1] else None

    def choice(self, name: str, address: str) -> Meaning:
        """A word of a closed set, by the attribute that takes it."""
        home, _, own = address.rpartition(".")
        return Meaning("choice", f"{self.text.kind_of(inside(self.module, home)) or home}.{own}.{name}")

    def argument(self, spot: Spot, field: Field) -> Meaning | None:
        """A name in the value of a parameter."""
        info = field_info(field, self.vocabulary)
        unit = info.unit if info is not None else ""
        for slot in slots_of(field, self.vocabulary):
            if len(spot.path) == 1 and spot.text in (*self.vocabulary.words(slot), *LANGUAGE.get(slot, ())):
                return Meaning("word", f"{slot}.{spot.text}")
        if unit == "word":
            return Meaning("choice", f"{field.slot}.{field.word}.{field.name}.{spot.text}")
        if spot.last and (constant := self.constant(spot.upto)) is not None:
            return constant
        return Meaning("column", spot.text) if unit == "column" else None

    def metric_at(self, spot: Spot) -> Meaning | None:
        """A part of `route.macro_f1`."""
        front = ".".join(spot.path[:-1])
        if spot.last and front and self.text.kind_of(inside(self.module, front)) == "task":
            known = spot.text in (*self.vocabulary.words("metric"), *LANGUAGE["metric"])
            return Meaning("word", f"metric.{spot.text}") if known else None
        return self.block(spot.upto) or self.used(spot.upto)

    def parameter(self, spot: Spot, slot: str, word: str) -> Meaning | None:
        """The name of a parameter; one that may have any name names a task."""
        cls = self.vocabulary.component(slot, word)
        loose = getattr(cls, "open_keywords", None)
        if spot.text in cls.model_fields and spot.text != loose:
            return Meaning("parameter", f"{slot}.{word}.{spot.text}")
        return self.block(spot.text) if loose is not None else None


def _fitting(type: Type | None) -> Type | None:
    """The choice that a bare word is meant for, where there are several; of a list its items."""
    if isinstance(type, ListOf):
        return type.item
    if not isinstance(type, Either):
        return type
    named = (one for one in type.choices if isinstance(one, Ref) or (isinstance(one, Words) and one.words))
    return next(named, type.choices[0])
