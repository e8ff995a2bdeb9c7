"""How often single rows are seen: windows that open slowly repeat the rows that they open first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from currc.compiler.plan import ArmPlan, Segment
from currc.runtime.curriculum.classes import Classes
from currc.runtime.curriculum.ordering import Ordering
from currc.runtime.curriculum.pacing import Pacing
from currc.runtime.engine.forecast import StageForecast
from currc.runtime.vocabulary import Vocabulary

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Levels = NDArray[np.float64]

LEVELS, MOMENTS = 400, 50
"""Percentiles of difficulty, and moments of a stage, at which its window is looked at."""


class Coverage(NamedTuple):
    """How the draws of a task fall on its rows, as expected before training."""

    most: float
    """How often the rows that are drawn most are drawn."""
    never: float
    """Rows that are not drawn at all."""
    repeated: float
    """Rows that are drawn more than once."""


def coverage(
    arm: ArmPlan,
    stages: Sequence[StageForecast],
    sizes: Mapping[str, int],
    classes: Mapping[str, Sequence[int]] = MappingProxyType({}),
) -> dict[str, Coverage]:
    """How an arm's draws fall on the rows of each task, over all its stages.

    Rows that are open together are drawn in passes, each once before any is drawn again.

    Args:
        arm: The arm as planned.
        stages: What it is expected to draw.
        sizes: Training rows of each task.
        classes: Training rows of each class, of tasks that have any.
    """
    found = {}
    for task, levels in _levels(arm, stages, sizes).items():
        rows, factors = _parts(arm, task, sizes[task], classes.get(task, ()))
        draws = np.outer(factors, levels)
        never = rows @ np.maximum(1.0 - draws, 0.0).mean(axis=1)
        repeated = rows @ np.clip(draws - 1.0, 0.0, 1.0).mean(axis=1)
        found[task] = Coverage(float(draws.max()), float(never), float(repeated))
    return found


def _parts(arm: ArmPlan, task: str, size: int, counts: Sequence[int]) -> tuple[Levels, Levels]:
    """The rows of each class that is drawn apart, and how much more often than the mean each is drawn."""
    classes = Vocabulary().build("classes", arm.tasks[task].classes)
    there = np.array([count for count in counts if count > 0], np.int64)
    if not isinstance(classes, Classes) or not classes.splits or not len(there):
        return np.array([float(size)]), np.ones(1)
    return there.astype(np.float64), classes.shares(there) * size / there


def most_seen(arm: ArmPlan, stages: Sequence[StageForecast], sizes: Mapping[str, int]) -> dict[str, float]:
    """How often an arm draws the rows that it draws most, by task, over all its stages.

    Equal to the passes over all rows where every window is the whole task.
    """
    return {task: one.most for task, one in coverage(arm, stages, sizes).items()}


def _levels(arm: ArmPlan, stages: Sequence[StageForecast], sizes: Mapping[str, int]) -> dict[str, Levels]:
    """How often a row of each percentile of difficulty is drawn, by task; float64 [LEVELS]."""
    seen = {task: np.zeros(LEVELS) for task in arm.tasks}
    before = {task: np.zeros(LEVELS) for task in arm.tasks}
    for segment, stage in zip(arm.schedule.segments, stages, strict=True):
        density = _density(arm, segment)
        for one in stage.tasks:
            seen[one.task] += (one.draws - one.replayed) / sizes[one.task] * density
            if one.replayed:
                open_before = before[one.task]
                seen[one.task] += one.replayed / sizes[one.task] * open_before / open_before.mean()
        for task in segment.tasks:
            before[task] = np.maximum(before[task], density > 0)
    return seen


def _density(arm: ArmPlan, segment: Segment) -> Levels:
    """How often each percentile is drawn in a stage; 1 on average, float64 [LEVELS]."""
    order, pacing = _built("order", arm), _built("pacing", arm)
    if not isinstance(order, Ordering) or not isinstance(pacing, Pacing):
        raise TypeError(f"{arm.schedule.order.word} is no order, or {arm.schedule.pacing.word} no pacing")
    if not order.windowed:
        return np.ones(LEVELS)
    levels = (np.arange(LEVELS) + 0.5) / LEVELS
    total = np.zeros(LEVELS)
    for moment in (np.arange(MOMENTS) + 0.5) / MOMENTS:
        # What validation will open is not known: the whole window, so that nothing is warned of in vain.
        opened = 1.0 if pacing.adaptive else pacing.fraction(float(moment))
        closed = pacing.closed(float(moment))
        low, high = order.between(segment.window.low, segment.window.high, opened, closed)
        inside = (levels > low) & (levels <= high)
        if not inside.any():  # narrower than a percentile: the rows nearest above its lower end
            inside[min(int(low * LEVELS), LEVELS - 1)] = True
        total += inside / inside.mean()
    return total / MOMENTS


def _built(slot: str, arm: ArmPlan) -> object:
    return Vocabulary().build(slot, getattr(arm.schedule, slot))
