"""Opens the rows as a validation score rises."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from currc.compiler.method import MetricRef
from currc.runtime.component import parameter
from currc.runtime.curriculum.pacing import Pacing


class AdaptiveCompetence(Pacing):
    """Opens the rows as a validation score comes closer to a goal.

        fraction = (best - base) / (goal - base), at least start and at most 1

    `best` is the best score so far, so that nothing closes again. It is read at the evaluations,
    and the share stands still between them. Set `goal` to what the control scores
    on validation. What was open when is kept in the trial's record, and `a~random_order` opens as much
    at the same time.

    Source: the competence of Platanios et al. 2019 (arXiv:1903.09848), measured instead of assumed; ours.
    """

    adaptive: ClassVar[bool] = True
    needs: ClassVar[frozenset[str]] = frozenset({"validation"})
    example: ClassVar[Mapping[str, Any]] = {
        "metric": {"task": "alpha", "metric": {"word": "loss", "parameters": {}}},
        "goal": 0.2,
    }

    metric: MetricRef = parameter(description="the score that is watched, as `route.macro_f1`", unit="metric")
    goal: float = parameter(description="score at which all rows are open", allow_inf_nan=False)
    base: float | None = parameter(
        None, description="score at which `start` is open; absent: that of the first evaluation",
        allow_inf_nan=False,
    )  # fmt: skip
    start: float = parameter(
        0.01, description="share of the rows open at the beginning", unit="share", gt=0.0, le=1.0
    )

    def fraction(self, progress: float) -> float:
        """The share before the first evaluation."""
        return self.start

    def watched(self) -> MetricRef:
        """The metric, which validation must measure."""
        return self.metric

    def reached(self, scores: Sequence[float], higher_is_better: bool) -> float:
        """The share that these scores of the metric open, in [start, 1]; NaN counts for nothing."""
        sign = 1.0 if higher_is_better else -1.0
        known = [sign * score for score in scores if score == score]
        if not known:
            return self.start
        base = known[0] if self.base is None else sign * self.base
        whole = sign * self.goal - base
        reached = (max(known) - base) / whole if whole > 0.0 else 1.0
        return min(1.0, max(self.start, reached))
