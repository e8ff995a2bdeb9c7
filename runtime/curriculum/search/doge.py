"""Shares by how well each task's gradient points where all want to go."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from currc.runtime.component import parameter
from currc.runtime.curriculum.search import Followed

if TYPE_CHECKING:
    from currc.runtime.curriculum.search import Floats


class Doge(Followed):
    """Trains a proxy in which a task weighs more, the more its gradient lowers the validation loss.

        gain[i] = rate * (gradient of task i . gradient of the validation loss) / mean norm of the former
        gain[i] is kept within [0, most * rate]
        weight[i] <- weight[i] * exp(gain[i] / mu), over their sum
        the step follows the sum over tasks of weight[i] * gradient of task i
        shares = mean of the weights over all steps

    `rate` is the learning rate of the step. Weights begin equal; every batch holds all tasks
    equally; the validation loss is that of as many rows, drawn anew from all tasks equally. Gradients
    are those of all trainable parameters, each cut to the norm of `train.clip`. A training is
    twice as dear as a plain one.

    Source: Fan et al. 2024 (arXiv:2310.15393), with normalisation, bounds and `mu` as in its port
    in HazyResearch/aioli.
    """

    needs: ClassVar[frozenset[str]] = frozenset({"per_task_gradients", "validation"})
    worth: ClassVar[float] = 2.0

    mu: float = parameter(0.05, description="how slowly weights follow the gains", gt=0.0)
    most: float = parameter(5.0, description="bound of a gain, in learning rates", gt=0.0)

    def update(self, weights: Floats, signal: Floats, rate: float) -> Floats:
        """The weights by the gains before they are multiplied by the rate; float64 [K], sums to 1."""
        import numpy as np

        heat = np.log(weights) + rate * np.clip(signal, 0.0, self.most) / self.mu
        # A weight of exactly 0 would never come back.
        moved = np.maximum(np.exp(heat - heat.max()), 1e-12)
        found: Floats = moved / moved.sum()
        return found
