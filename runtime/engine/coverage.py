"""How many rows training will never draw, and how many again: counted on the order itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from currc.compiler.plan import ArmPlan, Segment
from currc.runtime.curriculum.classes import Classes
from currc.runtime.curriculum.exposure import order_and_pacing
from currc.runtime.curriculum.order import Order, Pool, replay_pools
from currc.runtime.engine.forecast import StageForecast
from currc.runtime.vocabulary import Vocabulary

MOMENTS = 50
"""Moments of a stage at which its window is moved; training moves it at every step."""
MOST_DRAWS = 200_000
"""Draws of a task that are walked; of more, the rows and draws of a smaller task of equal passes."""


class Coverage(NamedTuple):
    """How the draws of a task fall on its rows."""

    never: float
    """Rows that are not drawn at all."""
    again: float
    """Rows that are drawn more than once."""


def coverage(
    arm: ArmPlan,
    stages: Sequence[StageForecast],
    sizes: Mapping[str, int],
    classes: Mapping[str, Sequence[int]] = MappingProxyType({}),
) -> dict[str, Coverage]:
    """The rows of each task that an arm never draws, and those that it draws again, over all its stages.

    Walks the order of the first seed, with as many draws as are expected. Ranks stand for
    rows, so that no score is needed; the classes of a task count as equally hard.

    Args:
        arm: The arm as planned.
        stages: What it is expected to draw.
        sizes: Training rows of each task.
        classes: Training rows of each class, of tasks that have any.
    """
    return {task: _of_task(arm, task, stages, sizes[task], classes.get(task, ())) for task in arm.tasks}


def _of_task(
    arm: ArmPlan, task: str, stages: Sequence[StageForecast], size: int, counts: Sequence[int]
) -> Coverage:
    draws = [_draws(stage, task) for stage in stages]
    smaller = max(1.0, sum(map(sum, draws)) / MOST_DRAWS)
    walk = _Walk(arm, *_pools(arm, task, size, counts, smaller))
    for index, (own, replayed) in enumerate(draws):
        walk.stage(index, round(own / smaller), round(replayed / smaller))
    seen = np.concatenate(list(walk.seen.values()))
    scale = size / len(seen)
    return Coverage(float(np.sum(seen == 0)) * scale, float(np.sum(seen > 1)) * scale)


def _draws(stage: StageForecast, task: str) -> tuple[float, float]:
    """Draws of a task in a stage as one of its own, and as one of an earlier stage."""
    found = [(one.draws - one.replayed, one.replayed) for one in stage.tasks if one.task == task]
    return found[0] if found else (0.0, 0.0)


def _pools(
    arm: ArmPlan, task: str, size: int, counts: Sequence[int], smaller: float
) -> tuple[tuple[Pool, ...], tuple[float, ...]]:
    """The rows of a task as they are drawn, by class where those are drawn apart, and their shares."""
    classes = Vocabulary().build("classes", arm.tasks[task].classes)
    if not isinstance(classes, Classes) or not classes.splits or not any(counts):
        return (Pool(task, max(1, round(size / smaller))),), (1.0,)
    shares = classes.shares(np.array(counts, np.int64)).tolist()
    drawn = [part for part, share in enumerate(shares) if share > 0.0]
    pools = tuple(Pool(task, max(1, round(counts[part] / smaller)), part=part) for part in drawn)
    return pools, tuple(shares[part] for part in drawn)


class _Walk:
    """The order of one task, walked stage by stage; `seen` says how often each rank was drawn."""

    def __init__(self, arm: ArmPlan, pools: tuple[Pool, ...], shares: tuple[float, ...]) -> None:
        self.arm, (self.order, self.pacing) = arm, order_and_pacing(arm)
        self.pools, self.shares = pools, {pool.part: share for pool, share in zip(pools, shares, strict=True)}
        self.seen = {pool.part: np.zeros(pool.size, np.int64) for pool in pools}
        self.drawn = (0,) * len(pools)

    def stage(self, index: int, own: int, replayed: int) -> None:
        """Draw what a stage will."""
        segments = self.arm.schedule.segments
        seed, window = self.arm.train.seeds[0], segments[index].window
        if own:
            moving = self.pacing.moves and self.order.paced
            ordering = self.order if self.order.ranks else None
            rates = list(self.shares.values())
            order = Order(
                seed, index, self.pools, rates, self.drawn, ordering, window.low, window.high, moving
            )
            self._draw(order, own, MOMENTS if moving else 1)
            self.drawn = tuple(order.drawn_at(own).tolist())
        if replayed:
            again = replay_pools(list(self._earlier(segments[:index])))
            rates = [self.shares[pool.part] for pool in again]
            self._draw(Order(seed, index, again, rates), replayed, 1)

    def _draw(self, order: Order, draws: int, moments: int) -> None:
        bounds = (np.arange(moments + 1) * draws // moments).tolist()
        for moment, (first, end) in enumerate(pairwise(bounds)):
            done = (moment + 0.5) / moments
            # What validation will open is not known: the whole window.
            opened = 1.0 if self.pacing.adaptive else self.pacing.fraction(done)
            source, rank = order.draws(first, end - first, opened, self.pacing.closed(done))
            for place, pool in enumerate(order.sources):
                mine = self.seen[pool.part]
                mine += np.bincount(rank[source == place], minlength=len(mine))

    def _earlier(self, segments: Sequence[Segment]) -> Iterator[tuple[Pool, float, float]]:
        """The pools and windows of earlier stages that have the task."""
        for segment in segments:
            if self.pools[0].task in segment.tasks:
                low, high = self.order.opens(segment.window.low, segment.window.high, 1.0)
                yield from ((pool, low, high) for pool in self.pools)
