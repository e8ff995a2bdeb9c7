"""Answers of a student to rows it was not trained on, as metrics read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from currc.runtime.curriculum.promotion import Measured
from currc.runtime.judging.metrics import Answer, Metric, Outcome

if TYPE_CHECKING:
    from currc.runtime.data.tokens import TokenRows
    from currc.runtime.learning.models import Student


def outcomes(
    student: Student, rows: TokenRows, indices: np.ndarray | Sequence[int] | None = None
) -> list[Outcome]:
    """One outcome a row, in the order of `indices` (absent: all rows); leaves no trace in the student."""
    wanted = np.arange(len(rows)) if indices is None else np.asarray(indices)
    answers = student.predict(rows, wanted)
    return [
        Outcome(prediction=answer.value, target=_target(rows, int(i)), loss=answer.loss)
        for i, answer in zip(wanted, answers, strict=True)
    ]


def _target(rows: TokenRows, i: int) -> Answer:
    text = rows.targets_text[i]
    if rows.kind == "regress":
        return float(text)
    return tuple(text.split()) if rows.kind == "tag" else text


class Validation:
    """The held-out rows that are read while training: at most `subset` a task, the same at every reading."""

    def __init__(
        self, rows: Mapping[str, TokenRows], metrics: Mapping[str, Mapping[str, Metric]], subset: int
    ) -> None:
        """Validation of some tasks.

        Args:
            rows: Held-out rows by task; tasks without rows are not read.
            metrics: What each task is judged by, by word; a task's own metric comes first.
            subset: Rows a task, those with the smallest keys.
        """
        self._rows = {task: part for task, part in rows.items() if len(part)}
        self._metrics = metrics
        self._chosen = {
            task: np.array(sorted(sorted(range(len(part)), key=part.keys.__getitem__)[:subset]))
            for task, part in self._rows.items()
        }

    def read(self, student: Student) -> dict[str, Measured]:
        """Each metric by `task.metric`, with its standard error over the rows that were read."""
        found = {}
        for task, part in self._rows.items():
            answered = outcomes(student, part, self._chosen[task])
            for word, metric in self._metrics[task].items():
                values = metric.examples(answered)
                error = float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else 0.0
                found[f"{task}.{word}"] = Measured(float(values.mean()), error, metric.higher_is_better)
        return found

    def objective(self, found: Mapping[str, Measured]) -> float:
        """The mean over tasks of each task's own metric, negated where lower is better."""
        own = [found[f"{task}.{next(iter(self._metrics[task]))}"].score for task in self._rows]
        return sum(own) / len(own)
