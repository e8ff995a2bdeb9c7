"""Opens the rows at a steady rate."""

from __future__ import annotations

from currc.runtime.curriculum.pacing import Opening, part


class Linear(Opening):
    """Opens the rows at a steady rate.

        fraction = start + (1 - start) * t,   t = progress / full_at, at most 1

    Source: Wu, Dyer and Neyshabur 2021, table 2 (arXiv:2012.03107).

    >>> Linear(start=0.25, full_at=0.5).fraction(0.25)
    0.625
    """

    def fraction(self, progress: float) -> float:
        """The open share, in [start, 1]."""
        return self.between(part(progress, self.full_at))
