"""The plain sum of the losses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from currc.runtime.learning.weighting import Weighting

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from currc.runtime.learning.weighting import Memory


class Equal(Weighting):
    """Every task's loss counts the same.

        weight = 1

    The control of every dynamic rule: with tuned learning rate and dropout it is hard to beat.

    Source: Kurin et al. 2022 (arXiv:2201.04122); Xin et al. 2022 (arXiv:2209.11379).
    """

    def weights(
        self, losses: NDArray[np.float64], memory: Memory, stream: np.random.Generator
    ) -> NDArray[np.float64]:
        """Ones; float64 [K]."""
        import numpy as np

        return np.ones(len(losses))
