"""The order of a schedule's stages, which comes from `after` alone."""

from __future__ import annotations

from currc.compiler.spec import Spec


def chain(spec: Spec, schedule: str, arm: str | None = None) -> tuple[str, ...]:
    """Addresses of a schedule's stages from the first to the last, as an arm sees them.

    Stages that no single order reaches are left out; `check` has reported them.
    """
    after = {spec.value(f"{stage}.after", arm): stage for stage in reversed(spec.stages(schedule))}
    ordered: list[str] = []
    stage = after.get(None)
    while stage is not None and stage not in ordered:
        ordered.append(stage)
        stage = after.get(stage)
    return tuple(ordered)


def trained(spec: Spec, arm: str) -> tuple[str, ...]:
    """The tasks of an arm that have training rows, in alphabetical order."""
    return tuple(task for task in tasks_of(spec, arm) if spec.value(f"{task}.train", arm) is not None)


def tasks_of(spec: Spec, arm: str) -> tuple[str, ...]:
    """The tasks of an arm, those that are only scored included, in alphabetical order."""
    return tuple(sorted(spec.value("tasks", arm) or spec.of_kind("task")))


def has_promote(spec: Spec, stage: str, arm: str | None = None) -> bool:
    """Whether a stage may end before its `max`, as an arm sees it."""
    promote = f"{stage}.promote"
    return promote in spec.parts and spec.value(promote, arm) is not False
