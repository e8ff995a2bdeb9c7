"""Opens hardly any rows for long, then nearly all at once."""

from __future__ import annotations

from math import expm1

from currc.runtime.curriculum.pacing import Opening, part


class Exponential(Opening):
    """Opens hardly any rows for long, then nearly all of them towards the end.

        fraction = start + (1 - start) * (e**(10 t) - 1) / (e**10 - 1),   t = progress / full_at, at most 1

    Source: Wu, Dyer and Neyshabur 2021, table 2 (arXiv:2012.03107).

    >>> round(Exponential(start=0.5, full_at=1.0).fraction(0.9), 6)
    0.683925
    """

    def fraction(self, progress: float) -> float:
        """The open share, in [start, 1]."""
        return self.between(expm1(10.0 * part(progress, self.full_at)) / expm1(10.0))
