"""The looks of a trial at its own training rows: when they come, and what they make of the pools."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from currc.compiler.plan import Quantity
from currc.runtime.curriculum.difficulty.own_loss import OwnLoss
from currc.runtime.curriculum.ranking import Ranking, rankings, remaining
from currc.runtime.curriculum.retiring import Retiring

if TYPE_CHECKING:
    from numpy.typing import NDArray

Losses = Mapping[str, "NDArray[np.float32]"]
"""By task, the loss of each row at each look, NaN for a row that had left; float32 [looks, n]."""


class Look(NamedTuple):
    """One look, as the cursor logs it."""

    stage: int
    """The stage in which it was taken; -1 before the first."""
    at: int
    """The draw of the stage before which it was taken."""
    steps: int
    """Steps of the trial before it."""
    spent: float
    """The floating point operations that it took."""
    orders: bool
    """Whether rows are ranked anew."""
    retires: bool
    """Whether it counts towards leaving."""


class Standing(NamedTuple):
    """What the looks so far have come to."""

    rankings: Mapping[str, Ranking]
    """Rows that are left from easy to hard; empty for an order that does not sort."""
    stays: Mapping[str, NDArray[np.bool_]]
    """Which rows of each task are left; bool [n] each."""
    since: Mapping[str, int]
    """Steps before the look that last changed anything of each task; 0: none did while training."""


@dataclass(frozen=True, slots=True)
class Looks:
    """What a trial looks at its training rows for."""

    own: OwnLoss | None
    """The score that ranks them."""
    refresh: Quantity | None
    """How far apart looks for that are; `None` without such a score."""
    retiring: Retiring | None
    """What lets rows leave, at the points of `evaluate.every`."""
    within: Literal["task", "all"]
    seed: int
    least: int
    """Rows of a pool that always stay."""

    def standing(
        self,
        log: Sequence[Sequence[Any]],
        losses: Losses,
        fixed: Mapping[str, Ranking],
        pools: Mapping[str, NDArray[np.int64]],
    ) -> Standing:
        """What some looks have come to; a function of what they read and of nothing else.

        Args:
            log: The looks, oldest first, as `Look`.
            losses: What they, and perhaps later ones, read.
            fixed: The rankings by a score that does not change; empty where there is none.
            pools: Which rows of each task are drawn from together; int64 [n] each.
        """
        looks = [Look(*one) for one in log]
        orders = np.array([i for i, one in enumerate(looks) if one.orders], np.int64)
        retires = np.array([i for i, one in enumerate(looks) if one.retires], np.int64)
        ordered = looks[orders[-1]].steps if len(orders) else 0
        stays: dict[str, NDArray[np.bool_]] = {}
        since: dict[str, int] = {}
        for task, pool in pools.items():
            stays[task], since[task] = np.ones(len(pool), bool), ordered
            if self.retiring is not None and len(retires):
                leaves = self.retiring.leaves(losses[task][retires], pool, self.least)
                gone = leaves[leaves < len(retires)]
                stays[task] = leaves == len(retires)
                if len(gone):
                    since[task] = max(ordered, looks[retires[gone.max()]].steps)
        ranked = dict(fixed)
        if self.own is not None and len(orders):
            # A row that has left has no loss; whatever stands for it is left out again below.
            scores = {
                task: np.where(stays[task], self.own.smoothed(losses[task][orders]), 0.0) for task in pools
            }
            ranked = rankings(scores, self.within, self.seed)
        if not all(one.all() for one in stays.values()):
            ranked = remaining(ranked, stays)
        return Standing(ranked, stays, since)
