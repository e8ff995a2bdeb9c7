"""What a model saw in the rows that a score is made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from currc.compiler.record import Record

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


class Seen(Record, eq=False):
    """The n rows at k moments of a training; NaN where the model did not look at a row that it trained on.

    Of a task that is not `classify` only the losses are known; the rest is NaN.
    """

    losses: Floats
    """The loss that training lowers, in nats (squared error for `regress`); float64 [k, n]."""
    gold: Floats
    """The probability of the row's own label among the task's labels; float64 [k, n]."""
    margins: Floats
    """The logit of the own label minus the largest of the others; float64 [k, n]."""
    errors: Floats
    """The Euclidean distance of the probabilities from certainty of the own label; float64 [k, n]."""
    labels: Floats
    """The probability of each label at the last moment, 0 for labels of other tasks; float64 [n, labels]."""
    own: NDArray[np.int64]
    """The place of each row's own label in `labels`, -1 without one; int64 [n]."""


class Vectors(Record, eq=False):
    """Mean hidden states of a frozen model."""

    rows: Floats
    """Of the n rows; float64 [n, width]."""
    aims: Floats
    """Of the rows that the model is for; float64 [m, width]."""


def at_the_end(seen: Sequence[Seen]) -> Floats:
    """The mean loss of each row at the end, over the models that did not train on it; float64 [n]."""
    import numpy as np

    found: Floats = np.nanmean([one.losses[-1] for one in seen], axis=0)
    return found


def compared(logits: Floats, own: NDArray[np.int64]) -> tuple[Floats, Floats, Floats, Floats]:
    """Probabilities [n, C] of logits [n, C], and of each row the own label's, its margin and its error [n].

    The margin is of logits, which a constant that is common to a row does not change, so
    log-probabilities will do.
    """
    import numpy as np

    rows = np.arange(len(own))
    rest = logits.copy()
    rest[rows, own] = -np.inf
    margins = logits[rows, own] - rest.max(1, initial=-np.inf)
    shifted = np.exp(logits - logits.max(1, keepdims=True))
    probabilities = shifted / shifted.sum(1, keepdims=True)
    certain = np.zeros_like(probabilities)
    certain[rows, own] = 1.0
    errors: Floats = np.sqrt(((probabilities - certain) ** 2).sum(1))
    return probabilities, probabilities[rows, own], margins, errors
