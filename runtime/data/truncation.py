"""Which tokens of a prompt stay when it is too long."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

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
    """Positions of the tokens that stay, in order; None if the frame alone is too long.

    First go tokens of the row's own values, from the last one backwards, so that an
    instruction before or after them survives; then the template's wording, from its
    end. Tokens outside `wording` (special tokens, the frame of a chat) never go.

    Args:
        offsets: Characters of each token; special tokens have an empty range.
        values: Characters of the values that stand in the prompt, in order.
        wording: Characters of the whole prompt without the frame around it.
        room: Number of tokens that may stay.
        oldest_first: Drop values from the first one on, as in a conversation whose last turn matters most.
    """
    excess = len(offsets) - room
    if excess <= 0:
        return list(range(len(offsets)))
    start, end = np.array(offsets, np.int64).reshape(-1, 2).T
    real = end > start
    own = np.zeros(len(offsets), bool)
    for first, last in values:
        own |= real & (start >= first) & (end <= last)
    rest = np.flatnonzero(real & ~own & (start >= wording[0]) & (end <= wording[1]))[::-1]
    order = np.concatenate([np.flatnonzero(own)[:: 1 if oldest_first else -1], rest])
    if excess > len(order):
        return None
    stays = np.ones(len(offsets), bool)
    stays[order[:excess]] = False
    return np.flatnonzero(stays).tolist()
