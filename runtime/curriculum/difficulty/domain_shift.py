"""How far a row lies from the rows that the model is for."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from currc.runtime.component import parameter
from currc.runtime.curriculum.difficulty import Difficulty, ScoreRows
from currc.runtime.curriculum.ngrams import Text, surprise
from currc.runtime.streams import key

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class DomainShift(Difficulty):
    """The distance of a training row from the validation rows of its task: what is unlike them is hard.

        score = H_target(row) - H_general(row),   in nats a token

    H is the mean surprise of the row's tokens under a language model of n-grams:
    H_target counts them in the validation rows, H_general in training rows with about as
    many tokens, drawn by chance from the half of the rows that the row is not in: in a
    small set, a model that has seen the row itself would say little else. Both are smoothed
    after Witten and Bell, with the tokens of both sides as their one vocabulary.

    Say with `validation = SOURCE` what the model is for; where validation rows are a share of
    the training rows there is no shift, and the score is noise. Gold rows are never read.

    Source: Moore and Lewis 2010 (ACL, short papers), who count words with a cut-off for rare
    ones, and do not set the row itself aside.
    """

    needs: ClassVar[frozenset[str]] = frozenset({"validation"})

    n: int = parameter(2, description="the longest n-gram that is counted", unit="count", ge=1, le=3)

    def score(self, rows: ScoreRows) -> NDArray[np.float64]:
        """The difference of mean surprises of each row; float64 [n].

        Raises:
            ValueError: There are no validation rows.
        """
        import numpy as np

        if rows.aim is None or not len(rows.aim.ids):
            raise ValueError("`domain_shift` needs validation rows")
        mine = Text(rows.ids, rows.offsets)
        types = len(np.union1d(rows.ids, rows.aim.ids))
        found = surprise(mine, rows.aim, self.n, types)
        halves = _halves(rows)
        for half, other in zip(halves, halves[::-1], strict=True):
            sample = _about(mine, other, len(rows.aim.ids))
            found[half] -= surprise(mine.part(half), sample, self.n, types)
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
