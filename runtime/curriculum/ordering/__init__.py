"""Orders: which part of the rows, sorted from easy to hard, may be drawn."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar, Literal

from currc.runtime.component import Component, parameter

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    import numpy as np
    from numpy.typing import NDArray

    from currc.runtime.curriculum.passes import Turns


class Ordering(Component):
    """Turns a stage's `take` and the pacing's fraction into a window of percentiles.

    Rows are drawn from the window without preference, and the order lies in how the window
    moves, unless the order is `strict`.
    """

    sorts: ClassVar[bool] = False
    """Whether the order needs a difficulty (`by`)."""

    windowed: ClassVar[bool] = True
    """Whether `take` has an effect."""

    paced: ClassVar[bool] = True
    """Whether a `pacing` has an effect."""

    strict: ClassVar[bool] = False
    """Whether rows come in a sequence of their own, which `places` says, and not by chance."""

    stacks: ClassVar[bool] = False
    """Whether tasks enter one after another, by what each `requires`."""

    @property
    def mirrored(self) -> bool:
        """Whether ranks are counted from the hard end down."""
        return False

    @property
    def ranks(self) -> bool:
        """Whether rows must be ranked by a score."""
        return self.windowed or self.strict

    @classmethod
    def own_score(cls, parameters: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """The score that takes the place of `by`, as JSON of a word, when the order brings its own."""
        return None

    @abstractmethod
    def opens(self, low: float, high: float, fraction: float) -> tuple[float, float]:
        """The percentiles that may be drawn, both in [0, 1], the lower first.

        Args:
            low: Where the stage's `take` begins, in [0, 1], counted in the direction of the order.
            high: Where it ends.
            fraction: The part of it that is open, in (0, 1].
        """

    def between(self, low: float, high: float, opened: float, closed: float) -> tuple[float, float]:
        """The percentiles of `low .. high` that a pacing has opened and not closed again."""
        first, last = self.opens(low, high, opened)
        if closed == 0.0:
            return first, last
        gone = self.opens(low, high, closed)
        return (first, gone[0]) if self.mirrored else (gone[1], last)

    def places(self, turns: Turns) -> NDArray[np.float64]:
        """Which of its source's open rows each draw takes, counted in the direction of the order.

        In [0, open rows), float64 [n]; a closed form of the turn and the secret, and in each pass
        every row once. Turns count from the beginning of the stage.
        """
        raise NotImplementedError(f"`{self.word()}` draws its rows by chance")


class Strict(Ordering):
    """An order by difficulty that says of each draw which row it takes; a pacing has no effect on it."""

    paced: ClassVar[bool] = False
    strict: ClassVar[bool] = True

    first: Literal["easy", "hard"] = parameter("easy", description="the end that comes first", unit="word")

    @property
    def mirrored(self) -> bool:
        """Whether hard rows come first."""
        return self.first == "hard"

    def opens(self, low: float, high: float, fraction: float) -> tuple[float, float]:
        """The whole of `low .. high`, from the end that comes first."""
        return (1.0 - high, 1.0 - low) if self.mirrored else (low, high)


def opened(low: float, high: float, fraction: float) -> tuple[float, float]:
    """The window `low .. low + (high - low) * fraction`."""
    return low, low + (high - low) * fraction
