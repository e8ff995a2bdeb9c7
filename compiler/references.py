"""Reference arms: the control's recipe on fewer tasks, which shows what tasks do to each other."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from currc.compiler.controls import NO_PACING, without_stages
from currc.compiler.lower_arms import SHUFFLED, method
from currc.compiler.plan import ArmPlan, Promote, SchedulePlan, Segment, TaskPlan, Yoke
from currc.compiler.spec import Spec


def references(spec: Spec, arms: tuple[ArmPlan, ...]) -> tuple[ArmPlan, ...]:
    """The references that `decide` asks for, all made from the control."""
    if "decide" not in spec.parts:
        return ()
    name = spec.value("decide.control")
    control = next(arm for arm in arms if arm.name == name)
    chosen = spec.value("decide.references")
    words = () if chosen == "none" else sorted(chosen)
    return tuple(arm for word in words for arm in MAKERS[word](spec, control))


def _single_tasks(spec: Spec, control: ArmPlan) -> Iterator[ArmPlan]:
    """Each task alone, on as many of its own draws as in the control.

    With one task there is nothing to mix, weigh or combine: the language's defaults stand
    there, so that specs that differ in these words share their references.
    """
    plain = {name: method(spec.settings[name].value) for name in ("mix", "weights", "combine")}
    if len(control.trained) < 2:
        return
    for task in control.trained:
        segment = Segment.made({"stage": "all", "tasks": (task,), **plain})
        yield _reference(control, f"single_task~{task}", (task,)).model_copy(
            update={
                "schedule": without_stages(_followed(control.schedule, (task,)), segment),
                "yoke": Yoke(arm=control.name, what="draws"),
            }
        )


def _leave_one_out(spec: Spec, control: ArmPlan) -> Iterator[ArmPlan]:
    """The control without one task, at the same limit."""
    tasks = control.trained
    for task in tasks if len(tasks) > 1 else ():
        kept = tuple(name for name in sorted(control.tasks) if name != task)
        yield _restricted(control, f"leave_one_out~{task}", kept)


def _pairs(spec: Spec, control: ArmPlan) -> Iterator[ArmPlan]:
    """The control on two tasks, at the same limit."""
    tasks = control.trained
    for pair in combinations(tasks, 2) if len(tasks) > 2 else ():
        yield _restricted(control, f"pairs~{'~'.join(pair)}", pair)


MAKERS = {"single_task": _single_tasks, "leave_one_out": _leave_one_out, "pairs": _pairs}


def _followed(schedule: SchedulePlan, tasks: tuple[str, ...]) -> SchedulePlan:
    """A schedule whose pacing follows a metric of these tasks; of another task it cannot, and is left out."""
    watched = schedule.pacing.parameters.get("metric")
    if watched is None or watched["task"] in tasks:
        return schedule
    return schedule.model_copy(update={"pacing": NO_PACING})


def _reference(control: ArmPlan, name: str, tasks: tuple[str, ...]) -> ArmPlan:
    return control.model_copy(
        update={
            "name": name,
            "role": "reference",
            "parent": None,
            "factors": (),
            "tasks": {task: _requiring(control.tasks[task], tasks) for task in tasks},
        }
    )


def _requiring(task: TaskPlan, tasks: tuple[str, ...]) -> TaskPlan:
    """A task that requires no more than is there."""
    return task.model_copy(update={"requires": tuple(one for one in task.requires if one in tasks)})


def _restricted(control: ArmPlan, name: str, tasks: tuple[str, ...]) -> ArmPlan:
    """The control with fewer tasks: stages that lose all of theirs go, and guards on lost tasks too."""
    kept = [
        segment.model_copy(
            update={
                "tasks": tuple(task for task in segment.tasks if task in tasks),
                "promote": _remaining(segment.promote, tasks),
            }
        )
        for segment in control.schedule.segments
        if set(segment.tasks) & set(tasks)
    ]
    kept[-1] = kept[-1].model_copy(update={"max": None, "promote": None})
    schedule = _followed(control.schedule, tasks).model_copy(update={"segments": tuple(kept)})
    made = _reference(control, name, tasks).model_copy(update={"schedule": schedule})
    if control.stacked and not made.stacked:
        plain = schedule.model_copy(update={"order": SHUFFLED})
        return made.model_copy(update={"schedule": plain})
    return made


def _remaining(promote: Promote | None, tasks: tuple[str, ...]) -> Promote | None:
    """A promotion without the conditions on tasks that are gone; none where nothing is left of it."""
    if promote is None:
        return None
    plateau = promote.plateau if promote.plateau is not None and promote.plateau.task in tasks else None
    left = promote.model_copy(
        update={
            "when": tuple(guard for guard in promote.when if guard.left.task in tasks),
            "plateau": plateau,
            "keep": tuple(task for task in promote.keep if task in tasks),
        }
    )
    return left if left.when or left.plateau is not None or left.keep else None
