"""Opens the rows level by level, fast at first."""

from __future__ import annotations

from currc.runtime.component import parameter
from currc.runtime.curriculum.pacing import Levelled


class FixedRoot(Levelled):
    """Opens the rows fast at first, in whole levels of `grain` percentiles.

        fraction = start + (1 - start) * t**(1 / degree), cut down to a multiple of grain,
                   at least the first multiple that is not below start;   t = progress / full_at
        fraction = 1 from full_at on, also where no multiple of grain is 100%

    DeepSpeed's `fixed_root` counts a difficulty; here it counts percentiles of the
    window, as `difficulty_type: percentile` does there. Over the length of inputs
    the same formula is `sequence_length`.

    Source: DeepSpeed 0.16, `curriculum_scheduler.py`; Li et al. 2022 (arXiv:2212.03597).

    >>> FixedRoot(start=0.1, full_at=1.0, grain=0.05, degree=2.0).fraction(0.25)
    0.55
    """

    degree: float = parameter(2.0, description="degree of the root; 1 is a straight line", ge=1.0, le=100.0)

    def fraction(self, progress: float) -> float:
        """The open share, a multiple of grain or 1."""
        return self.level(progress, self.degree)
