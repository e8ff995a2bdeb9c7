"""What may be written at a place: kinds, attributes, words, names, parameters, units, columns."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from currc.compiler.diagnostic import Complaints
from currc.compiler.kind import Kind
from currc.compiler.kinds import KINDS, inner_kinds, top_kinds
from currc.compiler.lexer import scan
from currc.compiler.source import Source
from currc.compiler.value_types import ABOUT_UNITS, Template, Type
from currc.runtime.editor.meaning import Meaning
from currc.runtime.editor.offer import (
    OVERRIDABLE,
    Columns,
    Item,
    Offer,
    attribute,
    keyword,
    named,
    skeleton,
    word,
)
from currc.runtime.editor.offer_values import Values
from currc.runtime.editor.places import (
    Around,
    Field,
    Head,
    HeaderEnd,
    Key,
    Parent,
    Place,
    Spot,
    TypeWord,
    Unit,
    Value,
)
from currc.runtime.editor.spots import spots
from currc.runtime.editor.text import Text

WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z", re.ASCII)
OPEN_BRACE = re.compile(r"(?<!\\)\{([A-Za-z0-9_]*)\Z")
CURSOR = "x"
"""Stands in for the word at the cursor, so that there always is one."""


def complete(text: Text, offset: int, columns: Columns = lambda address: ()) -> Offer:
    """What may stand where the cursor is; nothing inside comments, numbers and plain strings."""
    before = text.source.text[:offset]
    if (string := _string_open(before)) is not None:
        return _in_string(text, before, string, columns)
    begun = WORD.search(before)
    start = begun.start() if begun else offset
    if start and before[start - 1].isalnum():
        return Offer(offset, offset, ())  # a unit glued to its number, or letters that no name has
    spot = _cursor_spot(text, before[:start])
    items = tuple(_Choice(text, spot, columns).items()) if spot is not None else ()
    return Offer(start, offset, tuple({item.label: item for item in reversed(items)}.values())[::-1])


def _cursor_spot(text: Text, before: str) -> Spot | None:
    """The name that would stand after `before`, with what is expected there."""
    found = spots(Source(text.name, before + CURSOR), text.vocabulary, text.kind_of)
    return found[-1] if found and found[-1].end == len(before) + len(CURSOR) else None


def _string_open(before: str) -> int | None:
    """Where the string begins that the end of `before` lies in."""
    tokens = scan(Source("", before), Complaints(patient=True))
    if not tokens.kinds or tokens.kinds[-1] not in ("STRING", "TEXT") or tokens.ends[-1] != len(before):
        return None
    written = tokens.text(len(tokens) - 1)
    quotes = '"""' if tokens.kinds[-1] == "TEXT" else '"'
    inside = written[len(quotes) :]
    closed = inside.endswith(quotes) and not re.search(r"(?<!\\)(?:\\\\)*\\\Z", inside[: -len(quotes)])
    return None if closed else tokens.starts[-1]


def _in_string(text: Text, before: str, string: int, columns: Columns) -> Offer:
    brace = OPEN_BRACE.search(before, string)
    spot = _cursor_spot(text, before[:string]) if brace else None
    nothing = Offer(len(before), len(before), ())
    if brace is None or spot is None or not isinstance(spot.place, Value):
        return nothing
    if not isinstance(spot.place.type, Template):
        return nothing
    closes = "" if text.source.text[len(before) : len(before) + 1] == "}" else "}"
    items = (
        Item(name, "column", "a column of the rows", name + closes, meaning=Meaning("column", name))
        for name in columns(spot.place.address)
    )
    return Offer(brace.start(1), len(before), tuple(items))


class _Choice:
    """What may stand at one place."""

    def __init__(self, text: Text, spot: Spot, columns: Columns) -> None:
        self.text, self.spot, self.columns = text, spot, columns
        self.front = ".".join(spot.path[:-1])

    def items(self) -> Iterator[Item]:
        """All of it, the likeliest first."""
        place: Place = self.spot.place
        match place:
            case Head(around=around) | Key(around=around):
                yield from self.statement(around)
            case TypeWord(kind=kind) if kind in KINDS:
                yield from (word(name, "type", f"{kind}.{name}") for name in KINDS[kind].types)
            case Parent(kind=kind, address=address):
                yield from self.blocks(lambda other, name: other == kind and name != address)
            case HeaderEnd(kind=kind, extended=extended):
                if kind in KINDS and KINDS[kind].extends and not extended:
                    yield keyword("extends")
            case Unit(type=type):
                yield from self.units(type)
            case Value():
                yield from Values(self.text, self.front, place, self.columns).items()
            case _:
                return

    @property
    def dropped(self) -> bool:
        return isinstance(self.spot.place, Key) and self.spot.place.dropped

    def statement(self, around: Around) -> Iterator[Item]:
        """The beginning of a statement."""
        if around.kind == "protect":
            yield from Values(self.text, self.front, Value(None, ""), self.columns).metrics()
        elif not around.kind and not self.front:
            yield from self.top()
        elif around.kind == "arm" and self.front:
            yield from self.addresses()
        elif around.kind in KINDS and not self.front:
            yield from self.inside(KINDS[around.kind], around.address)

    def top(self) -> Iterator[Item]:
        file = self.text.reading.file
        written = {block.kind.text for block in file.blocks}
        if file.edition is None or self.spot.start <= file.edition.span.start:
            yield keyword("edition", f"edition {self.text.reading.scope.edition}")
            return
        for name in top_kinds():
            if not KINDS[name].later and not (KINDS[name].once and name in written):
                yield skeleton(KINDS[name])
        yield keyword("let")
        yield keyword("use")

    def inside(self, kind: Kind, address: str) -> Iterator[Item]:
        """Attributes of a block that it does not say yet, blocks that it holds, and statements."""
        said = {
            spot.path[0]
            for spot in self.text.spots
            if isinstance(spot.place, Key) and spot.place.around.address == address and len(spot.path) == 1
        }
        for one in kind.attributes:
            if not one.later and one.name not in said:
                yield attribute(kind, one.name, "" if self.dropped else " = ")
        if not self.dropped:
            yield from (skeleton(KINDS[name]) for name in inner_kinds(kind.name))
        if kind.guards:
            yield keyword("when")
        if kind.name == "arm":
            yield from self.roots()
            if not self.dropped:
                yield keyword("drop")

    def roots(self) -> Iterator[Item]:
        """Blocks whose attributes an arm may override."""
        yield from self.blocks(lambda kind, _: kind in OVERRIDABLE, ".")
        if "train" not in self.text.reading.scope.blocks:
            yield word("train", "kind", "train", KINDS["train"].about, "train.")

    def addresses(self) -> Iterator[Item]:
        """What may follow `school.` in an arm."""
        kind = self.text.kind_of(self.front)
        if kind not in OVERRIDABLE:
            yield from self.within_module()
            return
        for one in KINDS[kind].attributes:
            if not one.later and not one.same:
                yield attribute(KINDS[kind], one.name, "" if self.dropped else " = ")
        for address, part in self.text.reading.spec.parts.items():
            if address.rpartition(".")[0] == self.front:
                name = address.rpartition(".")[2]
                yield Item(
                    name, "block", KINDS[part.kind].about, f"{name}.", meaning=Meaning("block", address)
                )

    def within_module(self) -> Iterator[Item]:
        prefix = f"{self.front}."
        for address, entry in self.text.reading.scope.blocks.items():
            if address.startswith(prefix) and entry.kind in OVERRIDABLE:
                yield named(self.text, address, address.removeprefix(prefix), ".")

    def blocks(self, fits: Callable[[str, str], bool], after: str = "") -> Iterator[Item]:
        for address, entry in self.text.reading.scope.blocks.items():
            if fits(entry.kind, address):
                yield named(self.text, address, address, after)

    def units(self, type: Type | Field | None) -> Iterator[Item]:
        names = tuple(getattr(type, "units", ())) or (() if type is not None else tuple(ABOUT_UNITS))
        for choice in getattr(type, "choices", ()):
            names += tuple(getattr(choice, "units", ()))
        yield from (word(name, "unit", name, ABOUT_UNITS[name]) for name in names if name != "%")
