"""The realised order of a trial as one hash, to be compared with the plan's."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class OrderHash:
    """A running SHA-256 over the draws of a trial, step by step; its digest is its whole state.

        digest = SHA-256(digest before + the step's draws)

    A draw is its task as a little-endian int32 and its row as a little-endian int64.
    Chained by steps, as the state of a running SHA-256 cannot be saved.
    """

    def __init__(self, digest: str = "0" * 64) -> None:
        """Goes on from a digest that was saved; 64 hexadecimal digits."""
        self._digest = bytes.fromhex(digest)

    def step(self, rows: Mapping[str, NDArray[np.int64]], tasks: Sequence[str]) -> None:
        """Takes in one step: the rows of each task in turn, a task as its place in `tasks`."""
        owners = np.repeat([tasks.index(task) for task in rows], [len(part) for part in rows.values()])
        self.update(owners, np.concatenate(list(rows.values())))

    def update(self, tasks: NDArray[Any], rows: NDArray[Any]) -> None:
        """Takes in one step: whole numbers [n] each."""

        pairs = np.empty(len(tasks), dtype=[("task", "<i4"), ("row", "<i8")])
        pairs["task"], pairs["row"] = tasks, rows
        self._digest = hashlib.sha256(self._digest + pairs.tobytes()).digest()

    def hexdigest(self) -> str:
        """The digest of all steps so far; 64 hexadecimal digits."""
        return self._digest.hex()
