"""The plain sum of the gradients."""

from __future__ import annotations

from typing import TYPE_CHECKING

from currc.runtime.learning.combining import Combining

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from currc.runtime.learning.combining import Memory


class Sum(Combining):
    """Adds the gradients up, which is the gradient of the summed loss: one backward pass.

        update = sum of g

    The control of every other rule.

    Source: Kurin et al. 2022 (arXiv:2201.04122).
    """

    def solve(
        self,
        gramian: NDArray[np.float64],
        memory: Memory,
        stream: np.random.Generator,
        alive: NDArray[np.int64],
    ) -> NDArray[np.float64]:
        """Ones; float64 [k]."""
        import numpy as np

        return np.ones(len(gramian))
