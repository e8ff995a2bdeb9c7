"""Opens most rows almost at once."""

from __future__ import annotations

from math import exp, log

from currc.runtime.curriculum.pacing import Opening, part


class Logarithmic(Opening):
    """Opens most rows almost at once, the last ones slowly.

        fraction = start + (1 - start) * (1 + ln(t + e**-10) / 10),   t = progress / full_at, at most 1

    The formula exceeds 1 by 5 in a million at the end; it is clipped.

    Source: Wu, Dyer and Neyshabur 2021, table 2 (arXiv:2012.03107).

    >>> round(Logarithmic(start=0.5, full_at=1.0).fraction(0.1), 6)
    0.884893
    """

    def fraction(self, progress: float) -> float:
        """The open share, in [start, 1]."""
        return self.between(1.0 + log(part(progress, self.full_at) + exp(-10.0)) / 10.0)
