"""The rows that the sources of an order may give, and their windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from currc.runtime.curriculum.ranking import Ranking


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """The rows that one source of draws may give."""

    task: str
    size: int
    """Rows, 1 to 2**31 - 1."""
    index: NDArray[np.uint32] | None = None
    """The row at each rank, easy to hard; uint32 [size]. `None`: rank r is row r."""
    levels: NDArray[np.float64] | None = None
    """The percentile at each rank, ascending; float64 [size]. `None`: (rank + 1) / size."""
    replay: bool = False
    """Rows of earlier stages: always all open, and a sequence of rows of its own."""

    @classmethod
    def ranked(cls, task: str, ranking: Ranking) -> Pool:
        """The pool of all of a task's rows from easy to hard."""
        return cls(task, len(ranking.index), ranking.index, ranking.levels)

    def ranks(self, low: float, high: float) -> tuple[int, int]:
        """The ranks `first .. last`, last excluded, with a percentile in (low, high]; never none.

        A window too narrow for any row gives the one nearest above its lower end.
        """
        if self.replay:
            return 0, self.size
        if self.levels is None:
            # The percentages of a spec are not exact in binary: 0.29 * 100 is just below 29.
            first, last = (int(bound * self.size + 1e-6) for bound in (low, high))
        else:
            first, last = self.levels.searchsorted([low + 1e-12, high + 1e-12], side="right").tolist()
        first = min(first, self.size - 1)
        return first, max(last, first + 1)

    def rows(self, low: float, high: float) -> NDArray[np.uint32]:
        """The rows of a window, easy to hard; uint32."""
        import numpy as np

        first, last = self.ranks(low, high)
        return np.arange(first, last, dtype=np.uint32) if self.index is None else self.index[first:last]


def replay_pools(seen: Sequence[tuple[Pool, float, float]]) -> tuple[Pool, ...]:
    """One replay pool a task, of the rows in the windows (pool, low, high) of earlier stages.

    Tasks are in the order in which they first appear; a row seen in two stages is held once.
    """
    parts: dict[str, list[NDArray[np.uint32]]] = {}
    for pool, low, high in seen:
        parts.setdefault(pool.task, []).append(pool.rows(low, high))
    rows = {task: np.unique(np.concatenate(windows)) for task, windows in parts.items()}
    return tuple(Pool(task, len(index), index, replay=True) for task, index in rows.items())


def with_replay(
    rates: NDArray[np.float64], replayed: NDArray[np.float64], share: float
) -> NDArray[np.float64]:
    """The rates of K sources and of R replay pools that take `share` of all draws; float64 [K + R]."""
    return np.concatenate([(1.0 - share) * rates / rates.sum(), share * replayed / replayed.sum()])


def joined_indexes(pools: Sequence[Pool]) -> tuple[NDArray[np.uint32] | None, NDArray[np.int64]]:
    """All indexes one after another, and where each pool's begins; -1 for a pool without."""
    offset = np.full(len(pools), -1, dtype=np.int64)
    parts, total = [], 0
    for i, pool in enumerate(pools):
        if pool.index is not None:
            parts.append(pool.index)
            offset[i], total = total, total + len(pool.index)
    return (np.concatenate(parts) if parts else None), offset
