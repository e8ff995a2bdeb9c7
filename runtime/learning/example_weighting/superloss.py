"""Rows above the usual loss count less, rows below it more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from currc.runtime.component import parameter
from currc.runtime.learning.example_weighting import ExampleWeighting

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from currc.runtime.learning.example_weighting import Memory


class Superloss(ExampleWeighting):
    """Gives each row the confidence that suits its loss: hard rows fade, easy ones count up to e times.

        minimise over sigma of (L - tau) * sigma + strength * log(sigma) ** 2
        weight = sigma = exp(-W(max(-2 / e, (L - tau) / strength) / 2))

    W is the principal branch of the Lambert function. At L = tau the weight is 1, and it never
    exceeds e. By the envelope theorem sigma is the derivative of the minimum by L. `tau` is the
    running mean of the task's row losses, this step's taken in first, or a constant such as
    the log of the number of classes.

    Source: Castells, Weinzaepfel and Revaud 2020, "SuperLoss" (NeurIPS 33).
    """

    strength: float = parameter(1.0, description="pull of the weights to 1; lambda in the paper", gt=0.0)
    tau: float | None = parameter(
        None, ge=0.0, description="loss of weight 1; absent follows the running mean"
    )
    decay: float = parameter(0.9, description="what the running mean keeps a step", ge=0.0, lt=1.0)

    def start(self, tasks: Sequence[str]) -> Memory:
        """`mean`: the running mean of each task's row losses, NaN before its first; float64 [K]."""
        import numpy as np

        return {"mean": np.full(len(tasks), np.nan)}

    def weigh(
        self, task: int, losses: NDArray[np.float64], drawn: int, memory: Memory
    ) -> NDArray[np.float64]:
        """The confidence in each row, in (0, e]; float64 [n]."""
        import numpy as np
        from scipy.special import lambertw

        mean, now = memory["mean"], float(losses.mean())
        if np.isfinite(now):  # a loss that is not ends the trial, and means nothing to the next
            mean[task] = now if np.isnan(mean[task]) else self.decay * mean[task] + (1.0 - self.decay) * now
        tau = mean[task] if self.tau is None else self.tau
        half = np.maximum(-1.0 / np.e, (losses - tau) / self.strength / 2.0)
        # At the branch point -1 / e, where W is -1, the numeric W may be NaN.
        branch = half <= -1.0 / np.e + 1e-15
        found = lambertw(np.where(branch, 0.0, half)).real
        result: NDArray[np.float64] = np.exp(-np.where(branch, -1.0, found))
        return result
