"""Scores of difficulty as people read them: how they spread, whether they agree, and what rows they mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from currc.compiler.show_line import CUT, visible, width
from currc.runtime.curriculum.agreement import spearman
from currc.runtime.reporting.numbers import NONE, signed
from currc.runtime.reporting.outline import columns
from currc.runtime.reporting.values import call

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from currc.runtime.data.templates import Example
    from currc.runtime.engine.scored import Scorer, TaskScores

FORMAT = 1
"""Version of the JSON."""
BINS = 24
BLOCKS, LETTERS = " ▁▂▃▄▅▆▇█", " .:-=+*#@"
"""How full a bin is, on a terminal and elsewhere; only an empty bin is blank."""
LONGEST = 400
"""Characters of a text that JSON holds."""


def sheet(found: Sequence[TaskScores], columns_wide: int, rows: int, *, blocks: bool) -> str:
    """All tasks as text.

    Args:
        found: The scores of each task.
        columns_wide: The width that no line goes beyond.
        rows: How many of the easiest and of the hardest rows are shown.
        blocks: Whether the histograms may use block characters.
    """
    return "\n".join(_task(one, columns_wide, rows, BLOCKS if blocks else LETTERS) for one in found)


def as_json(found: Sequence[TaskScores], name: str, rows: int) -> dict[str, Any]:
    """The same as JSON values; `correlation` is `null` where a score is the same for all rows."""
    return {
        "format_version": FORMAT,
        "spec": name,
        "tasks": {one.task: _task_json(one, rows) for one in found},
    }


def histogram(scores: NDArray[np.float64], bins: int = BINS) -> NDArray[np.int64]:
    """How many scores lie in each of equally wide bins from the lowest to the highest; int64 [bins]."""
    counts: NDArray[np.int64] = np.histogram(scores, bins)[0].astype(np.int64)
    return counts


def extremes(scores: NDArray[np.float64], rows: Sequence[Example], many: int) -> tuple[list[int], list[int]]:
    """The easiest rows from the easiest, and the hardest from the hardest; equal ones by their keys."""
    order = sorted(range(len(rows)), key=lambda i: (scores[i], rows[i].key))
    return order[:many], order[-many:][::-1]


def _task(found: TaskScores, wide: int, many: int, ramp: str) -> str:
    names = [_name(one) for one, _ in found.scores]
    scores = [values for _, values in found.scores]
    lines = [f"{visible(found.task)}  {len(found.rows):,} training rows", ""]
    lines += _spread(names, scores, wide, ramp)
    if len(names) > 1:
        lines += ["", "rank correlation (Spearman)", *_agreement(names, scores, wide)]
    for name, values in zip(names, scores, strict=True):
        easy, hard = extremes(values, found.rows, many)
        for title, chosen in (("easiest", easy), ("hardest", hard)):
            lines += ["", _cut(f"{title} by {name}", wide)]
            lines += [_row(found.rows[i], values[i], wide) for i in chosen]
    return "\n".join(lines) + "\n"


def _name(scorer: Scorer) -> str:
    within = " within all" if scorer.by.within == "all" else ""
    return call("score", scorer.by.score) + within


def _spread(names: Sequence[str], scores: Sequence[NDArray[np.float64]], wide: int, ramp: str) -> list[str]:
    """A line a score: its number, name, histogram, lowest, median and highest value."""
    table = [["", "score", "lowest … highest", "lowest", "median", "highest"]]
    for i, values in enumerate(scores, 1):
        ends = (values.min(), float(np.median(values)), values.max())
        table.append([str(i), "", _bars(histogram(values), ramp), *map(_number, ends)])
    room = max(12, wide - sum(max(map(len, column)) + 2 for column in zip(*table, strict=True)) + 5)
    for row, name in zip(table[1:], names, strict=True):
        row[1] = _cut(name, room)
    return [_cut(line, wide) for line in columns(table)]


def _bars(counts: NDArray[np.int64], ramp: str) -> str:
    most = max(int(counts.max()), 1)
    steps = len(ramp) - 1
    return "".join(ramp[-(-int(count) * steps // most)] for count in counts)


def _agreement(names: Sequence[str], scores: Sequence[NDArray[np.float64]], wide: int) -> list[str]:
    """The correlations of each score with those before it; scores go by their numbers."""
    found = spearman(scores)
    table = [["", *(str(i) for i in range(1, len(names))), ""]]
    for i in range(1, len(names)):
        cells = [_correlation(found[i, j]) if j < i else "" for j in range(len(names) - 1)]
        table.append([str(i + 1), *cells, names[i]])
    return [_cut(line, wide) for line in columns(table)]


def _correlation(value: float) -> str:
    return NONE if np.isnan(value) else signed(value, 2)


def _row(row: Example, score: float, wide: int) -> str:
    """A row in a line: its score, its prompt's values, its answer."""
    head = f"  {_number(score):>8}  "
    answer = _cut(_on_one_line(row.target), max(12, wide // 3))
    text = _cut(_on_one_line(row.inputs), max(8, wide - len(head) - len(" → ") - width(answer)))
    return _cut(f"{head}{text} → {answer}", wide)


def _on_one_line(text: str) -> str:
    return visible(" ".join(text.split()))


def _number(value: float) -> str:
    return f"{value:.4g}"


def _cut(text: str, most: int) -> str:
    """A text that takes at most so many columns."""
    if width(text) <= most:
        return text
    while text and width(text) + len(CUT) > most:
        text = text[: -1 - max(0, (width(text) + len(CUT) - most) // 2)]
    return text + CUT


def _task_json(found: TaskScores, many: int) -> dict[str, Any]:
    scores = [values for _, values in found.scores]
    correlation = spearman(scores).tolist()
    return {
        "rows": len(found.rows),
        "scores": [_score_json(scorer, values, found.rows, many) for scorer, values in found.scores],
        "correlation": [[None if np.isnan(value) else value for value in line] for line in correlation],
    }


def _score_json(
    scorer: Scorer, values: NDArray[np.float64], rows: Sequence[Example], many: int
) -> dict[str, Any]:
    easy, hard = extremes(values, rows, many)
    return {
        "score": call("score", scorer.by.score),
        "within": scorer.by.within,
        "lowest": float(values.min()),
        "median": float(np.median(values)),
        "highest": float(values.max()),
        "histogram": histogram(values).tolist(),
        "easiest": [_row_json(rows[i], values[i]) for i in easy],
        "hardest": [_row_json(rows[i], values[i]) for i in hard],
    }


def _row_json(row: Example, score: float) -> dict[str, Any]:
    texts = {"text": row.inputs[:LONGEST], "target": row.target[:LONGEST]}
    return {"score": float(score), "place": row.place, **texts}
