"""`exact_match`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from currc.runtime.judging.answers import comparable
from currc.runtime.judging.metrics import Metric, Outcome, required

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class ExactMatch(Metric):
    """Share of the rows whose answer equals the target, as SQuAD compares them.

    Case, ASCII punctuation, the articles a, an, the, and the amount of white space
    do not count. A target that has nothing else is compared as it stands.

    Source: Rajpurkar et al. 2016 (arXiv:1606.05250).
    """

    kinds: ClassVar[frozenset[str]] = frozenset({"classify", "extract", "summarize", "generate"})
    title: ClassVar[str] = "exact match"

    def examples(self, outcomes: Sequence[Outcome]) -> NDArray[np.float64]:
        """1 where the answer matches, else 0."""
        import numpy as np

        return np.array([_match(str(o.prediction), str(o.target)) for o in required(outcomes)])


def _match(prediction: str, target: str) -> float:
    found, wanted = comparable(prediction, target)
    return float(found == wanted)
