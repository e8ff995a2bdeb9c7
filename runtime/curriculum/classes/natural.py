"""Classes as often as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from currc.runtime.curriculum.classes import Classes

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Natural(Classes):
    """Draws every row of a task equally often, whatever its class.

    share = rows of the class / rows of the task
    """

    splits: ClassVar[bool] = False

    def weigh(self, counts: NDArray[np.float64]) -> NDArray[np.float64]:
        """The rows; float64 [C]."""
        return counts
