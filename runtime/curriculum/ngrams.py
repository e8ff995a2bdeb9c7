"""Language models of counted n-grams over token ids, smoothed after Witten and Bell."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from typing import Any

    import numpy as np
    from numpy.typing import NDArray

    Ids = NDArray[Any]


class Text(NamedTuple):
    """Token ids of some rows, one after another."""

    ids: Ids
    """Whole numbers [total]."""
    offsets: NDArray[np.int64]
    """Row i owns `ids[offsets[i] : offsets[i + 1]]`; int64 [n + 1]."""

    def part(self, rows: NDArray[np.int64]) -> Text:
        """Some of the rows, in this order."""
        import numpy as np

        from currc.runtime.data.tokens import places

        where, lengths = places(self.offsets, rows)
        return Text(self.ids[where], np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64))


def surprise(text: Text, model: Text, order: int, types: int) -> NDArray[np.float64]:
    """The mean surprise of each row of `text` a token, in nats, under the n-grams of `model`; float64 [n].

        p_k(w | h) = (c(h w) + T(h) · p_{k-1}(w | shorter h)) / (c(h) + T(h)),   p_0 = 1 / types

    c counts n-grams in `model`, T(h) is how many different tokens follow h there; a history
    that never occurs leaves p_{k-1} as it is. A row begins behind a mark of its own. A row
    without tokens has 0.

    Args:
        text: What is read.
        model: What the n-grams are counted in.
        order: The longest n-gram, 1 to 3.
        types: How many different tokens there may be.

    Source: Witten and Bell 1991, in the interpolated form of Chen and Goodman 1998.
    """
    import numpy as np

    probability = np.full(len(text.ids), 1.0 / types)
    base = 2 + max(int(part.ids.max()) if len(part.ids) else 0 for part in (text, model))
    for length in range(1, order + 1):
        probability = _interpolated(
            probability, _grams(text, length, base), _grams(model, length, base), base
        )
    sizes = np.diff(text.offsets)
    filled, total = sizes > 0, np.zeros(len(sizes))
    # Summed row by row, so that equal rows tie wherever they stand.
    total[filled] = np.add.reduceat(-np.log(probability), text.offsets[:-1][filled]) if filled.any() else 0.0
    return total / np.maximum(sizes, 1)


def _grams(text: Text, length: int, base: int) -> NDArray[np.int64]:
    """The n-gram that ends at each token as one number, its last token in the lowest digit; int64 [total]."""
    import numpy as np

    place = np.arange(len(text.ids)) - np.repeat(text.offsets[:-1], np.diff(text.offsets))
    code = np.zeros(len(text.ids), np.int64)
    for back in range(length - 1, -1, -1):
        earlier = np.roll(text.ids.astype(np.int64) + 1, back)
        code = code * base + np.where(place >= back, earlier, 0)
    return code


def _interpolated(
    shorter: NDArray[np.float64], read: NDArray[np.int64], counted: NDArray[np.int64], base: int
) -> NDArray[np.float64]:
    """The probability of the last token of each n-gram `read`, by those that were `counted`."""
    import numpy as np

    grams, count = np.unique(counted, return_counts=True)
    histories, first, followers = np.unique(grams // base, return_index=True, return_counts=True)
    totals = np.add.reduceat(count, first) if len(first) else count
    seen = _looked_up(grams, count, read)
    total, types = (_looked_up(histories, values, read // base) for values in (totals, followers))
    known = np.maximum(total + types, 1)
    return np.where(total > 0, (seen + types * shorter) / known, shorter)


def _looked_up(keys: NDArray[np.int64], values: Ids, wanted: NDArray[np.int64]) -> NDArray[np.int64]:
    """The value of each wanted key, 0 for one that is not there; `keys` ascend."""
    import numpy as np

    if not len(keys):
        return np.zeros(len(wanted), np.int64)
    place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    found: NDArray[np.int64] = np.where(keys[place] == wanted, values[place], 0)
    return found
