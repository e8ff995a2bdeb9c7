"""Searches for fixed shares: what `currc search` finds on small trainings before the real one."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from currc.runtime.component import Component, parameter

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Predictor = Callable[[Floats], Floats]
    """The mean validation loss of the tasks by the shares of each mix: float64 [n, K] -> [n]."""


class Search(Component):
    """A way to find the share of each task that a mix should have.

    Proxies are short trainings of the arm's own model on its own rows, without its curriculum.
    A search reads validation rows, never gold.
    """

    worth: ClassVar[float] = 1.0
    """How many plain trainings of the same length one proxy costs."""


class Sampled(Search):
    """A search that trains one proxy on each of many mixes and predicts all others from these.

    The first mixes are of one task alone, so that no mix lies beyond those that were tried. The
    others are drawn from Dirichlet distributions as RegMix draws them: around the sizes of the
    tasks to the power of `temper`, with strengths evenly spaced in logarithm; shares below 0.2 %
    become 0.
    """

    temper: float = parameter(
        0.0, description="exponent of the sizes that mixes are drawn around; 0 draws around equal", ge=0.0
    )
    weakest: float = parameter(
        1.0,
        description="smallest strength of the Dirichlet distributions; a low one gives one task nearly all",
        gt=0.0,
    )
    strongest: float = parameter(
        2.0,
        description="largest strength, times the number of tasks; a high one gives mixes near the centre",
        gt=0.0,
    )

    @abstractmethod
    def least(self, tasks: int) -> int:
        """The fewest proxies that K tasks can be judged from."""

    @abstractmethod
    def fit(self, mixes: Floats, losses: Floats) -> Predictor:
        """What the validation losses of proxies tell about other mixes.

        Args:
            mixes: The shares of each proxy; float64 [n, K], each line sums to 1.
            losses: The validation loss of each task after it; float64 [n, K], finite.
        """

    @abstractmethod
    def best(self, predicted: Predictor, tasks: int, chance: np.random.Generator) -> Floats:
        """The shares with the lowest predicted loss; float64 [K], sums to 1."""

    def ask(self, sizes: Floats, count: int, chance: np.random.Generator) -> Floats:
        """The mixes to train proxies on; float64 [count, K], each line sums to 1, in steps of 0.0001."""
        import numpy as np

        centre = sizes**self.temper / (sizes**self.temper).sum()
        strengths = np.geomspace(self.weakest, max(self.weakest, self.strongest * len(sizes)), STRENGTHS)
        # A gamma draw of a tiny shape may be 0 for every task at once.
        shapes = np.maximum(chance.choice(strengths, count)[:, None] * centre, SMALLEST_SHAPE)
        drawn = np.array([chance.dirichlet(shape) for shape in shapes])
        drawn[drawn < SMALLEST] = 0.0
        found: Floats = np.round(drawn / drawn.sum(axis=1, keepdims=True), 4)
        found /= found.sum(axis=1, keepdims=True)
        found[: len(sizes)] = np.eye(len(sizes))[:count]
        return found


class Followed(Search):
    """A search that changes the weights of the tasks while one proxy trains, and takes their mean.

    Every batch holds all tasks in equal shares; what changes is how much each one's loss counts.
    """

    @abstractmethod
    def update(self, weights: Floats, signal: Floats, rate: float) -> Floats:
        """The weights of the next step.

        Args:
            weights: Those of the step before; float64 [K], above 0, sums to 1.
            signal: What the step shows of each task, finite; float64 [K]. With `reference_model` among
                the needs the excess loss, else the alignment of the task's gradient.
            rate: The learning rate of the step.
        """

    def start(self, tasks: int) -> Floats:
        """The weights before the first step: equal; float64 [K], sums to 1."""
        import numpy as np

        return np.full(tasks, 1.0 / tasks)

    def reference_mix(self, sizes: Floats) -> Floats | None:
        """The shares of the reference that is trained first, float64 [K]; `None` where none is needed."""
        return None

    def found(self, weights: Floats) -> Floats:
        """The shares that the weights of all steps mean; float64 [steps, K] -> [K], sums to 1."""
        mean: Floats = weights.mean(axis=0)
        result: Floats = mean / mean.sum()
        return result


STRENGTHS = 15
"""Of the Dirichlet distributions (sail-sg/regmix, `synthesize_mixture.py`)."""
SMALLEST_SHAPE = 1e-3
SMALLEST = 0.002
"""A share below it is 0: a proxy would draw a handful of rows."""
