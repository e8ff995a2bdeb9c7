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
    stand_ins: Mapping[str, str],
    on_objective: Callable[[ArmScores, ArmScores], Difference],
) -> list[Explanation]:
    """For each arm and each of its control arms: what the control arm gains, what the arm adds to that.

    Args:
        arms: Arms with all their trials, by name.
        control: The arm that all are compared with.
        stand_ins: Arms that train just what a control arm would, by the name it would have had;
            where that is `control` itself, the arm's own difference says it all.
        on_objective: Difference of two arms on `decide.metric`.
    """
    own = {name: name for name, other in arms.items() if other.role == "control"}
    others = {name: arm for name, arm in stand_ins.items() if arm != control.arm}
    found = []
    for name, stands_in in (own | others).items():
        parent, other = arms.get(name.partition("~")[0]), arms.get(stands_in)
        if parent is None or other is None:
            continue
        added = on_objective(parent, other)
        found.append(
            Explanation(
                arm=parent.arm,
                control=other.arm,
                kind=name.partition("~")[2],
                gain=on_objective(other, control),
                added=added,
                shown=_shown(added),
            )
        )
    return found


def alike(arms: Mapping[str, ArmScores]) -> list[tuple[str, str]]:
    """Control arms that scored all as another arm did, with the first such arm: one training twice.

    Where a plan can tell, it has left such a control out; where only the data could, this says it.
    """
    found = []
    names = list(arms)
    for at, name in enumerate(names):
        if arms[name].role != "control":
            continue
        same = [other for other in names[:at] if _same(arms[name], arms[other])]
        found += [(name, other) for other in same[:1]]
    return found


def _same(one: ArmScores, other: ArmScores) -> bool:
    """Whether two arms have the same scores of the same rows under the same seeds."""
    if (one.seeds, one.rows) != (other.seeds, other.rows):
        return False
    return all(
        (values == other.values[task][word]).all()
        for task, of_task in one.values.items()
        for word, values in of_task.items()
    )


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
