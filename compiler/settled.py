"""What an arm comes to, whatever it is called and however it is written."""

from __future__ import annotations

from collections.abc import Hashable

from currc.compiler.plan import ArmPlan, BudgetPlan, Method, Segment
from currc.compiler.validated import as_key

Shares = dict[str, float]
"""Part of the drawn rows by task, in [0, 1], together 1."""

EXACT = 9
"""Decimals of a share; two arms whose shares agree in so many draw the same rows."""


def content(arm: ArmPlan) -> Hashable:
    """All that an arm does: equal contents are equal trainings.

    Mixes are written as the shares that they come to where the plan knows these: `equal`
    over two tasks and `shares(a = 1, b = 1)` are one thing, and any mix of a single task.
    """
    segments = tuple(_written_out(segment) for segment in arm.schedule.segments)
    schedule = arm.schedule.model_copy(update={"segments": segments})
    plain = arm.model_copy(update={"schedule": schedule})
    return as_key(plain.model_dump(exclude=("name", "role", "of", "parent", "factors")))


def unyoked(arm: ArmPlan, parent: ArmPlan, budget: BudgetPlan) -> ArmPlan:
    """An arm that takes its totals from `parent`, with these in place where the plan knows them already."""
    totals = _totals(parent, budget)
    if arm.yoke is None or arm.yoke.what != "totals" or totals is None:
        return arm
    mix = Method(word="shares", parameters={"shares": totals})
    (segment,) = arm.schedule.segments
    whole = segment.model_copy(update={"mix": mix})
    schedule = arm.schedule.model_copy(update={"segments": (whole,)})
    return arm.model_copy(update={"schedule": schedule, "yoke": None})


def _written_out(segment: Segment) -> Segment:
    shares = shares_of(segment)
    if shares is None:
        return segment
    mix = Method(word="shares", parameters={"shares": dict(sorted(shares.items()))})
    return segment.model_copy(update={"mix": mix})


def shares_of(segment: Segment) -> Shares | None:
    """The shares of a stage's tasks; `None` where only the data, or the training, can say."""
    if len(segment.tasks) == 1:
        return {segment.tasks[0]: 1.0}
    given = segment.mix.parameters
    if (given.get("unit", "examples"), given.get("floor", 0.0), given.get("cap", 1.0)) != ("examples", 0, 1):
        return None
    if segment.mix.word == "equal":
        weights = dict.fromkeys(segment.tasks, 1.0)
    elif segment.mix.word == "shares":
        weights = {task: float(given["shares"].get(task, 0.0)) for task in segment.tasks}
    else:
        return None
    return _of_one(weights)


def _totals(arm: ArmPlan, budget: BudgetPlan) -> Shares | None:
    """The shares of an arm's tasks over all its stages; `None` where the plan cannot know them.

    It knows them where stages end at a number of rows, and at that alone.
    """
    if budget.match not in ("steps", "examples") or arm.stacked:
        return None
    left, found = 1.0, dict.fromkeys(arm.tasks, 0.0)
    for segment in arm.schedule.segments:
        shares = shares_of(segment)
        if shares is None or segment.promote is not None or segment.replay > 0:
            return None
        part = min(left, _part(segment, budget, left))
        left -= part
        for task, share in shares.items():
            found[task] += part * share
    return _of_one({task: share for task, share in found.items() if arm.tasks[task].train is not None})


def _part(segment: Segment, budget: BudgetPlan, left: float) -> float:
    """The share of the limit that a stage takes."""
    if segment.max is None:
        return left
    return segment.max.amount if segment.max.unit == "share" else segment.max.amount / budget.limit


def _of_one(weights: Shares) -> Shares | None:
    whole = sum(weights.values())
    if whole <= 0:
        return None
    return {task: round(weight / whole, EXACT) for task, weight in weights.items()}
