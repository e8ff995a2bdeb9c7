"""The loop: one stage of one trial, top to bottom; no printing, no writing."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from currc.runtime.curriculum.promotion import Measured
from currc.runtime.curriculum.realised import OrderHash
from currc.runtime.learning.batches import Batches
from currc.runtime.learning.diverged import Diverged as Diverged
from currc.runtime.learning.events import Evaluated, StageEnded, Stepped, TrialEvent
from currc.runtime.learning.gradients import backward, clip
from currc.runtime.learning.law import Law
from currc.runtime.learning.looking import look_if_due
from currc.runtime.learning.stacking import admit
from currc.runtime.learning.state import Cursor, TrialState
from currc.runtime.learning.steering import mean_rates, steer, taken_up
from currc.runtime.learning.stream_log import log_stream

if TYPE_CHECKING:
    from currc.runtime.curriculum.feed import Feed
    from currc.runtime.data.ragged import Ragged

PATIENCE = 20
"""Steps in a row with a high loss that make an explosion; nothing is told before as many steps."""
OPENING = 5
"""A task begins with the highest of so many losses."""

Validate = Callable[[], Mapping[str, Measured]]
"""Validation scores of every task by `task.metric`."""
Backward = Callable[[Law, TrialState, "Mapping[str, Ragged]"], dict[str, float]]
"""What fills `.grad` of every trainable tensor, and returns each task's mean loss."""


class Stopped(Exception):
    """The trial was asked to stop; its state is whole and can be saved."""


def train(
    law: Law,
    state: TrialState,
    feed: Feed,
    validate: Validate,
    objective: Callable[[Mapping[str, Measured]], float],
    promoted: Callable[[Cursor], tuple[bool, str]],
    *,
    tell: Callable[[TrialEvent], None],
    pause: Callable[[TrialState], bool],
    backward: Backward = backward,
) -> None:
    """Carry out one stage and leave `state` as it is after it.

    `pause` is called after every step: it may write a checkpoint, and says whether
    to stop. The stage ends at its `max`, at the arm's limit, by promotion, or where
    its yoke says.

    Raises:
        Stopped: `pause` said so.
        Diverged: A loss or gradient is not finite, or the loss exploded.
    """
    state.student.freeze(law.frozen)
    cursor, feed, ahead = state.cursor, taken_up(law, state, feed), Batches(law)
    most = law.most(cursor.entry(law.match))
    least = cursor.entry(law.match) + law.amount(law.segment.min)
    while cursor.used(law.match) < most:
        before = cursor.used(law.match)
        batches, pace = ahead.next(cursor, feed)
        losses = step(law, state, batches, backward)
        count(law, state, batches, losses)
        log_stream(law, cursor, batches, before, partial(feed.window, pace))
        feed = look_if_due(law, state, feed)
        watch(cursor, losses)
        tell(Stepped(law.progress(cursor.used(law.match)), cursor.steps, cursor.tokens, cursor.losses))
        evaluated = evaluate_if_due(law, state, validate, objective, tell)
        feed = steer(law, state, feed, batches, losses, evaluated, validate)
        feed = admit(law, cursor, feed, evaluated)
        if evaluated and law.end is None:
            ready, reason = promoted(cursor)
            if ready and not law.last and cursor.used(law.match) >= least:
                leave(law, state, feed, reason, tell)
                return
        if pause(state):
            raise Stopped
    leave(law, state, feed, _unpromoted(law, cursor, promoted), tell)


def _unpromoted(law: Law, cursor: Cursor, promoted: Callable[[Cursor], tuple[bool, str]]) -> str:
    """Why a stage ended that was not promoted, with the numbers of what did not hold."""
    if law.end is not None or law.last:
        return "its yoke" if law.end is not None else "the limit"
    _, numbers = promoted(cursor)
    return f"its max, {numbers}" if numbers else "its max"


def step(
    law: Law, state: TrialState, batches: Mapping[str, Ragged], backward: Backward = backward
) -> dict[str, float]:
    """Make one optimiser step and return each task's mean loss in the batch, before the step.

    A task's loss enters by its share of the batch's rows times `weight` times the
    weighting's factor, so that `mix` says how much a task counts, and `sum` of
    per-task gradients is the gradient of the sum.
    """
    rate = law.rate(state.cursor.used(law.match))
    for group in state.optimizer.param_groups:
        group["lr"] = rate * group["scale"]
    parameters = [parameter for _, parameter in state.student.trainable()]
    for parameter in parameters:
        parameter.grad = None
    losses = backward(law, state, batches)
    norm = clip(parameters, law.clip if law.clip > 0 else math.inf)
    if not (math.isfinite(norm) and all(map(math.isfinite, losses.values()))):
        bad = [task for task, loss in losses.items() if not math.isfinite(loss)]
        raise Diverged(f"the {'loss of ' + ', '.join(bad) if bad else 'gradient'} is not finite")
    state.optimizer.step()
    known = np.array([losses.get(task, math.nan) for task in law.tasks])
    law.weighting.after_step(known, state.memories["weights"], rate)
    return losses


def count(law: Law, state: TrialState, batches: Mapping[str, Ragged], losses: Mapping[str, float]) -> None:
    """Move the cursor over one step."""
    cursor = state.cursor
    rows = {task: batch.rows for task, batch in batches.items()}
    order = OrderHash(cursor.order)
    order.step(rows, law.tasks)
    cursor.walk(rows, sum(len(batch.ids) for batch in batches.values()))
    for task, mine in rows.items():
        cursor.drawn[task] = cursor.drawn.get(task, 0) + len(mine)
        old = cursor.losses.get(task, losses[task])
        cursor.losses[task] = 0.9 * old + 0.1 * losses[task]
    cursor.order = order.hexdigest()
    cursor.flops += state.student.flops({task: batch.lengths for task, batch in batches.items()})


def evaluate_if_due(
    law: Law,
    state: TrialState,
    validate: Validate,
    objective: Callable[[Mapping[str, Measured]], float],
    tell: Callable[[TrialEvent], None],
) -> bool:
    """Read validation where a step has passed a point of the grid of `every`, and once at the limit."""
    cursor = state.cursor
    used, due = cursor.used(law.match), law.evaluations_due(cursor)
    if due <= cursor.grid and used < law.limit:
        return False
    cursor.grid = due
    found = validate()
    if not found:
        return False
    value = objective(found)
    scores = {name: one.value for name, one in found.items()}
    read = {name: [one.value, one.se, one.higher_is_better] for name, one in found.items()}
    cursor.evaluations.append(
        {"used": used, "steps": cursor.steps, "stage": law.index, "scores": read, "objective": value}
    )
    if (opened := law.opened(cursor.evaluations)) is not None:
        cursor.paces.append([cursor.steps, used, opened])
    if law.keep_best and math.isfinite(value) and (cursor.best is None or value > cursor.best):
        cursor.best = value
        state.best = {name: tensor.clone() for name, tensor in state.student.state().items()}
    tell(Evaluated(law.progress(used), scores, value))
    return True


def leave(law: Law, state: TrialState, feed: Feed, reason: str, tell: Callable[[TrialEvent], None]) -> None:
    """Close the stage: what it drew and used, why it ended; the last one also chooses the kept student."""
    cursor = state.cursor
    used = cursor.used(law.match)
    cursor.turns.update(feed.turns(cursor.stage_draws))
    cursor.mean_mix.append(mean_rates(law, cursor))
    cursor.ends.append(used)
    cursor.promotions.append(f"{law.name}: {reason} at {law.progress(used):.1%}")
    tell(StageEnded(law.name, law.progress(used), reason))
    if law.last:
        cursor.status = "done"
        if state.best:
            state.student.load_state(state.best)
            state.best = {}


def watch(cursor: Cursor, losses: Mapping[str, float]) -> None:
    """Tell an explosion: the loss above 10 times its running median for 20 steps (reliability.md, F19).

    A curriculum makes losses jump by itself: rows that are learnt give way to new rows,
    tasks to new tasks. So each task's loss is taken as a multiple of what it began with,
    and their mean counts as high only if it is above 2 as well.
    """
    recent, level = cursor.recent, 0.0
    for task, loss in losses.items():
        first = cursor.first.setdefault(task, [])
        if len(first) < OPENING:
            first.append(loss)
        level += loss / (max(first) or math.inf) / len(losses)
    # The least of them is below the median and cheaper to find.
    suspect = len(recent) >= PATIENCE and level > max(2.0, 10 * min(recent))
    high = suspect and level > 10 * median(recent)
    recent.append(level)
    del recent[:-100]
    cursor.high = cursor.high + 1 if high else 0
    if cursor.high >= PATIENCE:
        raise Diverged(f"the loss stayed above 10 times its running median for {cursor.high} steps")
