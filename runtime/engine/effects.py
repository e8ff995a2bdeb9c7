"""What a change does to training: numbers before and after, from the closed forms of two plans."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from currc.compiler.compare import Sides
from currc.compiler.plan import ArmPlan, Method, Plan
from currc.compiler.settled import shares_of
from currc.compiler.value_types import tidy
from currc.runtime.curriculum.exposure import hardest_share, is_sorted, stretches
from currc.runtime.learning.lr_schedules import LrSchedule
from currc.runtime.vocabulary import Vocabulary

EARLY = 0.2
"""The part of training that counts as its beginning."""
FACTORS = ("equal", "fixed")
"""Weightings whose factors the plan knows."""
POINTS = 1000
"""Moments at which a learning rate is looked at."""
LEAST = 0.005
"""Smallest difference of two shares that is worth a line."""

Shares = dict[str, float]
"""Parts by task, in [0, 1], together 1."""


class Forecast(NamedTuple):
    """What is known of one task in one arm once its rows are counted."""

    draws: float
    epochs: float
    """Passes over its training rows."""
    tokens: float
    rows: int
    """Training rows."""


Forecasts = Mapping[str, Mapping[str, Forecast]]
"""By arm and task; without the references."""


class Effect(NamedTuple):
    """One number that a change moves."""

    what: str
    before: str
    after: str
    of: str
    """What the numbers count, as `of the rows drawn`."""
    arms: tuple[str, ...]


def effects(sides: Sides, forecasts: tuple[Forecasts, Forecasts] | None = None) -> tuple[Effect, ...]:
    """What differs in the training of arms that are in both plans; equal effects of several arms as one,
    those of most arms first.

    Without `forecasts`, which need the data, only what the plan itself knows: windows, stages, rates of
    mixes that do not depend on sizes.
    """
    older = {arm.name: arm for arm in sides.before.arms if arm.role == "arm"}
    counted = forecasts if forecasts is not None else ({}, {})
    found: dict[Line, list[str]] = {}
    for arm in sides.after.arms:
        if arm.role != "arm" or (past := older.get(arm.name)) is None:
            continue
        old = Side(sides.before, past, counted[0].get(arm.name, {}))
        new = Side(sides.after, arm, counted[1].get(arm.name, {}))
        for line in _of_arm(old, new):
            found.setdefault(line, []).append(arm.name)
    told = [Effect(*line, tuple(arms)) for line, arms in found.items()]
    return tuple(sorted(told, key=lambda one: (-len(one.arms), one.arms)))


class Side(NamedTuple):
    """An arm in its plan, and what is known of its tasks; empty without the data."""

    plan: Plan
    arm: ArmPlan
    counted: Mapping[str, Forecast]


Line = tuple[str, str, str, str]
"""An effect without its arms."""


def _of_arm(old: Side, new: Side) -> Iterator[Line]:
    """What differs in the training of one arm, the largest scale first."""
    yield from _told("steps a trial", steps(old), steps(new), "{:,.0f}")
    yield from _told("rows drawn a trial", rows_drawn(old), rows_drawn(new), "{:,.0f}")
    yield from _parts("stage {}", _stages(old), _stages(new), "of training")
    yield from _hardest(old, new)
    yield from _parts("{}", row_shares(old), row_shares(new), "of the rows drawn")
    for task in sorted(old.counted.keys() & new.counted.keys()):
        one, other = old.counted[task], new.counted[task]
        yield from _told(f"{task}, training rows", one.rows, other.rows, "{:,.0f}")
        yield from _told(f"{task} repeated", one.epochs, other.epochs, "{:.2g}", "passes")
    if _weights(old) != _weights(new):
        yield from _parts("{}", pulls(old), pulls(new), "of the loss")
    yield from _told("mean learning rate", mean_rate(old), mean_rate(new), "{:.2g}")
    yield from _told("validations a trial", validations(old), validations(new), "{:,.0f}")


def _told(what: str, before: float | None, after: float | None, form: str, of: str = "") -> Iterator[Line]:
    """A line where both numbers are known and do not look the same."""
    if before is not None and after is not None and form.format(before) != form.format(after):
        yield what, form.format(before), form.format(after), of


def _parts(what: str, before: Shares | None, after: Shares | None, of: str) -> Iterator[Line]:
    """A line for each part that differs by half a per cent or more; what is not there has 0%."""
    if before is None or after is None:
        return
    for name in dict.fromkeys((*after, *before)):
        old, new = before.get(name, 0.0), after.get(name, 0.0)
        if abs(old - new) >= LEAST:
            yield what.format(name), *percents(old, new), of


def percents(before: float, after: float) -> tuple[str, str]:
    """Two shares in whole per cents, or with a decimal where those are the same."""
    whole = f"{before:.0%}", f"{after:.0%}"
    return whole if whole[0] != whole[1] else (f"{before:.1%}", f"{after:.1%}")


def rows_drawn(side: Side) -> float | None:
    """Rows that a trial draws; under a limit in tokens or operations only the data can say."""
    budget, batch = side.plan.budget, side.arm.train.batch
    if side.counted:
        return sum(one.draws for one in side.counted.values())
    return {"steps": budget.limit * batch, "examples": budget.limit}.get(budget.match)


def steps(side: Side) -> float | None:
    """Updates of a trial."""
    if side.plan.budget.match == "steps":
        return side.plan.budget.limit
    rows = rows_drawn(side)
    return None if rows is None else math.ceil(rows / side.arm.train.batch)


def _stages(side: Side) -> Shares | None:
    """The part of training of each stage; without stages there is nothing to tell."""
    found = stretches(side.arm, side.plan.budget)
    return {one.segment.stage: one.end - one.begin for one in found if one.segment.stage != "all"}


def _hardest(old: Side, new: Side) -> Iterator[Line]:
    """The part of the hardest fifth, at the beginning and over all of training."""
    if not (is_sorted(old.arm) or is_sorted(new.arm)):
        return
    for end, when in ((EARLY, beginning(old.plan, new.plan)), (1.0, "all of training")):
        one, other = (hardest_share(side.arm, side.plan.budget, 0.0, end) for side in (old, new))
        if one is not None and other is not None and abs(one - other) >= LEAST:
            yield f"hardest fifth, {when}", *percents(one, other), "of the rows drawn"


def beginning(before: Plan, after: Plan) -> str:
    """The beginning of training in the budget's own unit, where it has the same in both plans."""
    one, other = before.budget, after.budget
    if (one.match, one.limit) != (other.match, other.limit) or other.match == "flops":
        return f"first {EARLY:.0%} of training"
    return f"first {tidy(round(EARLY * other.limit)).replace('_', ',')} {other.match}"


def row_shares(side: Side) -> Shares | None:
    """The part of each task in the rows that a trial draws; `None` where the data must say."""
    if side.counted:
        whole = sum(one.draws for one in side.counted.values())
        return {task: one.draws / whole for task, one in side.counted.items()}
    if side.arm.stacked:
        return None  # validation says when tasks enter
    found: Shares = {}
    course = stretches(side.arm, side.plan.budget)
    if len(course) > 1 and side.plan.budget.match not in ("steps", "examples"):
        return None  # how many rows a stage draws depends on their lengths
    for one in course:
        shares = shares_of(one.segment)
        if shares is None or one.segment.replay > 0:
            return None
        for task, share in shares.items():
            found[task] = found.get(task, 0.0) + share * (one.end - one.begin)
    return found


def pulls(side: Side) -> Shares | None:
    """The part of each task in the loss, were all rows equally hard: rows drawn x weight x factor."""
    rates, (tasks, words) = row_shares(side), _weights(side)
    if rates is None or len(words) != 1 or words[0].word not in FACTORS:
        return None
    factors = words[0].parameters.get("by_task", {})
    weighed = {task: rate * tasks[task] * factors.get(task, 1.0) for task, rate in rates.items()}
    whole = sum(weighed.values())
    return {task: one / whole for task, one in weighed.items()} if whole > 0 else None


def _weights(side: Side) -> tuple[dict[str, float], list[Method]]:
    """What weighs the tasks' losses: their own weights, and the weightings of the stages, each once."""
    words: list[Method] = []
    for segment in side.arm.schedule.segments:
        if segment.weights not in words:
            words.append(segment.weights)
    return {name: task.weight for name, task in side.arm.tasks.items()}, words


def mean_rate(side: Side) -> float | None:
    """The mean learning rate over training, warm-up and stages included."""
    law = Vocabulary().build("lr_schedule", side.arm.train.lr_schedule)
    if not isinstance(law, LrSchedule):
        raise TypeError(f"{side.arm.train.lr_schedule.word} is no learning-rate schedule")
    total = 0.0
    for one in stretches(side.arm, side.plan.budget):
        moments = [one.begin + (i + 0.5) / POINTS * (one.end - one.begin) for i in range(POINTS)]
        factors = sum(law.factor(moment, side.arm.train.warmup) for moment in moments) / POINTS
        total += factors * one.segment.lr_scale * (one.end - one.begin)
    return side.arm.train.lr * total


def validations(side: Side) -> float | None:
    """Evaluations of a trial while it trains."""
    every, budget = side.plan.evaluate.every, side.plan.budget
    if every.unit == "share":
        return math.floor(1 / every.amount + 1e-9)
    return math.floor(budget.limit / every.amount + 1e-9) if every.unit == budget.match else None
