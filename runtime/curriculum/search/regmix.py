"""Shares by regression over proxies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from currc.runtime.component import parameter
from currc.runtime.curriculum.search import Sampled

if TYPE_CHECKING:
    import numpy as np

    from currc.runtime.curriculum.search import Floats, Predictor


class Regmix(Sampled):
    """Trains proxies on mixes by chance, regresses the losses on the shares, averages the best of many mixes.

        loss of task i = regression over the shares, fitted to the proxies
        shares = mean of the `top` of `simulated` mixes with the lowest mean predicted loss

    `regression`: `kriging`, a Gaussian process over the square roots of the shares around a
    linear trend, its range and noise chosen by leave-one-out error; or `linear`, which has its
    lowest value at one task alone. The paper takes LightGBM and linear: trees need hundreds of
    proxies. On the paper's own trainings (512 mixes of 17 domains) kriging ranks the 256 mixes
    held out with a mean rank correlation of 0.98 from all 512 and of 0.93 from the first 64,
    against 0.83 and 0.73 for `linear`.

    Deviations: each task is tried alone first, so that no loss is predicted beyond the proxies;
    mixes are drawn around equal shares (the paper has `temper = 0.5`) and lie less near the
    corners, as there are few tasks and the best shares may be far from the sizes; the mixes that
    are simulated are drawn evenly.

    Source: Liu et al. 2024 (arXiv:2407.01492) and sail-sg/regmix.
    """

    regression: Literal["kriging", "linear"] = parameter(
        "kriging", description="what predicts a loss from the shares", unit="word"
    )
    simulated: int = parameter(100_000, description="mixes whose loss is predicted", unit="count", ge=1)
    top: int = parameter(128, description="best of these, which are averaged", unit="count", ge=1)

    def agree(self) -> None:
        """Refuse to average more mixes than there are."""
        if self.top > self.simulated:
            raise ValueError(f"`top` is {self.top}, more than the {self.simulated} mixes simulated")

    def least(self, tasks: int) -> int:
        """Two proxies more than the trend has slopes, so that there is something to leave out."""
        return 2 * tasks + 2

    def fit(self, mixes: Floats, losses: Floats) -> Predictor:
        """One regression a task; their mean."""
        import numpy as np

        from currc.runtime.curriculum.kriging import surface

        if self.regression == "linear":
            slopes = np.linalg.lstsq(mixes, losses.mean(axis=1), rcond=None)[0]
            return lambda asked: asked @ slopes
        surfaces = [surface(mixes, of_task) for of_task in losses.T]
        return lambda asked: np.mean([one(asked) for one in surfaces], axis=0)

    def best(self, predicted: Predictor, tasks: int, chance: np.random.Generator) -> Floats:
        """The mean of the best simulated mixes."""
        import numpy as np

        mixes = chance.dirichlet(np.ones(tasks), self.simulated)
        chosen = np.argsort(predicted(mixes), kind="stable")[: self.top]
        mean = mixes[chosen].mean(axis=0)
        found: Floats = mean / mean.sum()
        return found
