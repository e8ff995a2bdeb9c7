"""A number that the data bring with them."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from currc.runtime.component import parameter
from currc.runtime.curriculum.cells import cell, refuse
from currc.runtime.curriculum.difficulty import Difficulty, ScoreRows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Column(Difficulty):
    """A column of the data: a number, or one of `levels` from easy to hard.

        score = value of the column,   or its place in `levels`

    With `higher = easier` the score is negated, as for a word's frequency. Every
    row must have the column; a row without is an error that names it.
    """

    example: ClassVar[Mapping[str, Any]] = {"name": "level"}

    name: str = parameter(description="the column that is read", unit="column", min_length=1)
    levels: tuple[str, ...] = parameter(
        (), description="values from easy to hard, when the column holds words", unit="text"
    )
    higher: Literal["harder", "easier"] = parameter(
        "harder", description="what a higher value means", unit="word"
    )

    def score(self, rows: ScoreRows) -> NDArray[np.float64]:
        """The column as numbers; float64 [n].

        Raises:
            DataError: A row lacks the column, or its value is neither a finite number nor a level.
        """
        import numpy as np

        sign = 1.0 if self.higher == "harder" else -1.0
        read = self._level if self.levels else self._number
        values = [read(row, place) for row, place in zip(rows.columns, rows.places, strict=True)]
        return sign * np.array(values, dtype=np.float64)

    def _level(self, row: Mapping[str, Any], place: str) -> float:
        value = str(cell(row, self.name, place))
        if value not in self.levels:
            message = f"column `{self.name}` holds `{value}`, which is not in `levels`"
            refuse(place, message, "add the value to `levels`, or correct the row")
        return float(self.levels.index(value))

    def _number(self, row: Mapping[str, Any], place: str) -> float:
        value = cell(row, self.name, place)
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = float("nan")
        if not isfinite(number):
            message = f"column `{self.name}` holds `{value}`, which is not a finite number"
            refuse(place, message, "give `levels` if the column holds words")
        return number
