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

_LOW, _HALF = np.uint64(0xFFFFFFFF), np.uint64(32)


def ascending(scores: NDArray[Any]) -> NDArray[np.uint32]:
    """The places of the scores from the lowest to the highest, equal ones in their order; uint32 [n].

    Takes float32 and float64. Of float64 32 bits that tell nearly all apart are sorted, and the
    few that they leave alike are put right after it. Where those would be many, as among scores
    of which most are equal, the halves are sorted one after the other, the lower first.

    Raises:
        ValueError: A score is not finite.
    """
    if not np.isfinite(scores).all():
        raise ValueError("a score of difficulty is not finite")
    if scores.dtype == np.float32 or len(scores) < 2:
        return _places(_packed(_bits(scores)))
    bits = _bits(scores)
    if not (bits & _LOW).any():
        return _places(_packed(bits >> _HALF))
    first = _first_bits(scores)
    if first is None:
        return _by_halves(bits)
    del bits
    packed = _packed(first)
    order = _places(packed)
    packed >>= _HALF
    alike = packed[1:] == packed[:-1]
    if np.count_nonzero(alike) > len(scores) // 8:
        return _by_halves(_bits(scores))
    slots = np.flatnonzero(np.append(alike, False) | np.append(False, alike))
    # Sorted all together they fall into their own slots: between groups of them the first bits tell.
    places = order[slots]
    order[slots] = places[_by_halves(_bits(scores[places]))]
    return order


def _first_bits(scores: NDArray[np.float64]) -> NDArray[np.uint64] | None:
    """32 bits of each score in the order of the scores; `None` where a sample shows that many are alike.

    Those of its distance from the lowest, and a little more, so that neither a sign nor the many
    exponents of numbers around 0 take room.
    """
    low = scores.min()
    with np.errstate(over="ignore"):
        distance = scores - low
        distance += (scores.max() - low) / 1024
    bits: NDArray[np.uint64] = distance.view(np.uint64)
    bits -= bits.min()
    bits >>= np.uint64(max(0, int(bits.max()).bit_length() - 32))
    sample = np.sort(bits[:: len(bits) // 4096 + 1])
    return None if np.count_nonzero(sample[1:] == sample[:-1]) > len(sample) // 64 else bits


def _by_halves(bits: NDArray[np.uint64]) -> NDArray[np.uint32]:
    """The order of 64-bit integers."""
    order = _places(_packed(bits & _LOW))
    return order[_places(_packed((bits >> _HALF)[order]))]


def _packed(bits: NDArray[Any]) -> NDArray[np.uint64]:
    """Integers below 2**32, each above its place, sorted: equal ones keep their order."""
    packed = bits.astype(np.uint64)
    packed <<= _HALF
    packed |= np.arange(len(bits), dtype=np.uint32)
    packed.sort()
    return packed


def _places(packed: NDArray[np.uint64]) -> NDArray[np.uint32]:
    return packed.astype(np.uint32)


def _bits(scores: NDArray[Any]) -> NDArray[Any]:
    """Unsigned integers of the same width in the order of the scores; both zeros are one."""
    unsigned = np.uint32 if scores.dtype == np.float32 else np.uint64
    bits: NDArray[Any] = (scores + scores.dtype.type(0)).view(unsigned)
    if len(scores) and scores.min() < 0:
        # Negative floats count downwards: all their bits are turned, and the sign bit of the others.
        sign = unsigned(8 * scores.dtype.itemsize - 1)
        bits ^= np.where(bits >> sign, ~unsigned(0), unsigned(1) << sign)
    return bits
