"""`macro_f1`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from currc.runtime.judging.influence import around
from currc.runtime.judging.metrics import Metric, Outcome, required

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class MacroF1(Metric):
    """Mean over the gold classes of each class's F1.

        F1 of a class = 2 * hits / (rows of the class + rows that were called so)

    The mean is over the labels that occur in the gold rows, so every arm and seed is
    divided by the same number; a label that is only ever predicted lowers the F1 of
    the classes it was taken for and adds no class of its own. (scikit-learn's default
    adds one; it agrees when given these labels.)

    Each row enters tests as the value plus its centred jackknife influence, found
    from the table of confusions in O(rows + classes ** 2). A class whose only row
    is left out counts 0.
    """

    kinds: ClassVar[frozenset[str]] = frozenset({"classify"})
    title: ClassVar[str] = "macro-F1"

    def examples(self, outcomes: Sequence[Outcome]) -> NDArray[np.float64]:
        """The metric plus each row's influence on it."""
        import numpy as np

        classes: dict[object, int] = {}
        wanted = np.array([classes.setdefault(o.target, len(classes)) for o in required(outcomes)])
        called = np.array([classes.get(o.prediction, len(classes)) for o in outcomes])
        confusion = np.zeros((len(classes), len(classes) + 1))  # last column: no gold class
        np.add.at(confusion, (wanted, called), 1.0)
        value, without = _scores(confusion)
        return around(value, without[wanted, called])


def _scores(confusion: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
    """Macro-F1, and macro-F1 without one row of each cell (gold class, called class)."""
    import numpy as np

    classes = len(confusion)
    hits = np.diagonal(confusion)
    size = confusion.sum(axis=1) + confusion.sum(axis=0)[:classes]  # wanted + called
    whole = 2 * hits / size  # a gold class has at least one row
    fewer = _ratio(2 * hits, size - 1)  # one wrong row less
    gain = np.append(fewer - whole, 0.0)
    without = np.add.outer(gain[:classes], gain)
    np.fill_diagonal(without, _ratio(2 * hits - 2, size - 2) - whole)
    value = float(whole.mean())
    return value, value + without / classes


def _ratio(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    import numpy as np

    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
