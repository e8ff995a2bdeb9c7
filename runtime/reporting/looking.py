"""What looks of trials at their own training rows will cost, and what they leave unknown before training."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from currc.compiler.plan import ArmPlan, Quantity
from currc.runtime.curriculum.retiring import Retiring
from currc.runtime.reporting.scoring import charge
from currc.runtime.vocabulary import Vocabulary

if TYPE_CHECKING:
    from currc.runtime.engine.outlook import Outlook


def looks(arm: ArmPlan) -> bool:
    """Whether the rows that an arm draws follow from what it reads in them while it trains."""
    return _refresh(arm) is not None or _retires(arm)


def _refresh(arm: ArmPlan) -> Quantity | None:
    return arm.schedule.by.refresh if arm.schedule.by is not None else None


def _retires(arm: ArmPlan) -> bool:
    rule = Vocabulary().component("retire", arm.schedule.retire.word)
    return issubclass(rule, Retiring) and rule.looks


def looking(seen: Outlook) -> list[str]:
    """The looks of all arms and controls, as many as there may be; nothing where none looks."""
    found = [(arm, _many(seen, arm)) for arm in seen.plan.arms if arm.role != "reference" and looks(arm)]
    if not found:
        return []
    read = sum(many * seen.tokens_of(arm) * len(arm.train.seeds) for arm, many in found)
    looked = sum(many * len(arm.train.seeds) for arm, many in found)
    cost = charge(seen, 0.0, read)
    return [f"looks   at most {looked:,} at training rows, {read:,.0f} tokens read{cost}"]


def _many(seen: Outlook, arm: ArmPlan) -> int:
    """How often a trial looks: before it trains where it ranks, then at each point of each grid."""
    refresh = _refresh(arm)
    ranks = 0 if refresh is None else 1 + _points(seen, arm, refresh)
    leaves = _points(seen, arm, seen.plan.evaluate.every) if _retires(arm) else 0
    return ranks if refresh == seen.plan.evaluate.every else ranks + leaves


def _points(seen: Outlook, arm: ArmPlan, every: Quantity) -> int:
    """Points of a grid before the limit."""
    budget = seen.plan.budget
    whole = {"share": 1.0, budget.match: budget.limit}
    if every.unit not in whole:
        tasks = [one for stage in seen.forecasts[arm.name] for one in stage.tasks]
        draws = sum(one.draws for one in tasks)
        whole |= {
            "examples": draws,
            "steps": draws / arm.train.batch,
            "tokens": sum(one.tokens for one in tasks),
        }
    return max(0, math.ceil(whole[every.unit] / every.amount - 1e-9) - 1)


def of_ranks(arm: ArmPlan) -> Iterator[str]:
    """What nobody knows of an arm's window before it trains."""
    if _refresh(arm) is not None:
        yield "easy is what the model found easy when it last looked"


def of_leaving(arm: ArmPlan) -> Iterator[str]:
    """What nobody knows of the rows of an arm before it trains."""
    if _retires(arm):
        yield f"rows that are learnt leave: at most all but {arm.train.batch} of each pool"
