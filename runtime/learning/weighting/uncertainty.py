"""Weights learnt from each task's noise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from currc.runtime.component import parameter
from currc.runtime.learning.weighting import Weighting

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from currc.runtime.learning.weighting import Memory

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8
"""Adam's own defaults (Kingma and Ba 2015)."""


class Uncertainty(Weighting):
    """Each task has a learnt log variance s; noisy tasks count less.

        loss = sum over tasks of exp(-s)/2 * L + s/2,   weight = exp(-s)/2

    For a fixed loss the best s is log L, where the weight is 1/(2 L). s is learnt
    by an Adam of its own with gradient 1/2 - exp(-s) L/2, only by tasks with rows in the step.

    Source: Kendall, Gal and Cipolla 2018 (arXiv:1705.07115).
    """

    lr: float = parameter(0.025, description="learning rate of the log variances", gt=0.0)
    start_at: float = parameter(0.0, description="log variance at the beginning", ge=-20.0, le=20.0)

    def start(self, tasks: Sequence[str]) -> Memory:
        """`s`, Adam's moments `m` and `v`: float64 [K]; `steps`: int64 [K]."""
        import numpy as np

        zeros = np.zeros(len(tasks))
        return {
            "s": zeros + self.start_at,
            "m": zeros.copy(),
            "v": zeros.copy(),
            "steps": zeros.astype(np.int64),
        }

    def weights(
        self, losses: NDArray[np.float64], memory: Memory, stream: np.random.Generator
    ) -> NDArray[np.float64]:
        """exp(-s)/2; float64 [K]."""
        import numpy as np

        weights: NDArray[np.float64] = 0.5 * np.exp(-memory["s"])
        return weights

    def after_step(self, losses: NDArray[np.float64], memory: Memory, lr: float) -> None:
        """One step of Adam on `s`, for the tasks that had rows."""
        import numpy as np

        s, m, v, steps = memory["s"], memory["m"], memory["v"], memory["steps"]
        seen = np.isfinite(losses)
        gradient = 0.5 - 0.5 * np.exp(-s[seen]) * losses[seen]
        steps[seen] += 1
        m[seen] += (1.0 - BETA1) * (gradient - m[seen])
        v[seen] += (1.0 - BETA2) * (gradient**2 - v[seen])
        step = m[seen] / (1.0 - BETA1 ** steps[seen])
        scale = np.sqrt(v[seen] / (1.0 - BETA2 ** steps[seen])) + EPSILON
        # Bounded, so that a loss of exactly 0 cannot send the weight to infinity.
        s[seen] = np.clip(s[seen] - self.lr * step / scale, -20.0, 20.0)
