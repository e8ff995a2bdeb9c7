"""Difficulty by chance: the control of every other score."""

from __future__ import annotations

from typing import TYPE_CHECKING

from currc.runtime.curriculum.difficulty import Difficulty, ScoreRows
from currc.runtime.streams import key

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Random(Difficulty):
    """A number by chance, drawn from the trial's seed and the content of the row.

        score = SHA-256(seed, "difficulty", key of the row) / 2 ** 64

    The same rows get the same numbers in whatever order they are read. This is
    what the control arm `a~random_order` sorts by.

    Source: the random curricula of Wu, Dyer and Neyshabur 2021 (arXiv:2012.03107).
    """

    def score(self, rows: ScoreRows) -> NDArray[np.float64]:
        """Uniform numbers in [0, 1); float64 [n]."""
        import numpy as np

        drawn = [key(rows.seed, "difficulty", name) for name in rows.keys]
        return np.array(drawn, dtype=np.uint64).astype(np.float64) / 2.0**64
