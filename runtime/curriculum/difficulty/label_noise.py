"""How likely the label of a row is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from currc.runtime.component import parameter
from currc.runtime.curriculum.difficulty import Difficulty, ScoreRows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from currc.compiler.observers import Observer


class LabelNoise(Difficulty):
    """The doubt in a row's label by models that never saw the row (confident learning): doubtful is hard.

        score = 1 - p(label),   plus 1 where the confident joint says that the label is another

    p comes from models each of which leaves out one of `folds` parts, dealt by chance. The
    threshold of a label is the mean p(label) of the rows that have it; a row counts for the
    most probable of the labels whose threshold it reaches, and where that is not its own, the
    label is taken for an error. It takes tasks of kind `classify`, and lies in [0, 2].

    Costs `folds - 1` trainings of an arm: each model trains as long as an arm would on as many rows.

    Source: Northcutt, Jiang and Chuang 2021, section 3 (arXiv:1911.00068): the confident joint, and
    ranking by self-confidence.
    """

    needs: ClassVar[frozenset[str]] = frozenset({"models", "labels"})

    folds: int = parameter(
        4, description="parts of the rows, each judged by a model of the others", unit="count", ge=2, le=20
    )

    def observers(self) -> tuple[Observer, ...]:
        """A model for each part, which leaves it out."""
        from currc.compiler.observers import folds_of

        return folds_of(self.folds)

    def score(self, rows: ScoreRows) -> NDArray[np.float64]:
        """The doubt in each label, in [0, 2]; float64 [n]."""
        import numpy as np

        seen = [rows.by(model) for model in self.observers()]
        own = seen[0].own
        labels = np.nanmean([one.labels for one in seen], axis=0)
        sure: NDArray[np.float64] = labels[np.arange(len(own)), own]
        return 1.0 - sure + wrong(labels, own)


def wrong(labels: NDArray[np.float64], own: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which rows lie off the diagonal of the confident joint; bool [n].

    Args:
        labels: The probability of each label; float64 [n, labels].
        own: The label that each row has; int64 [n].
    """
    import numpy as np

    mine = labels[np.arange(len(own)), own]
    count = np.bincount(own, minlength=labels.shape[1])
    total = np.bincount(own, mine, minlength=labels.shape[1])
    # A label that no row has is never reached.
    threshold = np.where(count > 0, total / np.maximum(count, 1), np.inf)
    reached = np.where(labels >= threshold, labels, -1.0)
    found: NDArray[np.bool_] = (reached.max(1) > 0.0) & (reached.argmax(1) != own)
    return found
