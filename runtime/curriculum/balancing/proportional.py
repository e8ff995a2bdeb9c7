"""Rates by size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from currc.runtime.curriculum.balancing import Balancing, MixState

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Proportional(Balancing):
    """Draws each task as often as it has rows: every row is seen equally often.

        rate = size / all sizes

    The naive baseline; a task of a few hundred rows among many thousands is hardly seen.

    Source: Raffel et al. 2020, section 3.5.2 (arXiv:1910.10683).
    """

    def weigh(self, state: MixState) -> NDArray[np.float64]:
        """The sizes; float64 [K]."""
        return self.mass(state)
