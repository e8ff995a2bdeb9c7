"""Rules about tasks that require others, and the order that asks what they require."""

from __future__ import annotations

import math

from currc.compiler.chain import trained
from currc.compiler.circles import circles
from currc.compiler.codes import Code
from currc.compiler.complain import listed
from currc.compiler.controls import mixes_that
from currc.compiler.depths import latest
from currc.compiler.desk import Desk
from currc.compiler.diagnostic import Label
from currc.compiler.lower_arms import stacks
from currc.compiler.plan import PLATEAU_EVALS
from currc.compiler.rules_material import word
from currc.compiler.rules_promotions import of_limit, span_of_arm
from currc.compiler.rules_schedules import span_of
from currc.compiler.source import Span
from currc.compiler.spec import Setting, Spec
from currc.compiler.value_types import Amount, Bound

Requires = dict[str, tuple[str, ...]]


def requirements(spec: Spec, desk: Desk) -> None:
    """Tasks require each other in no circle, and some arm asks what they require."""
    for arm in (None, *spec.arms):
        for ring in circles({task: _needed(spec, task, arm) for task in spec.of_kind("task")}):
            setting = spec.find(f"{ring[0]}.requires", arm)
            steps = " requires ".join(f"`{task}`" for task in (*ring, ring[0]))
            spans = [(task, spec.find(f"{task}.requires", arm)) for task in ring[1:]]
            others = [Label(it.span, f"of `{task}`") for task, it in spans if it is not None and it.span]
            message = f"tasks require each other in a circle: {steps}"
            span = span_of(setting, spec, ring[0])
            desk.say(Code.CYCLE, message, span, "none of them could be first", *others)
            return
    lost = any(desk.is_lost(f"{schedule}.order") for schedule in spec.of_kind("schedule"))
    for task in () if lost else spec.of_kind("task"):
        setting = spec.find(f"{task}.requires")
        if setting is not None and setting.value and not _asked(spec, task):
            message = f"no arm that trains `{task}` asks what it requires"
            help = "give an arm a schedule with `order = skill_stacking`, or leave out `requires`"
            desk.say(Code.DEAD_OPTION, message, span_of(setting, spec, task), "this has no effect", help=help)


def _needed(spec: Spec, task: str, arm: str | None) -> tuple[str, ...]:
    return tuple(spec.value(f"{task}.requires", arm) or ())


def _asked(spec: Spec, task: str) -> bool:
    return any(stacks(spec, arm) and task in trained(spec, arm) for arm in spec.arms)


def stacking(spec: Spec, desk: Desk) -> None:
    """An arm whose tasks enter one after another has some that wait, and what they wait for can be seen."""
    for arm in spec.arms:
        schedule = spec.value("schedule", arm)
        order = spec.find(f"{schedule}.order", arm)
        tasks = trained(spec, arm)
        lost = any(desk.is_lost(f"{task}.{name}") for task in tasks for name in ("requires", "train"))
        if order is None or lost or not stacks(spec, arm):
            continue
        requires = {task: _needed(spec, task, arm) for task in tasks}
        if circles(requires):
            continue
        span = span_of(order, spec, schedule)
        if not any(requires.values()):
            message = f"no task of arm `{arm}` requires another, so `{word(order)}` has nothing to stack"
            other = Label(spec.arms[arm].span, f"trains {listed(tasks)}")
            help = "write `requires = [TASK]` in a task that builds on another"
            desk.say(Code.DEAD_OPTION, message, span, "this has no effect", other, help=help)
            continue
        _alone(spec, desk, schedule, arm, order, span)
        if _all_there(spec, desk, arm, requires):
            _opens(spec, desk, schedule, order, arm, requires)
            _something_first(spec, desk, arm, requires)


def _alone(spec: Spec, desk: Desk, schedule: str, arm: str, order: Setting, span: Span) -> None:
    """Stages and mixes that adapt say themselves what is drawn when."""
    if stages := spec.stages(schedule):
        message = f"the stages of `{schedule}` and `{word(order)}` both say when tasks come"
        other = Label(spec.parts[stages[0]].span, "a stage")
        desk.say(Code.UNFIT_PAIR, message, span, "one of the two", other, help="leave out the stages")
    mix = spec.find("mix", arm)
    if mix is not None and mix.value.word in mixes_that(spec, arm, "adaptive"):
        message = f"the mix `{word(mix)}` and `{word(order)}` both change the rates while an arm is trained"
        other = Label(span, "lets tasks enter")
        help = "take a mix with constant rates, as `mix = equal`"
        desk.say(Code.UNFIT_PAIR, message, span_of_arm(mix, spec, arm), "sets rates", other, help=help)


def _all_there(spec: Spec, desk: Desk, arm: str, requires: Requires) -> bool:
    """Whether each required task is trained in the arm and has validation rows."""
    fine = True
    for task, needed in requires.items():
        setting = spec.find(f"{task}.requires", arm)
        for one in needed:
            span = span_of(setting, spec, task)
            validation = spec.find(f"{one}.validation", arm)
            if one not in requires:
                message = f"arm `{arm}` trains `{task}` without `{one}`, which it requires"
                other = Label(spec.arms[arm].span, f"trains {listed(tuple(requires))}")
                help = f"add `{one}` to the arm's `tasks`"
                desk.say(Code.REQUIRED_TASK_MISSING, message, span, "never learnt here", other, help=help)
                fine = False
            elif validation is not None and validation.value == "none":
                others = [Label(validation.span, "switched off here")] if validation.span is not None else []
                message = f"when `{one}` is learnt is seen on its validation rows, and it has none"
                help = "give the task `validation = 10%`"
                desk.say(
                    Code.NEEDS_VALIDATION, message, span, "waits for what is never seen", *others, help=help
                )
                fine = False
    return fine


def _opens(spec: Spec, desk: Desk, schedule: str, order: Setting, arm: str, requires: Requires) -> None:
    """There are enough evaluations for some gate to open before the task enters anyway."""
    given, every = order.value.parameters, spec.find("evaluate.every")
    apart = of_limit(every.value, spec) if every is not None else None
    if every is None or apart is None or apart[1] != "share" or apart[0] <= 0:
        return
    flat = given["threshold"] is None
    needed = int(given["hold"]) + (PLATEAU_EVALS if flat else 0)
    first = min(moment for moment in latest(requires).values() if moment > 0)
    if needed * apart[0] < first - 1e-9:
        return
    room = max(0, math.ceil(first / apart[0] - 1e-9) - 1)
    message = (
        f"the gates of `{word(order)}` never open in time:"
        f" there is room for {room} of the {needed} evaluations that one needs"
    )
    takes = f"a plateau takes {PLATEAU_EVALS + 1}, " if flat else ""
    note = f"{takes}`hold = {given['hold']} evals`, and the first tasks enter at {first:.1%} anyway"
    others = [Label(every.span, "one evaluation in so much")] if every.span is not None else []
    at_most = Amount(math.floor(1000 * first / (needed + 1)) / 1000, "share")
    help = f"write `every = {at_most}` or less, or a lower `hold`"
    span = span_of(order, spec, schedule)
    desk.say(Code.PROMOTE_IMPOSSIBLE, message, span, note, *others, help=help, address=f"{schedule}.order")


def _something_first(spec: Spec, desk: Desk, arm: str, requires: Requires) -> None:
    """The mix gives a share to some task that requires nothing."""
    mix = spec.find("mix", arm)
    if mix is None or not isinstance(mix.value, Bound) or mix.value.word != "shares":
        return
    shares: dict[str, float] = mix.value.parameters["shares"]  # type: ignore[assignment]
    first = tuple(task for task, needed in requires.items() if not needed)
    if not any(shares.get(task, 0.0) for task in first):
        message = f"arm `{arm}` begins with {listed(first)} alone, and the mix gives no share to any of these"
        span = span_of_arm(mix, spec, arm)
        desk.say(Code.SHARES_UNFIT, message, span, "nothing would be drawn at first")


SKILL_RULES = (requirements, stacking)
