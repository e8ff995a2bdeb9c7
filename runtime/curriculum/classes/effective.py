"""Rows of rare classes more often, by the effective number of rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from currc.runtime.component import parameter
from currc.runtime.curriculum.classes import Classes

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Effective(Classes):
    """Draws a row with a rate proportional to the inverse of its class's effective number of rows.

        effective = (1 - beta ** rows) / (1 - beta)
        share of a class proportional to rows / effective

    New rows of a class that has many overlap with those there are, so the effective number
    stops at 1 / (1 - beta). `beta = 0` is `natural`; the nearer to 1, the nearer to `equal`.

    The paper weighs losses by 1 / effective; here rows are drawn by it, which is the same
    in expectation.

    Source: Cui et al. 2019, equation 5 (arXiv:1901.05555).
    """

    beta: float = parameter(0.999, description="overlap of a class's rows", ge=0.0, lt=1.0)

    def weigh(self, counts: NDArray[np.float64]) -> NDArray[np.float64]:
        """Rows times the weight of one; float64 [C]."""
        import numpy as np

        if self.beta == 0.0:
            return counts
        # 1 - beta ** n without cancellation for beta near 1.
        effective: NDArray[np.float64] = -np.expm1(counts * np.log(self.beta)) / (1.0 - self.beta)
        return counts / effective
