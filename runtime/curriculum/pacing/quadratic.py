"""Opens the rows slowly at first."""

from __future__ import annotations

from currc.runtime.curriculum.pacing import Opening, part


class Quadratic(Opening):
    """Opens the rows slowly at first, then ever faster.

        fraction = start + (1 - start) * t**2,   t = progress / full_at, at most 1

    Each newly opened slice gets less time than the one before.

    Source: Wu, Dyer and Neyshabur 2021, table 2 (arXiv:2012.03107).

    >>> Quadratic(start=0.2, full_at=0.5).fraction(0.25)
    0.4
    """

    def fraction(self, progress: float) -> float:
        """The open share, in [start, 1]."""
        return self.between(part(progress, self.full_at) ** 2)
