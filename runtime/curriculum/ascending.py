"""An exact, stable order of scores, 4 bytes a row: what an order by difficulty is made of.

32 bits of each score and its place are packed into one 64-bit integer, and those are sorted:
numpy sorts integers with the processor's vector instructions, several times as fast as it
finds an order of floats.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def ascending(scores: NDArray[Any]) -> NDArray[np.uint32]:
    """The places of the scores from the lowest to the highest, equal ones in their order; uint32 [n].

    Takes float32 and float64; the halves of float64 are sorted one after the other, the
    lower first, which is left out where no score has one, as in whole numbers.

    Raises:
        ValueError: A score is not finite.
    """
    if not np.isfinite(scores).all():
        raise ValueError("a score of difficulty is not finite")
    bits = _bits(scores)
    if bits.dtype == np.uint32:
        return _packed(bits)
    high = (bits >> np.uint64(32)).astype(np.uint32)
    low = bits.astype(np.uint32)
    if not low.any():
        return _packed(high)
    order = _packed(low)
    return order[_packed(high[order])]


def _packed(bits: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """The order of integers; each stands above its place, so that equal ones keep their order."""
    packed = bits.astype(np.uint64)
    packed <<= np.uint64(32)
    packed |= np.arange(len(bits), dtype=np.uint32)
    packed.sort()
    order: NDArray[np.uint32] = packed.astype(np.uint32)
    return order


def _bits(scores: NDArray[Any]) -> NDArray[Any]:
    """Unsigned integers of the same width in the order of the scores; both zeros are one."""
    unsigned = np.uint32 if scores.dtype == np.float32 else np.uint64
    bits: NDArray[Any] = (scores + scores.dtype.type(0)).view(unsigned)
    if len(scores) and scores.min() < 0:
        # Negative floats count downwards: all their bits are turned, and the sign bit of the others.
        sign = unsigned(8 * scores.dtype.itemsize - 1)
        bits ^= np.where(bits >> sign, ~unsigned(0), unsigned(1) << sign)
    return bits
