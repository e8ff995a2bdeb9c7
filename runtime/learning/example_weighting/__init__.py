"""Example weights: how much each row counts in its task's loss, by the row's own loss."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from currc.runtime.component import Component

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Memory = dict[str, NDArray[Any]]


class ExampleWeighting(Component):
    """Turns the loss of each row into how much its gradient counts.

    A rule minimises a function of each row's loss; what it says is the derivative of that
    function at the row's loss, so that the gradient of a step is exactly that of the mean of
    the function over the task's rows in the step. A row's loss is a mean over its tokens
    where there are many, so that long rows count no more than short ones. The losses that are
    shown, and that weightings and mixes look at, stay the plain ones.
    """

    weighs: ClassVar[bool] = True
    """Whether rows are weighted at all; where they are not, the mean loss is left as it is."""

    def start(self, tasks: Sequence[str]) -> Memory:
        """The memory before the first step, for the arm's K tasks; empty where nothing is kept."""
        return {}

    def unknown(self, memory: Memory) -> list[int]:
        """The tasks, by their places, that `begin` must be called for before their first step."""
        return []

    def begin(self, task: int, losses: NDArray[np.float64], rows: int, drawn: int, memory: Memory) -> None:
        """Learns what a task's rows are like before it is trained, in `memory`.

        Args:
            task: Its place among the arm's tasks.
            losses: The loss of some of its rows, without dropout; float64 [n].
            rows: Training rows of the task.
            drawn: Draws of the task so far.
            memory: As `start` made it; changed in place.
        """

    @abstractmethod
    def weigh(
        self, task: int, losses: NDArray[np.float64], drawn: int, memory: Memory
    ) -> NDArray[np.float64]:
        """How much each row of a step counts, finite and >= 0; float64 [n].

        Args:
            task: The place of the rows' task among the arm's tasks.
            losses: The loss of each row, in nats (squared error for `regress`); float64 [n].
            drawn: Draws of the task before this step.
            memory: As `start` made it; changed in place.
        """
