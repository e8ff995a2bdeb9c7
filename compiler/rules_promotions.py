"""Rules about guards and the tasks of stages: they look at validation rows of tasks that the arm trains."""

from __future__ import annotations

import math
from collections.abc import Iterator

from currc.compiler.chain import chain, has_promote, tasks_of, trained
from currc.compiler.codes import Code
from currc.compiler.complain import listed
from currc.compiler.desk import Desk
from currc.compiler.diagnostic import Label
from currc.compiler.plan import PLATEAU_EVALS
from currc.compiler.rules_material import word
from currc.compiler.rules_schedules import span_of, views
from currc.compiler.source import Span
from currc.compiler.spec import Setting, Spec
from currc.compiler.value_types import Amount, Condition, tidy


def guards(spec: Spec, desk: Desk) -> None:
    """A guard can be evaluated, and so can the metric that a pacing follows: its task is in the arm, is
    trained, and has validation rows."""
    for schedule, arm in views(spec):
        for stage in spec.stages(schedule):
            tasks = spec.value(f"{stage}.tasks", arm)
            idle = arm is not None and tasks is not None and not set(tasks) & set(trained(spec, arm))
            if idle or not has_promote(spec, stage, arm):
                continue
            _says_something(spec, desk, stage, arm)
            _agree(spec, desk, stage, arm)
            _has_room(spec, desk, schedule, stage, arm)
            for task, setting in _watched(spec, stage, arm):
                _can_be_asked(spec, desk, task, setting, f"{stage}.promote", arm)
        pacing = spec.find(f"{schedule}.pacing", arm)
        if pacing is not None and (watched := pacing.value.parameters.get("metric")) is not None:
            _can_be_asked(spec, desk, watched["task"], pacing, schedule, arm)


def _says_something(spec: Spec, desk: Desk, stage: str, arm: str | None) -> None:
    promote = f"{stage}.promote"
    if any(desk.is_lost(f"{promote}.{name}") for name in ("when", "plateau", "keep")):
        return
    if not any(spec.value(f"{promote}.{name}", arm) for name in ("when", "plateau", "keep")):
        message = "`promote` says nothing that could hold"
        help = "add a guard, as `when TASK.METRIC >= 0.7`, or `plateau = TASK.METRIC`"
        desk.say(Code.PROMOTE_IMPOSSIBLE, message, spec.parts[promote].span, "no condition", help=help)


def _agree(spec: Spec, desk: Desk, stage: str, arm: str | None) -> None:
    """The guards of one promotion leave each metric a value that fulfils them all."""
    when = spec.find(f"{stage}.promote.when", arm)
    conditions: tuple[Condition, ...] = when.value if when is not None else ()
    for name in dict.fromkeys(map(_name, conditions)):
        mine = [condition for condition in conditions if _name(condition) == name]
        lows = [condition for condition in mine if condition.op in (">=", ">", "==")]
        highs = [condition for condition in mine if condition.op in ("<=", "<", "==")]
        if when is None or not lows or not highs:
            continue
        low = max(lows, key=lambda condition: (condition.right, condition.op == ">"))
        high = min(highs, key=lambda condition: (condition.right, condition.op != "<"))
        strict = low.op == ">" or high.op == "<"
        if low.right > high.right or (low.right == high.right and strict):
            message = f"stage `{_own(stage)}` can never be promoted: its guards contradict each other"
            note = f"`{name}` cannot be {low.op} {tidy(low.right)} and {high.op} {tidy(high.right)}"
            promote = f"{stage}.promote"
            span = span_of(when, spec, promote)
            desk.say(Code.PROMOTE_IMPOSSIBLE, message, span, note, address=promote)


def _name(condition: Condition) -> str:
    return f"{condition.left.task}.{condition.left.metric.word}"


def _has_room(spec: Spec, desk: Desk, schedule: str, stage: str, arm: str | None) -> None:
    """A stage is long enough for the evaluations that its promotion asks for."""
    promote = f"{stage}.promote"
    hold, plateau = spec.find(f"{promote}.hold", arm), spec.find(f"{promote}.plateau", arm)
    most, every = spec.find(f"{stage}.max", arm), spec.find("evaluate.every")
    if hold is None or most is None or most.value is None or every is None:
        return
    lasts, apart = (of_limit(found.value, spec) for found in (most, every))
    if lasts is None or apart is None or apart[0] <= 0 or lasts[1] != apart[1]:
        return
    flat = plateau is not None and plateau.value is not None
    needed = hold.value + (PLATEAU_EVALS if flat else 0)
    first = chain(spec, schedule, arm)[:1] == (stage,)
    # A later stage may begin anywhere between two points of the grid.
    room = math.floor(lasts[0] / apart[0] + 1e-9) if first else math.ceil(lasts[0] / apart[0] - 1e-9)
    if room >= needed:
        return
    message = (
        f"stage `{_own(stage)}` can never be promoted: "
        f"it has room for {room} of the {needed} evaluations that it needs"
    )
    takes = f"a plateau takes {PLATEAU_EVALS + 1}, " if flat else ""
    note = f"{takes}`hold = {hold.value} evals`, and there is one every {every.value}"
    others = [Label(most.span, "ends here at the latest")] if most.span is not None else []
    enough = lasts[0] / needed
    grain = 10.0 ** (math.floor(math.log10(enough)) - 1) if lasts[1] == "share" else 1.0
    help = f"write `every = {Amount(math.floor(enough / grain + 1e-9) * grain, lasts[1])}` or less"
    at = next((one for one in (hold, plateau) if one is not None and one.span is not None), hold)
    span = span_of(at, spec, promote)
    desk.say(Code.PROMOTE_IMPOSSIBLE, message, span, note, *others, help=help, address=promote)


def of_limit(amount: Amount, spec: Spec) -> tuple[float, str] | None:
    """An amount as a share of the limit, or in its own unit where nothing says what share that is."""
    limit = spec.value("budget.limit")
    if amount.unit == "share" or limit is None:
        return amount.value, amount.unit
    return (amount.value / limit.value, "share") if amount.unit == limit.unit and limit.value else None


def _own(stage: str) -> str:
    return stage.rsplit(".", 1)[-1]


def _watched(spec: Spec, stage: str, arm: str | None) -> Iterator[tuple[str, Setting]]:
    """The tasks that a promotion looks at, and where it says so."""
    when, plateau, keep = (spec.find(f"{stage}.promote.{name}", arm) for name in ("when", "plateau", "keep"))
    if when is not None:
        yield from ((condition.left.task, when) for condition in when.value)
    if plateau is not None and plateau.value is not None:
        yield plateau.value.task, plateau
    if keep is not None:
        yield from ((task, keep) for task in keep.value)


def _can_be_asked(spec: Spec, desk: Desk, task: str, setting: Setting, block: str, arm: str | None) -> None:
    if any(desk.is_lost(f"{task}.{name}") for name in ("train", "validation")):
        return
    span, who = span_of(setting, spec, block), "a guard" if block.endswith(".promote") else "a pacing"
    train, validation = spec.find(f"{task}.train", arm), spec.find(f"{task}.validation", arm)
    if train is None or train.value is None:
        message = f"`{task}` has only gold rows, and {who} never reads gold"
        other = Label(spec.parts[task].span, "has no `train`")
        desk.say(Code.GOLD_IN_GUARD, message, span, "this would look at gold", other)
    elif validation is not None and validation.value == "none":
        others = [Label(validation.span, "switched off here")] if validation.span is not None else []
        what = "a promotion" if who == "a guard" else "this pacing"
        message = f"{what} needs validation rows of `{task}`, and it has none"
        help = "give the task `validation = 10%`, or leave out `promote`"
        help = help if who == "a guard" else "give the task `validation = 10%`"
        desk.say(Code.NEEDS_VALIDATION, message, span, "this cannot be evaluated", *others, help=help)
    elif arm is not None and task not in tasks_of(spec, arm):
        message = (
            f"arm `{arm}` does not train `{task}`, so this can never {'hold' if who == 'a guard' else 'move'}"
        )
        other = Label(spec.arms[arm].span, "this arm")
        desk.say(Code.PROMOTE_IMPOSSIBLE, message, span, "this cannot be evaluated", other)


def stage_tasks(spec: Spec, desk: Desk) -> None:
    """A stage lists tasks that can be trained, and some of them are in every arm that goes through it."""
    for schedule, arm in views(spec):
        for stage in spec.stages(schedule):
            setting = spec.find(f"{stage}.tasks", arm)
            if setting is None or setting.value is None:
                continue
            span = span_of(setting, spec, stage)
            for task in setting.value:
                if spec.find(f"{task}.train", arm) is None and not desk.is_lost(f"{task}.train"):
                    message = f"`{task}` has no training rows, so no stage can train it"
                    desk.say(
                        Code.TASK_NOT_TRAINED,
                        message,
                        span,
                        "only scored",
                        Label(spec.parts[task].span, "no `train`"),
                        help=f"leave `{task}` out of the stage, or give it `train = SOURCE`",
                    )
            known = not any(desk.is_lost(f"{task}.train") for task in setting.value)
            if known and arm is not None and not set(setting.value) & set(trained(spec, arm)):
                message = f"arm `{arm}` leaves stage `{stage.rsplit('.', 1)[-1]}` without tasks"
                other = Label(spec.arms[arm].span, "trains none of these")
                desk.say(Code.NO_STAGE_TASKS, message, span, "none of these is in the arm", other)


def every_task_in_some_stage(spec: Spec, desk: Desk) -> None:
    """A schedule whose stages name their tasks names each task of the arm in one of them."""
    for schedule, arm in views(spec):
        stages = chain(spec, schedule, arm)
        if arm is None or not stages or len(stages) < len(spec.stages(schedule)):
            continue
        named = [spec.value(f"{stage}.tasks", arm) for stage in stages]
        lost = any(desk.is_lost(f"{stage}.tasks") for stage in stages)
        if lost or any(tasks is None for tasks in named):
            continue
        seen = {task for tasks in named for task in tasks}
        for task in trained(spec, arm):
            if task not in seen:
                message = f"arm `{arm}` never trains `{task}`: no stage of `{schedule}` has it"
                note = f"its stages train {listed(sorted(seen))}"
                other = Label(spec.parts[schedule].span, "this schedule")
                help = f"give a stage the task, or write `tasks = [{', '.join(sorted(seen))}]` in the arm"
                span = spec.arms[arm].span
                desk.say(Code.NEVER_SEEN, message, span, note, other, help=help, address=f"arm.{arm}.{task}")


def steering(spec: Spec, desk: Desk) -> None:
    """Whatever else steers by validation has rows to steer by."""
    blind = [task for task in spec.of_kind("task") if spec.value(f"{task}.validation") == "none"]
    keep = spec.find("evaluate.keep")
    if blind and keep is not None and keep.value == "best" and keep.span is not None:
        message = f"`keep = best` needs validation rows, and `{blind[0]}` has none"
        desk.say(Code.NEEDS_VALIDATION, message, keep.span, "best by what?")
    for arm in spec.arms:
        schedule = spec.value("schedule", arm)
        stages = spec.stages(schedule) if schedule in spec.parts else ()
        homes = ["", *(f"{stage}." for stage in stages)]
        for address in (f"{home}{name}" for home in homes for name in ("mix", "weights", "combine")):
            setting = spec.find(address, arm)
            if blind and setting is not None and "needs:validation" in getattr(setting.value, "traits", ()):
                message = f"`{word(setting)}` needs validation rows, and `{blind[0]}` has none"
                desk.say(
                    Code.NEEDS_VALIDATION, message, span_of_arm(setting, spec, arm), "steers by validation"
                )


def span_of_arm(setting: Setting, spec: Spec, arm: str) -> Span:
    """Where an arm's value was decided, else the arm."""
    return setting.span if setting.span is not None else spec.arms[arm].span


PROMOTION_RULES = (guards, stage_tasks, every_task_in_some_stage, steering)
