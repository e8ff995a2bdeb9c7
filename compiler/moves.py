"""A plan under the names that its work was first stored under.

Names of tasks and sources stand in the keys of the work graph, and a task's name is part of
its random streams. So a task that was renamed with a `moved` block is trained and stored
under its first name for ever: a rename by itself computes nothing anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from currc.compiler.plan import (
    ArmPlan,
    Method,
    MetricRef,
    Plan,
    Promote,
    Segment,
    TaskPlan,
)
from currc.compiler.record import fields_of
from currc.compiler.validated import as_text

Names = Mapping[str, str]
"""The name that is wanted by the name that stands in a plan; names that stay are not in it."""
V = TypeVar("V")


def past_names(moved: Names, name: str) -> tuple[str, ...]:
    """A name and those that it had before, the newest first.

    >>> past_names({"queue": "route", "route": "desk"}, "queue")
    ('queue', 'route', 'desk')
    """
    names = [name]
    while (before := moved.get(names[-1])) is not None and before not in names:
        names.append(before)
    return tuple(names)


def stored_names(plan: Plan) -> dict[str, str]:
    """The first name of each task and source that was renamed, by its present one."""
    tasks = {task for arm in plan.arms for task in arm.tasks}
    found = {name: past_names(plan.moved, name)[-1] for name in sorted(tasks | set(plan.sources))}
    return {name: first for name, first in found.items() if name != first}


def as_stored(plan: Plan) -> Plan:
    """The plan with every task and source under its first name; arms and stages keep theirs."""
    names = stored_names(plan)
    if not names:
        return plan
    arms = tuple(with_tasks(arm, names) for arm in plan.arms)
    return plan.model_copy(update={"sources": _keys(plan.sources, names), "arms": arms, "moved": {}})


def with_tasks(arm: ArmPlan, names: Names) -> ArmPlan:
    """The arm with other names of tasks and sources, in the order that lowering gives them."""
    tasks = {name: _task(task, names) for name, task in arm.tasks.items()}
    segments = tuple(_segment(segment, names) for segment in arm.schedule.segments)
    schedule = arm.schedule.model_copy(update={"segments": segments})
    return arm.model_copy(update={"tasks": _keys(tasks, names), "schedule": schedule})


def _task(task: TaskPlan, names: Names) -> TaskPlan:
    validation = task.validation
    return task.model_copy(
        update={
            "train": names.get(task.train, task.train) if task.train is not None else None,
            "gold": names.get(task.gold, task.gold),
            "validation": names.get(validation, validation) if isinstance(validation, str) else validation,
            "requires": _sorted(task.requires, names),
        }
    )


def _segment(segment: Segment, names: Names) -> Segment:
    methods = {
        field: _method(value, names)
        for field, value in fields_of(segment).items()
        if isinstance(value, Method)
    }
    promote = _promote(segment.promote, names) if segment.promote is not None else None
    return segment.model_copy(update={"tasks": _sorted(segment.tasks, names), "promote": promote, **methods})


def _promote(promote: Promote, names: Names) -> Promote:
    guards = [guard.model_copy(update={"left": _metric(guard.left, names)}) for guard in promote.when]
    return promote.model_copy(
        update={
            "when": tuple(sorted(guards, key=as_text)),
            "plateau": _metric(promote.plateau, names) if promote.plateau is not None else None,
            "keep": _sorted(promote.keep, names),
        }
    )


def _metric(metric: MetricRef, names: Names) -> MetricRef:
    return metric.model_copy(update={"task": names.get(metric.task, metric.task)})


def _method(method: Method, names: Names) -> Method:
    """A word whose parameters by name of a task, as those of `shares` and `fixed`, are renamed."""
    parameters = {
        key: _keys(value, names) if isinstance(value, dict) and not _is_word(value) else value
        for key, value in method.parameters.items()
    }
    return method.model_copy(update={"parameters": parameters})


def _is_word(value: Mapping[str, Any]) -> bool:
    return value.keys() == {"word", "parameters"}


def _keys(values: Mapping[str, V], names: Names) -> dict[str, V]:
    """The values by their other names, in alphabetical order."""
    called = {names.get(key, key): value for key, value in values.items()}
    return {name: called[name] for name in sorted(called)}


def _sorted(values: Iterable[str], names: Names) -> tuple[str, ...]:
    return tuple(sorted(names.get(value, value) for value in values))
