"""The same share for every class."""

from __future__ import annotations

from typing import TYPE_CHECKING

from currc.runtime.curriculum.classes import Classes

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Equal(Classes):
    """Draws every class of a task equally often.

        share = 1 / number of classes that have rows

    The rows of a rare class are repeated many times.

    Source: class-balanced sampling; `effective` of Cui et al. 2019 (arXiv:1901.05555) with
    `beta` near 1.
    """

    def weigh(self, counts: NDArray[np.float64]) -> NDArray[np.float64]:
        """Ones; float64 [C]."""
        import numpy as np

        return np.ones(len(counts))
