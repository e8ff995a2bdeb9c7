"""What one stage of a trial is fed: the order's draws as token rows, task by task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from currc.compiler.plan import Segment
from currc.runtime.curriculum.balancing import Balancing, MixState
from currc.runtime.curriculum.order import Order, Pool, replay_pools, with_replay
from currc.runtime.curriculum.ordering import Ordering
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
    owners: NDArray[np.int64] = field(init=False)
    """The place in `tasks` of the task of each source of the order."""

    def __post_init__(self) -> None:
        owners = np.array([self.tasks.index(pool.task) for pool in self.order.sources])
        object.__setattr__(self, "owners", owners)

    def draw(self, position: int, count: int, fraction: float) -> dict[str, Ragged]:
        """The next rows by task, in the order of `tasks`; a task without rows in the draw is absent."""
        return {
            task: self.tokens[task].take(rows) for task, rows in self.rows(position, count, fraction).items()
        }

    def rows(self, position: int, count: int, fraction: float) -> dict[str, NDArray[np.int64]]:
        """Which rows those are: the closed form alone, without the tokens."""
        source, row = self.order.draws(position, count, fraction)
        owner = self.owners[source]
        together = row[owner.argsort(kind="stable")]
        found, start = {}, 0
        counts = np.bincount(owner, minlength=len(self.tasks)).tolist()
        for task, many in zip(self.tasks, counts, strict=True):
            if many:
                found[task] = together[start : start + many]
            start += many
        return found


def stage_order(
    segment: Segment,
    index: int,
    seed: int,
    *,
    sizes: Mapping[str, int],
    rankings: Mapping[str, Ranking],
    earlier: Sequence[tuple[tuple[str, ...], float, float]],
    ordering: Ordering,
    mix: Balancing,
    state: MixState,
    moving: bool,
) -> Order:
    """The order of one stage.

    Args:
        segment: The stage as planned.
        index: Which stage of the arm it is, from 0.
        seed: The trial's seed.
        sizes: Training rows of each task.
        rankings: Rows from easy to hard, by task; empty for an order that does not sort.
        earlier: Tasks and window of each earlier stage; looked at where `replay` is above 0.
        ordering: The arm's order.
        mix: The stage's mix.
        state: What the mix looks at, over all of the arm's tasks.
        moving: Whether a pacing moves the window.
    """
    pools = {
        task: Pool.ranked(task, rankings[task]) if rankings else Pool(task, size)
        for task, size in sizes.items()
    }
    sources = tuple(pools[task] for task in segment.tasks)
    rates = mix.rates(_part(state, segment.tasks))
    drawn = dict(zip(state.tasks, state.drawn.tolist(), strict=True))
    if segment.replay > 0 and earlier:
        seen = [
            (pools[task], *ordering.window(low, high, 1.0)) for tasks, low, high in earlier for task in tasks
        ]
        replayed = replay_pools(seen)
        outer = mix.rates(_part(state, tuple(pool.task for pool in replayed)))
        rates = with_replay(rates, outer, segment.replay)
        sources = (*sources, *replayed)
    return Order(
        seed,
        index,
        sources,
        rates.tolist(),
        tuple(0 if pool.replay else drawn[pool.task] for pool in sources),
        ordering if ordering.windowed and rankings else None,
        segment.window.low,
        segment.window.high,
        moving,
    )


def _part(state: MixState, tasks: Sequence[str]) -> MixState:
    """The same state for some of the tasks."""
    chosen = [state.tasks.index(task) for task in tasks]
    return MixState(
        tasks=tuple(tasks),
        sizes=state.sizes[chosen],
        tokens=state.tokens[chosen],
        units=state.units[chosen],
        budget=state.budget,
        drawn=state.drawn[chosen],
    )
