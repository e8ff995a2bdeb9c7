"""Randomness by name: every stream derives from the seed, its name and what it is about."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np


def key(seed: int, stream: str, *about: str | int) -> int:
    """A 64-bit key in [0, 2**64): the first eight bytes of SHA-256, little-endian.

    Equal arguments give equal keys on every machine and in every version; that
    pairs the arms of an experiment. A text and a number never collide.
    """
    text = json.dumps([seed, stream, *about], separators=(",", ":"))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little")


class Stream:
    """A generator that is made when it is first used: seeding one costs more than most words that get it."""

    __slots__ = ("_about", "_made", "_seed", "_stream")

    def __init__(self, seed: int, stream: str, *about: str | int) -> None:
        """The stream that `generator` gives for the same arguments."""
        self._seed, self._stream, self._about = seed, stream, about
        self._made: np.random.Generator | None = None

    def __getattr__(self, name: str) -> Any:
        if self._made is None:
            self._made = generator(self._seed, self._stream, *self._about)
        return getattr(self._made, name)


def generator(seed: int, stream: str, *about: str | int) -> np.random.Generator:
    """A fresh generator of that stream; give the position too, and no state need be saved."""
    import numpy as np

    return np.random.Generator(np.random.PCG64(key(seed, stream, *about)))
