"""What a kind of block and an attribute are; the tables of them are in `kinds_*.py`."""

from __future__ import annotations

from typing import Any

from currc.compiler.record import Record
from currc.compiler.value_types import Type


class Attribute(Record):
    """One attribute: all that check, explain, completion and the reference need to know."""

    name: str
    type: Type
    about: str
    default: Any = None
    """The value when a spec is silent, as `read` would return it; `None`: see `absent`."""
    absent: str = ""
    """What silence means where that is not one fixed value."""
    required: bool = False
    example: str = ""
    same: str = ""
    """Why no arm may override it; empty where arms may."""
    later: str = ""
    """Why it is refused in this release; empty where it works."""


class Kind(Record):
    """One kind of block."""

    name: str
    about: str
    example: str
    attributes: tuple[Attribute, ...] = ()
    named: bool = True
    types: tuple[str, ...] = ()
    """The words that may follow `:`; one must, where there are any."""
    later_types: tuple[str, ...] = ()
    inside: str = ""
    """The kind that holds it; empty for a block of the file."""
    extends: bool = False
    guards: bool = False
    """Whether `when` statements belong here."""
    open: Type | None = None
    """The type of attributes of any name, as in `columns`."""
    later: str = ""
    several: bool = False
    """Whether a spec may have more than one although they have no name."""

    def attribute(self, name: str) -> Attribute | None:
        """The attribute of that name."""
        return next((attribute for attribute in self.attributes if attribute.name == name), None)

    @property
    def once(self) -> bool:
        """Whether a spec has at most one: true of most kinds without a name, and of the model."""
        return (not self.named and not self.several) or self.name == "model"
