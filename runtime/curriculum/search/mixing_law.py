"""Shares by a law of mixing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from currc.runtime.component import parameter
from currc.runtime.curriculum.search import Sampled

if TYPE_CHECKING:
    import numpy as np

    from currc.runtime.curriculum.search import Floats, Predictor


class MixingLaw(Sampled):
    """Fits an exponential law of the shares to the proxies of each task, and takes its lowest point.

        loss[i] = c[i] + k[i] * exp(sum over j of t[i, j] * share[j])

    As shares sum to 1, k[i] is the same as a constant added to every t[i, j], so it is not
    fitted apart. Each law is fitted from `starts` guesses of c[i] below the lowest loss, the rest
    by least squares on log(loss - c), and then all of it on the losses themselves with the
    Huber loss, which a proxy that went astray cannot drag; the best fit stays. The sum of the
    laws is convex, so the lowest point on the simplex is the only one.

    Source: Ye et al. 2024 (arXiv:2403.16952). Losses are predicted at the proxies'
    own size and length; the paper's laws over steps and model size are not fitted.
    """

    starts: int = parameter(8, description="guesses of the loss that no mix goes below", unit="count", ge=1)

    def least(self, tasks: int) -> int:
        """Three proxies a task: a law has K + 1 numbers, and something must be left out."""
        return max(3 * tasks, tasks + 4)

    def fit(self, mixes: Floats, losses: Floats) -> Predictor:
        """The laws of all tasks."""
        import numpy as np

        return Laws(*map(np.array, zip(*(law(mixes, one, self.starts) for one in losses.T), strict=True)))

    def best(self, predicted: Predictor, tasks: int, chance: np.random.Generator) -> Floats:
        """The lowest point of a convex sum.

        Raises:
            TypeError: What predicts is no law.
        """
        import numpy as np
        from scipy.optimize import minimize

        if not isinstance(predicted, Laws):
            raise TypeError("only a law has a lowest point in closed form")
        ended = minimize(
            lambda shares: float(predicted(shares[None])[0]),
            np.full(tasks, 1.0 / tasks),
            jac=predicted.slope,
            method="SLSQP",
            bounds=[(0.0, 1.0)] * tasks,
            constraints={"type": "eq", "fun": lambda shares: shares.sum() - 1.0, "jac": np.ones_like},
            options={"ftol": 1e-10, "maxiter": 500},
        )
        shares: Floats = np.clip(ended.x, 0.0, 1.0)
        found: Floats = shares / shares.sum()
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Laws:
    """The laws of all tasks."""

    lowest: Floats
    """c, float64 [K]."""
    bends: Floats
    """log k + t, float64 [K, K]: the law of task i by row."""

    def __call__(self, mixes: Floats) -> Floats:
        """The mean loss of the tasks at each mix; float64 [n]."""
        import numpy as np

        found: Floats = (self.lowest + np.exp(mixes @ self.bends.T)).mean(axis=1)
        return found

    def slope(self, shares: Floats) -> Floats:
        """The gradient of the mean loss; float64 [K] -> [K]."""
        import numpy as np

        found: Floats = np.exp(self.bends @ shares) @ self.bends / len(self.lowest)
        return found


def law(mixes: Floats, losses: Floats, starts: int) -> tuple[float, Floats]:
    """c and log k + t of one task; float64 [K]."""
    import numpy as np
    from scipy.optimize import least_squares

    span = max(float(np.ptp(losses)), 1e-9)
    scale = max(0.02 * span, 1e-9)  # a residual above it counts in proportion, not squared
    found = []
    for below in np.geomspace(0.02, 2.0, starts) * span:
        lowest = float(losses.min()) - below
        bends = np.linalg.lstsq(mixes, np.log(losses - lowest), rcond=None)[0]
        found.append(
            least_squares(
                lambda x: x[0] + np.exp(np.minimum(mixes @ x[1:], 50.0)) - losses,
                np.array([lowest, *bends]),
                jac=lambda x: np.hstack(
                    [np.ones((len(mixes), 1)), np.exp(np.minimum(mixes @ x[1:], 50.0))[:, None] * mixes]
                ),
                loss="huber",
                f_scale=scale,
                max_nfev=100,
            )
        )
    best = min(found, key=lambda one: float(one.cost))
    return float(best.x[0]), best.x[1:]
