"""From scores to the order that windows cut: easy rows first, ties by chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from currc.runtime.curriculum.ascending import ascending
from currc.runtime.streams import key

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """The rows of one task from easy to hard."""

    index: NDArray[np.uint32]
    """The row at each rank; uint32 [n]."""
    levels: NDArray[np.float64] | None
    """The percentile at each rank, ascending in (0, 1]; float64 [n]. `None` where rank r
    of n has percentile (r + 1) / n, as within a task."""


def ranked(scores: NDArray[Any], seed: int, task: str = "") -> NDArray[np.uint32]:
    """The rows from easy to hard; uint32 [n], 4 bytes a row.

    Rows of equal score follow in an order by chance, drawn from (seed, task): neither
    the file's order nor the rows' length leaks into the difficulty, and a window that
    cuts through a tie takes a fair sample of it.

    Raises:
        ValueError: A score is not finite.
    """
    order = ascending(scores)
    found = scores[order]
    if (found[1:] > found[:-1]).all():
        return order
    chance = shuffle(len(scores), seed, task)
    return chance[ascending(scores[chance])]


def shuffle(size: int, seed: int, task: str) -> NDArray[np.uint32]:
    """A permutation of [0, size) by chance from (seed, task); uint32 [size]."""
    from currc.runtime.curriculum.permutation import permuted, round_keys, tight

    if size == 0:
        return np.zeros(0, dtype=np.uint32)
    secret = np.array([key(seed, "ties", task)], dtype=np.uint64).view(np.uint32)
    keys = round_keys(secret[:1], secret[1:], np.zeros(1, dtype=np.uint32))
    domain = tight(np.array([size]))
    parts = [
        permuted(np.arange(start, min(start + _BLOCK, size), dtype=np.uint32), domain, keys)
        for start in range(0, size, _BLOCK)
    ]
    return np.concatenate(parts)


_BLOCK = 16384
"""Places permuted at once: few enough to stay in the cache."""


def rankings(
    scores: Mapping[str, NDArray[np.float64]], within: Literal["task", "all"], seed: int
) -> dict[str, Ranking]:
    """The ranking of each task's rows by their scores.

    `within = task` ranks each task by itself, so that a window holds the same share of
    each. `within = all` ranks all rows together: a window then holds unequal shares,
    and a task may have no row in it.

    Raises:
        ValueError: A score is not finite.
    """
    if within == "task":
        return {task: Ranking(ranked(values, seed, task), None) for task, values in scores.items()}

    everything = np.concatenate(list(scores.values()))
    order = ranked(everything, seed)
    levels = np.empty(len(order))
    levels[order] = np.arange(1, len(order) + 1) / max(len(order), 1)
    result, start = {}, 0
    for task, values in scores.items():
        mine = levels[start : start + len(values)]
        index = ascending(mine)
        result[task] = Ranking(index, mine[index])
        start += len(values)
    return result


def remaining(rankings: Mapping[str, Ranking], stays: Mapping[str, NDArray[np.bool_]]) -> dict[str, Ranking]:
    """The rankings of the rows that stay; percentiles are those among them.

    Args:
        rankings: Of each task.
        stays: Which rows of each task stay, at least one; bool [n] each.
    """
    left = {task: stays[task][one.index] for task, one in rankings.items()}
    levels = {task: one.levels[left[task]] for task, one in rankings.items() if one.levels is not None}
    together = np.sort(np.concatenate(list(levels.values()))) if levels else np.zeros(0)
    return {
        task: Ranking(
            one.index[left[task]],
            np.searchsorted(together, levels[task], side="right") / len(together) if task in levels else None,
        )
        for task, one in rankings.items()
    }
