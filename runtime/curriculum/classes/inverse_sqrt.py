"""Rows of rare classes more often, by the root of their number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from currc.runtime.curriculum.classes import Classes

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class InverseSqrt(Classes):
    """Draws a row with a rate proportional to `1 / sqrt(rows of its class)`.

        share of a class proportional to sqrt(rows)

    Half-way between `natural` and `equal`.

    Source: square-root sampling, Mahajan et al. 2018 (arXiv:1805.00932).
    """

    def weigh(self, counts: NDArray[np.float64]) -> NDArray[np.float64]:
        """Rows times the weight of one; float64 [C]."""
        import numpy as np

        return np.sqrt(counts)
