"""Combinations of the tasks' gradients into one update."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from currc.runtime.component import Component

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Memory = dict[str, NDArray[Any]]


class Combining(Component):
    """Says how much of each task's gradient g is in the update: update = sum of v * g.

    The rules see only the inner products of the gradients, a K x K matrix in
    float64, so no gradient is copied. A component whose `needs` lack
    `per_task_gradients` gets none: the loop sums the losses instead.
    """

    def start(self, tasks: int) -> Memory:
        """The memory before the first step, for K tasks; empty where nothing is kept."""
        return {}

    def weights(
        self, gramian: NDArray[np.float64], memory: Memory, stream: np.random.Generator
    ) -> NDArray[np.float64]:
        """The factor v of each gradient; float64 [K], 0 for a gradient that is exactly zero.

        Zero gradients (a task without rows in the step, or fully solved) are taken
        out before the rule is applied: several rules would freeze on them.

        Args:
            gramian: Inner products of the gradients, symmetric; float64 [K, K].
            memory: As `start` made it; changed in place.
            stream: The trial's own randomness for this step.

        Raises:
            ValueError: The matrix is not finite.
        """
        import numpy as np

        if not np.isfinite(gramian).all():
            raise ValueError("an inner product of gradients is not finite")
        alive = np.flatnonzero(np.diag(gramian) > 0.0)
        factors = np.zeros(len(gramian))
        if alive.size:
            factors[alive] = self.solve(gramian[np.ix_(alive, alive)], memory, stream, alive)
        return factors

    @abstractmethod
    def solve(
        self,
        gramian: NDArray[np.float64],
        memory: Memory,
        stream: np.random.Generator,
        alive: NDArray[np.int64],
    ) -> NDArray[np.float64]:
        """The factors of gradients that are all nonzero; float64 [k], finite.

        Args:
            gramian: Their inner products, with a positive diagonal; float64 [k, k].
            memory: As `start` made it, for all K tasks; changed in place.
            stream: The trial's own randomness for this step.
            alive: Which of the K tasks the rows stand for; int64 [k].
        """
