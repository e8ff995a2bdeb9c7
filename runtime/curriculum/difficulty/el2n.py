"""How wrong a model is about a row early in training."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from currc.runtime.component import parameter
from currc.runtime.curriculum.difficulty import Difficulty, ScoreRows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from currc.compiler.observers import Observer


class El2n(Difficulty):
    """The length of the error vector early in training: rows that are told slowly are hard.

        score = mean over seeds of || p(row) - onehot(label) ||_2   at `at` of the training

    p are the probabilities of the task's labels, so it takes tasks of kind `classify`. It lies
    in [0, √2]. Costs `seeds` · `at` trainings of an arm.

    Source: Paul, Ganguli and Dziugaite 2021 (arXiv:2107.07075), who average ten runs after 10
    of 200 epochs.
    """

    needs: ClassVar[frozenset[str]] = frozenset({"models", "labels"})

    seeds: int = parameter(5, description="trainings that are averaged", unit="count", ge=1, le=20)
    at: float = parameter(
        0.1, description="where in its training the model is looked at", unit="share", gt=0.0, le=1.0
    )

    def observers(self) -> tuple[Observer, ...]:
        """A training for each seed."""
        from currc.compiler.observers import Proxy

        return tuple(Proxy(seed=seed, until=self.at) for seed in range(self.seeds))

    def score(self, rows: ScoreRows) -> NDArray[np.float64]:
        """The mean error, in [0, √2]; float64 [n]."""
        import numpy as np

        found: NDArray[np.float64] = np.mean([rows.by(one).errors[-1] for one in self.observers()], axis=0)
        return found
