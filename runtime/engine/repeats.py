"""How often single rows are seen: windows that open slowly repeat the rows that they open first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from currc.compiler.plan import ArmPlan, Segment
from currc.runtime.curriculum.exposure import order_and_pacing
from currc.runtime.engine.forecast import StageForecast

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Levels = NDArray[np.float64]

LEVELS, MOMENTS = 400, 50
"""Percentiles of difficulty, and moments of a stage, at which its window is looked at."""


def most_seen(arm: ArmPlan, stages: Sequence[StageForecast], sizes: Mapping[str, int]) -> dict[str, float]:
    """How often an arm draws the rows that it draws most, by task, over all its stages.

    Equal to the passes over all rows where every window is the whole task.
    """
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
    return {task: float(levels.max()) for task, levels in seen.items()}


def _density(arm: ArmPlan, segment: Segment) -> Levels:
    """How often each percentile is drawn in a stage; 1 on average, float64 [LEVELS]."""
    order, pacing = order_and_pacing(arm)
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
