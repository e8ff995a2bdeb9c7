"""Rates by a power of the sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from currc.runtime.component import parameter
from currc.runtime.curriculum.balancing import Balancing, MixState

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Alpha(Balancing):
    """Draws a task with a rate proportional to `size ** alpha`.

        rate proportional to size ** alpha

    `alpha = 1` follows the sizes, `alpha = 0` is equal; the same family as `temperature`,
    with `alpha = 1 / t`. mT5 and XLM-R use 0.3, multilingual BERT 0.7.

    Source: Xue et al. 2021, section 3.1 (arXiv:2010.11934).
    """

    alpha: float = parameter(
        0.3, description="power of the sizes; 1 follows them, 0 is equal", ge=0.0, le=1.0
    )

    def weigh(self, state: MixState) -> NDArray[np.float64]:
        """The powers of the sizes; float64 [K]."""
        mass = self.mass(state)
        weights: NDArray[np.float64] = (mass / mass.max()) ** self.alpha
        return weights
