"""How much the people who labelled a row disagreed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from currc.runtime.component import parameter
from currc.runtime.curriculum.cells import cell, refuse
from currc.runtime.curriculum.difficulty import Difficulty, ScoreRows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Disagreement(Difficulty):
    """The entropy of the labels that several people gave a row: where they differ is hard.

        score = - sum over labels of share · log(share),   in nats

    The column holds a list of labels, a text of labels with `separator` between them, or
    labels with how often each was given, as `{"bug": 3, "billing": 1}`.

    Source: Elgaar and Amiri 2023 (arXiv:2307.07412), who order by this entropy.
    """

    example: ClassVar[Mapping[str, Any]] = {"column": "votes"}

    column: str = parameter(
        description="the column that holds the labels of all annotators", unit="column", min_length=1
    )
    separator: str = parameter(
        ",",
        description="what separates labels where the column holds one text",
        unit="text",
        min_length=1,
    )

    def score(self, rows: ScoreRows) -> NDArray[np.float64]:
        """The entropy of each row in nats; float64 [n], 0 where all agree.

        Raises:
            DataError: A row lacks the column, or it holds no label.
        """
        import numpy as np

        votes = (self._votes(row, place) for row, place in zip(rows.columns, rows.places, strict=True))
        return np.array([_entropy(one) for one in votes], dtype=np.float64)

    def _votes(self, row: Mapping[str, Any], place: str) -> list[float]:
        """How often each label was given."""
        value = cell(row, self.column, place)
        if isinstance(value, Mapping):
            counts = [_number(count) for count in value.values()]
        else:
            given = value.split(self.separator) if isinstance(value, str) else value
            given = given if isinstance(given, list | tuple) else [given]
            labels = (str(label).strip() for label in given if label is not None)
            counts = [float(count) for count in Counter(label for label in labels if label).values()]
        if not counts or min(counts) < 0 or not 0 < sum(counts) < float("inf"):
            message = f"column `{self.column}` holds `{value}`, which is no label"
            refuse(place, message, 'write the labels as a list, as `["bug", "bug", "billing"]`')
        return sorted(counts)


def _number(count: Any) -> float:
    try:
        return float(count)
    except (TypeError, ValueError):
        return float("nan")


def _entropy(counts: list[float]) -> float:
    from math import log

    total = sum(counts)
    return 0.0 - sum(count / total * log(count / total) for count in counts if count > 0)
