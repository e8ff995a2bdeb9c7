"""`token_f1`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from currc.runtime.judging.answers import comparable
from currc.runtime.judging.metrics import Metric, Outcome, required

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class TokenF1(Metric):
    """Overlap of the words of answer and target, as F1 of two multisets, averaged over the rows.

    Words as in SQuAD: without case, ASCII punctuation and the articles a, an, the.
    A word that occurs twice in the target is found twice only if the answer has it
    twice. A target that has nothing else is compared as it stands.

        F1 = 2 * shared / (words of the answer + words of the target)

    Source: Rajpurkar et al. 2016 (arXiv:1606.05250).
    """

    kinds: ClassVar[frozenset[str]] = frozenset({"extract", "summarize", "generate"})
    title: ClassVar[str] = "token F1"

    def examples(self, outcomes: Sequence[Outcome]) -> NDArray[np.float64]:
        """The F1 of each row."""
        import numpy as np

        return np.array([_overlap(str(o.prediction), str(o.target)) for o in required(outcomes)])


def _overlap(prediction: str, target: str) -> float:
    found, wanted = comparable(prediction, target)
    if not found or not wanted:
        return float(found == wanted)
    return 2 * (Counter(found) & Counter(wanted)).total() / (len(found) + len(wanted))
