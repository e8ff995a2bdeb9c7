"""How hard a row is to read, by the length of its sentences and words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from currc.runtime.component import parameter
from currc.runtime.curriculum.difficulty import Difficulty, ScoreRows
from currc.runtime.curriculum.words import sentences, syllables, words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Readability(Difficulty):
    """The reading grade of a row's prompt: long sentences of long words are hard.

        grade:  0.39 · words / sentences + 11.8 · syllables / words - 15.59
        ease:   -(206.835 - 1.015 · words / sentences - 84.6 · syllables / words)

    `grade` is the Flesch-Kincaid grade level, `ease` the Flesch reading ease with its
    sign turned, so that higher is harder. Both were fitted to English.

    Words are runs of letters and digits, joined by apostrophes and hyphens. A sentence
    ends at `.`, `!` or `?` before a space, and at a line end. Syllables are runs of the
    vowels a e i o u y; a silent final e counts none, the e of a final -le does; a word
    has at least one. A row without words counts as one without syllables.

    Sources: Flesch 1948; Kincaid et al. 1975.

    >>> round(grade("The cat sat on the mat."), 2)
    -1.45
    """

    formula: Literal["grade", "ease"] = parameter(
        "grade", description="Flesch-Kincaid grade level, or Flesch reading ease", unit="word"
    )

    def score(self, rows: ScoreRows) -> NDArray[np.float64]:
        """The grade, or the negative ease, of each row; float64 [n]."""
        import numpy as np

        formula = grade if self.formula == "grade" else unease
        return np.array([formula(text) for text in rows.texts], dtype=np.float64)


def grade(text: str) -> float:
    """The Flesch-Kincaid grade level, in school years."""
    a_sentence, a_word = _lengths(text)
    return 0.39 * a_sentence + 11.8 * a_word - 15.59


def unease(text: str) -> float:
    """The negative Flesch reading ease: about -100 for the easiest texts, 0 for the hardest."""
    a_sentence, a_word = _lengths(text)
    return 1.015 * a_sentence + 84.6 * a_word - 206.835


def _lengths(text: str) -> tuple[float, float]:
    """Words a sentence, and syllables a word; both 0 for a text without words."""
    found = words(text)
    if not found:
        return 0.0, 0.0
    return len(found) / max(1, sentences(text)), sum(map(syllables, found)) / len(found)
