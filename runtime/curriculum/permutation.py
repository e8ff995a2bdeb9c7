"""Permutations of [0, size) by key: any element in closed form, nothing stored.

An unbalanced Feistel network on two digits, `k = left * narrow + right` with
`left < wide` and `right < narrow`: each round adds a keyed hash of one digit to the
other, modulo its base, which can be undone, so the network is a bijection of
[0, wide * narrow) whatever the hash (Black and Rogaway 2002, "Ciphers with arbitrary
finite domains"). A result beyond `size` goes through again until it lands inside
("cycle walking"), which keeps the bijection. Meant for mixing, not for secrecy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Digits = NDArray[np.uint32]
    _Number = TypeVar("_Number", np.uint32, np.float64)

ROUNDS = 6
"""With fewer, neighbours of pools of a few dozen rows stay visibly related."""

SMALLEST = 64
"""Smallest domain: so few digits cannot make all permutations of a tiny pool equally likely,
while walking down from a larger one nearly does."""

FEW = 16
"""So many places are walked one by one: for a batch, calls of numpy cost more than the numbers."""

MOST_ROWS = 2**31 - 1
"""Rows of one pool."""


_FIRST, _SECOND = np.uint32(FIRST := 0x9E3779B1), np.uint32(SECOND := 0x85EBCA77)
"""Odd multipliers that spread a digit over 32 bits (those of xxHash32)."""

_FIFTEEN, _SIXTEEN = np.uint32(15), np.uint32(16)


class Domain(NamedTuple):
    """Sizes [K] with the digits of their networks; `wide * narrow >= size`."""

    size: NDArray[np.float64]
    wide: Digits
    narrow: Digits


def tight(sizes: NDArray[np.int64]) -> Domain:
    """Digits as equal as can be: walks are rare, a share of at most 1/sqrt(size)."""
    least = np.maximum(sizes, SMALLEST)
    narrow = np.ceil(np.sqrt(least))
    wide = np.ceil(least / narrow)
    return Domain(sizes.astype(np.float64), wide.astype(np.uint32), narrow.astype(np.uint32))


def stepped(sizes: NDArray[np.int64]) -> Domain:
    """The next of 5, 6, 7 or 8 eighths of a power of two, as digits.

    Growing from `size` to `size + 1` within a step changes two elements at most, as the
    walk lets the new one into a single cycle. At a step the permutation is a new one.
    """
    fraction, exponent = np.frexp(np.maximum(sizes, SMALLEST).astype(np.float64))
    eighths = np.maximum(np.ceil(fraction * 8.0), 5.0)
    return tight(np.ldexp(eighths, exponent - 3).astype(np.int64))._replace(size=sizes.astype(np.float64))


def round_keys(key: Digits, salt: Digits, turn: Digits) -> tuple[Digits, Digits]:
    """Two keys for pass number `turn` of a source with a 64-bit key in two halves; uint32, odd step."""
    mixed = turn * np.uint32(0x9E3779B9) + key
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        mixed ^= mixed >> np.uint32(shift)
        mixed *= np.uint32(factor)
    mixed ^= mixed >> np.uint32(16)
    return mixed, ((mixed * np.uint32(0x27D4EB2F)) ^ salt) | np.uint32(1)


def permuted(place: NDArray[np.float64], domain: Domain, keys: tuple[Digits, Digits]) -> NDArray[np.float64]:
    """Where each place lands; float64 of whole numbers [n], a bijection of [0, size) for each pair of keys.

    Args:
        place: Whole numbers in [0, size); float64 [n].
        domain: The network of each place [n], or one [1] for all.
        keys: From `round_keys`, [n] or [1].
    """
    landed = _network(place, domain, keys)
    lost = np.flatnonzero(landed >= domain.size)
    if lost.size <= FEW:
        for i in lost.tolist():
            network = (int(part[i if len(part) > 1 else 0]) for part in (*domain, *keys))
            landed[i] = _walked(int(landed[i]), *network)
        return landed
    while lost.size:
        few = Domain(_at(domain.size, lost), _at(domain.wide, lost), _at(domain.narrow, lost))
        again = _network(landed[lost], few, (_at(keys[0], lost), _at(keys[1], lost)))
        landed[lost] = again
        lost = lost[again >= few.size]
    return landed


def _walked(place: int, size: int, wide: int, narrow: int, first: int, step: int) -> int:
    """One place through `_network`, in Python's own numbers, until it lands below `size`."""
    while place >= size:
        left, right = divmod(place, narrow)
        key = first
        for _ in range(ROUNDS // 2):
            left = (left + _hashed(right, key, wide)) % wide
            key += step
            right = (right + _hashed(left, key, narrow)) % narrow
            key += step
        place = left * narrow + right
    return place


def _hashed(digit: int, key: int, base: int) -> int:
    """What `_hash` is, of one digit."""
    mixed = (digit * FIRST + key) & 0xFFFFFFFF
    mixed ^= mixed >> 15
    return (((mixed * SECOND & 0xFFFFFFFF) >> 16) * base) >> 16


def _at(values: NDArray[_Number], places: NDArray[np.int64]) -> NDArray[_Number]:
    return values if len(values) == 1 else values[places]


def _network(place: NDArray[np.float64], domain: Domain, keys: tuple[Digits, Digits]) -> NDArray[np.float64]:
    """One walk through all rounds; float64 [n] in [0, wide * narrow)."""
    base = domain.narrow.astype(np.float64)
    # A float64 quotient of whole numbers below 2**53 has the right floor, and is faster than `//`.
    high = np.floor(place / base)
    # By way of int32, for which there are vector instructions.
    right = (place - high * base).astype(np.int32).view(np.uint32)
    left = high.astype(np.int32).view(np.uint32)
    key = keys[0].copy()
    for _ in range(ROUNDS // 2):
        _add(left, _hash(right, key, domain.wide), domain.wide)
        key = key + keys[1]
        _add(right, _hash(left, key, domain.narrow), domain.narrow)
        key = key + keys[1]
    landed: NDArray[np.float64] = left.view(np.int32) * base
    landed += right.view(np.int32)
    return landed


def _hash(digit: Digits, key: Digits, base: Digits) -> Digits:
    """A keyed hash of a 16-bit digit; uint32 in [0, base), base at most 2**16."""
    mixed = digit * _FIRST
    mixed += key
    mixed ^= mixed >> _FIFTEEN
    mixed *= _SECOND
    mixed >>= _SIXTEEN
    mixed *= base
    mixed >>= _SIXTEEN
    return mixed


def _add(digit: Digits, more: Digits, base: Digits) -> None:
    """`digit = (digit + more) mod base`, in place: below 0 wraps to a large number, so the smaller wins."""
    digit += more
    np.minimum(digit, digit - base, out=digit)
