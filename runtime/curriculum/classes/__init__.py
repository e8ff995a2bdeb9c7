"""Classes: how often each class of a task is drawn."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar

from currc.runtime.component import Component

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Classes(Component):
    """Turns the rows of each class into the share of each class in the task's draws.

    The mix says how often a task is drawn, `classes` which of its classes then; a class
    is drawn from its own rows in exact passes, so that a rare one is repeated more often.
    """

    splits: ClassVar[bool] = True
    """Whether classes are drawn apart at all; where they are not, a task is drawn as a whole."""

    @abstractmethod
    def weigh(self, counts: NDArray[np.float64]) -> NDArray[np.float64]:
        """The weight of each class, above 0, from its rows, at least 1; float64 [C]."""

    def shares(self, counts: NDArray[np.int64]) -> NDArray[np.float64]:
        """The share of each class in the task's draws, 0 for one without rows; float64 [C], sums to 1."""
        import numpy as np

        found = np.zeros(len(counts))
        there = counts > 0
        found[there] = self.weigh(counts[there].astype(np.float64))
        result: NDArray[np.float64] = found / found.sum()
        return result
