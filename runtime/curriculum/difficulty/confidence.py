"""How sure a model is of a row's label while it learns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from currc.runtime.curriculum.watched import Watched

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from currc.runtime.curriculum.difficulty import ScoreRows


class Confidence(Watched):
    """The mean probability of a row's label over a training, turned round: what the model doubts is hard.

        score = 1 - mean over looks of p(label)

    One training on shuffled rows, with the arm's own model and settings, looks at every row
    at `looks` evenly spaced moments, the last at its end; `variability`, `forgetting` and
    `aum` of as many looks read the same training. It takes tasks of kind `classify`, and lies in [0, 1].

    Costs one training of an arm, and `looks` passes over the rows. Or nothing: `from_run` names a file
    that `currc run SPEC --log-dynamics` wrote of an earlier trial, whatever its curriculum. Its looks, one
    at each evaluation, are matched by the content of the rows, all of which it must have seen, with the
    same labels. What that trial cost is shown, and charged to nobody. Several trials are
    averaged by `mean_of(confidence(from_run = ...), confidence(from_run = ...))`.

    Source: Swayamdipta et al. 2020, section 2 (arXiv:2009.10795), with epochs for looks.
    """

    def score(self, rows: ScoreRows) -> NDArray[np.float64]:
        """One minus the mean probability; float64 [n]."""
        doubt: NDArray[np.float64] = 1.0 - self.training(rows).gold.mean(axis=0)
        return doubt
