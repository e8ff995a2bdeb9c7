"""Opens the rows fast at first."""

from __future__ import annotations

from math import sqrt

from currc.runtime.curriculum.pacing import Opening, part


class Root(Opening):
    """Opens the rows fast at first, then ever slower.

        fraction = start + (1 - start) * sqrt(t),   t = progress / full_at, at most 1

    Each newly opened slice gets more time than the one before.

    Source: Wu, Dyer and Neyshabur 2021, table 2 (arXiv:2012.03107).

    >>> Root(start=0.25, full_at=0.5).fraction(0.125)
    0.625
    """

    def fraction(self, progress: float) -> float:
        """The open share, in [start, 1]."""
        return self.between(sqrt(part(progress, self.full_at)))
