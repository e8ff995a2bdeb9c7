"""How far a row lies from the rows that the model is for."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from currc.runtime.component import parameter
from currc.runtime.curriculum.difficulty import Difficulty, ScoreRows
from currc.runtime.curriculum.ngrams import Text, surprise
from currc.runtime.streams import key

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from currc.compiler.observers import Observer


class DomainShift(Difficulty):
    """The distance of a training row from the validation rows of its task: what is unlike them is hard.

        n-grams:    H_target(row) - H_general(row),   in nats a token
        embedding:  1 - cos(vector of the row, mean vector of the validation rows)

    H is the mean surprise of the row's tokens under a language model of n-grams:
    H_target counts them in the validation rows, H_general in training rows with about as
    many tokens, drawn by chance from the half of the rows that the row is not in: in a
    small set, a model that has seen the row itself would say little else. Both are smoothed
    after Witten and Bell, with the tokens of both sides as their one vocabulary. A vector is the
    mean of the last hidden states of the spec's own base, untrained; it costs one pass over the rows.

    Say with `validation = SOURCE` what the model is for; where validation rows are a share of
    the training rows there is no shift, and the score is noise. Gold rows are never read.

    Source: Moore and Lewis 2010 (ACL, short papers), who count words with a cut-off for rare
    ones, and do not set the row itself aside.
    """

    needs: ClassVar[frozenset[str]] = frozenset({"validation", "models"})

    by: Literal["unigrams", "bigrams", "trigrams", "embedding"] = parameter(
        "bigrams", description="what is compared: n-grams of tokens up to a length, or vectors", unit="word"
    )

    def observers(self) -> tuple[Observer, ...]:
        """The base, for its vectors."""
        from currc.compiler.observers import Reference

        return (Reference(what="vectors"),) if self.by == "embedding" else ()

    def score(self, rows: ScoreRows) -> NDArray[np.float64]:
        """The distance of each row; float64 [n].

        Raises:
            ValueError: There are no validation rows.
        """
        if self.by == "embedding":
            seen = rows.vectors_by(*self.observers())
            return _turned_away(seen.rows, seen.aims.mean(axis=0))
        if rows.aim is None or not len(rows.aim.ids):
            raise ValueError("`domain_shift` needs validation rows")
        return _difference(rows, rows.aim, LENGTHS.index(self.by) + 1)


LENGTHS = ("unigrams", "bigrams", "trigrams")


def _turned_away(vectors: NDArray[np.float64], centre: NDArray[np.float64]) -> NDArray[np.float64]:
    """One minus the cosine of each vector and the centre; float64 [n]."""
    import numpy as np

    sizes = np.linalg.norm(vectors, axis=1) * np.linalg.norm(centre)
    # One product a row, so that equal rows tie wherever they stand.
    away: NDArray[np.float64] = 1.0 - (vectors * centre).sum(axis=1) / np.maximum(sizes, 1e-30)
    return away


def _difference(rows: ScoreRows, aim: Text, n: int) -> NDArray[np.float64]:
    """The surprise of each row under n-grams of the target, minus that under general ones; float64 [n]."""
    import numpy as np

    mine = Text(rows.ids, rows.offsets)
    types = len(np.union1d(rows.ids, aim.ids))
    found = surprise(mine, aim, n, types)
    halves = _halves(rows)
    for half, other in zip(halves, halves[::-1], strict=True):
        sample = _about(mine, other, len(aim.ids))
        found[half] -= surprise(mine.part(half), sample, n, types)
    return found


def _halves(rows: ScoreRows) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The rows in two halves by chance; int64 [half of n] each."""
    import numpy as np

    drawn = np.array([key(0, "domain_shift", name) for name in rows.keys], dtype=np.uint64)
    order = np.argsort(drawn, kind="stable")
    return order[::2], order[1::2]


def _about(text: Text, rows: NDArray[np.int64], tokens: int) -> Text:
    """The first of the rows that have that many tokens together, or all."""
    import numpy as np

    enough = np.searchsorted(np.cumsum(np.diff(text.offsets)[rows]), tokens) + 1
    return text.part(rows[:enough])
