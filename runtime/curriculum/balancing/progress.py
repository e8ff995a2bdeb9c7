"""Rates that go where the score moves."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from currc.runtime.component import parameter
from currc.runtime.curriculum.adaptive import Seen, Started
from currc.runtime.curriculum.balancing import MixState

if TYPE_CHECKING:
    from currc.runtime.curriculum.adaptive import Floats, Memory


class Progress(Started):
    """Draws tasks more often whose validation score moves fast, up or down.

        rate[i] = eps / K + (1 - eps) * |slope[i]| / sum of |slope|

    The slope is that of the least-squares line through the last `window` scores. A task that
    stands still is mastered or beyond reach; one that falls is being forgotten, and comes back
    too. Where nothing moves, all tasks are drawn equally. Scores are taken in each metric's
    own unit: tasks that are judged by metrics of different range are not comparable.

    Rates change at each evaluation, from the second one on.

    Source: absolute learning progress, Matiisen et al. 2017, the window algorithm
    (arXiv:1707.00183), with the share of exploration of Portelas et al. 2019 (arXiv:1910.07224).
    """

    needs: ClassVar[frozenset[str]] = frozenset({"validation"})

    window: int = parameter(5, description="evaluations that a slope is taken over", unit="evals", ge=2)
    eps: float = parameter(0.1, description="share that is spread equally", unit="share", ge=0.0, le=1.0)

    def start(self, state: MixState) -> Memory:
        """The last `scores`, float64 [at most window, K], the oldest first."""
        import numpy as np

        return {"weights": self.opening(state), "scores": np.zeros((0, len(state.tasks)))}

    def learn(self, memory: Memory, seen: Seen) -> bool:
        """Take in an evaluation."""
        import numpy as np

        if seen.scores is None:
            return False
        memory["scores"] = np.vstack([memory["scores"], seen.scores])[-self.window :]
        if len(memory["scores"]) < 2:
            return False
        memory["weights"] = by_slope(memory["scores"], self.eps)
        return True


def by_slope(scores: Floats, eps: float) -> Floats:
    """Rates by the absolute slope of each column of scores; float64 [K], sums to 1."""
    import numpy as np

    place = np.arange(len(scores)) - (len(scores) - 1) / 2
    moves = np.abs(place @ scores) / (place @ place)
    tasks = scores.shape[1]
    share = moves / moves.sum() if moves.any() else np.full(tasks, 1.0 / tasks)
    result: Floats = eps / tasks + (1.0 - eps) * share
    return result
