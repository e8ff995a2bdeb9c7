"""Rows whose label is most likely wrong leave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from currc.runtime.component import parameter
from currc.runtime.curriculum.retiring import Retiring

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Noisy(Retiring):
    """Before training, the rows leave whose label is most likely wrong, by models that never saw them.

        of n rows of a task, the floor(share · n) with the highest `label_noise` leave

    What `label_noise(folds)` finds of a row is its doubt: models of the other folds tell how likely
    the label is, and the confident joint whether it is another. Equal doubts leave by chance. All else
    is then among the rows that stay, as if the others had never been there: percentiles, classes,
    passes, rates of a mix by sizes, replay. Scores that `by` asks for are worked out with all rows.
    Tasks of other kinds than `classify` keep all their rows, and so do validation and gold. An arm's
    controls lose the same rows. A share that is no row of a task, or all rows of one of its labels,
    is an error that says so.

    Costs what `label_noise` costs, `folds - 1` trainings of an arm, once for all arms of equal settings and
    for a score by the same folds. `retired.jsonl` in the run's folder names the rows that left.

    Source: pruning by confident learning, Northcutt, Jiang and Chuang 2021, section 3.2 (arXiv:1911.00068),
    with a share that is asked for in place of an estimated one.
    """

    needs: ClassVar[frozenset[str]] = frozenset({"labels"})
    example: ClassVar[Mapping[str, Any]] = {"share": 0.2}

    share: float = parameter(description="the part of each task's rows that leaves", unit="share", gt=0, lt=1)
    folds: int = parameter(
        4, description="parts of the rows, each judged by a model of the others", unit="count", ge=2, le=20
    )

    def stays(self, doubt: NDArray[np.float64], keys: Sequence[str]) -> NDArray[np.int64]:
        """The rows that stay, in their order; int64 [n - floor(share · n)].

        Args:
            doubt: How likely each label is wrong; float64 [n].
            keys: Content keys [n], by which equal doubts are told apart.
        """
        import numpy as np

        # A key is a hash, so its order is chance; the order of a file decides nothing.
        order = np.lexsort((np.array(keys, dtype=str), doubt))
        return np.sort(order[: len(doubt) - self.leaving(len(doubt))])

    def leaving(self, rows: int) -> int:
        """How many of so many rows leave."""
        return int(self.share * rows + 1e-6)  # 0.29 · 100 is just below 29
