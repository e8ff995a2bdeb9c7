"""Gradient surgery."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from currc.runtime.component import Cost
from currc.runtime.learning.combining import Combining

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from currc.runtime.learning.combining import Memory


class Pcgrad(Combining):
    """Projects each gradient off every gradient that it conflicts with, then adds up.

        for each i, the others j in random order: if p.g_j < 0, p -= (p.g_j / g_j.g_j) g_j
        update = sum over i of p_i,   p_i beginning as g_i

    Written on inner products: row i of the running factors says how much of each
    original gradient is in p_i. The order of visits is drawn from the trial's
    seed (the authors' code shuffles into a value it discards); for two tasks there
    is only one. Tasks have rows of their own, so no further backward pass is needed,
    but the K gradients are kept at the same time.

    Source: Yu et al. 2020, algorithm 1 (arXiv:2001.06782).
    """

    needs: ClassVar[frozenset[str]] = frozenset({"per_task_gradients"})

    def cost(self, tasks: int) -> Cost:
        """One gradient a task is held in memory."""
        return Cost(floats=float(tasks))

    def solve(
        self,
        gramian: NDArray[np.float64],
        memory: Memory,
        stream: np.random.Generator,
        alive: NDArray[np.int64],
    ) -> NDArray[np.float64]:
        """How much of each gradient is in the sum of the projected ones; float64 [k], >= 1."""
        import numpy as np

        projected = np.eye(len(gramian))
        for i, mine in enumerate(projected):
            for j in stream.permutation(len(gramian)):
                if j != i and (overlap := mine @ gramian[:, j]) < 0.0:
                    mine[j] -= overlap / gramian[j, j]
        total: NDArray[np.float64] = projected.sum(axis=0)
        return total
