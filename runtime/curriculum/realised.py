"""The realised order of a trial as one hash, to be compared with the plan's."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

HEAD = struct.Struct("<ii")


class OrderHash:
    """A running SHA-256 over the draws of a trial, step by step; its digest is its whole state.

        digest = SHA-256(digest before + the step's draws)

    The draws of a task are its place in `tasks` and their number as little-endian int32,
    then the rows as little-endian int64.
    Chained by steps, as the state of a running SHA-256 cannot be saved.
    """

    def __init__(self, digest: str = "0" * 64) -> None:
        """Goes on from a digest that was saved; 64 hexadecimal digits."""
        self._digest = bytes.fromhex(digest)

    def step(self, rows: Mapping[str, NDArray[np.int64]], tasks: Sequence[str]) -> None:
        """Takes in one step: the rows of each task in turn, whole numbers [n] each."""
        running = hashlib.sha256(self._digest)
        for task, drawn in rows.items():
            running.update(HEAD.pack(tasks.index(task), len(drawn)))
            running.update(drawn.astype("<i8", copy=False).tobytes())
        self._digest = running.digest()

    def hexdigest(self) -> str:
        """The digest of all steps so far; 64 hexadecimal digits."""
        return self._digest.hex()
