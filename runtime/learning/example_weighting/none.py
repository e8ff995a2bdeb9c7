"""Every row alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from currc.runtime.learning.example_weighting import ExampleWeighting

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from currc.runtime.learning.example_weighting import Memory


class None_(ExampleWeighting):  # noqa: N801 - the word is Python's own
    """Every row of a task counts the same.

    weight = 1
    """

    weighs: ClassVar[bool] = False

    def weigh(
        self, task: int, losses: NDArray[np.float64], drawn: int, memory: Memory
    ) -> NDArray[np.float64]:
        """Ones; float64 [n]."""
        import numpy as np

        return np.ones(len(losses))
