"""What a metric is: one number per gold example, whose mean is the metric."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from currc.compiler.record import Record
from currc.runtime.component import Component

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Answer = str | float | tuple[str, ...]
"""A label, a text, a number, or one tag a word."""


class Outcome(Record):
    """What a model answered to one gold row, and what it should have answered."""

    prediction: Answer
    target: Answer
    loss: float
    """Mean loss over the answer's tokens, in nats; NaN when the trial diverged."""


class Metric(Component):
    """How well answers match their targets.

    `examples` gives one number per gold row; the mean of these numbers is exactly
    the metric. A metric that is no mean of per-row scores (an F1 over the whole
    set) gives its value plus each row's centred jackknife influence on it, so that
    differences of any metric can be tested row by row.
    """

    higher_is_better: ClassVar[bool] = True
    range: ClassVar[tuple[float, float] | None] = (0.0, 1.0)
    """Smallest and largest value; `None` without bounds. Points (`%`) need [0, 1]."""
    kinds: ClassVar[frozenset[str]]
    """The task kinds it can judge."""
    title: ClassVar[str]
    """Its name in the head of a table."""

    @abstractmethod
    def examples(self, outcomes: Sequence[Outcome]) -> NDArray[np.float64]:
        """One number per outcome, float64 [n]; their mean is the metric's value.

        Raises:
            ValueError: There is no outcome.
        """

    def value(self, outcomes: Sequence[Outcome]) -> float:
        """The metric over all outcomes: the mean of `examples`."""
        return float(self.examples(outcomes).mean())


def required(outcomes: Sequence[Outcome]) -> Sequence[Outcome]:
    """The same outcomes, of which there is at least one.

    Raises:
        ValueError: There is none; no metric has a value then.
    """
    if not outcomes:
        raise ValueError("a metric needs at least one outcome")
    return outcomes
