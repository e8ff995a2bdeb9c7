"""Several scores as one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from currc.compiler.method import Method
from currc.runtime.component import parameter
from currc.runtime.curriculum.difficulty import Difficulty, ScoreRows, percentiles

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from currc.compiler.observers import Observer


class MeanOf(Difficulty):
    """The mean of several scores, each as a percentile, so that none outweighs the others.

        score = mean over the parts of percentile(part's score)

    Costs what its parts cost together.
    """

    variadic: ClassVar[str | None] = "parts"
    example: ClassVar[Mapping[str, Any]] = {
        "parts": [{"word": "length", "parameters": {}}, {"word": "rarity", "parameters": {}}]
    }

    parts: tuple[Method, ...] = parameter(
        description="the scores that are averaged", unit="component", slot="score", min_length=1
    )

    def score(self, rows: ScoreRows) -> NDArray[np.float64]:
        """The mean percentile of each row, in (0, 1]; float64 [n]."""
        import numpy as np

        scores = np.array([percentiles(part.score(rows)) for part in self._built()])
        mean: NDArray[np.float64] = scores.mean(axis=0)
        return mean

    def demands(self) -> frozenset[str]:
        """What any of the parts needs."""
        return frozenset().union(*(part.demands() for part in self._built()))

    def observers(self) -> tuple[Observer, ...]:
        """The models that any of the parts asks, each once."""
        found: list[Observer] = []
        for part in self._built():
            found += [one for one in part.observers() if one not in found]
        return tuple(found)

    def _built(self) -> list[Difficulty]:
        from currc.runtime.vocabulary import Vocabulary

        built = [Vocabulary().build("score", part) for part in self.parts]
        return [part for part in built if isinstance(part, Difficulty)]
