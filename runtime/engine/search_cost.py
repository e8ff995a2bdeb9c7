"""What a search will train, told before it does."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from currc.compiler.plan import BudgetPlan
from currc.runtime.engine.forecast import row_lengths, shape
from currc.runtime.engine.searched import Hunt


class SearchCost(NamedTuple):
    """Of all proxies, those that check the answer included."""

    steps: float
    """Optimiser steps of one proxy."""
    share: float
    """One proxy as a share of one trial of the spec, by the budget's own unit."""
    trainings: float
    """How many plain trainings of that length the whole search is worth."""
    flops: float | None
    """Floating point operations of all of it; `None` where the model's size is not known yet."""


def cost(hunt: Hunt, budget: BudgetPlan, checks: int) -> SearchCost:
    """What a search costs; `budget` is the spec's own.

    Rows are taken as equally many of each task, though the mixes differ.

    Raises:
        ModelError: The base is not to be had.
    """
    root, model = hunt.experiment.root, hunt.arm.model
    lengths, _ = row_lengths(model, root, hunt.rows)
    length, batch = float(np.mean(list(lengths.values()))), hunt.arm.train.batch
    size = shape(model, root)
    row = size.flops(length, length) if size is not None else None
    of_step = {"steps": 1.0, "examples": batch, "tokens": batch * length, "flops": batch * (row or np.nan)}
    own = hunt.experiment.plan.budget
    steps = own.limit / of_step[own.match]
    trainings = hunt.proxies * hunt.search.worth + 2 * checks
    return SearchCost(
        steps=steps,
        share=steps * of_step[budget.match] / budget.limit,
        trainings=trainings,
        flops=None if row is None else trainings * steps * batch * row,
    )
