"""Rows that the model has learnt leave."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from currc.runtime.component import parameter
from currc.runtime.curriculum.retiring import Retiring

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Mastered(Retiring):
    """Rows leave the pool once the model's own loss on them stayed low for several looks in a row.

        a row leaves at the look at which  loss < `loss`  held for the `evals`-th time in a row

    The model looks at the rows that are left at each point of `evaluate.every`, by a forward pass
    without dropout; `plan` counts what that costs, and under `match = flops` the trial pays for it. A
    row that has left never comes back, is replayed no more, and windows of difficulty are cut among
    the rows that stay. At least as many rows as a batch holds stay in each pool (of each class, where
    classes are drawn apart): the hardest, by their loss at that look. How often a task is drawn stays
    what its mix says. Every look at which rows leave is logged.

    Source: ours.
    """

    looks: ClassVar[bool] = True

    evals: int = parameter(2, ge=1, description="looks in a row at which the loss must be low", unit="evals")
    loss: float = parameter(
        0.05, gt=0.0, description="below it a row counts as learnt, in nats", unit="number"
    )

    def leaves(self, looks: NDArray[np.floating], pool: NDArray[np.int64], least: int) -> NDArray[np.int64]:
        """As the rule says; of rows that may go, those of the lowest loss go first, then the first ones."""
        import numpy as np

        found = np.full(len(pool), len(looks), np.int64)
        low = np.zeros(len(pool), np.int64)
        stays = np.ones(len(pool), bool)
        for number, losses in enumerate(looks):
            low = np.where(losses < self.loss, low + 1, 0)
            ready = stays & (low >= self.evals)
            for one in np.unique(pool[ready]).tolist():
                mine = np.flatnonzero(ready & (pool == one))
                spare = max(0, int(np.sum(stays & (pool == one))) - least)
                going = mine[np.argsort(losses[mine], kind="stable")[:spare]]
                found[going] = number
                stays[going] = False
        return found
