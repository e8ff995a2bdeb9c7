"""Opens the rows level by level at a steady rate."""

from __future__ import annotations

from currc.runtime.curriculum.pacing import Levelled


class FixedLinear(Levelled):
    """Opens the rows at a steady rate, in whole levels of `grain` percentiles.

        fraction = start + (1 - start) * t, cut down to a multiple of grain,
                   at least the first multiple that is not below start;   t = progress / full_at
        fraction = 1 from full_at on, also where no multiple of grain is 100%

    The `fixed_linear` of DeepSpeed with percentiles of the window as its difficulty:
    `fixed_root` with degree 1.

    Source: DeepSpeed 0.16, `curriculum_scheduler.py`; Li et al. 2022 (arXiv:2212.03597).

    >>> FixedLinear(start=0.1, full_at=1.0, grain=0.25).fraction(0.6)
    0.5
    """

    def fraction(self, progress: float) -> float:
        """The open share, a multiple of grain or 1."""
        return self.level(progress, 1.0)
