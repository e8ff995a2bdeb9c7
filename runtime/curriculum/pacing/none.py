"""No pacing."""

from __future__ import annotations

from typing import ClassVar

from currc.runtime.curriculum.pacing import Pacing


class None_(Pacing):  # noqa: N801
    """Everything is open from the beginning.

    fraction = 1
    """

    moves: ClassVar[bool] = False

    def fraction(self, progress: float) -> float:
        """1."""
        return 1.0
