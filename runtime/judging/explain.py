"""Where a gain comes from, and which tasks the others harm: descriptions beside the verdict."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from currc.runtime.judging.compare import Measure
from currc.runtime.judging.descriptive import benjamini_hochberg
from currc.runtime.judging.results import Difference, Explanation, Interference
from currc.runtime.judging.scores import ArmScores

Compare = Callable[[ArmScores, ArmScores, Sequence[Measure]], Difference]
"""Difference of two arms on the mean of some measures."""

ALONE = "single_task~"
"""How the name of a single-task reference begins; the task's name follows."""


def explain(
    arms: Mapping[str, ArmScores],
    control: ArmScores,
    on_objective: Callable[[ArmScores, ArmScores], Difference],
) -> list[Explanation]:
    """For each arm and each of its control arms: what the control arm gains, what the arm adds to that.

    Args:
        arms: Arms with all their trials, by name.
        control: The arm that all are compared with.
        on_objective: Difference of two arms on `decide.metric`.
    """
    found = []
    for name, other in arms.items():
        parent = arms.get(other.of or "")
        if other.role != "control" or parent is None:
            continue
        added = on_objective(parent, other)
        found.append(
            Explanation(
                arm=parent.arm,
                control=name,
                kind=name.partition("~")[2],
                gain=on_objective(other, control),
                added=added,
                shown=_shown(added),
            )
        )
    return found


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
    gaps: dict[str, Difference] = {}
    for measure in planned:
        alone = arms.get(ALONE + measure.task)
        if control is not None and alone is not None and set(alone.seeds) == set(control.seeds):
            gaps[measure.task] = compare(control, alone, [measure])
    corrected = dict(zip(gaps, benjamini_hochberg([gap.p for gap in gaps.values()]), strict=True))
    found = []
    for measure in planned:
        gap = gaps.get(measure.task)
        if gap is not None:
            gap = gap.model_copy(update={"corrected": corrected[measure.task]})
        found.append(
            Interference(
                task=measure.task,
                metric=measure.word,
                range=measure.range,
                difference=gap,
                shown=_listed(gap, alpha),
            )
        )
    return found


def _shown(added: Difference) -> Literal["matters", "hurts", "not shown"]:
    if added.low is not None and added.low > 0:
        return "matters"
    if added.high is not None and added.high < 0:
        return "hurts"
    return "not shown"


def _listed(gap: Difference | None, alpha: float) -> Literal["harmed", "helped", "not shown"]:
    if gap is None or gap.corrected is None or gap.corrected >= alpha:
        return "not shown"
    return "harmed" if gap.estimate < 0 else "helped"
