"""Which names of two plans mean the same thing, and the older plan under the names of the newer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from currc.compiler.moves import Names, past_names, with_tasks
from currc.compiler.plan import (
    ArmPlan,
    DecidePlan,
    MetricRef,
    Objective,
    Plan,
    PlanNode,
    TaskPlan,
)
from currc.compiler.record import fields_of

NAMES = ("name", "role", "of", "parent", "factors", "yoke", "stage")
"""What of an arm or a stage is not what it does."""
ALIKE = 0.6
"""Part of the fields that two blocks must have in common to be taken for one that was renamed."""


class Rename(NamedTuple):
    """A block that has, or may have, another name than before."""

    kind: str
    """`task`, `source`, `arm` or `stage`."""
    before: str
    after: str


def renames(before: Plan, after: Plan) -> tuple[Rename, ...]:
    """The blocks that were renamed, as the `moved` blocks of either plan tell; newer names stand last."""
    found = []
    for kind, (old, new) in _names(before, after).items():
        for gone, come in _pairs(old, new, before.moved, after.moved):
            found.append(Rename(kind, gone, come))
    arms = {one.before: one.after for one in found if one.kind == "arm"}
    return (*found, *dict.fromkeys(_stages(before, after, arms)))


def doubts(before: Plan, after: Plan) -> tuple[Rename, ...]:
    """Blocks that went while one came that is so alike that a `moved` block may have been forgotten.

    `before` has the newer names already. Arms and stages are compared under the names of tasks and
    sources that are in doubt themselves.
    """
    found: list[Rename] = []
    for kind in ("source", "task", "arm"):
        guessed = under(before, found)
        old, new = _blocks(guessed, after)[kind]
        for gone, come in _alike(old, new):
            found.append(Rename(kind, gone, come))
    guessed = under(before, found)
    now = _own(after)
    stages = {
        Rename("stage", gone, come)
        for name, arm in _own(guessed).items()
        if name in now
        for gone, come in _alike(_of_stage(arm), _of_stage(now[name]))
    }
    return (*found, *sorted(stages))


def _alike(old: Mapping[str, PlanNode], new: Mapping[str, PlanNode]) -> Iterator[tuple[str, str]]:
    """What went with what came and is most like it, each at most once."""
    come = new.keys() - old.keys()
    for name in sorted(old.keys() - new.keys()):
        near = sorted(come, key=lambda other: (-_likeness(old[name], new[other]), other))
        if near and _likeness(old[name], new[near[0]]) >= ALIKE:
            yield name, near[0]
            come = come - {near[0]}


def _of_stage(arm: ArmPlan) -> dict[str, PlanNode]:
    return {segment.stage: segment for segment in arm.schedule.segments}


def under(plan: Plan, found: Iterable[Rename]) -> Plan:
    """A plan with the newer name in place of each older one."""
    found = tuple(found)
    names = {one.before: one.after for one in found if one.kind != "stage"}
    stages = {one.before: one.after for one in found if one.kind == "stage"}
    if not found:
        return plan
    sources = {names.get(name, name): source for name, source in plan.sources.items()}
    return plan.model_copy(
        update={
            "arms": tuple(_arm(arm, names, stages) for arm in plan.arms),
            "sources": {name: sources[name] for name in sorted(sources)},
            "decide": _decide(plan.decide, names) if plan.decide is not None else None,
        }
    )


def _names(before: Plan, after: Plan) -> dict[str, tuple[set[str], set[str]]]:
    return {kind: (set(old), set(new)) for kind, (old, new) in _blocks(before, after).items()}


def _blocks(before: Plan, after: Plan) -> dict[str, tuple[Mapping[str, PlanNode], Mapping[str, PlanNode]]]:
    """What a plan calls by name, by its kind, of both plans."""
    return {
        "task": (_tasks(before), _tasks(after)),
        "source": (before.sources, after.sources),
        "arm": (_own(before), _own(after)),
    }


def _tasks(plan: Plan) -> dict[str, TaskPlan]:
    return {name: task for arm in plan.arms for name, task in arm.tasks.items()}


def _own(plan: Plan) -> dict[str, ArmPlan]:
    return {arm.name: arm for arm in plan.arms if arm.role == "arm"}


def _pairs(
    old: set[str], new: set[str], moved_before: Names, moved_after: Names
) -> tuple[tuple[str, str], ...]:
    """Names that went with the names that came in their place, each at most once."""
    gone, come, found = old - new, new - old, {}
    for name in sorted(come):
        if past := gone.intersection(past_names(moved_after, name)):
            found[min(past)] = name
    for name in sorted(gone - found.keys()):
        if past := (come - set(found.values())).intersection(past_names(moved_before, name)):
            found[name] = min(past)
    return tuple(found.items())


def _stages(before: Plan, after: Plan, arms: Names) -> Iterator[Rename]:
    """Stages that were renamed in an arm; a plan knows a stage by its name in its schedule alone."""
    own = _own(after)
    histories = [_last_parts(plan.moved) for plan in (before, after)]
    for arm in _own(before).values():
        if (now := own.get(arms.get(arm.name, arm.name))) is None:
            continue
        old, new = (
            {segment.stage.partition("~")[0] for segment in one.schedule.segments} for one in (arm, now)
        )
        for gone, come in _pairs(old, new, *histories):
            yield Rename("stage", gone, come)


def _last_parts(moved: Names) -> dict[str, str]:
    """Renames of stages, without their schedules."""
    dotted = {after: before for after, before in moved.items() if "." in after and "." in before}
    return {after.rsplit(".", 1)[1]: before.rsplit(".", 1)[1] for after, before in dotted.items()}


def _likeness(one: PlanNode, other: PlanNode) -> float:
    """The part of what is said in two blocks that is equal, in [0, 1].

    Arms have nearly everything in common, so an arm is like its equal alone.
    """
    said = [
        name
        for name, value in fields_of(one).items()
        if name not in NAMES and not (value == getattr(other, name) == type(one)._defaults.get(name, ...))
    ]
    equal = sum(bool(getattr(one, name) == getattr(other, name)) for name in said)
    return float(equal == len(said)) if isinstance(one, ArmPlan) else equal / max(1, len(said))


def _stage(name: str, stages: Names) -> str:
    """A stage's other name, in whichever cycle."""
    base, mark, cycle = name.partition("~")
    return stages.get(base, base) + mark + cycle


def _arm(arm: ArmPlan, names: Names, stages: Names) -> ArmPlan:
    segments = tuple(
        one.model_copy(update={"stage": _stage(one.stage, stages)}) for one in arm.schedule.segments
    )
    yoke = arm.yoke.model_copy(update={"arm": _called(arm.yoke.arm, names)}) if arm.yoke is not None else None
    changed = arm.model_copy(
        update={
            "name": _called(arm.name, names),
            "of": _called(arm.of, names) if arm.of is not None else None,
            "parent": _called(arm.parent, names) if arm.parent is not None else None,
            "schedule": arm.schedule.model_copy(update={"segments": segments}),
            "yoke": yoke,
        }
    )
    return with_tasks(changed, names)


def _called(name: str, names: Names) -> str:
    """An arm's newer name; that of a control or reference is made of several, as `easy~random_order`."""
    return "~".join(names.get(part, part) for part in name.split("~"))


def _decide(decide: DecidePlan, names: Names) -> DecidePlan:
    metrics = [_metric(part, names) for part in decide.metric.parts]
    guards = [one.model_copy(update={"metric": _metric(one.metric, names)}) for one in decide.protect]
    return decide.model_copy(
        update={
            "control": _called(decide.control, names),
            "metric": Objective(kind=decide.metric.kind, parts=tuple(sorted(metrics, key=_by_name))),
            "protect": tuple(sorted(guards, key=lambda one: _by_name(one.metric))),
            "waived": tuple(_called(name, names) for name in decide.waived),
            "stand_ins": {
                _called(name, names): _called(arm, names) for name, arm in decide.stand_ins.items()
            },
        }
    )


def _metric(metric: MetricRef, names: Names) -> MetricRef:
    return metric.model_copy(update={"task": names.get(metric.task, metric.task)})


def _by_name(metric: MetricRef) -> tuple[str, str]:
    return metric.task, metric.metric.word
