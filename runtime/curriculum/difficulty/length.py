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

        score = number of the row's tokens, of the words in its prompt, or of those in its answer

    Costs nothing. Long rows also take more of a token budget, so an order by
    length changes how many rows are seen early.

    Source: Platanios et al. 2019, section 3.1 (arXiv:1903.09848).
    """

    of: Literal["tokens", "words", "target"] = parameter(
        "tokens",
        description="what is counted: the row's tokens, the words in its prompt, or the words of its answer",
        unit="word",
    )

    def score(self, rows: ScoreRows) -> NDArray[np.float64]:
        """The count of each row; float64 [n]."""
        import numpy as np

        if self.of == "tokens":
            return np.diff(rows.offsets).astype(np.float64)
        texts = rows.texts if self.of == "words" else rows.targets
        return np.array([len(text.split()) for text in texts], dtype=np.float64)
