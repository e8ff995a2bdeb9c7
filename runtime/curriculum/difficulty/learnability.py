"""How much of a row's loss can still be learnt."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from currc.runtime.component import parameter
from currc.runtime.curriculum.difficulty import Difficulty, ScoreRows
from currc.runtime.curriculum.seen import at_the_end

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from currc.compiler.observers import Observer, Proxy


class Learnability(Difficulty):
    """The loss of a row that training can still take away (RHO loss): high is not learnt yet, but learnable.

        score = loss(row; the model at `at` of its training) - loss(row; models that never saw the row)

    Rows that are learnt already and rows that nobody could learn, as those with a wrong label,
    both come low. `hard_first` therefore takes what is worth learning, as the paper does.

    The models that never saw the row train on all other `parts` of the rows, each as long as
    the arm would on as many rows: with two, the paper's variant without a holdout set.
    Costs `at` plus `parts - 1` trainings of an arm; for two parts and 20 %, 1.2 trainings.

    Source: Mindermann et al. 2022 (arXiv:2206.07137), who recompute the first loss at every
    step to choose that step's batch; here it is taken once.
    """

    needs: ClassVar[frozenset[str]] = frozenset({"models"})

    at: float = parameter(
        0.2, description="where in its training the model is looked at", unit="share", gt=0.0, le=1.0
    )
    parts: int = parameter(
        2, description="parts of the rows, each read by a model of the others", unit="count", ge=2, le=20
    )

    def observers(self) -> tuple[Observer, ...]:
        """The model on its way, then those that leave out a part."""
        from currc.compiler.observers import Proxy

        return (Proxy(until=self.at), *self._others(Proxy))

    def score(self, rows: ScoreRows) -> NDArray[np.float64]:
        """The difference of the two losses, in nats (squared error for `regress`); float64 [n]."""
        current, *others = self.observers()
        now: NDArray[np.float64] = rows.by(current).losses[-1]
        return now - at_the_end([rows.by(other) for other in others])

    def _others(self, proxy: type[Proxy]) -> tuple[Proxy, ...]:
        share = 1.0 - 1.0 / self.parts
        return tuple(
            proxy(parts=self.parts, part=part, trains="rest", limit=share) for part in range(self.parts)
        )
