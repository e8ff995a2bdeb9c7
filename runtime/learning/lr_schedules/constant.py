"""No fall."""

from __future__ import annotations

from currc.runtime.learning.lr_schedules import LrSchedule


class Constant(LrSchedule):
    """Stays at the highest rate after the warm-up.

        factor = 1

    What is learnt late moves the weights as much as what is learnt early.
    """

    def after(self, progress: float) -> float:
        """1."""
        return 1.0
