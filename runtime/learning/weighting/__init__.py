"""Weights of the tasks' losses, one backward pass for all."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from currc.runtime.component import Component

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Memory = dict[str, NDArray[Any]]


class Weighting(Component):
    """Says how much the loss of each task counts in a step.

    What changes while training lies in a memory of named arrays, which `start`
    makes, the other two read and write in place, and the trial saves.
    """

    def start(self, tasks: Sequence[str]) -> Memory:
        """The memory before the first step, for the arm's K tasks; empty where nothing is kept."""
        return {}

    @abstractmethod
    def weights(
        self, losses: NDArray[np.float64], memory: Memory, stream: np.random.Generator
    ) -> NDArray[np.float64]:
        """The weight of each task in this step, finite and >= 0; float64 [K], about 1 each.

        Args:
            losses: Mean loss of each task in this step; float64 [K], NaN for a task without rows in it.
            memory: As `start` made it.
            stream: The trial's own randomness for this step.
        """

    def after_step(self, losses: NDArray[np.float64], memory: Memory, lr: float) -> None:
        """Learns from a step, in `memory`.

        Args:
            losses: What `weights` was given for this step; float64 [K].
            memory: As `start` made it; changed in place.
            lr: The student's learning rate at this step; words with a rate of their own ignore it.
        """
