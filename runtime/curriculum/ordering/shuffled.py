"""No order."""

from __future__ import annotations

from typing import ClassVar

from currc.runtime.curriculum.ordering import Ordering


class Shuffled(Ordering):
    """All rows from the first step to the last, in passes of seeded random order.

    The baseline of every curriculum: each pass sees each row exactly once.
    """

    windowed: ClassVar[bool] = False
    paced: ClassVar[bool] = False

    def opens(self, low: float, high: float, fraction: float) -> tuple[float, float]:
        """All percentiles, (0, 1)."""
        return 0.0, 1.0
