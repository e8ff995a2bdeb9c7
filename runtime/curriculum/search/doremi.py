"""Shares by the losses that a reference shows to be avoidable."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from currc.runtime.component import parameter
from currc.runtime.curriculum.search import Followed

if TYPE_CHECKING:
    from currc.runtime.curriculum.search import Floats


class Doremi(Followed):
    """Trains a reference, then a proxy against the task that lags most behind it; averages the weights.

        excess[i] = mean over answer tokens of task i of max(0, loss of proxy - loss of reference)
        weight[i] <- weight[i] * exp(eta * excess[i]), over their sum
        weight[i] <- (1 - smoothing) * weight[i] + smoothing / K
        the step lowers the sum over tasks of weight[i] * mean loss of task i
        shares = mean of the weights over all steps

    Weights begin equal; every batch holds all tasks equally; a task that is not in it keeps its
    excess. The reference trains as long as the proxy, with the same seed, and answers without
    dropout. A task with a head counts a row where a decoder counts a token.

    The weights are those of the worst case, not of the lowest mean loss: a task that the
    reference, at shares by size, has not learnt either shows no excess.

    Source: Xie et al. 2023, algorithm 1 (arXiv:2305.10429), and sangmichaelxie/doremi, whose
    `reweight_eps` is 1e-4 where the paper has 1e-3.
    """

    needs: ClassVar[frozenset[str]] = frozenset({"reference_model"})
    worth: ClassVar[float] = 7 / 3
    """The reference, the proxy, and a forward pass of the reference a step."""

    eta: float = parameter(1.0, description="how sharply weights follow the excess", gt=0.0)
    smoothing: float = parameter(
        1e-3, description="part of the weights that is always equal", unit="share", ge=0.0, le=1.0
    )
    reference: Literal["proportional", "equal"] = parameter(
        "proportional", description="the mix of the reference", unit="word"
    )

    def update(self, weights: Floats, signal: Floats, rate: float) -> Floats:
        """The weights by the excess of each task; float64 [K], sums to 1."""
        import numpy as np

        heat = np.log(weights) + self.eta * signal
        moved = np.exp(heat - heat.max())
        found: Floats = (1.0 - self.smoothing) * moved / moved.sum() + self.smoothing / len(weights)
        return found

    def reference_mix(self, sizes: Floats) -> Floats:
        """The shares that the reference is trained at; float64 [K], sums to 1."""
        import numpy as np

        mass = sizes if self.reference == "proportional" else np.ones(len(sizes))
        found: Floats = mass / mass.sum()
        return found
