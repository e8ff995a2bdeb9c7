"""Looks of a trial at its own training rows, which change no weight, no moment and no random state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from currc.runtime.curriculum.looks import Look, Losses, Standing
from currc.runtime.learning.diverged import Diverged
from currc.runtime.learning.law import Law
from currc.runtime.learning.state import Cursor, TrialState

if TYPE_CHECKING:
    from currc.runtime.curriculum.feed import Feed
    from currc.runtime.data.tokens import TokenRows

MEMORY = "looks"
"""The memory of what every look read: all that ranks and leavings follow from."""


def look_before(law: Law, state: TrialState, tokens: Mapping[str, TokenRows]) -> None:
    """Rank the rows before the first step, where their order is the model's own.

    Raises:
        Diverged: A loss is not finite.
    """
    looks, cursor = law.looks, state.cursor
    if looks is not None and looks.own is not None and not cursor.looks:
        everything = {task: np.ones(len(rows), bool) for task, rows in tokens.items()}
        _read(state, tokens, everything, Look(-1, 0, cursor.steps, 0.0, orders=True, retires=False))


def look_if_due(law: Law, state: TrialState, feed: Feed) -> Feed:
    """The feed after a step, with other pools where a look was due and has changed any.

    Raises:
        Diverged: A loss is not finite.
    """
    cursor = state.cursor
    if law.looks is None or not any(asked := due(law, cursor)):
        return feed
    before = feed.standing.stays
    look = Look(law.index, cursor.stage_draws, cursor.steps, 0.0, *asked)
    _read(state, feed.tokens, before, look)
    feed = renewed(law, cursor, feed, state.memories[MEMORY])
    for task, stays in feed.standing.stays.items():
        if gone := int(before[task].sum() - stays.sum()):
            progress = law.progress(cursor.used(law.match))
            left = f"{int(stays.sum()):,} are left"
            cursor.promotions.append(f"{gone:,} rows of `{task}` leave at {progress:.1%}: {left}")
    return feed


def due(law: Law, cursor: Cursor) -> tuple[bool, bool]:
    """Whether rows are to be ranked anew now, and whether some may leave; the cursor notes the points passed.

    Nothing is due at the limit, as nothing is drawn after it.
    """
    looks = law.looks
    if looks is None or cursor.used(law.match) >= law.limit:
        return False, False
    grids = {"order": looks.refresh, "retire": law.every if looks.retiring is not None else None}
    found = []
    for what, every in grids.items():
        passed = 0 if every is None else law.passed(every, cursor)
        found.append(passed > cursor.looked.get(what, 0))
        if found[-1]:
            cursor.looked[what] = passed
    return found[0], found[1]


def renewed(law: Law, cursor: Cursor, feed: Feed, losses: Losses) -> Feed:
    """The feed by all looks that the cursor has logged; as it was where the last one changed nothing."""
    standing = stood(law, cursor, feed, losses)
    if standing.since == feed.standing.since:
        return feed
    feed = feed.renewed(standing, cursor.stage_draws)
    cursor.turns.update(feed.turns(cursor.stage_draws))
    return feed


def resumed(law: Law, cursor: Cursor, feed: Feed, losses: Losses) -> tuple[Feed, int]:
    """The feed of a stage that goes on by the looks it has taken; and the draw from which on it holds."""
    if law.looks is None:
        return feed, 0
    standing = stood(law, cursor, feed, losses)
    if standing.since == feed.standing.since:
        return feed, 0
    last = max(standing.since.values())
    at = next(one.at for one in (Look(*one) for one in cursor.looks) if one.steps == last)
    return feed.renewed(standing, at), at


def stood(law: Law, cursor: Cursor, feed: Feed, losses: Losses) -> Standing:
    """What all looks of the cursor have come to."""
    if law.looks is None:
        raise ValueError("this trial takes no looks")
    return law.looks.standing(cursor.looks, losses, feed.fixed, feed.together)


def _read(
    state: TrialState, tokens: Mapping[str, TokenRows], stays: Mapping[str, np.ndarray], look: Look
) -> None:
    """Read the losses of the rows that are left, and log the look with what it cost."""
    memory, spent = state.memories[MEMORY], 0.0
    for task, rows in tokens.items():
        chosen = np.flatnonzero(stays[task])
        losses = np.full((1, len(rows)), np.nan, np.float32)
        losses[0, chosen] = state.student.row_losses(rows, chosen)
        if lost := int((~np.isfinite(losses[0, chosen])).sum()):
            raise Diverged(f"the loss of {lost:,} training rows of {task} is not finite")
        memory[task] = np.concatenate([memory.get(task, losses[:0]), losses])
        # A forward pass is a third of a training step.
        spent += state.student.flops({task: rows.lengths[chosen]}) / 3
    state.cursor.flops += spent
    state.cursor.looks.append(list(look._replace(spent=spent)))
