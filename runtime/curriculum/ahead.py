"""Rows of a moving window for the steps to come: many small draws cost as much as one, so they are one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Coming = Callable[[], Sequence[tuple[float, float]]]
"""What the pacing will have opened, and what closed again, at the next steps."""


class Ahead(NamedTuple):
    """Draws of a moving window, worked out for as many steps as there are paces."""

    start: int
    each: int
    """Draws of a step."""
    paces: list[tuple[float, float]]
    source: NDArray[np.int32]
    row: NDArray[np.int64]

    def holds(self, start: int, count: int, pace: tuple[float, float]) -> int | None:
        """Where a step begins in `row` if it stands here with this pace."""
        step, rest = divmod(start - self.start, self.each or 1)
        there = count == self.each and rest == 0 and 0 <= step < len(self.paces)
        return start - self.start if there and self.paces[step] == pace else None
