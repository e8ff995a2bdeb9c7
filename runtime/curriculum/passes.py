"""Passes over the rows of a pool without replacement, each a permutation of its own by key."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np

from currc.runtime.curriculum.permutation import Domain, permuted, round_keys, tight

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Number = TypeVar("Number", np.int64, np.uint32)
    Keys = tuple[NDArray[np.uint32], NDArray[np.uint32]]


class Turns(NamedTuple):
    """Some draws as runs, each of draws of one source whose turns follow one another; n draws in all."""

    source: NDArray[np.integer]
    """Of each run; int [runs]."""
    first: NDArray[np.int64]
    """Which draw of its source a run begins with, from 0; int64 [runs]."""
    drawn: NDArray[np.int64]
    """Draws of each run, which may be none; int64 [runs]."""
    size: NDArray[np.int64]
    """Open rows of each source; int64 [sources]."""
    halves: NDArray[np.uint32]
    """The secret of each source in two halves; uint32 [2, sources]."""

    def split(self) -> tuple[Floats, Floats, Floats]:
        """Open rows, number of the pass, and place in the pass of each draw; float64 [n] each."""
        size = np.repeat(self.size.astype(np.float64)[self.source], self.drawn)
        turn = following(self.first, self.drawn)
        number = np.floor(turn / size)
        return size, number, turn - number * size

    def keys(self, number: Floats, *, apart: bool = False) -> Keys:
        """Keys of each draw's source for a number [n]; those `apart` are others for the same number."""
        first, second = self.halves[::-1] if apart else self.halves
        source = np.repeat(self.source, self.drawn)
        # Modulo 2**32, which a cast of a large float would not promise.
        return round_keys(first[source], second[source], number.astype(np.uint64).astype(np.uint32))


def following(first: NDArray[Number], count: NDArray[np.int64]) -> NDArray[Number]:
    """`first`, `first + 1`, … of `count` numbers, for one pair after the other; [sum of count]."""
    found = np.repeat((first - (np.cumsum(count) - count)).astype(first.dtype), count)
    found += np.arange(len(found), dtype=first.dtype)
    return found


def together(source: NDArray[np.uint16], sources: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where the draws of each source lie, those of one source behind one another and in their order.

    Args:
        source: Of each draw; uint16 [n], n at most 2**16.
        sources: How many there are.

    Returns:
        Places in `source`, int64 [n], and how many draws each source has, int64 [sources].
    """
    # Source and place are one number: numpy sorts numbers faster than it finds their order.
    bits = np.uint32(16)
    number = source.astype(np.uint32)
    number <<= bits
    number |= np.arange(len(source), dtype=np.uint32)
    number.sort()
    ends = number.searchsorted(np.arange(1, sources, dtype=np.uint32) << bits)
    drawn = np.diff(ends, prepend=0, append=len(source))
    number &= np.uint32(0xFFFF)
    return number.astype(np.int64), drawn


def passes(turns: Turns) -> NDArray[np.uint32]:
    """Exact passes: places in [0, open rows), uint32 [n]."""
    size = turns.size[turns.source]
    number, place = np.divmod(turns.first, size)
    # A run is cut where a pass ends.
    parts = np.maximum(-(-(place + turns.drawn) // size), 1)
    run = np.repeat(np.arange(len(parts)), parts)
    later = following(np.zeros_like(parts), parts)
    begin = np.where(later == 0, place[run], 0)
    count = np.minimum((place + turns.drawn)[run] - later * size[run], size[run]) - begin
    source = turns.source[run]
    keys = round_keys(
        turns.halves[0, source], turns.halves[1, source], (number[run] + later).astype(np.uint32)
    )
    network = (np.repeat(part[source], count) for part in tight(turns.size))
    each = np.repeat(keys[0], count), np.repeat(keys[1], count)
    return permuted(following(begin.astype(np.uint32), count), Domain(*network), each)


def mixed(place: Floats, size: Floats, keys: Keys) -> Floats:
    """Places in pools of these sizes [n], permuted by key; float64 [n]."""
    return permuted(place.astype(np.uint32), tight(size.astype(np.int64)), keys).astype(np.float64)
