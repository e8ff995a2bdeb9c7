"""The law of a trial: what its node fixes before the first step, and progress as a function of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from currc.compiler.plan import BudgetUnit, Quantity, Segment
from currc.runtime.curriculum.pacing import Pacing
from currc.runtime.learning.combining import Combining
from currc.runtime.learning.lr_schedules import LrSchedule
from currc.runtime.learning.weighting import Weighting

if TYPE_CHECKING:
    from currc.runtime.learning.state import Cursor


@dataclass(frozen=True, slots=True)
class Law:
    """One stage of one trial as it will be carried out; everything here stands in the node's key."""

    seed: int
    segment: Segment
    index: int
    """Which stage this is, from 0."""
    last: bool
    match: BudgetUnit
    limit: float
    """The arm's whole limit in units of `match`."""
    batch: int
    lr: float
    warmup: float
    clip: float
    lr_schedule: LrSchedule
    pacing: Pacing
    weighting: Weighting
    combining: Combining
    task_weights: dict[str, float]
    """`weight` of each task that trains in this arm, in the order of `tasks`."""
    every: Quantity
    """Between two validations: a share of the limit, or steps, examples or tokens."""
    keep_best: bool
    end: float | None = None
    """For a yoked control: the budget units at which its parent left this stage."""
    mean_weights: dict[str, float] | None = None
    """For a yoked control: its parent's mean loss weights, held fixed."""

    @property
    def tasks(self) -> tuple[str, ...]:
        """Every task that trains in this arm, in the order of all arrays."""
        return tuple(self.task_weights)

    def amount(self, quantity: Quantity) -> float:
        """A quantity in units of the budget: a share is taken of the whole limit."""
        if quantity.unit == "share":
            return quantity.amount * self.limit
        if quantity.unit != self.match:
            raise ValueError(f"{quantity.amount:g} {quantity.unit} in a budget of {self.match}")
        return quantity.amount

    def most(self, entry: float) -> float:
        """Budget units at which the stage ends at the latest when it began at `entry`."""
        if self.end is not None:
            return self.end
        if self.last or self.segment.max is None:
            return self.limit
        return min(self.limit, entry + self.amount(self.segment.max))

    def stage_progress(self, used: float, entry: float) -> float:
        """τ in [0, 1]: progress through the stage's `max`, through what was left for the last stage."""
        whole = self.limit - entry
        if not self.last and self.segment.max is not None:
            whole = self.amount(self.segment.max)
        return min(1.0, max(0.0, (used - entry) / whole)) if whole > 0 else 1.0

    def fraction(self, cursor: Cursor) -> float:
        """What the pacing opens now, in (0, 1]."""
        progress = self.stage_progress(cursor.used(self.match), cursor.entry(self.match))
        return self.pacing.fraction(progress)

    def rate(self, used: float) -> float:
        """The learning rate after `used` budget units: a function of p, never of the stage."""
        p = min(1.0, used / self.limit)
        return self.lr * self.segment.lr_scale * self.lr_schedule.factor(p, self.warmup)

    def evaluations_due(self, used: float, steps: int) -> int:
        """How many validations belong before this point on the grid of `every`."""
        if self.every.unit == "steps" and self.match != "steps":
            return math.floor(steps / self.every.amount)
        return math.floor(used / self.amount(self.every) + 1e-9)
