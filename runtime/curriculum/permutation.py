"""Permutations of [0, size) by key: any element in closed form, nothing stored.

An unbalanced Feistel network on two digits, `k = left * narrow + right` with
`left < wide` and `right < narrow`: each round adds a keyed hash of one digit to the
other, modulo its base, which can be undone, so the network is a bijection of
[0, wide * narrow) whatever the hash (Black and Rogaway 2002, "Ciphers with arbitrary
finite domains"). A result beyond `size` goes through again until it lands inside
("cycle walking"), which keeps the bijection. Meant for mixing, not for secrecy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Digits = NDArray[np.uint32]

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

    size: Digits
    wide: Digits
    narrow: Digits

    def at(self, places: NDArray[np.integer]) -> Domain:
        """The networks at some places; one for all stays one."""
        return Domain(_at(self.size, places), _at(self.wide, places), _at(self.narrow, places))


def tight(sizes: NDArray[np.int64]) -> Domain:
    """Digits as equal as can be: walks are rare, a share of at most 1/sqrt(size)."""
    least = np.maximum(sizes, SMALLEST)
    narrow = np.ceil(np.sqrt(least))
    wide = np.ceil(least / narrow)
    return Domain(sizes.astype(np.uint32), wide.astype(np.uint32), narrow.astype(np.uint32))


def stepped(sizes: NDArray[np.int64]) -> Domain:
    """The next of 5, 6, 7 or 8 eighths of a power of two, as digits.

    Growing from `size` to `size + 1` within a step changes two elements at most, as the
    walk lets the new one into a single cycle. At a step the permutation is a new one.
    """
    fraction, exponent = np.frexp(np.maximum(sizes, SMALLEST).astype(np.float64))
    eighths = np.maximum(np.ceil(fraction * 8.0), 5.0)
    return tight(np.ldexp(eighths, exponent - 3).astype(np.int64))._replace(size=sizes.astype(np.uint32))


def round_keys(key: Digits, salt: Digits, turn: Digits) -> tuple[Digits, Digits]:
    """Two keys for pass number `turn` of a source with a 64-bit key in two halves; uint32, odd step."""
    mixed = turn * np.uint32(0x9E3779B9) + key
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        mixed ^= mixed >> np.uint32(shift)
        mixed *= np.uint32(factor)
    mixed ^= mixed >> np.uint32(16)
    return mixed, ((mixed * np.uint32(0x27D4EB2F)) ^ salt) | np.uint32(1)


def permuted(place: Digits, domain: Domain, keys: tuple[Digits, Digits]) -> Digits:
    """Where each place lands; uint32 [n], a bijection of [0, size) for each pair of keys.

    Args:
        place: In [0, size); uint32 [n].
        domain: The network of each place [n], or one [1] for all.
        keys: From `round_keys`, [n] or [1].
    """
    landed = _network(place, domain, keys)
    lost = np.flatnonzero(landed >= domain.size)
    while lost.size > FEW:
        few = domain.at(lost)
        again = _network(landed[lost], few, (_at(keys[0], lost), _at(keys[1], lost)))
        landed[lost] = again
        lost = lost[again >= few.size]
    for i in lost.tolist():
        network = (int(part[i if len(part) > 1 else 0]) for part in (*domain, *keys))
        landed[i] = _walked(int(landed[i]), *network)
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
    """The hash of `_add`, of one digit."""
    mixed = (digit * FIRST + key) & 0xFFFFFFFF
    mixed ^= mixed >> 15
    return (((mixed * SECOND & 0xFFFFFFFF) >> 16) * base) >> 16


def _at(values: Digits, places: NDArray[np.integer]) -> Digits:
    return values if len(values) == 1 else values[places]


def _network(place: Digits, domain: Domain, keys: tuple[Digits, Digits]) -> Digits:
    """One walk through all rounds; uint32 [n] in [0, wide * narrow)."""
    _, wide, narrow = domain
    # The quotient of two uint32 is a float64, of which the whole part is right, and faster than `//`.
    left = (place / narrow).astype(np.int32).view(np.uint32)
    right = place - left * narrow
    key, room = keys[0].copy(), (np.empty_like(left), np.empty_like(left))
    for _ in range(ROUNDS // 2):
        _add(left, right, wide, key, room)
        key += keys[1]
        _add(right, left, narrow, key, room)
        key += keys[1]
    left *= narrow
    left += right
    return left


def _add(digit: Digits, other: Digits, base: Digits, key: Digits, room: tuple[Digits, Digits]) -> None:
    """`digit = (digit + hash of other) mod base`, in place; the hash lies in [0, base), base at most 2**16.

    Every step writes to `room`: new arrays would cost as much as the arithmetic.
    """
    mixed, shifted = room
    np.multiply(other, _FIRST, out=mixed)
    mixed += key
    np.right_shift(mixed, _FIFTEEN, out=shifted)
    mixed ^= shifted
    mixed *= _SECOND
    mixed >>= _SIXTEEN
    mixed *= base
    mixed >>= _SIXTEEN
    digit += mixed
    # Below 0 wraps to a large number, so the smaller wins.
    np.subtract(digit, base, out=shifted)
    np.minimum(digit, shifted, out=digit)
