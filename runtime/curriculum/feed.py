"""What one stage of a trial is fed: the order's draws as token rows, task by task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from currc.compiler.plan import Segment
from currc.runtime.curriculum.balancing import Balancing, MixState
from currc.runtime.curriculum.looks import Standing
from currc.runtime.curriculum.order import Coming, Order, Pool, Spread, replay_pools
from currc.runtime.curriculum.ordering import Ordering
from currc.runtime.curriculum.pacing import Pace
from currc.runtime.curriculum.ranking import Ranking

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from currc.runtime.data.tokens import Ragged, TokenRows


@dataclass(frozen=True, slots=True, eq=False)
class Feed:
    """Rows by position; it keeps nothing, so a cursor is enough to go on."""

    order: Order
    tokens: Mapping[str, TokenRows]
    """Training rows of every task."""
    tasks: tuple[str, ...]
    """The arm's tasks in the order of all arrays."""
    state: MixState
    """What the mix looks at, over the stage's tasks."""
    rates: NDArray[np.float64]
    """The rates of the stage's tasks at its beginning, by the mix itself; float64 [stage's tasks]."""
    deal: Deal
    """What the sources of the order are made from."""
    standing: Standing
    """How rows are ranked, and which are left."""
    owners: NDArray[np.int64] = field(init=False)
    """The place in `tasks` of the task of each source of the order."""

    def __post_init__(self) -> None:
        owners = np.array([self.tasks.index(pool.task) for pool in self.order.sources])
        object.__setattr__(self, "owners", owners)

    def turns(self, position: int) -> dict[str, int]:
        """Draws of each source before that position of the stage, by its name, earlier stages included."""
        drawn = self.order.drawn_at(position).tolist()
        return {pool.name: count for pool, count in zip(self.order.sources, drawn, strict=True)}

    def turned(self, rates: NDArray[np.float64], at: int, drawn: NDArray[np.int64] | None = None) -> Feed:
        """The same feed with other rates of the stage's tasks from draw `at` on, as `Order.turned`."""
        return replace(self, order=self.order.turned(rates, at, drawn))

    def window(self, pace: Pace) -> tuple[float, float]:
        """The percentiles of difficulty that rows come from at that pace, low and high."""
        return self.order.window(pace.opened, pace.closed) if self.order.moving else self.order.window()

    def renewed(self, standing: Standing, at: int) -> Feed:
        """The same feed with the pools that looks at training rows have made, from draw `at` on."""
        sources = tuple(pool for pool, _, _ in self.deal.dealt(standing))
        return replace(self, order=self.order.renewed(sources, at), standing=standing)

    @property
    def fixed(self) -> Mapping[str, Ranking]:
        """The rankings by a score that does not change; empty where there is none."""
        return self.deal.rankings

    @property
    def together(self) -> dict[str, NDArray[np.int64]]:
        """Which rows of each task are drawn from together, as the function of that name says."""
        return together(self.tokens, self.deal.splits)

    def take(
        self, steps: Sequence[Mapping[str, NDArray[np.int64]]], longest: int | None = None
    ) -> list[dict[str, Ragged]]:
        """The tokens of the rows of some steps, by task as there; cut to `longest` as by `TokenRows.take`."""
        parts: dict[str, list[NDArray[np.int64]]] = {}
        for rows in steps:
            for task, mine in rows.items():
                parts.setdefault(task, []).append(mine)
        taken = {
            task: iter(
                self.tokens[task].take(np.concatenate(mine), longest).split([len(rows) for rows in mine])
            )
            for task, mine in parts.items()
        }
        return [{task: next(taken[task]) for task in rows} for rows in steps]

    def rows(
        self, position: int, count: int, pace: Pace, coming: Coming | None = None
    ) -> dict[str, NDArray[np.int64]]:
        """The next rows by task, in the order of `tasks`; a task without rows in the draw is absent.

        Positions count from 0 at the start of the stage; `coming` is as in `Order.draws`.
        """
        source, row = self.order.draws(position, count, pace.opened, pace.closed, coming)
        owner = self.owners[source]
        together = row[owner.argsort(kind="stable")]
        found, start = {}, 0
        counts = np.bincount(owner, minlength=len(self.tasks)).tolist()
        for task, many in zip(self.tasks, counts, strict=True):
            if many:
                found[task] = together[start : start + many]
            start += many
        return found


def together(tokens: Mapping[str, TokenRows], splits: Mapping[str, Split]) -> dict[str, NDArray[np.int64]]:
    """The pool of each row of each task: its class, where classes are drawn apart; int64 [n] each."""
    return {
        task: splits[task].labels if task in splits else np.zeros(len(rows), np.int64)
        for task, rows in tokens.items()
    }


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """A task whose classes are drawn apart."""

    labels: NDArray[np.int64]
    """The class of each training row; int64 [n]."""
    shares: NDArray[np.float64]
    """The share of each class in the task's draws, 0 for one without rows; float64 [C], sums to 1."""
    within: bool = False
    """Whether windows are cut within each class, so that none is ever without rows."""


@dataclass(frozen=True, slots=True, eq=False)
class Deal:
    """What the sources of a stage's order are made from, but for what looks at training rows have come to."""

    segment: Segment
    tokens: Mapping[str, TokenRows]
    rankings: Mapping[str, Ranking]
    """Rows from easy to hard, by task, where a score that does not change ranks them."""
    earlier: Sequence[tuple[tuple[str, ...], float, float]]
    """Tasks and window of each earlier stage; looked at where `replay` is above 0."""
    ordering: Ordering
    mix: Balancing
    state: MixState
    """What the mix looks at, over all of the arm's tasks."""
    splits: Mapping[str, Split]
    """The tasks whose classes are drawn apart."""

    def dealt(self, standing: Standing) -> list[tuple[Pool, int, float]]:
        """Each source, the place of its task in the stage (-1: replayed rows), and its share of that."""
        pools = {task: _by_class(self._pool(task, standing), self.splits.get(task)) for task in self.tokens}
        tasks, replay = self.segment.tasks, self.segment.replay
        dealt = [(pool, i, scale) for i, task in enumerate(tasks) for pool, scale in pools[task]]
        if replay > 0 and self.earlier:
            again = _replayed(pools, self.splits, self.earlier, self.ordering, self.mix, self.state)
            dealt = [(pool, i, scale * (1.0 - replay)) for pool, i, scale in dealt]
            dealt += [(pool, -1, replay * scale) for pool, scale in again]
        return dealt

    def _pool(self, task: str, standing: Standing) -> Pool:
        """The rows of a task that are left."""
        since, stays = standing.since.get(task, 0), standing.stays.get(task)
        if standing.rankings:
            return replace(Pool.ranked(task, standing.rankings[task]), since=since)
        if stays is None or stays.all():
            return Pool(task, len(self.tokens[task]), since=since)
        left = np.flatnonzero(stays).astype(np.uint32)
        return Pool(task, len(left), left, since=since)


def stage_feed(
    segment: Segment,
    index: int,
    seed: int,
    *,
    tokens: Mapping[str, TokenRows],
    rankings: Mapping[str, Ranking],
    earlier: Sequence[tuple[tuple[str, ...], float, float]],
    ordering: Ordering,
    mix: Balancing,
    state: MixState,
    moving: bool,
    splits: Mapping[str, Split] = MappingProxyType({}),
    drawn: Mapping[str, int] = MappingProxyType({}),
    standing: Standing | None = None,
) -> Feed:
    """The feed of one stage, as it begins.

    Args:
        segment: The stage as planned.
        index: Which stage of the arm it is, from 0.
        seed: The trial's seed.
        tokens: Training rows of each task.
        rankings: Rows from easy to hard, by task; empty for an order that no fixed score sorts.
        earlier: Tasks and window of each earlier stage; looked at where `replay` is above 0.
        ordering: The arm's order.
        mix: The stage's mix.
        state: What the mix looks at, over all of the arm's tasks.
        moving: Whether a pacing moves the window.
        splits: The tasks whose classes are drawn apart.
        drawn: Draws of each source, by its name, in earlier stages.
        standing: What looks at training rows in earlier stages have come to.
    """
    deal = Deal(segment, tokens, rankings, earlier, ordering, mix, state, splits)
    standing = standing or Standing(rankings, {}, {})
    here = state.of(segment.tasks)
    rates = mix.rates(here)
    sources, owners, scales = zip(*deal.dealt(standing), strict=True)
    spread = Spread(np.array(owners, np.int64), np.array(scales))
    order = Order(
        seed,
        index,
        sources,
        spread(rates).tolist(),
        tuple(0 if pool.replay else drawn.get(pool.name, 0) for pool in sources),
        ordering if ordering.ranks and standing.rankings else None,
        segment.window.low,
        segment.window.high,
        moving,
        spread,
    )
    return Feed(order, tokens, state.tasks, here, rates, deal, standing)


def _by_class(pool: Pool, split: Split | None) -> list[tuple[Pool, float]]:
    """The pools of a task, each with its share of the task's draws."""
    if split is None:
        return [(pool, 1.0)]
    drawn = np.flatnonzero(split.shares > 0.0).tolist()
    return [
        (pool.of_class(part, split.labels, within=split.within), float(split.shares[part])) for part in drawn
    ]


def _replayed(
    pools: Mapping[str, Sequence[tuple[Pool, float]]],
    splits: Mapping[str, Split],
    earlier: Sequence[tuple[tuple[str, ...], float, float]],
    ordering: Ordering,
    mix: Balancing,
    state: MixState,
) -> list[tuple[Pool, float]]:
    """The pools of earlier stages' rows, each with its share of all replayed draws."""
    seen = [
        (pool, *ordering.opens(low, high, 1.0))
        for tasks, low, high in earlier
        for task in tasks
        for pool, _ in pools[task]
    ]
    found = replay_pools(seen)
    tasks = tuple(dict.fromkeys(pool.task for pool in found))
    outer = dict(zip(tasks, mix.rates(state.of(tasks)).tolist(), strict=True))
    weights = [
        outer[pool.task] * (1.0 if pool.part is None else float(splits[pool.task].shares[pool.part]))
        for pool in found
    ]
    return list(zip(found, (np.array(weights) / sum(weights)).tolist(), strict=True))
