"""Which tokens of a prompt stay when it is too long."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Range = tuple[int, int]
"""Half-open, of characters."""


def kept_tokens(
    offsets: Sequence[Range],
    values: Sequence[Range],
    wording: Range,
    room: int,
    *,
    oldest_first: bool = False,
) -> list[int] | None:
    """Positions of the tokens that stay when `room` of them may, in order; None if the frame is too long.

    The first ones of `leaving` go.
    """
    excess = len(offsets) - room
    if excess <= 0:
        return list(range(len(offsets)))
    order = leaving(offsets, values, wording, oldest_first=oldest_first)
    if excess > len(order):
        return None
    stays = np.ones(len(offsets), bool)
    stays[order[:excess]] = False
    return np.flatnonzero(stays).tolist()


def least_limits(
    offsets: Sequence[Range],
    values: Sequence[Range],
    wording: Range,
    *,
    around: int = 0,
    oldest_first: bool = False,
    keep: Sequence[Range] = (),
) -> list[int]:
    """The smallest limit on the row's length under which each token stays; 0: it never goes.

    Args:
        offsets, values, wording, oldest_first: As `leaving`.
        around: Tokens of the row that are none of these, all of which stay.
        keep: Characters whose tokens never go.
    """
    order = leaving(offsets, values, wording, oldest_first=oldest_first)
    if keep:
        start, end = np.array(offsets, np.int64).reshape(-1, 2)[order].T
        order = order[~np.any([(start < last) & (end > first) for first, last in keep], axis=0)]
    limits = np.zeros(len(offsets), np.int64)
    limits[order] = around + len(offsets) - np.arange(len(order))
    return limits.tolist()


def leaving(
    offsets: Sequence[Range], values: Sequence[Range], wording: Range, *, oldest_first: bool = False
) -> NDArray[np.int64]:
    """Positions of the tokens that may go, in the order in which they do; int64.

    First go tokens of the row's own values, from the last one backwards, so that an
    instruction before or after them survives; then the template's wording, from its
    end. Tokens outside `wording` (special tokens, the frame of a chat) never go.

    Args:
        offsets: Characters of each token; special tokens have an empty range.
        values: Characters of the values that stand in the prompt, in order.
        wording: Characters of the whole prompt without the frame around it.
        oldest_first: Drop values from the first one on, as in a conversation whose last turn matters most.
    """
    start, end = np.array(offsets, np.int64).reshape(-1, 2).T
    real = end > start
    own = np.zeros(len(offsets), bool)
    for first, last in values:
        own |= real & (start >= first) & (end <= last)
    rest = np.flatnonzero(real & ~own & (start >= wording[0]) & (end <= wording[1]))[::-1]
    return np.concatenate([np.flatnonzero(own)[:: 1 if oldest_first else -1], rest])
