"""The places of the grammar where a name may stand, and what is expected there."""

from __future__ import annotations

from typing import NamedTuple

from currc.compiler.value_types import Type


class Around(NamedTuple):
    """The innermost block around a place; both empty in the file itself."""

    kind: str = ""
    address: str = ""


class Field(NamedTuple):
    """The value of a parameter of a word, as a type beside the compiler's own."""

    slot: str
    word: str
    name: str


class Head(NamedTuple):
    """The first name of a statement that is not known to be an attribute: a kind, or one half-written."""

    around: Around


class Key(NamedTuple):
    """The name of an attribute, or in an arm a root address; `dropped` after `drop`."""

    around: Around
    dropped: bool = False


class Own(NamedTuple):
    """The name that a block, a constant or a used file is given here."""

    kind: str
    """The block's kind, `let` or `use`."""
    address: str


class TypeWord(NamedTuple):
    """The word after `:` in a block's header."""

    kind: str


class Parent(NamedTuple):
    """The block after `extends`."""

    kind: str
    address: str


class HeaderEnd(NamedTuple):
    """A name in a header where only `extends` could stand."""

    kind: str
    extended: bool


class Value(NamedTuple):
    """A part of a value, with the type that is expected; `None` where that depends on who uses it."""

    type: Type | Field | None
    address: str
    """The attribute's root address; empty for a constant."""
    call: tuple[str, str] = ("", "")
    """Slot and word of the call whose argument begins here: a parameter's name may stand here too."""
    given: tuple[str, ...] = ()
    """The parameters that the call has been given so far."""


class Parameter(NamedTuple):
    """The name of a parameter before its `=`."""

    slot: str
    word: str


class Unit(NamedTuple):
    """The name after a number."""

    type: Type | Field | None


class Column(NamedTuple):
    """A name in braces inside a template."""

    address: str
    """The template's attribute, as `route.prompt`."""


Place = Head | Key | Own | TypeWord | Parent | HeaderEnd | Value | Parameter | Unit | Column


class Spot(NamedTuple):
    """One name of a text: where it stands, and what is expected there."""

    start: int
    end: int
    place: Place
    path: tuple[str, ...]
    """The whole dotted name that it is part of."""
    part: int = 0
    """Which part of `path` it is."""

    @property
    def text(self) -> str:
        """The name itself."""
        return self.path[self.part]

    @property
    def upto(self) -> str:
        """The dotted name from its beginning to this part."""
        return ".".join(self.path[: self.part + 1])

    @property
    def last(self) -> bool:
        """Whether the dotted name ends here."""
        return self.part == len(self.path) - 1
