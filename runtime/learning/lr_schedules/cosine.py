"""Half a wave down to 0."""

from __future__ import annotations

import math

from currc.runtime.learning.lr_schedules import LrSchedule


class Cosine(LrSchedule):
    """Falls slowly, then fast, then slowly to 0.

        factor = (1 + cos(pi * progress)) / 2,   progress through what is left after the warm-up

    Source: Loshchilov and Hutter 2017 (arXiv:1608.03983), without restarts.
    """

    def after(self, progress: float) -> float:
        """1 at the end of the warm-up, 0 at the limit."""
        return 0.5 * (1.0 + math.cos(math.pi * progress))
