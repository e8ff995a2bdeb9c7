"""Orders: which part of the rows, sorted from easy to hard, may be drawn."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from currc.runtime.component import Component


class Ordering(Component):
    """Turns a stage's `take` and the pacing's fraction into a window of percentiles.

    Rows are drawn from the window without preference; the order lies in how the
    window moves, never in a strict sequence of rows.
    """

    sorts: ClassVar[bool] = False
    """Whether the order needs a difficulty (`by`)."""

    windowed: ClassVar[bool] = True
    """Whether `take` has an effect."""

    paced: ClassVar[bool] = True
    """Whether a `pacing` has an effect."""

    mirrored: ClassVar[bool] = False
    """Whether the window opens from the hard end down."""

    scored_by: ClassVar[str | None] = None
    """The word of the score that takes the place of `by`, when the order brings its own."""

    @abstractmethod
    def window(self, low: float, high: float, fraction: float) -> tuple[float, float]:
        """The percentiles that may be drawn, both in [0, 1], the lower first.

        Args:
            low: Where the stage's `take` begins, in [0, 1], counted in the direction of the order.
            high: Where it ends.
            fraction: The part of it that is open, in (0, 1].
        """

    def between(self, low: float, high: float, opened: float, closed: float) -> tuple[float, float]:
        """The percentiles of `low .. high` that a pacing has opened and not closed again."""
        first, last = self.window(low, high, opened)
        if closed == 0.0:
            return first, last
        gone = self.window(low, high, closed)
        return (first, gone[0]) if self.mirrored else (gone[1], last)


def opened(low: float, high: float, fraction: float) -> tuple[float, float]:
    """The window `low .. low + (high - low) * fraction`."""
    return low, low + (high - low) * fraction
