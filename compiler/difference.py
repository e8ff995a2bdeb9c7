"""What the change from one plan to another is: its category, its parts, and where each is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from currc.compiler.addresses import Place, place, schedule_of
from currc.compiler.categories import Category
from currc.compiler.compare import Change, Sides, changes
from currc.compiler.moves import past_names
from currc.compiler.plan import ArmPlan, Plan, Role
from currc.compiler.renames import Rename, doubts, renames, under
from currc.compiler.source import Span
from currc.compiler.spec import Spec


class Version(NamedTuple):
    """One of the two sides."""

    name: str
    """As the user called it: a file, or `git:HEAD:desk.curr`."""
    plan: Plan
    spec: Spec | None = None
    """`None` for a plan file, of which nobody knows the text."""


class Item(NamedTuple):
    """A change, and where its values are written."""

    change: Change
    address: str
    """As the spec knows it, as `gentle.pacing`; as the plan does where there is no spec."""
    before_at: Span | None
    """`None` for a default, or where there is no spec."""
    after_at: Span | None


class ArmItem(NamedTuple):
    """An arm, control or reference that came or went."""

    arm: ArmPlan
    added: bool
    at: Span | None

    @property
    def category(self) -> Category:
        """References stand beside the comparison and change no arm."""
        return Category.OPERATIONAL if self.arm.role == "reference" else Category.LEARNING


class Difference(NamedTuple):
    """Two versions, compared."""

    before: Version
    after: Version
    sides: Sides
    """The two plans, the older under the names of the newer."""
    category: Category
    """The strongest of all that changed; `COSMETIC` for equal plans and for no others."""
    items: tuple[Item, ...]
    """What changed in things that are in both plans, the strongest first."""
    arms: tuple[ArmItem, ...]
    renamed: tuple[Rename, ...]
    doubts: tuple[Rename, ...]
    """What may have been renamed without a `moved` block."""

    def own(self, role: Role = "arm") -> tuple[str, ...]:
        """Names of the arms of a role that are in both plans."""
        before = {arm.name for arm in self.sides.before.arms}
        return tuple(arm.name for arm in self.sides.after.arms if arm.role == role and arm.name in before)


def difference(before: Version, after: Version) -> Difference:
    """What changed between two versions; their order decides which names are spoken of: the newer ones."""
    renamed = renames(before.plan, after.plan)
    sides = Sides(under(before.plan, renamed), after.plan)
    both = _Both(before, after, {one.after: one.before for one in renamed})
    found = [*changes(sides), *_retold(both, sides)]
    items = tuple(both.item(change) for change in (*_schedules(both, sides, found), *found))
    arms = tuple(_arms(both, sides))
    strongest = Category.COSMETIC
    if before.plan.hash() != after.plan.hash():
        every = (*(item.change.category for item in items), *(one.category for one in arms))
        strongest = max(Category.OPERATIONAL, *every, Category.OPERATIONAL)
    return Difference(before, after, sides, strongest, items, arms, renamed, doubts(*sides))


class _Both(NamedTuple):
    """The two versions and the older names of what was renamed, by the newer ones."""

    before: Version
    after: Version
    names: Mapping[str, str]

    def older(self, name: str) -> str:
        """The name, or address, that something had before."""
        for mark in ("~", "."):
            if mark in name:
                return mark.join(self.names.get(part, part) for part in name.split(mark))
        return self.names.get(name, name)

    def item(self, change: Change) -> Item:
        """The change with its places in the two specs."""
        arm = change.arms[0] if change.arms else None
        new = _place(self.after, change.address, arm)
        old = _place(self.before, self.older(change.address), None if arm is None else self.older(arm))
        shown = new or old
        return Item(
            change,
            shown.address if shown is not None else change.address,
            old.span if old is not None else None,
            new.span if new is not None else None,
        )


def _place(version: Version, address: str, arm: str | None) -> Place | None:
    """Where a side says something; a control's values stand in its arm, a reference's in the control."""
    if version.spec is None:
        return None
    if arm is not None and arm not in version.spec.arms:
        found = next((one for one in version.plan.arms if one.name == arm), None)
        decide = version.plan.decide
        arm = found.of if found is not None and found.of is not None else decide.control if decide else None
    return place(version.spec, address, arm)


def _retold(both: _Both, sides: Sides) -> Iterator[Change]:
    """Tasks whose work is stored under another first name: trained anew, with other random draws."""
    older, newer = ({name for arm in plan.arms for name in arm.tasks} for plan in sides)
    for name in sorted(older & newer):
        old = past_names(both.before.plan.moved, both.older(name))[-1]
        new = past_names(both.after.plan.moved, name)[-1]
        if old != new:
            why = "a task's random draws go by its first name"
            arms = tuple(arm.name for arm in sides.after.arms if name in arm.tasks)
            yield Change(f"moved.{name}", Category.LEARNING, why, "Plan.moved", old, new, arms)


def _schedules(both: _Both, sides: Sides, found: list[Change]) -> Iterator[Change]:
    """Arms that name another schedule than before, where it makes a difference."""
    old, new = both.before.spec, both.after.spec
    if old is None or new is None:
        return
    changed = {arm for one in found if one.address.startswith("schedule.") for arm in one.arms}
    arms: dict[tuple[str, str], list[str]] = {}
    for arm in sides.after.arms:
        if arm.role == "arm" and arm.name in changed:
            names = schedule_of(old, both.older(arm.name)), schedule_of(new, arm.name)
            if len(set(names)) == 2 and not _moved(new, *names) and not _moved(old, *reversed(names)):
                arms.setdefault(names, []).append(arm.name)
    for (before, after), named in arms.items():
        yield Change("schedule", Category.LEARNING, "", "ArmPlan.schedule", before, after, tuple(named))


def _moved(spec: Spec, before: str, after: str) -> bool:
    return before in past_names({move.after: move.before for move in spec.moves}, after)


def _arms(both: _Both, sides: Sides) -> Iterator[ArmItem]:
    """What came, in the order of the new plan, then what went."""
    old, new = ({arm.name: arm for arm in plan.arms} for plan in sides)
    for name, arm in new.items():
        if name not in old:
            yield ArmItem(arm, True, _arm_span(both.after, name))
    for name, arm in old.items():
        if name not in new:
            yield ArmItem(arm, False, _arm_span(both.before, both.older(name)))


def _arm_span(version: Version, name: str) -> Span | None:
    if version.spec is None or name not in version.spec.arms:
        return None
    return version.spec.arms[name].span
