"""How many different words a row uses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from currc.runtime.component import parameter
from currc.runtime.curriculum.difficulty import Difficulty, ScoreRows
from currc.runtime.curriculum.words import words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class LexicalDiversity(Difficulty):
    """The mean number of words in a row over which its words stay different (MTLD): variety is hard.

        score = (words / factors from the front + words / factors from the back) / 2

    The row is read word by word. Where the share of different words among those since the
    last cut falls below `factor`, a factor is full and the count begins anew; the rest at the
    end counts as the part `(1 - share) / (1 - factor)` of one. Words are compared without case.

    A row that never repeats a word has no factor; it is taken as if its next word were its first
    repetition, which puts it above every repetitive row of its length (ours: the paper
    leaves it undefined). The authors advise against texts under 100 words: there the score
    largely follows the length.

    Source: McCarthy and Jarvis 2010 (Behavior Research Methods 42).

    >>> mtld("of the people by the people for the people".split(), 0.72)
    9.0
    """

    factor: float = parameter(
        0.72, description="share of different words at which a factor is full", unit="share", gt=0.0, lt=1.0
    )

    def score(self, rows: ScoreRows) -> NDArray[np.float64]:
        """The mean of both directions; float64 [n], in words; 0 for a row without words."""
        import numpy as np

        return np.array([mtld(words(text.casefold()), self.factor) for text in rows.texts], dtype=np.float64)


def mtld(text: Sequence[str], factor: float) -> float:
    """The measure of textual lexical diversity, in words."""
    if not text:
        return 0.0
    if len(set(text)) == len(text):
        return _mean_run([*text, text[0]], factor)
    return (_mean_run(text, factor) + _mean_run(text[::-1], factor)) / 2


def _mean_run(text: Sequence[str], factor: float) -> float:
    return len(text) / _factors(text, factor)


def _factors(text: Iterable[str], factor: float) -> float:
    """How often the share of different words fell below `factor`, the rest as a part."""
    full, length, share = 0, 0, 1.0
    seen: set[str] = set()
    for word in text:
        seen.add(word)
        length += 1
        share = len(seen) / length
        if share < factor:
            full, length, share = full + 1, 0, 1.0
            seen.clear()
    return full + (1.0 - share) / (1.0 - factor)
