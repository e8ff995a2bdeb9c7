"""How rare the words of a row are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from currc.runtime.component import parameter
from currc.runtime.curriculum.difficulty import Difficulty, ScoreRows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Rarity(Difficulty):
    """How surprising the tokens of a row are under their corpus frequencies: rare words are hard.

        score = - sum over tokens w of log p(w),   p(w) = count(w) / all tokens

    In nats. `per = token` divides by the row's length, which takes most of the
    length out of the score. Cost: one look-up a token.

    Source: Platanios et al. 2019, section 3.1 (arXiv:1903.09848); the mean is ours.
    """

    per: Literal["row", "token"] = parameter(
        "row", description="the sum over a row's tokens, or their mean", unit="word"
    )

    def score(self, rows: ScoreRows) -> NDArray[np.float64]:
        """The surprise of each row in nats; float64 [n], 0 for a row without tokens."""
        import numpy as np

        # A token that the corpus never counted is taken as seen once, so that no score is infinite.
        surprise = np.log(max(int(rows.counts.sum()), 1)) - np.log(np.maximum(rows.counts, 1))
        lengths = np.diff(rows.offsets)
        total = np.zeros(len(rows))
        # Summed row by row: differences of one running sum would round by where a row stands,
        # and equal rows would no longer tie.
        filled = lengths > 0
        if filled.any():
            total[filled] = np.add.reduceat(surprise[rows.ids], rows.offsets[:-1][filled])
        return total if self.per == "row" else total / np.maximum(lengths, 1)
