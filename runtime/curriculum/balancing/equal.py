"""The same rate for every task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from currc.runtime.curriculum.balancing import Balancing, MixState

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Equal(Balancing):
    """Draws every task equally often, whatever its size.

        rate = 1 / number of tasks

    Repeats the rows of small tasks many times: look at the expected epochs.

    Source: Raffel et al. 2020, section 3.5.2 (arXiv:1910.10683).
    """

    def weigh(self, state: MixState) -> NDArray[np.float64]:
        """Ones; float64 [K]."""
        import numpy as np

        return np.ones(len(state.tasks))
