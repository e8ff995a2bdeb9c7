"""How often a model forgets a row while it learns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from currc.runtime.curriculum.watched import Watched

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from currc.runtime.curriculum.difficulty import ScoreRows


class Forgetting(Watched):
    """How often a row that was answered rightly is answered wrongly at the next look: forgettable is hard.

        score = number of looks at which right became wrong;   `looks` for a row that is never right

    The training and its cost are those of `confidence`, so that a row is looked at `looks`
    times, not each time it is drawn. It takes tasks of kind `classify`; few looks tie many rows.

    Source: Toneva et al. 2019 (arXiv:1812.05159), who look at a row when it is drawn, and sort
    rows that are never learnt behind all others; their script gives them the number of epochs.
    """

    def score(self, rows: ScoreRows) -> NDArray[np.float64]:
        """The number of events, or of looks for a row that is never right; float64 [n]."""
        import numpy as np

        right = self.training(rows).margins > 0.0
        events = (right[:-1] & ~right[1:]).sum(axis=0).astype(np.float64)
        found: NDArray[np.float64] = np.where(right.any(axis=0), events, float(len(right)))
        return found
