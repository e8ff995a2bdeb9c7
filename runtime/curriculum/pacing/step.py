"""Opens the rows all at once."""

from __future__ import annotations

from currc.runtime.curriculum.pacing import Opening


class Step(Opening):
    """Holds `start` of the rows until `full_at`, then opens the rest at once.

        fraction = start for progress < full_at, then 1

    The authors' code goes on growing after the step; this one is clipped to 1.

    Source: Wu, Dyer and Neyshabur 2021, table 2 (arXiv:2012.03107).

    >>> Step(start=0.2, full_at=0.5).fraction(0.4), Step(start=0.2, full_at=0.5).fraction(0.5)
    (0.2, 1.0)
    """

    def fraction(self, progress: float) -> float:
        """The open share: `start` or 1."""
        return self.start if min(progress, 1.0) < self.full_at else 1.0
