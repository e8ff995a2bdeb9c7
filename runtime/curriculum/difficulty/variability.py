"""How much a model wavers about a row's label while it learns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from currc.runtime.curriculum.watched import Watched

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from currc.runtime.curriculum.difficulty import ScoreRows


class Variability(Watched):
    """The spread of the probability of a row's label over a training: what the model wavers about is hard.

        score = sqrt(mean over looks of (p(label) - its mean over looks)²)

    The population standard deviation, as the authors have it. High values are the paper's
    *ambiguous* rows; rows that are never learnt waver as little as easy ones. The training and
    its cost are those of `confidence`. It takes tasks of kind `classify`, and lies in [0, 0.5].

    Source: Swayamdipta et al. 2020, section 2 (arXiv:2009.10795), with epochs for looks.
    """

    def score(self, rows: ScoreRows) -> NDArray[np.float64]:
        """The population standard deviation; float64 [n]."""
        spread: NDArray[np.float64] = self.training(rows).gold.std(axis=0)
        return spread
