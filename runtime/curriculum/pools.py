"""The rows that the sources of an order may give, and their windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
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
    part: int | None = None
    """The class whose rows these are; `None` where a task's classes are drawn together."""
    since: int = 0
    """Steps before the look at training rows that made the pool what it is; 0: none did while training."""

    @classmethod
    def ranked(cls, task: str, ranking: Ranking) -> Pool:
        """The pool of all of a task's rows from easy to hard."""
        return cls(task, len(ranking.index), ranking.index, ranking.levels)

    @property
    def name(self) -> str:
        """What tells this source of draws from the others of a stage."""
        part = "" if self.part is None else f"/{self.part}"
        since = f"@{self.since}" if self.since else ""
        return f"{'replay:' if self.replay else ''}{self.task}{part}{since}"

    @property
    def stream(self) -> tuple[str, *tuple[str | int, ...]]:
        """What its sequence of rows derives from, beside the seed."""
        part = () if self.part is None else (self.part,)
        since = ("since", self.since) if self.since else ()
        return ("replay" if self.replay else "rows", self.task, *part, *since)

    def of_class(self, part: int, labels: NDArray[np.int64], *, within: bool = False) -> Pool:
        """The rows of one class.

        Args:
            part: The class.
            labels: The class of each row of the task; int64 [rows].
            within: Whether their percentiles are those within the class; else those among all rows.
        """
        import numpy as np

        index = np.arange(self.size, dtype=np.uint32) if self.index is None else self.index
        chosen = labels[index] == part
        mine = replace(self, size=int(chosen.sum()), index=index[chosen], levels=None, part=part)
        if within:
            return mine
        levels = (np.arange(self.size) + 1) / self.size if self.levels is None else self.levels
        return replace(mine, levels=levels[chosen])

    def ranks(self, low: float, high: float) -> tuple[int, int]:
        """The ranks `first .. last`, last excluded, with a percentile in (low, high]; never none.

        A window too narrow for any row gives the one nearest above its lower end.
        """
        if self.replay:
            return 0, self.size
        if self.levels is None:
            first, last = ranks_between(self.size, low, high)
        else:
            first, last = self.levels.searchsorted([low + 1e-12, high + 1e-12], side="right").tolist()
        first = min(first, self.size - 1)
        return first, max(last, first + 1)

    def rows(self, low: float, high: float) -> NDArray[np.uint32]:
        """The rows of a window, easy to hard; uint32."""
        import numpy as np

        first, last = self.ranks(low, high)
        return np.arange(first, last, dtype=np.uint32) if self.index is None else self.index[first:last]


def ranks_between(size: int, low: float, high: float) -> tuple[int, int]:
    """The ranks `first .. last` of `size` rows, last excluded, with a percentile in (low, high]; or none."""
    # The percentages of a spec are not exact in binary: 0.29 * 100 is just below 29.
    return int(low * size + 1e-6), int(high * size + 1e-6)


def replay_pools(seen: Sequence[tuple[Pool, float, float]]) -> tuple[Pool, ...]:
    """One replay pool a task (a class of it), of the rows in the windows (pool, low, high) of earlier stages.

    They are in the order in which they first appear; a row seen in two stages is held once.
    """
    parts: dict[tuple[str, int | None, int], list[NDArray[np.uint32]]] = {}
    for pool, low, high in seen:
        parts.setdefault((pool.task, pool.part, pool.since), []).append(pool.rows(low, high))
    rows = {where: np.unique(np.concatenate(windows)) for where, windows in parts.items()}
    return tuple(
        Pool(task, len(index), index, replay=True, part=part, since=since)
        for (task, part, since), index in rows.items()
    )


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """How the rates of a stage's tasks become those of its sources: classes, and pools of earlier stages."""

    owner: NDArray[np.int64]
    """The stage's task that each source belongs to; -1 for a source whose rate is fixed; int64 [sources]."""
    scale: NDArray[np.float64]
    """The source's share of its task's rate; where the rate is fixed, that rate; float64 [sources]."""

    def __call__(self, rates: NDArray[np.float64]) -> NDArray[np.float64]:
        """The rate of each source, from those of the stage's tasks; float64 [sources]."""
        import numpy as np

        return np.where(self.owner < 0, self.scale, self.scale * rates[self.owner])


def joined_indexes(pools: Sequence[Pool]) -> tuple[NDArray[np.uint32] | None, NDArray[np.int64]]:
    """All indexes one after another, and where each pool's begins; -1 for a pool without."""
    offset = np.full(len(pools), -1, dtype=np.int64)
    parts, total = [], 0
    for i, pool in enumerate(pools):
        if pool.index is not None:
            parts.append(pool.index)
            offset[i], total = total, total + len(pool.index)
    return (np.concatenate(parts) if parts else None), offset
