"""Mixes whose rates follow the training: what they are told, and what they keep."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from currc.compiler.method import Method
from currc.runtime.component import parameter
from currc.runtime.curriculum.balancing import Balancing, MixState

if TYPE_CHECKING:
    from typing import Any

    import numpy as np
    from numpy.typing import NDArray

    Memory = dict[str, NDArray[Any]]
    Floats = NDArray[np.float64]
    Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What a mix is told after each step; every array is over the stage's K tasks, in its order."""

    step: int
    """Optimiser steps since the trial began, this one included."""
    progress: float
    """Share of the arm's limit that is used, in [0, 1]."""
    rates: Floats
    """The rates that the step was drawn at; float64 [K], sums to 1."""
    rows: Counts
    """Rows of each task in the step; int64 [K]."""
    tokens: Counts
    """Input tokens of those rows; int64 [K]."""
    losses: Floats
    """Mean training loss of each task's rows before the step, NaN without rows; float64 [K]."""
    scores: Floats | None
    """Validation of each task by its own metric, turned so that higher is better; float64 [K].
    `None` unless an evaluation was due after this step."""
    goals: Floats
    """The best validation score to hope for: that of the model trained on the task alone where
    the plan trains one, else the best value of the metric; float64 [K]."""
    after: Callable[[], Floats]
    """The losses of the same rows after the step; costs one forward pass."""
    affinity: Callable[[], Floats]
    """1 - loss of i after a step on j alone / loss of i before; float64 [K, K], acting task by row.
    Looks and leaves no trace; costs K steps and K + 1 forward passes."""
    graph: Callable[[int], Floats]
    """The relative fall of the validation loss of j by so many steps on i alone, 0 where it rose;
    float64 [K, K], trained task by row. Looks and leaves no trace; costs K times so many steps."""
    held_out: Callable[[], Floats]
    """The validation loss of each task now; float64 [K]."""
    chance: np.random.Generator
    """Of this step alone; never needs saving."""


class Adaptive(Balancing):
    """A mix that changes its rates while a stage lasts, at points that it states.

    Between two changes the order is the closed form for constant rates, and each change is
    logged with its position, so that what was drawn can be worked out again from the log.
    """

    adaptive: ClassVar[bool] = True

    @abstractmethod
    def start(self, state: MixState) -> Memory:
        """The memory before the first step; `weights` in it are the rates' weights, float64 [K]."""

    @abstractmethod
    def learn(self, memory: Memory, seen: Seen) -> bool:
        """Take in one step, in place; whether `memory["weights"]` was set anew."""

    def weigh(self, state: MixState) -> Floats:
        """The weights before the first step; float64 [K]."""
        weights: Floats = self.start(state)["weights"]
        return weights


def by_help(help: Floats, wanted: Floats, eta: float) -> Floats:
    """Rates by how much a step on each task helps where it is wanted; float64 [K], sums to 1.

        rate[i] proportional to exp(eta * sum over j of help[i, j] * wanted[j])

    Args:
        help: What training on i, by row, does for j, by column; float64 [K, K].
        wanted: How much of it each task lacks; float64 [K].
        eta: How sharply rates follow; >= 0.
    """
    import numpy as np

    heat = eta * (help @ wanted)
    weights = np.exp(heat - heat.max())
    result: Floats = weights / weights.sum()
    return result


class Started(Adaptive):
    """An adaptive mix that begins at the rates of another."""

    begin: Method = parameter(
        Method(word="proportional", parameters={"unit": "examples", "floor": 0.0, "cap": 1.0}),
        description="the mix until there is something to go by",
        unit="component",
        slot="mix",
    )

    def agree(self) -> None:
        """Refuse to begin at a mix that itself changes its rates."""
        if self.begin.word == "learned" or isinstance(self._opening(), Adaptive):
            raise ValueError(f"`begin` is a mix with constant rates, and `{self.begin.word}` is none")

    def opening(self, state: MixState) -> Floats:
        """The weights of `begin`; float64 [K], sums to 1."""
        weights = self._opening().weigh(state)
        result: Floats = weights / weights.sum()
        return result

    def _opening(self) -> Balancing:
        from currc.runtime.vocabulary import Vocabulary

        built = Vocabulary().build("mix", self.begin)
        if not isinstance(built, Balancing):
            raise ValueError(f"`{self.begin.word}` is no mix")
        return built
