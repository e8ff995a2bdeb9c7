"""Proof that the planned order reached training: the closed form walked once more, without the model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from currc.runtime.curriculum.adaptive import Adaptive
from currc.runtime.curriculum.looks import Look, Losses
from currc.runtime.curriculum.realised import OrderHash
from currc.runtime.learning.law import Law
from currc.runtime.learning.looking import due, renewed
from currc.runtime.learning.stacking import admit
from currc.runtime.learning.state import UNITS, Cursor

if TYPE_CHECKING:
    from currc.runtime.curriculum.feed import Feed

Lengths = Mapping[str, np.ndarray]


class OrderBroken(Exception):
    """What reached training is not what was planned; the trial is worth nothing."""


def verify(
    law: Law,
    feed: Feed,
    cursor: Cursor,
    flops: Callable[[Lengths], float],
    heard: Callable[[Lengths], None] = lambda rows: None,
    looks: Losses = MappingProxyType({}),
) -> None:
    """Compare the realised order of a stage with its closed form.

    Only row lengths are needed: the window of a stage that is matched in tokens
    depends on the tokens used so far, which are counted again here. The rates of a mix
    that adapts are those of the log. What an adaptive pacing has opened is taken from the
    record, which must follow from the evaluations; which tasks have entered when is worked
    out again from the evaluations, and must be what the log says. Looks at training rows must have
    come when they were due; how rows were ranked then, and which left, follows from what they read.

    Args:
        law: The stage's law.
        feed: Its feed as the stage began; only its closed form is used.
        cursor: The cursor at the end of the stage.
        flops: Floating point operations of one step over rows of the given lengths.
        heard: Is told the rows of each step by task, which are proved only once this returns.
        looks: What the looks of the trial read.

    Raises:
        OrderBroken: The two differ.
    """
    walker = deepcopy(cursor)
    walker.stage_draws = 0
    for unit, used in cursor.at_entry["used"].items():
        setattr(walker, unit, used)
    walker.looks = [one for one in cursor.looks if one[0] < law.index]
    walker.looked = dict(cursor.at_entry.get("looked", {}))
    planned = OrderHash(cursor.at_entry["order"])
    _paces(law, cursor)
    known, longest = _lengths(feed, None), None
    logged = cursor.rates_of(law.index)
    if law.stack is not None:
        logged, walker.mix, walker.entered = [], [], []
        feed = _admitted(law, cursor, walker, feed)
    elif not isinstance(law.mixing, Adaptive):
        _constant(logged, feed)
    while walker.stage_draws < cursor.stage_draws:
        while logged and logged[0][0] == walker.stage_draws:
            at, rates, spent = logged.pop(0)
            feed, walker.flops = feed.turned(np.array(rates), at), walker.flops + spent
        pace = law.pace(walker)
        if pace.longest != longest:
            known, longest = _lengths(feed, pace.longest), pace.longest
        rows = feed.rows(walker.stage_draws, law.batch, pace, lambda: law.coming(walker))
        lengths = {task: known[task][chosen] for task, chosen in rows.items()}
        planned.step(rows, law.tasks)
        heard(rows)
        walker.walk(rows, sum(int(one.sum()) for one in lengths.values()))
        walker.flops += flops(lengths)
        feed = _looked(law, cursor, walker, feed, looks)
        if law.stack is not None:
            feed = _admitted(law, cursor, walker, feed)
    walker.flops += sum(spent for at, _, spent in logged if at == walker.stage_draws)
    _agree(law, planned, walker, cursor)


def _agree(law: Law, planned: OrderHash, walker: Cursor, cursor: Cursor) -> None:
    """The walk came to the entries, the looks, the hash and the totals that training came to."""
    if walker.looks != [one for one in cursor.looks if one[0] <= law.index]:
        raise OrderBroken("the looks at training rows did not come when they were due")
    if law.stack is not None and (walker.entered, walker.mix) != (cursor.entered, cursor.mix):
        raise OrderBroken("the tasks did not enter when the evaluations and the progress say")
    if planned.hexdigest() != cursor.order:
        raise OrderBroken(
            f"after {cursor.steps} steps the order that reached training ({cursor.order[:12]}) is not the "
            f"planned one ({planned.hexdigest()[:12]})"
        )
    for unit in UNITS:
        if walker.used(unit) != cursor.used(unit):
            raise OrderBroken(
                f"{cursor.used(unit):g} {unit} were counted, the order has {walker.used(unit):g}"
            )


def _constant(logged: list[tuple[int, list[float], float]], feed: Feed) -> None:
    """A mix that does not adapt has set its rates once, and they are those of the plan."""
    if [(at, rates) for at, rates, _ in logged] != [(0, feed.rates.tolist())]:
        raise OrderBroken("the rates that were drawn at are not those of the stage's mix")


def _looked(law: Law, cursor: Cursor, walker: Cursor, feed: Feed, losses: Losses) -> Feed:
    """The feed after a look, where the log has one and one was due."""
    number = len(walker.looks)
    if law.looks is None or not any(asked := due(law, walker)):
        return feed
    if number == len(cursor.looks):
        raise OrderBroken("a look at training rows was due, and none was taken")
    spent = Look(*cursor.looks[number]).spent
    walker.looks.append(list(Look(law.index, walker.stage_draws, walker.steps, spent, *asked)))
    walker.flops += spent
    try:
        return renewed(law, walker, feed, losses)
    except ValueError as error:
        raise OrderBroken(f"the looks at training rows give no order: {error}") from None


def _admitted(law: Law, cursor: Cursor, walker: Cursor, feed: Feed) -> Feed:
    """The feed with the tasks that enter after the walker's step, by the evaluations up to there."""
    walker.evaluations = [one for one in cursor.evaluations if one["steps"] <= walker.steps]
    last = walker.evaluations[-1]["steps"] if walker.evaluations else 0
    return admit(law, walker, feed, evaluated=last == walker.steps)


def _lengths(feed: Feed, longest: int | None) -> Lengths:
    """Tokens of every row of each task, cut to `longest`."""
    return {task: rows.lengths_within(longest) for task, rows in feed.tokens.items()}


def _paces(law: Law, cursor: Cursor) -> None:
    """The record of an adaptive pacing is what its evaluations give."""
    if not law.pacing.adaptive or law.paces is not None:
        return
    seen = range(1, len(cursor.evaluations) + 1)
    if [law.opened(cursor.evaluations[:count]) for count in seen] != [share for _, _, share in cursor.paces]:
        raise OrderBroken("what the pacing opened is not what its evaluations say")
