"""The difference between two arms on the objective or on one metric."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from currc.compiler.plan import MetricRef, Plan
from currc.runtime.judging import objective
from currc.runtime.judging.objective import Kind
from currc.runtime.judging.results import Difference
from currc.runtime.judging.scores import ArmScores, metrics_of
from currc.runtime.judging.tests import Comparison, Paired, Test, undecidable
from currc.runtime.vocabulary import Vocabulary

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Measure:
    """One metric of one task, with what a comparison must know of it."""

    task: str
    word: str
    title: str
    higher_is_better: bool
    range: tuple[float, float] | None

    def __str__(self) -> str:
        return f"{self.task}.{self.word}"

    def better(self, scores: ArmScores) -> Array:
        """The arm's scores, float64 [seeds, examples], negated where lower is better."""
        values = scores.values[self.task][self.word]
        return values if self.higher_is_better else -values

    def measured(self, scores: ArmScores) -> bool:
        """Whether the arm was scored on this metric."""
        return self.word in scores.values.get(self.task, {})


def measures_of(plan: Plan, vocabulary: Vocabulary) -> dict[str, dict[str, Measure]]:
    """Every metric of every task of the plan, by task and word; a task's own metric comes first."""
    tasks = {name: task for arm in reversed(plan.arms) for name, task in arm.tasks.items()}
    order = dict.fromkeys(name for arm in plan.arms for name in arm.tasks)
    return {
        name: {
            word: Measure(name, word, metric.title, metric.higher_is_better, metric.range)
            for word, metric in metrics_of(tasks[name], vocabulary).items()
        }
        for name in order
    }


def objective_parts(
    parts: Sequence[MetricRef], measures: dict[str, dict[str, Measure]]
) -> tuple[Measure, ...]:
    """The measures of an objective, in its order.

    Raises:
        ValueError: They differ in range or direction, so their mean would say nothing.
    """
    found = tuple(measures[part.task][part.metric.word] for part in parts)
    if len({(measure.range, measure.higher_is_better) for measure in found}) > 1:
        raise ValueError("the metrics of an objective must have the same range and direction")
    return found


def difference(
    arm: ArmScores, control: ArmScores, kind: Kind, parts: Sequence[Measure], test: Test, alpha: float
) -> Difference:
    """How much better `arm` is than `control` on an objective of one or several metrics.

    A mean enters the test as it is. The worst task and the geometric mean enter through
    the delta method around each arm's means over seeds: every score counts with the
    objective's slope there. Near a tie for the worst place the interval is a rough one.

    Raises:
        ValueError: The two arms were not scored by the same seeds on the same rows.
    """
    _check_paired(arm, control, parts)
    means, of_control = _means(arm, parts), _means(control, parts)
    gap = objective.level(kind, means) - objective.level(kind, of_control)
    slope, of_other = objective.slopes(kind, means), objective.slopes(kind, of_control)
    if slope is None or of_other is None:
        return described(undecidable(gap), control.arm)
    order = [arm.seeds.index(seed) for seed in control.seeds]
    pairs = []
    for k, part in enumerate(parts):
        mine = slope[k] * (part.better(arm)[order] - means[k])
        theirs = of_other[k] * (part.better(control) - of_control[k])
        pairs.append(Paired(str(part), 1.0, arm.rows[part.task], mine - theirs + gap / len(parts)))
    return described(test.compare(pairs, alpha), control.arm)


def described(comparison: Comparison, against: str) -> Difference:
    """The comparison as results hold it, where what cannot be measured is `None`."""
    return Difference(
        against=against,
        estimate=comparison.estimate,
        low=_finite(comparison.low),
        high=_finite(comparison.high),
        p=comparison.p,
        se=_finite(comparison.se),
        df=comparison.df,
    )


def _means(scores: ArmScores, parts: Sequence[Measure]) -> Array:
    return np.array([part.better(scores).mean() for part in parts])


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None


def _check_paired(arm: ArmScores, control: ArmScores, parts: Sequence[Measure]) -> None:
    if set(arm.seeds) != set(control.seeds):
        raise ValueError(f"`{arm.arm}` and `{control.arm}` were trained with different seeds")
    for part in parts:
        if arm.rows[part.task] != control.rows[part.task]:
            pair = f"`{arm.arm}` and `{control.arm}`"
            raise ValueError(f"{pair} were scored on different rows of `{part.task}`")
