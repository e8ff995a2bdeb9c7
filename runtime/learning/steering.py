"""A mix that follows the training: what it is told after each step, and the log of its rates."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, cast

import numpy as np

from currc.runtime.curriculum.adaptive import Adaptive, Seen
from currc.runtime.curriculum.promotion import Measured
from currc.runtime.learning.gradients import losses_again
from currc.runtime.learning.law import Law
from currc.runtime.learning.lookahead import affinity, skill_graph
from currc.runtime.learning.looking import MEMORY, resumed
from currc.runtime.learning.stacking import admit
from currc.runtime.learning.state import Cursor, TrialState
from currc.runtime.streams import Stream

if TYPE_CHECKING:
    from currc.runtime.curriculum.feed import Feed
    from currc.runtime.data.ragged import Ragged


def taken_up(law: Law, state: TrialState, feed: Feed) -> Feed:
    """The feed as the cursor has it: at the last rates of the log, or at the stage's first ones."""
    cursor, mixing = state.cursor, law.mixing
    if logged := cursor.rates_of(law.index):
        at, last, _ = logged[-1]
        feed, since = resumed(law, cursor, feed, state.memories[MEMORY])
        drawn = np.array([cursor.turns[pool.name] for pool in feed.order.sources], np.int64)
        return feed.turned(np.array(last), max(at, since), drawn)
    if law.stack is not None:
        return admit(law, cursor, feed)
    rates = feed.rates
    if isinstance(mixing, Adaptive):
        memory = state.memories["mix"]
        if not memory:
            memory.update(mixing.start(feed.state))
        rates = mixing.shared(memory["weights"], feed.state)
        feed = feed.turned(rates, 0)
    cursor.note(law.index, rates.tolist(), feed.turns(cursor.stage_draws))
    return feed


def steer(
    law: Law,
    state: TrialState,
    feed: Feed,
    batches: Mapping[str, Ragged],
    losses: Mapping[str, float],
    evaluated: bool,
    validate: Callable[[], Mapping[str, Measured]],
) -> Feed:
    """The feed after one step, with other rates where the mix has set them anew."""
    mixing = law.mixing
    if not isinstance(mixing, Adaptive):
        return feed
    cursor, tasks, spent = state.cursor, law.segment.tasks, [0.0]

    def after() -> np.ndarray:
        spent[0] += state.student.flops({task: batch.lengths for task, batch in batches.items()}) / 3
        found = losses_again(law, state, batches)
        return np.array([found.get(task, math.nan) for task in tasks])

    def look() -> np.ndarray:
        found, operations = affinity(law, state, feed.tokens)
        spent[0] += operations
        return found

    def held_out() -> np.ndarray:
        found = validate()
        return np.array([found[f"{task}.loss"].value for task in tasks])

    def graph(steps: int) -> np.ndarray:
        found, operations = skill_graph(law, state, feed.tokens, steps, held_out)
        spent[0] += operations
        return found

    there = [batches.get(task) for task in tasks]
    seen = Seen(
        step=cursor.steps,
        progress=law.progress(cursor.used(law.match)),
        rates=np.array(cursor.mix[-1][2]),
        rows=np.array([0 if batch is None else len(batch.rows) for batch in there], np.int64),
        tokens=np.array([0 if batch is None else len(batch.ids) for batch in there], np.int64),
        losses=np.array([losses.get(task, math.nan) for task in tasks]),
        scores=_scores(law, cursor) if evaluated else None,
        goals=np.array([law.goals[task] for task in tasks]),
        after=after,
        affinity=look,
        graph=graph,
        held_out=held_out,
        chance=cast("np.random.Generator", Stream(law.seed, "mix", cursor.steps)),
    )
    memory = state.memories["mix"]
    changed = mixing.learn(memory, seen)
    cursor.flops += spent[0]
    if not (changed or spent[0]):
        return feed
    rates = mixing.shared(memory["weights"], feed.state) if changed else seen.rates
    feed = feed.turned(rates, cursor.stage_draws)
    cursor.note(law.index, rates.tolist(), feed.turns(cursor.stage_draws), spent[0])
    return feed


def _scores(law: Law, cursor: Cursor) -> np.ndarray:
    """The stage's tasks by their own metric at the last evaluation, higher is better."""
    found = cursor.evaluations[-1]["scores"]
    read = [found[f"{task}.{law.judged_by[task]}"] for task in law.segment.tasks]
    return np.array([value if higher else -value for value, _, higher in read])


def mean_rates(law: Law, cursor: Cursor) -> dict[str, float]:
    """The mean rate of each of the stage's tasks over its draws so far."""
    logged = cursor.rates_of(law.index)
    ends = [at for at, _, _ in logged[1:]] + [cursor.stage_draws]
    draws = np.array([end - at for (at, _, _), end in zip(logged, ends, strict=True)], np.float64)
    if not draws.any():
        draws[-1] = 1.0
    mean = draws @ np.array([rates for _, rates, _ in logged]) / draws.sum()
    return dict(zip(law.segment.tasks, mean.tolist(), strict=True))
