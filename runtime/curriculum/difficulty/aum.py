"""How far a model puts a row's label behind another while it learns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from currc.runtime.curriculum.watched import Watched

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from currc.runtime.curriculum.difficulty import ScoreRows


class Aum(Watched):
    """The area under the margin of a row's label over a training, turned round: contested labels are hard.

        score = - mean over looks of (logit of the label - largest logit of another label)

    Rows whose label is wrong have a margin that other rows pull down. The training and its cost
    are those of `confidence`. A causal model's logit of a label is its log-likelihood. It takes
    tasks of kind `classify` with at least two labels.

    Source: Pleiss et al. 2020 (arXiv:2001.10528), with epochs for looks.
    """

    def score(self, rows: ScoreRows) -> NDArray[np.float64]:
        """The negative mean margin; float64 [n]."""
        area: NDArray[np.float64] = -self.training(rows).margins.mean(axis=0)
        return area
