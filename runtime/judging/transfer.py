"""What tasks do to each other, by references that train fewer of them: descriptions beside the verdict."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from currc.compiler.plan import ArmPlan
from currc.runtime.judging.compare import Measure
from currc.runtime.judging.descriptive import benjamini_hochberg
from currc.runtime.judging.results import Difference, Interference, Shown, Transfer
from currc.runtime.judging.scores import ArmScores

Compare = Callable[[ArmScores, ArmScores, Sequence[Measure]], Difference]
"""Difference of two arms on the mean of some measures."""

ALONE = "single_task~"
"""How the name of a single-task reference begins; the task's name follows."""


def interference(
    arms: Mapping[str, ArmScores],
    references: Sequence[str],
    control: ArmScores | None,
    tasks: Sequence[Measure],
    compare: Compare,
    alpha: float,
) -> list[Interference]:
    """For each planned single-task reference: the control against it on that task's own metric.

    Args:
        arms: Arms with all their trials, by name.
        references: Names of the planned references; those that are not single tasks are skipped.
        control: The control, or `None` when a trial of it is missing.
        tasks: Each task's own metric.
        compare: Difference of two arms on given measures.
        alpha: Share of false entries allowed in the list of tasks that are harmed or helped.
    """
    planned = [measure for measure in tasks if ALONE + measure.task in references]
    gaps = [_gap(control, arms.get(ALONE + measure.task), measure, compare) for measure in planned]
    return [
        Interference(
            task=measure.task,
            metric=measure.word,
            range=measure.range,
            difference=gap,
            shown=_listed(gap, alpha),
        )
        for measure, gap in zip(planned, _adjusted(gaps), strict=True)
    ]


def transfer(
    arms: Mapping[str, ArmScores],
    references: Sequence[ArmPlan],
    control: str,
    tasks: Sequence[Measure],
    compare: Compare,
    alpha: float,
) -> list[Transfer]:
    """For each reference without one task, and each of two: its tasks' own metrics against the control's.

    Args:
        arms: Arms with all their trials, by name.
        references: The planned references; single tasks are skipped.
        control: Name of the control.
        tasks: Each task's own metric.
        compare: Difference of two arms on given measures.
        alpha: Share of false entries allowed in the list of each kind of reference.
    """
    kinds: tuple[Literal["leave_one_out"], Literal["pairs"]] = ("leave_one_out", "pairs")
    whole = arms.get(control)
    found: list[Transfer] = []
    for kind in kinds:
        asked = [
            (reference.name, task, beside)
            for reference in references
            if reference.name.startswith(f"{kind}~")
            for task in tasks
            for beside in _others(reference, task.task)
        ]
        gaps = []
        for name, task, _ in asked:
            part = arms.get(name)
            one, other = (whole, part) if kind == "leave_one_out" else (part, whole)
            gaps.append(_gap(one, other, task, compare))
        for (_, task, beside), gap in zip(asked, _adjusted(gaps), strict=True):
            found.append(
                Transfer(
                    reference=kind,
                    task=task.task,
                    other=beside,
                    metric=task.word,
                    range=task.range,
                    difference=gap,
                    shown=_listed(gap, alpha),
                )
            )
    return found


def _others(reference: ArmPlan, task: str) -> list[str]:
    """The task that a reference leaves out, or that it trains beside `task`; none if it has no `task`."""
    named = reference.name.split("~")[1:]
    return [name for name in named if name != task] if task in reference.tasks else []


def _gap(
    one: ArmScores | None, other: ArmScores | None, task: Measure, compare: Compare
) -> Difference | None:
    """How much better one arm is at a task than another; `None` where trials are missing."""
    if one is None or other is None or set(one.seeds) != set(other.seeds):
        return None
    return compare(one, other, [task])


def _adjusted(gaps: Sequence[Difference | None]) -> list[Difference | None]:
    """The differences with their p values adjusted for the list that they stand in."""
    corrected = iter(benjamini_hochberg([gap.p for gap in gaps if gap is not None]))
    return [gap and gap.model_copy(update={"corrected": next(corrected)}) for gap in gaps]


def _listed(gap: Difference | None, alpha: float) -> Shown:
    if gap is None or gap.corrected is None or gap.corrected >= alpha:
        return "not shown"
    return "harmed" if gap.estimate < 0 else "helped"
