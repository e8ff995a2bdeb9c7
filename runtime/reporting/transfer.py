"""What one task does to another, as references without it or with it alone have shown: one table each."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from currc.runtime.judging.results import Transfer, Verdict
from currc.runtime.reporting.grid import Column, Grid, cells, chunks
from currc.runtime.reporting.numbers import NONE, change, points

HEADS = {"leave_one_out": "gain from\nhaving", "pairs": "gain from\nonly having"}
"""By reference: what the columns' tasks do for those of the rows."""
MARK = "*"
"""Stands after what is shown and not only seen."""


def transfers(verdict: Verdict, width: int) -> list[Grid]:
    """A table for each kind of reference that was trained: a row for each task, a column for each other."""
    found: list[Grid] = []
    for kind, head in HEADS.items():
        entries = [one for one in verdict.transfer if one.reference == kind]
        if entries:
            tasks = list(dict.fromkeys(one.task for one in entries))
            others = list(dict.fromkeys(one.other for one in entries))
            names = Column(head, tuple(map(Text, tasks)))
            found += chunks([_column(entries, tasks, other) for other in others], names, width)
    return found


def transferred(verdict: Verdict) -> str | None:
    """How the tables of transfer are read; `None` where there are none."""
    if not verdict.transfer:
        return None
    unit = "points" if all(one.range == (0.0, 1.0) for one in verdict.transfer) else "each task's metric"
    shown = sum(one.shown != "not shown" for one in verdict.transfer)
    marked = f"{MARK} marks what is shown" if shown else "none shown"
    return f"above, gains of each row's task in {unit}; {marked} (each reference has the whole limit)."


def _column(entries: Sequence[Transfer], tasks: Sequence[str], other: str) -> Column:
    by_task = {one.task: one for one in entries if one.other == other}
    return Column(other, cells([_cell(by_task.get(task)) for task in tasks]), "right")


def _cell(one: Transfer | None) -> str:
    """A difference, and whether it is shown; the marks' column is kept where there is none."""
    if one is None or one.difference is None:
        return NONE + " "
    gap = one.difference.estimate
    text = points(gap) if one.range == (0.0, 1.0) else change(gap, one.range)
    return text + (" " if one.shown == "not shown" else MARK)
