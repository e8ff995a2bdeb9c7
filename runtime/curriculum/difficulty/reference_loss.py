"""How hard a row is for a frozen model."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from currc.runtime.curriculum.difficulty import Difficulty, ScoreRows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class ReferenceLoss(Difficulty):
    """The loss of a row's answer under a frozen reference model: what it finds unlikely is hard.

        score = mean over the answer's tokens of - log p(token | what stands before)

    In nats. The engine computes the losses once, with one forward pass a row in
    evaluation mode, and keeps them by the content of data and model.

    Source: Wu, Dyer and Neyshabur 2021 (arXiv:2012.03107) score by a trained
    model's loss; the frozen base model as the reference is the common variant.
    """

    needs: ClassVar[frozenset[str]] = frozenset({"reference_loss"})

    def score(self, rows: ScoreRows) -> NDArray[np.float64]:
        """The losses that the engine supplied; float64 [n].

        Raises:
            ValueError: No losses were supplied.
        """
        import numpy as np

        if rows.losses is None:
            raise ValueError("`reference_loss` needs the losses of a reference model")
        return np.asarray(rows.losses, dtype=np.float64)
