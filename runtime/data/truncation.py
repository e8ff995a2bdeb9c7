"""Which tokens of a prompt stay when it is too long."""

from __future__ import annotations

from collections.abc import Sequence

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
    own = [i for i, token in enumerate(offsets) if any(_within(token, value) for value in values)]
    if not oldest_first:
        own.reverse()
    known = set(own)
    rest = [i for i, token in enumerate(offsets) if i not in known and _within(token, wording)]
    order = own + rest[::-1]
    if excess > len(order):
        return None
    dropped = set(order[:excess])
    return [i for i in range(len(offsets)) if i not in dropped]


def _within(token: Range, outer: Range) -> bool:
    return outer[0] <= token[0] < token[1] <= outer[1]
