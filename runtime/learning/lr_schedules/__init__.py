"""Learning-rate schedules: the rate as a function of the used part of the budget."""

from __future__ import annotations

from abc import abstractmethod

from currc.runtime.component import Component


class LrSchedule(Component):
    """A factor of the highest learning rate: rises from 0 over the warm-up, then falls as the word says."""

    def factor(self, progress: float, warmup: float) -> float:
        """The factor at a progress, in [0, 1].

            progress / warmup                                      while progress < warmup
            after((progress - warmup) / (1 - warmup))              from then on

        Args:
            progress: Used part of the arm's limit, in [0, 1]; values beyond are read as the nearest end.
            warmup: Part of the limit in which the rate rises, in [0, 1).
        """
        progress = min(1.0, max(0.0, progress))
        if progress < warmup:
            return progress / warmup
        return self.after((progress - warmup) / (1.0 - warmup))

    @abstractmethod
    def after(self, progress: float) -> float:
        """The factor after the warm-up, in [0, 1], at a progress through the rest of the budget in [0, 1]."""
