"""Tasks that enter one after another: the rates among those that are in, and the log of who entered when."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from currc.compiler.record import replaced
from currc.runtime.curriculum.promotion import Measured
from currc.runtime.learning.law import Law
from currc.runtime.learning.state import Cursor

if TYPE_CHECKING:
    from currc.runtime.curriculum.feed import Feed


def admit(law: Law, cursor: Cursor, feed: Feed, evaluated: bool = True) -> Feed:
    """The feed with the tasks that may enter by now, each logged with what let it in; as it was without one.

    All that is looked at are the evaluations and the progress, so the proof of the order asks it again.

    Args:
        law: The stage's law.
        cursor: Where the trial stands; entries and rates are logged in it.
        feed: The feed so far.
        evaluated: Whether an evaluation may have come since this was asked last.
    """
    stack, used = law.stack, cursor.used(law.match)
    if stack is None:
        return feed
    progress, known = law.progress(used), {one[0] for one in cursor.entered}
    if not evaluated and all(task in known or progress < at for task, at in stack.latest.items()):
        return feed
    moments = [law.progress(one["used"]) for one in cursor.evaluations]
    found = stack.inside(_read(cursor), moments, progress)
    new = [task for task in found if task not in known]
    if not new:
        return feed
    cursor.entered += [[task, cursor.steps, used, found[task]] for task in new]
    if known:
        cursor.promotions += [f"`{task}` enters at {progress:.1%}: {found[task]}" for task in new]
    rates = _rates(law, feed, cursor.stage_draws, list(found))
    feed = feed.turned(rates, cursor.stage_draws)
    cursor.note(law.index, rates.tolist(), feed.turns(cursor.stage_draws))
    return feed


def _read(cursor: Cursor) -> list[dict[tuple[str, str], Measured]]:
    """What each evaluation found, by (task, metric word)."""
    return [
        {(name.partition(".")[0], name.partition(".")[2]): Measured(*found) for name, found in one.items()}
        for one in (evaluation["scores"] for evaluation in cursor.evaluations)
    ]


def _rates(law: Law, feed: Feed, position: int, inside: list[str]) -> np.ndarray:
    """What the mix says among the tasks that are in, by their draws so far; 0 for the others.

    Over the stage's tasks, float64 [K].
    """
    tasks, state = law.segment.tasks, feed.state
    drawn = np.bincount(feed.owners, feed.order.drawn_at(position), len(feed.tasks)).astype(np.int64)
    so_far = replaced(state, drawn=drawn[[feed.tasks.index(task) for task in state.tasks]])
    here = [task for task in tasks if task in inside]
    rates = np.zeros(len(tasks))
    rates[[tasks.index(task) for task in here]] = law.mixing.rates(so_far.of(here))
    return rates
