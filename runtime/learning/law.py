"""The law of a trial: what its node fixes before the first step, and progress as a function of it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from currc.compiler.plan import BudgetUnit, Quantity, Segment
from currc.runtime.curriculum.balancing import Balancing
from currc.runtime.curriculum.looks import Looks
from currc.runtime.curriculum.pacing import Pace, Pacing
from currc.runtime.curriculum.stacking import Stack
from currc.runtime.learning.combining import Combining
from currc.runtime.learning.example_weighting import ExampleWeighting
from currc.runtime.learning.lr_schedules import LrSchedule
from currc.runtime.learning.weighting import Weighting

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from currc.runtime.learning.state import Cursor


FORESEEN = 32
"""Steps whose rows are worked out together where their windows are known."""


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
    example_weighting: ExampleWeighting
    combining: Combining
    mixing: Balancing
    """The stage's mix; for a yoked control, its parent's rates."""
    judged_by: dict[str, str]
    """The word of each task's own metric."""
    goals: dict[str, float]
    """The best validation score of each task to hope for, higher is better."""
    task_weights: dict[str, float]
    """`weight` of each task that trains in this arm, in the order of `tasks`."""
    every: Quantity
    """Between two validations: a share of the limit, or steps, examples or tokens."""
    keep_best: bool
    max_tokens: int
    """Longest input in this stage, in tokens."""
    frozen: tuple[str, ...] = ()
    """Parts of the model that this stage does not train, as `ModelPlan.freeze`."""
    end: float | None = None
    """For a yoked control: the budget units at which its parent left this stage."""
    mean_weights: dict[str, float] | None = None
    """For a yoked control: its parent's mean loss weights, held fixed."""
    paces: Sequence[Sequence[float]] | None = None
    """For a yoked control of an adaptive pacing: its parent's record, as `Cursor.paces`."""
    stack: Stack | None = None
    """Where tasks enter one after another: what each waits for."""
    looks: Looks | None = None
    """What the trial looks at its own training rows for."""

    @property
    def tasks(self) -> tuple[str, ...]:
        """Every task that trains in this arm, in the order of all arrays."""
        return tuple(self.task_weights)

    def memories(self) -> dict[str, dict[str, NDArray[Any]]]:
        """The memory of each component that may keep one, before its first step."""
        weights, combine = self.weighting.start(self.tasks), self.combining.start(len(self.tasks))
        rows = self.example_weighting.start(self.tasks)
        # A mix starts from the sizes of its tasks, which are known when the stage begins.
        return {"weights": weights, "combine": combine, "example_weights": rows, "mix": {}, "looks": {}}

    @property
    def name(self) -> str:
        """What records call the stage; its name in the spec is not known here, as arms may share it."""
        return f"stage {self.index + 1}"

    def progress(self, used: float) -> float:
        """p in [0, 1] after `used` budget units; 1 where the limit is 0 (a task never drawn)."""
        return min(1.0, used / self.limit) if self.limit > 0 else 1.0

    def amount(self, quantity: Quantity) -> float:
        """A quantity in units of the budget: a share is taken of the whole limit."""
        if quantity.unit == "share":
            return quantity.amount * self.limit
        if quantity.unit != self.match:
            raise ValueError(f"{quantity.amount:g} {quantity.unit} in a budget of {self.match}")
        return quantity.amount

    def most(self, entry: float) -> float:
        """Budget units at which the stage ends at the latest when it began at `entry`."""
        if self.last:
            return self.limit
        if self.end is not None:
            # The other trial's end lies up to a batch beyond its limit; this one's own batch comes on top.
            return min(self.limit, self.end)
        if self.segment.max is None:
            return self.limit
        return min(self.limit, entry + self.amount(self.segment.max))

    def stage_progress(self, used: float, entry: float) -> float:
        """τ in [0, 1]: progress through the stage's `max`, through what was left for the last stage."""
        whole = self.limit - entry
        if not self.last and self.segment.max is not None:
            whole = self.amount(self.segment.max)
        return min(1.0, max(0.0, (used - entry) / whole)) if whole > 0 else 1.0

    def pace(self, cursor: Cursor) -> Pace:
        """What the pacing says now; an adaptive one as it was recorded, so that the order can be proved."""
        progress = self.stage_progress(cursor.used(self.match), cursor.entry(self.match))
        opened = self._recorded(cursor) if self.pacing.adaptive else None
        if opened is None:
            opened = self.pacing.fraction(progress)
        longest = self.pacing.longest(progress, self.max_tokens)
        return Pace(opened, self.pacing.closed(progress), longest)

    def coming(self, cursor: Cursor) -> list[tuple[float, float]]:
        """What the pacing opens and closes at the next steps; none where that hangs on what they draw."""
        step = {"steps": 1, "examples": self.batch}.get(self.match)
        if step is None or self.pacing.adaptive:
            return []
        used, entry = cursor.used(self.match), cursor.entry(self.match)
        points = [self.stage_progress(used + i * step, entry) for i in range(1, FORESEEN)]
        return [(self.pacing.fraction(point), self.pacing.closed(point)) for point in points]

    def _recorded(self, cursor: Cursor) -> float | None:
        """The last share that was recorded up to now: of this trial by steps, of its parent by the budget."""
        if self.paces is not None:
            used = cursor.used(self.match)
            return next((share for _, at, share in reversed(self.paces) if at <= used), None)
        return next((share for steps, _, share in reversed(cursor.paces) if steps <= cursor.steps), None)

    def opened(self, evaluations: Sequence[Mapping[str, Any]]) -> float | None:
        """What an adaptive pacing opens after these evaluations; `None` for another, or a yoked control."""
        watched = self.pacing.watched()
        if watched is None or self.paces is not None:
            return None
        name = f"{watched.task}.{watched.metric.word}"
        found = [one["scores"][name] for one in evaluations if name in one["scores"]]
        return self.pacing.reached([value for value, _, _ in found], all(higher for _, _, higher in found))

    def rate(self, used: float) -> float:
        """The learning rate after `used` budget units: a function of p, never of the stage."""
        return self.lr * self.segment.lr_scale * self.lr_schedule.factor(self.progress(used), self.warmup)

    def evaluations_due(self, cursor: Cursor) -> int:
        """How many points of the grid of `every` the trial has passed."""
        return self.passed(self.every, cursor)

    def passed(self, every: Quantity, cursor: Cursor) -> int:
        """How many points of a grid over the trial it has passed."""
        if every.unit != "share":
            return math.floor(cursor.used(every.unit) / every.amount)
        return math.floor(self.progress(cursor.used(self.match)) / every.amount + 1e-9)
