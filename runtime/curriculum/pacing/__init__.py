"""Pacings: how much of a stage's rows is open at a given progress."""

from __future__ import annotations

from abc import abstractmethod
from math import ceil, floor
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from currc.runtime.component import Component, parameter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from currc.compiler.method import MetricRef


class Pace(NamedTuple):
    """What a pacing says at one moment."""

    opened: float = 1.0
    """Where the open part of the window ends, in (0, 1]."""
    closed: float = 0.0
    """Where it begins, in [0, opened)."""
    longest: int | None = None
    """Longest input in tokens; `None`: inputs are as long as they are."""


class Pacing(Component):
    """A share that never shrinks while training goes on."""

    moves: ClassVar[bool] = True
    """Whether the share changes at all; where it does not, rows are drawn in exact passes."""

    lengthens: ClassVar[bool] = False
    """Whether it is the inputs' length that grows."""

    adaptive: ClassVar[bool] = False
    """Whether the share follows validation, by `reached`, and not progress."""

    @abstractmethod
    def fraction(self, progress: float) -> float:
        """The share of the window that is open, in (0, 1].

        Args:
            progress: Part of the stage (or of the whole arm) already trained, in [0, 1];
                values beyond are read as the nearest end, since the last batch may overshoot.
        """

    def closed(self, progress: float) -> float:
        """The share of the window, from its beginning, that has closed again; in [0, fraction)."""
        return 0.0

    def longest(self, progress: float, most: int) -> int | None:
        """The longest input in tokens, at most `most`; `None` where inputs are not cut."""
        return None

    def watched(self) -> MetricRef | None:
        """The metric that an adaptive pacing follows."""
        return None

    def reached(self, scores: Sequence[float], higher_is_better: bool) -> float:
        """What an adaptive pacing opens after these validation scores, oldest first; in (0, 1]."""
        raise NotImplementedError(f"`{self.word()}` does not follow validation")


class Opening(Pacing):
    """A pacing of Wu et al.: opens from `start` at the beginning to everything at `full_at`."""

    start: float = parameter(
        0.2, description="share of the rows open at the beginning", unit="share", gt=0.0, le=1.0
    )
    full_at: float = parameter(
        0.6, description="progress at which all rows are open; above 100% they never are", unit="share",
        gt=0.0, le=2.0,
    )  # fmt: skip

    def between(self, height: float) -> float:
        """`start` at height 0, everything at height 1, clipped to the two."""
        return min(1.0, max(self.start, self.start + (1.0 - self.start) * height))


class Levelled(Pacing):
    """A pacing of DeepSpeed: opens from `start` to everything in multiples of `grain`."""

    start: float = parameter(
        0.1, description="share of the rows open at the beginning", unit="share", gt=0.0, le=1.0
    )
    full_at: float = parameter(
        0.6, description="progress at which all rows are open", unit="share", gt=0.0, le=1.0
    )
    grain: float = parameter(
        0.01, description="the share opens in multiples of this", unit="share", gt=0.0, le=1.0
    )

    def level(self, progress: float, degree: float) -> float:
        """The highest multiple of `grain` that the root of that degree has reached; 1 at the end."""
        t = part(progress, self.full_at)
        reached = self.start + (1.0 - self.start) * t ** (1.0 / degree)
        # Shares of a spec are not exact in binary: 0.3 / 0.1 is just below 3.
        many = max(ceil(self.start / self.grain - 1e-9), floor(reached / self.grain + 1e-9))
        return 1.0 if t >= 1.0 else min(1.0, many * self.grain)


def bucket(progress: float, buckets: int) -> int:
    """Which of so many equal parts `progress` lies in, from 1 to `buckets`."""
    return min(buckets, 1 + floor(buckets * max(0.0, progress) + 1e-9))


def part(progress: float, whole: float) -> float:
    """How much of `whole` is done at `progress`, clipped to [0, 1]."""
    return min(1.0, max(0.0, progress / whole))
