"""A straight line down to 0."""

from __future__ import annotations

from currc.runtime.learning.lr_schedules import LrSchedule


class Linear(LrSchedule):
    """Falls from the highest rate to 0 at a constant pace.

        factor = 1 - progress through what is left after the warm-up

    Source: the schedule of BERT (Devlin et al. 2018, arXiv:1810.04805).
    """

    def after(self, progress: float) -> float:
        """1 at the end of the warm-up, 0 at the limit."""
        return 1.0 - progress
