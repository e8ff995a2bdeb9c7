"""Opens the rows as a learner's competence grows."""

from __future__ import annotations

from currc.runtime.component import parameter
from currc.runtime.curriculum.pacing import Pacing, part


class Competence(Pacing):
    """Opens the rows as a learner's competence grows.

        fraction = (t * (1 - c0**p) + c0**p) ** (1 / p),   t = progress / full_at, at most 1

    `p = 1` is a straight line, `p = 2` the authors' square root. They set `full_at`
    to the time at which the baseline reaches about 90 % of its final score.

    Source: Platanios et al. 2019, equations 6 to 8 (arXiv:1903.09848).

    >>> Competence(c0=0.6, p=2.0).fraction(0.4375)
    0.8
    """

    c0: float = parameter(0.01, description="share open at the beginning", unit="share", gt=0.0, le=1.0)
    p: float = parameter(2.0, description="curvature; 1 is a straight line", ge=1.0, le=100.0)
    full_at: float = parameter(
        1.0, description="progress at which all rows are open", unit="share", gt=0.0, le=1.0
    )

    def fraction(self, progress: float) -> float:
        """The open share, in [c0, 1]."""
        base = self.c0**self.p
        # Rounding may leave the range by one unit in the last place.
        share: float = (part(progress, self.full_at) * (1.0 - base) + base) ** (1.0 / self.p)
        return min(1.0, max(self.c0, share))
