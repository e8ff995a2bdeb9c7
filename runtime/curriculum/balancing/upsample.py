"""Rates by size after small tasks were copied whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from currc.runtime.component import parameter
from currc.runtime.curriculum.balancing import Balancing, MixState

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Upsample(Balancing):
    """Draws as if every small task had been copied until it reaches a share of the largest one.

        copies = ceil(to * largest size / size),   rate proportional to size * copies

    Each row of a task is drawn `copies` times for each time that a row of the largest is, a
    whole number, which rates by size alone do not give. `to = 100%` makes all tasks about
    equal; as `to` nears 0, every task keeps one copy and the sizes decide.

    Source: ours, after the usual practice of copying small corpora whole.
    """

    to: float = parameter(
        1.0, description="share of the largest task that every task reaches", unit="share", gt=0.0, le=1.0
    )

    def weigh(self, state: MixState) -> NDArray[np.float64]:
        """The sizes after copying; float64 [K]."""
        mass = self.mass(state)
        return mass * self.copies(state)

    def copies(self, state: MixState) -> NDArray[np.float64]:
        """How often each task's rows stand in the pool, whole numbers of at least 1; float64 [K]."""
        import numpy as np

        mass = self.mass(state)
        # 3 * 0.1 / 0.1 lies above 3 in binary; a copy more for that would be wrong.
        copies: NDArray[np.float64] = np.ceil(self.to * mass.max() / mass - 1e-9)
        return np.maximum(copies, 1.0)
