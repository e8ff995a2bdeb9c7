"""Rates as equal as a bound on repetition allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from currc.runtime.component import parameter
from currc.runtime.curriculum.balancing import Balancing, MixState

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Unimax(Balancing):
    """Shares the budget equally, but repeats no task more than `epochs` times.

    Smallest task first, each takes an equal part of what is left of the budget B,
    but at most `epochs` passes over its n rows; what it leaves goes to the others:

        U = min(B left / tasks left, epochs * n),   rate proportional to U - already drawn

    B, n and U are in the unit of the budget's limit. If the budget is larger than
    `epochs` passes over everything, the rates are those by size. Draws of earlier
    stages count; when all have had their share, the rates are as if none had been drawn.

    Repetition beyond about 4 passes is where returns fade (Muennighoff et al. 2023).

    Source: Chung et al. 2023, algorithm 1 (arXiv:2304.09151).
    """

    epochs: float = parameter(4.0, description="most passes over a task's rows", gt=0.0)

    def weigh(self, state: MixState) -> NDArray[np.float64]:
        """What each task may still use of the budget, in rows or in tokens; float64 [K]."""
        import numpy as np

        caps = self.epochs * state.sizes * state.units
        given, left = np.zeros(len(caps)), state.budget
        for done, task in enumerate(np.argsort(caps, kind="stable")):
            given[task] = min(left / (len(caps) - done), caps[task])
            left -= given[task]

        due = np.maximum(given - state.drawn * state.units, 0.0)
        rows = (due if due.any() else given) / state.units
        return rows * state.tokens if self.unit == "tokens" else rows
