"""Two plans, field by field: what changed, where, and what each change means."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from currc.compiler.categories import RULES, STEERLESS, Category, Rule
from currc.compiler.plan import (
    ArmPlan,
    BudgetPlan,
    Plan,
    PlanNode,
    Protection,
    Quantity,
    Segment,
)
from currc.compiler.record import fields_of

SPREAD = ("mix", "weights", "combine")
"""What an arm says once for all its stages, unless a stage says otherwise."""


class Change(NamedTuple):
    """One difference between two plans, in as many arms as it stands in."""

    address: str
    """As `pos.prompt`, `train.lr`, `mix`, `schedule.pacing`, `schedule.basics.max`, `decide.alpha`; in an
    arm's own terms, so that the name of a schedule or a model is not in it."""
    category: Category
    why: str
    owner: str
    """Class of the plan and name of the field, as `TrainPlan.lr`."""
    before: Any
    """Values of the plan; `None` where there was nothing."""
    after: Any
    arms: tuple[str, ...] = ()
    """In the order of the new plan; empty for what concerns the whole experiment."""


class Sides(NamedTuple):
    """The two plans, the older under the names of the newer."""

    before: Plan
    after: Plan


def changes(sides: Sides) -> tuple[Change, ...]:
    """Every difference but arms that are added or removed, the strongest first, then by address."""
    found = [*_experiment(sides), *_together(_arms(sides))]
    return tuple(sorted(found, key=lambda one: (-one.category, bool(one.arms), one.address, one.arms)))


def _experiment(sides: Sides) -> Iterator[Change]:
    """What is the same for all arms."""
    before, after = sides
    yield from _field(before, after, "edition", "edition", sides)
    for name in sorted(before.sources.keys() & after.sources.keys()):
        yield from _node(before.sources[name], after.sources[name], name, sides)
    for part in ("budget", "evaluate", "decide"):
        yield from _field(before, after, part, part, sides)


def _arms(sides: Sides) -> Iterator[Change]:
    """The changes of each arm that is in both plans, one arm at a time."""
    older = {arm.name: arm for arm in sides.before.arms}
    for arm in sides.after.arms:
        if (past := older.get(arm.name)) is not None:
            for change in _arm(past, arm, sides):
                yield change._replace(arms=(arm.name,))


def _together(found: Iterable[Change]) -> list[Change]:
    """Equal changes of several arms as one."""
    by_content: dict[str, Change] = {}
    for change in found:
        key = repr(change._replace(arms=()))
        known = by_content.get(key)
        by_content[key] = change if known is None else known._replace(arms=(*known.arms, *change.arms))
    return list(by_content.values())


def _arm(before: ArmPlan, after: ArmPlan, sides: Sides) -> Iterator[Change]:
    for name in ("role", "of", "parent", "yoke", "goals"):
        yield from _field(before, after, name, name, sides)
    yield from _node(before.model, after.model, "model", sides)
    yield from _node(before.train, after.train, "train", sides)
    yield from _tasks(before, after, sides)
    yield from _node(before.schedule, after.schedule, "schedule", sides, leave=("segments",))
    yield from _segments(before, after, sides)


def _tasks(before: ArmPlan, after: ArmPlan, sides: Sides) -> Iterator[Change]:
    for name in sorted(before.tasks.keys() | after.tasks.keys()):
        old, new = before.tasks.get(name), after.tasks.get(name)
        if old is not None and new is not None:
            yield from _node(old, new, name, sides)
        else:
            yield Change(f"tasks.{name}", Category.LEARNING, "", "ArmPlan.tasks", old, new)


def _segments(before: ArmPlan, after: ArmPlan, sides: Sides) -> Iterator[Change]:
    """Stages by their names; words that hold for all stages of an arm once."""
    old, new = ({segment.stage: segment for segment in arm.schedule.segments} for arm in (before, after))
    if tuple(old) != tuple(new):
        stages = before.schedule.segments, after.schedule.segments
        yield Change("schedule.stages", Category.LEARNING, "", "SchedulePlan.segments", *stages)
    leave = ["stage"]
    for word in SPREAD:
        wholes = _same(old.values(), word), _same(new.values(), word)
        if None in wholes:
            continue
        leave.append(word)
        if wholes[0] != wholes[1]:
            yield _change(old[next(iter(old))], new[next(iter(new))], word, word, sides)
    for name in old.keys() & new.keys():
        everything = _trains_all(old[name], before) and _trains_all(new[name], after)
        skipped = (*leave, "tasks") if everything else leave
        yield from _node(old[name], new[name], f"schedule.{name}", sides, leave=skipped)


def _same(segments: Iterable[Segment], word: str) -> Any:
    """The word that all stages have; `None` where they differ."""
    words = [getattr(segment, word) for segment in segments]
    return words[0] if all(one == words[0] for one in words) else None


def _trains_all(segment: Segment, arm: ArmPlan) -> bool:
    return set(segment.tasks) == {name for name, task in arm.tasks.items() if task.train is not None}


def _node(
    before: PlanNode, after: PlanNode, address: str, sides: Sides, *, leave: Iterable[str] = ()
) -> Iterator[Change]:
    """The differing fields of two parts of one class."""
    for name in fields_of(after):
        if name not in leave:
            yield from _field(before, after, name, f"{address}.{name}", sides)


def _field(before: PlanNode, after: PlanNode, name: str, address: str, sides: Sides) -> Iterator[Change]:
    old, new = getattr(before, name), getattr(after, name)
    if old == new:
        return
    if rule_of(type(after).__name__, name).judge != "inside":
        if (change := _change(before, after, name, address, sides)).category > Category.COSMETIC:
            yield change
    elif name == "protect":
        yield from _protections(old, new, address)
    elif isinstance(old, PlanNode) and isinstance(new, PlanNode):
        yield from _node(old, new, address, sides)
    elif old is None or new is None:
        part = type(new if old is None else old).__name__
        strongest = max((rule.category for rule in RULES[part].values()), default=Category.COMPARISON)
        yield Change(address, strongest, "", f"{type(after).__name__}.{name}", old, new)


def _protections(
    before: tuple[Protection, ...], after: tuple[Protection, ...], address: str
) -> Iterator[Change]:
    """Protected metrics by their names."""
    old, new = (
        {f"{one.metric.task}.{one.metric.metric.word}": one.loss for one in side} for side in (before, after)
    )
    rule = rule_of("Protection", "loss")
    for metric in sorted(old.keys() | new.keys()):
        losses = old.get(metric), new.get(metric)
        if losses[0] != losses[1]:
            place = f"{address}.{metric}"
            yield Change(place, rule.category, rule.why, "Protection.loss", *losses)


def rule_of(part: str, field: str) -> Rule:
    """The rule of a field; one that the table does not know breaks the comparison, to be safe."""
    return RULES.get(part, {}).get(field, Rule(Category.COMPARISON, "nobody has said what this changes"))


def _change(before: PlanNode, after: PlanNode, name: str, address: str, sides: Sides) -> Change:
    part = type(after).__name__
    rule = rule_of(part, name)
    old, new = getattr(before, name), getattr(after, name)
    category, why = rule.category, rule.why
    if rule.judge:
        category, why = JUDGES[rule.judge](rule, address, (old, new), sides)
    elif part == "TaskPlan" and name in ("train", "gold", "validation") and _same_rows(old, new, sides):
        category, why = Category.OPERATIONAL, "the same source under another name"
    if isinstance(before, BudgetPlan) and isinstance(after, BudgetPlan) and name == "limit":
        old, new = (Quantity(amount=one.limit, unit=one.match) for one in (before, after))
    return Change(address, category, why, f"{part}.{name}", old, new)


Judged = tuple[Category, str]


def _same_rows(old: Any, new: Any, sides: Sides) -> bool:
    """Whether two names of sources stand for the same files, read alike."""
    if not (isinstance(old, str) and isinstance(new, str)):
        return False
    sources = sides.before.sources.get(old), sides.after.sources.get(new)
    return sources[0] is not None and sources[0] == sources[1]


def _gold_rows(rule: Rule, address: str, values: tuple[Any, Any], sides: Sides) -> Judged:
    """A source breaks the comparison where any task is judged by its rows."""
    name = address.rpartition(".")[0]
    judging = {task.gold for plan in sides for arm in plan.arms for task in arm.tasks.values()}
    if name in judging:
        return Category.COMPARISON, "scores are of other gold rows"
    return rule.category, rule.why


def _digest(rule: Rule, address: str, values: tuple[Any, Any], sides: Sides) -> Judged:
    """A digest that is written down, or no longer, changes no row; another digest means other bytes."""
    if None in values:
        return Category.OPERATIONAL, "whether the files are held against a digest"
    return _gold_rows(rule, address, values, sides)


def _steering(rule: Rule, address: str, values: tuple[Any, Any], sides: Sides) -> Judged:
    """Evaluations change training only where something looks at them."""
    if any(map(steers, sides)):
        return rule.category, rule.why
    return Category.OPERATIONAL, "nothing steers by validation here"


def steers(plan: Plan) -> bool:
    """Whether validation rows have a say in how some arm is trained, or in which state is scored."""
    if plan.evaluate.keep == "best":
        return True
    for arm in plan.arms:
        if arm.stacked:
            return True
        words = {arm.schedule.pacing.word}
        for segment in arm.schedule.segments:
            words |= {segment.mix.word, segment.weights.word}
            if segment.promote is not None:
                return True
        if not words <= STEERLESS:
            return True
    return False


def _waived(rule: Rule, address: str, values: tuple[Any, Any], sides: Sides) -> Judged:
    """Waived controls matter where the other plan trains them; the rest follows from the arms."""
    trained = [{arm.name for arm in plan.arms} for plan in sides]
    if trained[0] & set(values[1]) or trained[1] & set(values[0]):
        return rule.category, rule.why
    return Category.COSMETIC, ""


JUDGES: Mapping[str, Callable[[Rule, str, tuple[Any, Any], Sides], Judged]] = MappingProxyType(
    {"gold rows": _gold_rows, "digest": _digest, "steering": _steering, "waived": _waived}
)
"""The questions that decide where a field alone does not."""
