"""Rates between those by size and equal ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from currc.runtime.component import parameter
from currc.runtime.curriculum.balancing import Balancing, MixState

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Temperature(Balancing):
    """Draws a task with a rate proportional to `size ** (1 / t)`.

        rate proportional to size ** (1 / t)

    `t = 1` follows the sizes, `t = 2` their square roots; the larger `t`, the closer to equal.

    Source: Arivazhagan et al. 2019 (arXiv:1907.05019).
    """

    t: float = parameter(2.0, description="temperature; 1 follows the sizes", ge=1.0)

    def weigh(self, state: MixState) -> NDArray[np.float64]:
        """The tempered sizes; float64 [K]."""
        mass = self.mass(state)
        weights: NDArray[np.float64] = (mass / mass.max()) ** (1.0 / self.t)
        return weights
