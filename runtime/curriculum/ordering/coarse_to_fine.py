"""Coarse distinctions before fine ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from currc.runtime.component import parameter
from currc.runtime.curriculum.ordering import Ordering, opened


class CoarseToFine(Ordering):
    """Opens rows of coarse grade first, like `easy_first`: by an ordinal column, or frequent labels first.

        window = low .. low + (high - low) * fraction,   percentiles of the score
        score  = the column, or its place in `levels`;   without a column  - log (share of the row's label)

    It brings its own score, so the schedule has no `by`. Without a column every task must be of
    kind `classify`, and rows of equally frequent labels come in an order by chance.

    Source: ours, as are both scores. Stretcu et al. 2021 (arXiv:2106.04072), who gave the name
    its meaning, train on merged labels first; here labels stay and rows wait.
    """

    column: str | None = parameter(
        None, description="the column that says how fine a row is; absent: how rare its label is",
        unit="column", min_length=1,
    )  # fmt: skip
    levels: tuple[str, ...] = parameter(
        (), description="values from coarse to fine, when the column holds words", unit="text"
    )

    def agree(self) -> None:
        """Refuse levels of no column."""
        if self.levels and self.column is None:
            raise ValueError("`levels` are values of a `column`, and none is named")

    @classmethod
    def own_score(cls, parameters: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """The column, or the rarity of labels."""
        if parameters["column"] is None:
            return {"word": "label_rarity", "parameters": {}}
        named = {"name": parameters["column"], "levels": parameters["levels"], "higher": "harder"}
        return {"word": "column", "parameters": named}

    def opens(self, low: float, high: float, fraction: float) -> tuple[float, float]:
        """The coarse end of `low .. high`."""
        return opened(low, high, fraction)
