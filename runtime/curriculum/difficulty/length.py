"""How long a row is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from currc.runtime.component import parameter
from currc.runtime.curriculum.difficulty import Difficulty, ScoreRows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Length(Difficulty):
    """The number of tokens or words of a row: long rows are hard.

        score = count of the row's tokens, of its prompt's words, or of its answer's words

    Costs nothing. Long rows also take more of a token budget, so an order by
    length changes how many rows are seen early.

    Source: Platanios et al. 2019, section 3.1 (arXiv:1903.09848).
    """

    count: Literal["tokens", "words", "target_words"] = parameter(
        "tokens",
        description="what is counted: the row's tokens, its prompt's words, or its answer's words",
        unit="word",
    )

    def score(self, rows: ScoreRows) -> NDArray[np.float64]:
        """The count of each row; float64 [n]."""
        import numpy as np

        if self.count == "tokens":
            return np.diff(rows.offsets).astype(np.float64)
        texts = rows.texts if self.count == "words" else rows.targets
        return np.array([len(text.split()) for text in texts], dtype=np.float64)
