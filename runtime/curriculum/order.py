"""The order of training as a closed form: (segment, seed, position) -> (source, row).

Which source a draw comes from is the Weyl sequence of `weyl.py`, whose floor sums also
say how often the source was drawn before: the draw is the source's j-th. From j alone
follows the row.

Constant windows are drawn in exact passes without replacement: with m rows open, draw j
is place `j mod m` of pass `j // m`, and each pass is a permutation of its own, keyed by
(seed, task, pass).

Moving windows cannot be: `j mod m` is no fair draw when m grows with j. In the first pass
it is j itself, whatever else is open. In pass p every new row sets it back by p places, so
that when one row opens every p draws, it gives the same p rows for as long as that lasts.
Instead draw j goes to place `floor(u m)` of the m rows open at that moment, where u is the
j-th number of a Weyl sequence in [0, 1): any stretch of draws covers the open rows evenly,
whatever m was before. The place is then permuted by key, so that consecutive draws are not
related in difficulty; the permutation hardly changes while m grows (`permutation.stepped`).

Rows depend on the seed, the task and j, never on the mix, the arm or the segment: arms
that differ elsewhere see the same rows of a task in the same order. Only the sequence of
sources is shifted by the segment, so that no pattern of the mix repeats in step with it.
An order that is `strict` says itself which row a turn takes, counted from the beginning
of the stage.

Nothing is stored but, as a memo, the last block of draws.

Where a mix changes its rates, or a look at training rows the pools, the segment is cut into
stretches: each is an order of its own, from `begin` on, over the same sequence of x.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from currc.runtime.curriculum.ahead import Ahead, Coming
from currc.runtime.curriculum.passes import Turns, following, passes, together
from currc.runtime.curriculum.permutation import MOST_ROWS, Domain, permuted, round_keys, stepped
from currc.runtime.curriculum.pools import Pool, Spread, joined_indexes, replay_pools
from currc.runtime.curriculum.realised import OrderHash
from currc.runtime.curriculum.weyl import GOLDEN, Weyl
from currc.runtime.streams import key

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from currc.runtime.curriculum.ordering import Ordering

__all__ = ["Coming", "Order", "OrderHash", "Pool", "Spread", "replay_pools"]

BLOCK = 32768
"""Draws worked out at once; the arrays of a block stay in the cache."""

SHORT = 256
"""The same where rates change: a stretch may be no longer than one batch."""


class _Block(NamedTuple):
    """Draws `start` .. `start + len(source)` of a segment."""

    start: int
    source: NDArray[np.int32]
    found: NDArray[np.int64]
    """The row of each draw. Where a window moves, as rows then depend on the pace: which draw of
    its source each is, counted from 0 over the whole arm."""
    counts: NDArray[np.int64]
    """Draws of each source from `begin` to the end of the block."""


@dataclass(eq=False)
class Order:
    """The draws of one segment with constant rates."""

    seed: int
    segment: int
    """Which stage this is, from 0."""
    sources: tuple[Pool, ...]
    rates: Sequence[float]
    """Share of each source in the draws, >= 0; scaled to sum to 1."""
    drawn: Sequence[int] = ()
    """Draws of each source in earlier segments of the arm; none when empty."""
    ordering: Ordering | None = None
    """`None`: all rows are open."""
    low: float = 0.0
    high: float = 1.0
    """The stage's `take`, in [0, 1]."""
    moving: bool = False
    """Whether a pacing moves the window while the segment lasts."""
    spread: Spread | None = None
    """How rates of the stage's tasks become `rates`; needed only where they change."""
    begin: int = field(default=0, init=False)
    """The draw of the segment from which on these rates hold."""
    _memo: _Block | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        if len(self.rates) != len(self.sources) or len(self.drawn) not in (0, len(self.sources)):
            raise ValueError("one rate, and one number of earlier draws, a source")
        self._mix(self.rates, np.array(self.drawn or [0] * len(self.sources), dtype=np.int64))
        self._begun = np.array(self.drawn or [0] * len(self.sources), dtype=np.int64)
        self._draw_from(self.sources)

    def _draw_from(self, sources: tuple[Pool, ...]) -> None:
        """Take these pools, in place of any others."""
        if not all(1 <= pool.size <= MOST_ROWS for pool in sources):
            raise ValueError(f"a pool holds 1 to {MOST_ROWS} rows")
        self.sources = sources
        secret = [key(self.seed, *pool.stream) for pool in self.sources]
        self._shift = np.array(secret, dtype=np.uint64)
        self._halves = self._shift.view(np.uint32).reshape(-1, 2).T.copy()
        self._keys = round_keys(self._halves[0], self._halves[1], np.zeros(1, dtype=np.uint32))
        moves, strict = self.moving, self.ordering is not None and self.ordering.strict
        # By which rule each source's rows come: 0 passes, 1 even draws, 2 the order's own.
        own = 1 if moves else 2 if strict else 0
        self._kind = np.array([0 if pool.replay else own for pool in self.sources])
        self._kinds = np.unique(self._kind).tolist()
        self._index, self._offset = joined_indexes(self.sources)
        self._ahead: Ahead | None = None
        vars(self).pop("_constant", None)

    def _mix(self, rates: Sequence[float], drawn: NDArray[np.int64]) -> None:
        """Take these rates from `begin` on, where each source has been drawn so often."""
        self.rates = [float(rate) for rate in rates]
        self._weyl = Weyl(self.rates, key(self.seed, "mix", self.segment))
        self._before, self._memo, self._ahead = drawn, None, None

    def turned(self, rates: NDArray[np.float64], begin: int, drawn: NDArray[np.int64] | None = None) -> Order:
        """The same order with other rates of the stage's tasks from draw `begin` of the segment on.

        Args:
            rates: The share of each of the stage's tasks; float64 [tasks].
            begin: Not before this order's own.
            drawn: What `drawn_at(begin)` says, where it is known.
        """
        if self.spread is None:
            raise ValueError("this order cannot change its rates")
        other = copy(self)
        other.begin = begin
        other._mix(self.spread(rates).tolist(), self.drawn_at(begin) if drawn is None else drawn)
        return other

    def renewed(self, sources: tuple[Pool, ...], begin: int) -> Order:
        """The same order with other pools from draw `begin` on; those of a new name begin their own rows."""
        drawn = zip(self.sources, self.drawn_at(begin).tolist(), strict=True)
        known = {pool.name: count for pool, count in drawn}
        other = copy(self)
        other.begin = begin
        other._draw_from(sources)
        other._mix(self.rates, np.array([known.get(pool.name, 0) for pool in sources], dtype=np.int64))
        return other

    def drawn_at(self, position: int) -> NDArray[np.int64]:
        """Draws of each source before that position, earlier segments included; int64 [sources], exact."""
        memo = self._memo
        if memo is None or not memo.start <= position <= memo.start + len(memo.source):
            return self._before + self.counts(position)
        rest = np.bincount(memo.source[position - memo.start :], minlength=len(self.sources))
        return self._before + memo.counts - rest

    def draws(
        self, start: int, count: int, opened: float = 1.0, closed: float = 0.0, coming: Coming | None = None
    ) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Draws `start` .. `start + count` of the segment: int32 [count], int64 [count].

        The first says which of `sources`, the second which row of its task. Positions
        count from 0 at the start of the segment.

        Args:
            start: The first draw, at least `begin`.
            count: How many.
            opened: The part of the window that the pacing has opened, in (0, 1]; it counts
                only for an order that is `moving`.
            closed: The part of it that has closed again, in [0, opened).
            coming: What the next draws of `count` will be asked with, as far as it is known: they
                are then worked out together, which costs no more than one. A wrong guess is not used.
        """
        if not self.moving:
            return self._stretch(start, count)
        pace, ahead = (opened, closed), self._ahead
        at = ahead.holds(start, count, pace) if ahead is not None else None
        if ahead is None or at is None:
            paces = [pace, *(coming() if coming is not None else ())]
            source, turn = self._stretch(start, count * len(paces))
            ahead = Ahead(start, count, paces, source, self._paced(source, turn, paces))
            self._ahead, at = ahead, 0
        part = slice(at, at + count)
        return ahead.source[part].copy(), ahead.row[part].copy()

    def _stretch(self, start: int, count: int) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Source of each draw, and its row, or of a moving window its turn; [count] each."""
        source, found = np.empty(count, dtype=np.int32), np.empty(count, dtype=np.int64)
        done = 0
        while done < count:
            block = self._block(start + done)
            part = slice(start + done - block.start, min(start + count - block.start, len(block.source)))
            here = slice(done, done + part.stop - part.start)
            source[here], found[here] = block.source[part], block.found[part]
            done = here.stop
        return source, found

    def counts(self, position: int) -> NDArray[np.int64]:
        """Draws of each source from `begin` to `position` of the segment; int64 [sources], exact."""
        if position == self.begin:
            return np.zeros(len(self.sources), dtype=np.int64)
        return self._weyl.counts(position) - (self._weyl.counts(self.begin) if self.begin else 0)

    def window(self, opened: float = 1.0, closed: float = 0.0) -> tuple[float, float]:
        """The percentiles between what the pacing has closed and what it has opened."""
        if self.ordering is None:
            return 0.0, 1.0
        return self.ordering.between(self.low, self.high, opened, closed)

    def _block(self, position: int) -> _Block:
        """The block that holds `position`; its counts follow from the block before, if that is at hand."""
        size = SHORT if self.begin else BLOCK
        start, memo = position - (position - self.begin) % size, self._memo
        if memo is not None and memo.start == start:
            return memo
        follows = memo is not None and memo.start + size == start
        before = memo.counts if memo is not None and follows else self.counts(start)
        source = self._weyl.draw(start, size)
        places, drawn = together(source, len(self.sources))
        first = self._before + before
        found = np.empty(size, dtype=np.int64)
        found[places] = following(first, drawn) if self.moving else self._fixed(first, drawn)
        self._memo = _Block(start, source.astype(np.int32), found, before + drawn)
        return self._memo

    def _fixed(self, first: NDArray[np.int64], drawn: NDArray[np.int64]) -> NDArray[np.int64]:
        """The rows of so many draws of each source in its constant window, one source after the other."""
        zero, open_rows = self._constant
        parts = []
        for kind in self._kinds:
            mine = np.flatnonzero(self._kind == kind)
            begin = first[mine] if kind == 0 else first[mine] - self._begun[mine]
            turns = Turns(mine, begin, drawn[mine], open_rows, self._halves)
            parts.append(passes(turns) if kind == 0 else self._own(turns))
        place = parts[0]
        if len(parts) > 1:
            place = np.empty(int(drawn.sum()))
            for kind, part in zip(self._kinds, parts, strict=True):
                place[np.repeat(self._kind == kind, drawn)] = part
        return self._rows(place, np.repeat(zero, drawn), lambda of_source: np.repeat(of_source, drawn))

    def _paced(
        self, source: NDArray[np.int32], turn: NDArray[np.int64], paces: Sequence[tuple[float, float]]
    ) -> NDArray[np.int64]:
        """The row of each draw, by its source, its turn, and the pace of its part of them; int64 [n]."""
        zero, open_rows = self._open(paces)
        cell = source
        if len(paces) > 1:
            part = len(source) // len(paces)
            cell = source + np.repeat(np.arange(len(paces)) * len(self.sources), part)
        even, domain = self._kind[source] > 0, stepped(open_rows)
        if even.all():
            place = self._even(source, turn, domain.at(cell))
        else:
            place, alone = np.empty(len(source), dtype=np.uint32), ~even
            place[even] = self._even(source[even], turn[even], domain.at(cell[even]))
            # No pace changes the windows of earlier stages' rows.
            size, once = open_rows[: len(self.sources)], np.ones(int(alone.sum()), dtype=np.int64)
            place[alone] = passes(Turns(source[alone], turn[alone], once, size, self._halves))
        return self._rows(place, zero[cell], lambda of_source: of_source[source])

    def _rows(
        self,
        place: NDArray[Any],
        zero: NDArray[np.int64],
        spread: Callable[[NDArray[np.int64]], NDArray[np.int64]],
    ) -> NDArray[np.int64]:
        """The row at each place of the open ones; int64 [n].

        Args:
            place: From the end of the window where the order begins; whole numbers [n].
            zero: The rank of place 0; int64 [n].
            spread: Gives each draw its source's number.
        """
        rank = place.astype(np.int64)
        if self.ordering is not None and self.ordering.mirrored:
            np.negative(rank, out=rank)
        rank += zero
        if self._index is None:
            return rank
        offset = spread(self._offset)
        # A rank of a pool without an index may lie beyond all indexes.
        indexed = self._index[np.where(offset < 0, 0, offset + rank)]
        return np.where(offset < 0, rank, indexed).astype(np.int64)

    @cached_property
    def _constant(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """What `_open` says of windows that do not move."""
        return self._open([(1.0, 0.0)])

    def _open(self, paces: Sequence[tuple[float, float]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The rank of the first place, and the open rows, at each pace of each source; int64 each."""
        windows = [self.window(*pace) for pace in paces]
        ranks = np.array([pool.ranks(*window) for window in windows for pool in self.sources], dtype=np.int64)
        # A growing window adds its rows at the end, so a mirrored one is counted from the hard end.
        mirrored = self.ordering is not None and self.ordering.mirrored
        zero = ranks[:, 1] - 1 if mirrored else ranks[:, 0].copy()
        return zero, ranks[:, 1] - ranks[:, 0]

    def _own(self, turns: Turns) -> NDArray[Any]:
        """The places that a strict order says, by turns counted from the beginning of the stage."""
        if self.ordering is None:
            raise ValueError("no order says which rows come")
        return self.ordering.places(turns)

    def _even(self, source: NDArray[np.int32], turn: NDArray[np.int64], domain: Domain) -> NDArray[np.uint32]:
        """Even draws from a window that moves: places in [0, open rows)."""
        x = turn.view(np.uint64) * np.uint64(GOLDEN) + self._shift[source]
        # 53 bits, so that the number is exact and below 1.
        place = (x >> np.uint64(11)) * 2.0**-53 * domain.size
        np.minimum(place, domain.size - 1.0, out=place)
        first, step = self._keys
        return permuted(place.astype(np.uint32), domain, (first[source], step[source]))
