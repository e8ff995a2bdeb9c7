"""Retiring: which rows leave the pool for good."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from currc.runtime.component import Component

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Retiring(Component):
    """Says which training rows are drawn no more, from what becomes known of them."""

    retires: ClassVar[bool] = True
    """Whether any row ever leaves."""

    looks: ClassVar[bool] = False
    """Whether it asks the losses of the rows while the trial trains."""

    def leaves(self, looks: NDArray[np.floating], pool: NDArray[np.int64], least: int) -> NDArray[np.int64]:
        """The number of the look, from 0, at which each row leaves; k for a row that stays; int64 [n].

        Args:
            looks: The loss of each row at each look, NaN for a row that has left; float [k, n].
            pool: Which rows are drawn from together; int64 [n].
            least: Rows of a pool that stay whatever they show.
        """
        import numpy as np

        return np.full(len(pool), len(looks), np.int64)
