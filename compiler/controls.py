"""Control arms: what the compiler adds so that a gain can be told from its side effects."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from currc.compiler.chain import trained
from currc.compiler.lower_arms import SHUFFLED, method, whole_segment
from currc.compiler.plan import (
    ArmPlan,
    BudgetPlan,
    DifficultyPlan,
    Method,
    SchedulePlan,
    TaskPlan,
    Window,
    Yoke,
)
from currc.compiler.settled import content, unyoked
from currc.compiler.spec import Spec

CONSTANT_WEIGHTS = ("equal", "fixed")
"""Weightings that never change; any other, a plug-in's too, is dynamic."""
RANDOM = Method(word="random")
NO_PACING = Method(word="none")
FIRST = "first"
"""The parameter by which an order that is a strict sequence says which end comes first."""


class Controls(NamedTuple):
    """What became of the controls that the arms' claims ask for."""

    added: tuple[ArmPlan, ...] = ()
    waived: tuple[str, ...] = ()
    """Names of those that `controls` waives in writing."""
    stand_ins: Mapping[str, str] = MappingProxyType({})
    """Arms that train just what a control would, by the name that the control would have had."""


def controls(spec: Spec, arms: tuple[ArmPlan, ...], budget: BudgetPlan) -> Controls:
    """The controls of all arms; one equal to an arm, or to an earlier control, is that arm."""
    if "decide" not in spec.parts:
        return Controls()
    choice = spec.value("decide.controls")
    known = {content(arm): arm.name for arm in arms}
    added: list[ArmPlan] = []
    waived: dict[Hashable, str] = {}
    stand_ins: dict[str, str] = {}
    for arm in arms:
        for word, control in _wanted(spec, arm):
            is_wanted = choice == "auto" or word in choice
            found = content(unyoked(control, arm, budget))
            if (same := known.get(found)) is not None:
                if same != arm.name and is_wanted:
                    stand_ins[control.name] = same
            elif is_wanted:
                known[found] = control.name
                added.append(control)
            else:
                waived.setdefault(found, control.name)
    return Controls(tuple(added), tuple(waived.values()), stand_ins)


def is_ordered(arm: ArmPlan) -> bool:
    """Whether difficulty decides what an arm sees when; an order by chance is none."""
    schedule = arm.schedule
    if schedule.by is None or schedule.by.score == RANDOM:
        return False
    if FIRST in schedule.order.parameters:
        return True
    return schedule.pacing != NO_PACING or any(segment.window != Window() for segment in schedule.segments)


def _wanted(spec: Spec, arm: ArmPlan) -> Iterator[tuple[str, ArmPlan]]:
    """Every control that an arm's claims ask for, by its word."""
    segments = arm.schedule.segments
    if is_ordered(arm):
        follows = _follows_validation(spec, arm)
        yield _control(arm, "random_order", _in_random_order, replayed=follows)
        yield _control(arm, "hard_first", _hard_first, replayed=follows)
    whole = set(trained(spec, arm.name))
    if arm.stacked or any(set(segment.tasks) != whole for segment in segments):
        yield "all_tasks", _all_tasks(spec, arm)
    by_size, equal, total = (method(spec.settings[name].value) for name in ("mix", "weights", "combine"))
    dynamic = any(segment.weights.word not in CONSTANT_WEIGHTS for segment in segments)
    if dynamic or any(segment.combine.word != "sum" for segment in segments):
        changed = {"combine": total} | ({"weights": equal} if dynamic else {})
        yield "equal", _with(arm, "equal", **changed)
    if dynamic:
        mean = _with(arm, "mean_weights", weights=equal)
        yield "mean_weights", mean.model_copy(update={"yoke": Yoke(arm=arm.name, what="mean_weights")})
    if adaptive := {segment.mix.word for segment in segments} & mixes_that(spec, arm.name, "adaptive"):
        followed = _in_place_of({*adaptive, "learned"}, by_size, arm.schedule)
        yield "proportional", _named(arm, "proportional").model_copy(update={"schedule": followed})
        update = {"schedule": _unguarded(followed), "yoke": Yoke(arm=arm.name, what="mean_mix")}
        yield "mean_mix", _named(arm, "mean_mix").model_copy(update=update)


def mixes_that(spec: Spec, arm: str, trait: str) -> set[str]:
    """The words of an arm's mixes, its stages' own included, that have a trait."""
    schedule = spec.value("schedule", arm)
    stages = spec.stages(schedule) if schedule in spec.parts else ()
    mixes = [spec.value(address, arm) for address in ("mix", *(f"{stage}.mix" for stage in stages))]
    return {mix.word for mix in mixes if mix is not None and trait in mix.traits}


def _in_place_of(words: set[str], mix: Method, schedule: SchedulePlan) -> SchedulePlan:
    """A schedule with another mix in the stages that have one of those."""
    segments = tuple(
        segment.model_copy(update={"mix": mix}) if segment.mix.word in words else segment
        for segment in schedule.segments
    )
    return schedule.model_copy(update={"segments": segments})


def _follows_validation(spec: Spec, arm: ArmPlan) -> bool:
    """Whether the arm's pacing opens what validation says."""
    pacing = spec.find(f"{spec.value('schedule', arm.name)}.pacing", arm.name)
    return pacing is not None and "adaptive" in pacing.value.traits


def _control(
    arm: ArmPlan, word: str, change: Callable[[SchedulePlan], SchedulePlan], *, replayed: bool
) -> tuple[str, ArmPlan]:
    """The arm with another order; its stages end where those of the arm ended with the same seed.

    So it is with what a pacing that follows validation has opened, else the control's
    pool would grow with its own scores.
    """
    schedule = change(arm.schedule)
    staged = len(schedule.segments) > 1
    if staged:
        schedule = _unguarded(schedule)
    yoke = Yoke(arm=arm.name, what="stage_ends") if staged or replayed else None
    return word, _named(arm, word).model_copy(update={"schedule": schedule, "yoke": yoke})


def _unguarded(schedule: SchedulePlan) -> SchedulePlan:
    """A schedule whose stages end where those of another arm did, so that no guard of it is ever asked."""
    segments = tuple(segment.model_copy(update={"promote": None}) for segment in schedule.segments)
    return schedule.model_copy(update={"segments": segments})


def _named(arm: ArmPlan, word: str) -> ArmPlan:
    update = {"name": f"{arm.name}~{word}", "role": "control", "of": arm.name, "parent": None, "factors": ()}
    return arm.model_copy(update=update)


def _in_random_order(schedule: SchedulePlan) -> SchedulePlan:
    """The same windows, or the same sequence, over rows sorted by chance."""
    within = schedule.by.within if schedule.by is not None else "task"
    random = DifficultyPlan(score=RANDOM, within=within)
    order = _from(schedule.order, "easy") or Method(word="random_order")
    return schedule.model_copy(update={"by": random, "order": order})


def _hard_first(schedule: SchedulePlan) -> SchedulePlan:
    """The same windows, or the same sequence, from the hard end."""
    return schedule.model_copy(update={"order": _from(schedule.order, "hard") or Method(word="hard_first")})


def _from(order: Method, end: str) -> Method | None:
    """A strict sequence that begins at that end; `None` for an order of another kind."""
    if FIRST not in order.parameters:
        return None
    return order.model_copy(update={"parameters": {**order.parameters, FIRST: end}})


def _all_tasks(spec: Spec, arm: ArmPlan) -> ArmPlan:
    """The arm without its stages: one stretch with all tasks, each drawn as often as in the arm."""
    schedule = without_stages(arm.schedule, whole_segment(spec, arm.name))
    update = {"schedule": schedule, "yoke": Yoke(arm=arm.name, what="totals"), "tasks": unstacked(arm.tasks)}
    return _named(arm, "all_tasks").model_copy(update=update)


def unstacked(tasks: Mapping[str, TaskPlan]) -> dict[str, TaskPlan]:
    """The tasks, none of which waits for another."""
    return {name: task.model_copy(update={"requires": ()}) for name, task in tasks.items()}


def without_stages(schedule: SchedulePlan, segment: object) -> SchedulePlan:
    """A schedule as one segment: a paced order goes on, so does retiring; windows of stages do not."""
    if schedule.pacing != NO_PACING:
        return schedule.model_copy(update={"segments": (segment,)})
    return SchedulePlan.made({"order": SHUFFLED, "retire": schedule.retire, "segments": (segment,)})


def _with(arm: ArmPlan, word: str, **methods: Method) -> ArmPlan:
    """The arm with another weighting or combiner in all its stages."""
    segments = tuple(segment.model_copy(update=methods) for segment in arm.schedule.segments)
    schedule = arm.schedule.model_copy(update={"segments": segments})
    return _named(arm, word).model_copy(update={"schedule": schedule})
