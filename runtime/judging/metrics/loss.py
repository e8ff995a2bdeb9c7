"""`loss`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from currc.runtime.judging.metrics import Metric, Outcome, required

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Loss(Metric):
    """Mean over the rows of the loss of the gold answer, in nats a token; lower is better."""

    higher_is_better: ClassVar[bool] = False
    range: ClassVar[tuple[float, float] | None] = None
    kinds: ClassVar[frozenset[str]] = frozenset(
        {"classify", "extract", "summarize", "generate", "regress", "tag"}
    )
    title: ClassVar[str] = "loss"

    def examples(self, outcomes: Sequence[Outcome]) -> NDArray[np.float64]:
        """The loss of each row as the model gave it."""
        import numpy as np

        return np.array([float(o.loss) for o in required(outcomes)])
