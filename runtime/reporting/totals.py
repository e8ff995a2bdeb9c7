"""What the arms drew of each task and used of the limit: they are matched on the limit, not per task."""

from __future__ import annotations

from collections.abc import Sequence

from currc.runtime.judging.results import ArmResult, Verdict
from currc.runtime.reporting.grid import Column, Grid, cells, chunks, names_of
from currc.runtime.reporting.numbers import NONE

EVEN = 0.01
"""Arms whose rows differ by less, of the mean, have drawn the same."""


def totals(verdict: Verdict, width: int) -> list[Grid]:
    """A table of rows drawn and limit used, by arm; none where every arm drew the same."""
    arms = verdict.listed()
    if verdict.limit is None or not _known(arms) or _even(arms):
        return []
    _, unit = verdict.limit
    columns = [
        Column(f"{task}\nrows drawn", cells([_drawn(arm, task) for arm in arms]), "right")
        for task in _tasks(arms)
    ]
    used = [NONE if arm.totals is None else quantity(arm.totals.used, unit) for arm in arms]
    return chunks(
        [*columns, Column(f"used\n{unit}", cells(used), "right")], names_of(arms, fold=False), width
    )


def drawn(verdict: Verdict) -> str | None:
    """Rows a trial in every arm, or where they stand; and by how much the limit was passed."""
    arms = verdict.listed()
    if verdict.limit is None or not _known(arms):
        return None
    limit, unit = verdict.limit
    past = max(arm.totals.past for arm in arms if arm.totals)
    size = f"the limit of {quantity(limit, unit)} {unit}"
    over = f"{size} is passed by at most {quantity(past, unit)}" if past else f"{size} is met exactly"
    if not _even(arms):
        return f"mean rows a trial are above: arms are matched on {unit}, not per task; {over}."
    alike = " in every arm" if len(arms) > 1 else ""
    rows = ", ".join(f"{task} {_mean(arms, task):,.0f}" for task in _tasks(arms))
    return f"{rows} rows a trial{alike}; {over}."


def quantity(amount: float, unit: str) -> str:
    """An amount of a budget unit."""
    return f"{amount:.3g}" if unit == "flops" else f"{amount:,.0f}"


def _known(arms: Sequence[ArmResult]) -> bool:
    return any(arm.totals for arm in arms)


def _tasks(arms: Sequence[ArmResult]) -> list[str]:
    """Every task that some arm trains, in the order of the arms."""
    return list(dict.fromkeys(task for arm in arms if arm.totals for task in arm.totals.drawn))


def _rows(arms: Sequence[ArmResult], task: str) -> list[float]:
    return [arm.totals.drawn.get(task, 0.0) for arm in arms if arm.totals]


def _mean(arms: Sequence[ArmResult], task: str) -> float:
    rows = _rows(arms, task)
    return sum(rows) / len(rows)


def _even(arms: Sequence[ArmResult]) -> bool:
    """Whether all arms drew the same number of rows of each task, to a hundredth."""
    return all(
        abs(rows - _mean(arms, task)) <= EVEN * _mean(arms, task)
        for task in _tasks(arms)
        for rows in _rows(arms, task)
    )


def _drawn(arm: ArmResult, task: str) -> str:
    if arm.totals is None or task not in arm.totals.drawn:
        return NONE
    return f"{arm.totals.drawn[task]:,.0f}"
