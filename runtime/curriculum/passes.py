"""Passes over the rows of a pool without replacement, each a permutation of its own by key."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from currc.runtime.curriculum.permutation import Domain, permuted, round_keys, tight

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


class Draws(NamedTuple):
    """Draws whose rows are asked."""

    source: NDArray[np.integer]
    turn: NDArray[np.float64]
    cell: NDArray[np.integer]
    """Where in `open_rows` each draw's source at its pace stands; int64 [n]."""
    open_rows: NDArray[np.int64]
    """Of each source at each pace; int64 [paces * sources]."""

    def of(self, choice: NDArray[np.bool_]) -> Draws:
        """Some of the draws."""
        return Draws(self.source[choice], self.turn[choice], self.cell[choice], self.open_rows)

    def constant(self, sources: int) -> NDArray[np.int64]:
        """The open rows of each source, of those where no pace changes them; int64 [sources]."""
        return self.open_rows[:sources]


class Turns(NamedTuple):
    """Some draws, by their sources, and what is known of these."""

    source: NDArray[np.integer]
    """int [n]."""
    turn: Floats
    """Which draw of its source each is, from 0: whole numbers [n]."""
    size: NDArray[np.int64]
    """Open rows of each source; int64 [sources]."""
    halves: NDArray[np.uint32]
    """The secret of each source in two halves; uint32 [2, sources]."""

    def split(self) -> tuple[Floats, Floats, Floats]:
        """Open rows, number of the pass, and place in the pass of each draw; float64 [n] each."""
        size = self.size.astype(np.float64)[self.source]
        number = np.floor(self.turn / size)
        return size, number, self.turn - number * size

    def keys(self, number: Floats, *, apart: bool = False) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
        """Keys of each draw's source for a number [n]; those `apart` are others for the same number."""
        first, second = self.halves[::-1] if apart else self.halves
        # Modulo 2**32, which a cast of a large float would not promise.
        return round_keys(first[self.source], second[self.source], number.astype(np.uint64).astype(np.uint32))


def passes(turns: Turns) -> Floats:
    """Exact passes: places in [0, open rows), float64 [n]."""
    size, number, place = turns.split()
    _, wide, narrow = tight(turns.size)
    domain = Domain(size, wide[turns.source], narrow[turns.source])
    return permuted(place, domain, turns.keys(number))


def mixed(place: Floats, size: Floats, keys: tuple[NDArray[np.uint32], NDArray[np.uint32]]) -> Floats:
    """Places in pools of these sizes [n], permuted by key; float64 [n]."""
    return permuted(place, tight(size.astype(np.int64)), keys)
