"""`accuracy`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from currc.runtime.judging.metrics import Metric, Outcome, required

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Accuracy(Metric):
    """Share of the rows whose predicted label is the gold label."""

    kinds: ClassVar[frozenset[str]] = frozenset({"classify"})
    title: ClassVar[str] = "accuracy"

    def examples(self, outcomes: Sequence[Outcome]) -> NDArray[np.float64]:
        """1 where the label is right, else 0."""
        import numpy as np

        return np.array([float(o.prediction == o.target) for o in required(outcomes)])
