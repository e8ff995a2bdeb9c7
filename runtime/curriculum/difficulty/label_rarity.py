"""How rare a row's label is."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from currc.runtime.curriculum.difficulty import Difficulty, ScoreRows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class LabelRarity(Difficulty):
    """How surprising a row's label is under the frequencies of labels: rows of frequent labels are easy.

        score = - log (rows with the same label / all rows)

    In nats, counted over the training rows that are ranked together. Labels that are equally
    frequent tie. What `coarse_to_fine` sorts by when it is given no column. Ours; no paper
    claims that it helps.
    """

    labelled: ClassVar[bool] = True

    def score(self, rows: ScoreRows) -> NDArray[np.float64]:
        """The surprise of each label in nats; float64 [n], >= 0."""
        import numpy as np

        _, places, counts = np.unique(
            np.array(rows.targets, dtype=object), return_inverse=True, return_counts=True
        )
        surprise: NDArray[np.float64] = np.log(len(rows)) - np.log(counts[places])
        return surprise
