"""How hard a row is for a frozen model."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from currc.runtime.component import parameter
from currc.runtime.curriculum.difficulty import Difficulty, ScoreRows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from currc.compiler.observers import Observer


class ReferenceLoss(Difficulty):
    """The loss of a row's answer under a frozen reference model: what it finds unlikely is hard.

        score = mean over the answer's tokens of - log p(token | what stands before)

    In nats. The reference is the spec's own base before training, or any `causal` model that
    `model` names; an encoder has to name one, as its heads are new. Its losses are computed
    once, with one forward pass a row, and kept by the content of data and model.

    Source: Wu, Dyer and Neyshabur 2021 (arXiv:2012.03107) score by a trained
    model's loss; the frozen base model as the reference is the common variant.
    """

    needs: ClassVar[frozenset[str]] = frozenset({"models"})

    model: str | None = parameter(
        None,
        description="the reference, as `model.base` names one; the spec's own base if absent",
        unit="text",
    )
    revision: str | None = parameter(None, description="revision of a hub model", unit="text")

    def observers(self) -> tuple[Observer, ...]:
        """The reference."""
        from currc.compiler.observers import Reference

        return (Reference(base=self.model, revision=self.revision),)

    def score(self, rows: ScoreRows) -> NDArray[np.float64]:
        """The reference's losses; float64 [n]."""
        (reference,) = self.observers()
        losses: NDArray[np.float64] = rows.by(reference).losses[-1]
        return losses
