"""Rows that are already right count less."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from currc.runtime.component import parameter
from currc.runtime.learning.example_weighting import ExampleWeighting

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from currc.runtime.learning.example_weighting import Memory


class Focal(ExampleWeighting):
    """Minimises the focal loss: the surer the model is of a row's answer, the less the row counts.

        focal loss of a row = (1 - p) ** gamma * L,   p = exp(-L)
        weight = its derivative = (1 - p) ** gamma + gamma * p * (1 - p) ** (gamma - 1) * L

    L is the row's loss, so p is the probability of a `classify` row's label; of an answer of
    several tokens or tags it is the geometric mean of theirs, of a span that of first and last
    token. A `regress` head has no probability and is refused. `gamma = 0` is the plain loss.

    Source: Lin et al. 2017, equation 4 (arXiv:1708.02002).
    """

    needs: ClassVar[frozenset[str]] = frozenset({"likelihood"})

    gamma: float = parameter(2.0, description="how fast sure rows fade", ge=0.0, le=100.0)

    def weigh(
        self, task: int, losses: NDArray[np.float64], drawn: int, memory: Memory
    ) -> NDArray[np.float64]:
        """The derivative of the focal loss by the plain one; float64 [n]."""
        import numpy as np

        if self.gamma == 0.0:
            return np.ones(len(losses))
        # A loss is above 0 but for rounding; at 0 the power below would be infinite for gamma < 1.
        loss = np.maximum(losses, 1e-12)
        unsure = -np.expm1(-loss)
        slope = self.gamma * np.exp(-loss) * unsure ** (self.gamma - 1.0) * loss
        result: NDArray[np.float64] = unsure**self.gamma + slope
        return result
