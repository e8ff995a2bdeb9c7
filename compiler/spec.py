"""The typed experiment: every value by its root address, with the chain of its origins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from currc.compiler.record import Record
from currc.compiler.source import Span

Chain = Literal["default", "written", "constant", "inherited", "override"]


class Origin(Record):
    """One link of where a value comes from.

    `default`: the language's table; `written`: in the block it belongs to; `constant`:
    by way of a `let`; `inherited`: from the block or arm that `where` names;
    `override`: in the arm that `where` names.
    """

    kind: Chain
    where: str = ""
    span: Span | None = None


class Setting(Record):
    """A value as its type reads it, and its origins, the deciding one first."""

    value: Any
    origins: tuple[Origin, ...]

    @property
    def span(self) -> Span | None:
        """Where the value is decided; `None` for a default."""
        return self.origins[0].span

    @property
    def written(self) -> bool:
        """Whether somebody wrote it."""
        return self.origins[0].kind != "default"


class Part(Record):
    """A block after checking, without its values."""

    kind: str
    type: str
    doc: str
    span: Span
    """Its name, or its kind where it has none."""


class Arm(Record):
    """A hypothesis: what it overrides, its ancestors' overrides included."""

    name: str
    parent: str | None
    settings: Mapping[str, Setting]
    """By root address without the kind, as `train.lr`; the arm's own attributes by their name, as `mix`."""
    span: Span
    doc: str = ""


class Move(Record):
    """A rename: the name that a block had, and the one it has now or was moved on from."""

    before: str
    after: str
    before_at: Span
    after_at: Span


class Spec(Record):
    """The resolved experiment: blocks, their values, and the arms over them."""

    edition: int
    parts: Mapping[str, Part]
    """Blocks by address: `route`, `train`, `school`, `school.basics`, `school.basics.promote`."""
    lessons: Mapping[str, tuple[str, ...]]
    """Addresses of the stages of each schedule that has some, in the order of the text."""
    settings: Mapping[str, Setting]
    """Values by address, defaults included: `train.lr`, `school.basics.max`, `mix`."""
    arms: Mapping[str, Arm]
    moves: tuple[Move, ...]
    """Renames in the order of the text; every chain of them ends at a block of the spec."""
    at: Span
    """The spec's first line, where what is missing altogether is reported."""

    def find(self, address: str, arm: str | None = None) -> Setting | None:
        """The value at an address, as an arm sees it; `None` where nothing stands there."""
        if arm is not None and (own := self.arms[arm].settings.get(address)) is not None:
            return own
        return self.settings.get(address)

    def value(self, address: str, arm: str | None = None) -> Any:
        """The value at an address, as an arm sees it; `None` where nothing stands there."""
        found = self.find(address, arm)
        return None if found is None else found.value

    def of_kind(self, kind: str) -> tuple[str, ...]:
        """Addresses of the blocks of a kind, in the order of the text."""
        return tuple(address for address, part in self.parts.items() if part.kind == kind)

    def stages(self, schedule: str) -> tuple[str, ...]:
        """Addresses of a schedule's stages, in the order of the text."""
        return self.lessons.get(schedule, ())


def lessons_of(parts: Mapping[str, Part]) -> dict[str, tuple[str, ...]]:
    """Addresses of the stages by schedule: thousands are looked at once, not once for each schedule."""
    found: dict[str, list[str]] = {}
    for address, part in parts.items():
        if part.kind == "stage":
            found.setdefault(address.rpartition(".")[0], []).append(address)
    return {schedule: tuple(stages) for schedule, stages in found.items()}
