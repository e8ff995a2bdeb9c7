"""How hard a row is for the model that trains, as it trains."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from currc.runtime.component import parameter
from currc.runtime.curriculum.difficulty import Difficulty, ScoreRows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class OwnLoss(Difficulty):
    """The loss of a row under the model being trained, read again every so often.

        score = loss at the first look; at each later one  decay * score + (1 - decay) * loss

    In nats, for `extract` and `tag` a mean over the answer's tokens, without dropout. The first look
    comes before the first step, when new heads know nothing yet and order little; the others come
    every `refresh` of the `difficulty`, which must say how often. After each, all rows are ranked
    anew and the pool of every task begins a new pass. A look costs one forward pass over the rows
    that are left: `plan` counts it, and under `match = flops` the trial pays for it.

    It stands alone: other scores are fixed before training, so it cannot be averaged with them. It
    suits orders that draw from windows (`easy_first`, `hard_first`, stages with `take`); a strict
    sequence like `sorted_once` would begin again at each look and never reach its end.

    Source: the loss as self-paced learning sorts by it (Kumar, Packer and Koller 2010); its moving
    mean is the dynamic instance hardness of Zhou, Wang and Bilmes 2020 (NeurIPS 33).
    """

    needs: ClassVar[frozenset[str]] = frozenset({"own_losses"})
    refreshed: ClassVar[bool] = True

    decay: float = parameter(
        0.5, ge=0.0, lt=1.0, description="how much of the score stays at each look", unit="number"
    )

    def score(self, rows: ScoreRows) -> NDArray[np.float64]:
        """The moving mean of the rows' losses; float64 [n].

        Raises:
            ValueError: No model has looked at the rows.
        """
        if rows.looks is None:
            raise ValueError("the score needs the losses of a model that trains")
        return self.smoothed(rows.looks)

    def smoothed(self, looks: NDArray[np.floating]) -> NDArray[np.float64]:
        """The moving mean of losses [looks, n], at least one look, oldest first; float64 [n]."""
        import numpy as np

        found: NDArray[np.float64] = looks[0].astype(np.float64)
        for losses in looks[1:]:
            found = self.decay * found + (1.0 - self.decay) * losses.astype(np.float64)
        return found
