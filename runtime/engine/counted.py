"""What the data adds to a comparison of two plans: rows counted, and the time that stored trials took."""

from __future__ import annotations

from pathlib import Path
from statistics import fmean

from currc.compiler.plan import Plan
from currc.compiler.share import share
from currc.runtime.engine.effects import Forecast, Forecasts
from currc.runtime.engine.facts import known_digests, looked_up
from currc.runtime.engine.redo import Bill
from currc.runtime.engine.store import Store


def counted(plan: Plan, root: Path) -> Forecasts:
    """Draws, passes and tokens of each task in each arm and control, whole stages taken together.

    Raises:
        DataError: The data cannot be read, or is bad.
        ModelError: The base model, whose tokenizer counts, is not there.
    """
    from currc.runtime.data.prepare import prepare
    from currc.runtime.engine.forecast import row_lengths, shape, stages

    tasks = {name: task for arm in plan.arms for name, task in arm.tasks.items()}
    prepared = prepare(tasks, plan.sources, root)
    lengths, _ = row_lengths(plan.arms[0].model, root, prepared.tasks)
    size = shape(plan.arms[0].model, root)
    found: dict[str, dict[str, Forecast]] = {}
    for arm in plan.arms:
        if arm.role == "reference":
            continue
        sums: dict[str, Forecast] = {}
        for stage in stages(plan, arm, prepared.tasks, lengths, size):
            for one in stage.tasks:
                past = sums.get(one.task, Forecast(0.0, 0.0, 0.0, len(prepared.tasks[one.task].train)))
                draws, epochs, tokens = (
                    past.draws + one.draws,
                    past.epochs + one.epochs,
                    past.tokens + one.tokens,
                )
                sums[one.task] = Forecast(draws, epochs, tokens, past.rows)
        found[arm.name] = sums
    return found


def seconds(bill: Bill, before: Plan, after: Plan, root: Path, store: Store) -> tuple[float, int] | None:
    """How long the work of a bill will take, and how many stored trials of the older plan say so.

    Trials of an arm take as long as those of its name did, of another arm as long as all did on
    average, more or less as the limit is; one after another. `None` where no trial is stored.

    Raises:
        DataError, ModelError: The data or the model cannot be read.
    """
    took = _took(before, root, store)
    if not took:
        return None
    longer = after.budget.limit / before.budget.limit if after.budget.match == before.budget.match else 1.0
    usual = fmean(time for times in took.values() for time in times)
    times = {arm: fmean(of_arm) for arm, of_arm in took.items()}
    total = sum(one.trials * one.part * longer * times.get(one.arm, usual) for one in bill.redo)
    return total, sum(map(len, took.values()))


def _took(plan: Plan, root: Path, store: Store) -> dict[str, list[float]]:
    """Seconds of each stored trial, by arm."""
    if not store.root.is_dir():
        return {}
    found: dict[str, list[float]] = {}
    for trial in share(plan, looked_up(plan, root, known_digests(store.root))).trials:
        costs = [store.cost(key).get("seconds", 0.0) for key in (*trial.stages, trial.scores)]
        if all(costs):
            found.setdefault(trial.arm, []).append(sum(costs))
    return found
