"""What an arm sees when, from its plan alone: closed forms, without the rows.

Percentiles of difficulty are ranks, so their part in what is drawn is known before any
row is read: from a window that is open from `low` to `high`, rows are drawn without preference.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from currc.compiler.plan import ArmPlan, BudgetPlan, Segment
from currc.runtime.curriculum.ordering import Ordering
from currc.runtime.curriculum.pacing import Pacing
from currc.runtime.vocabulary import Vocabulary

HARDEST = 0.8
"""Rows above this percentile are the hardest fifth."""
POINTS = 400
"""Moments at which a moving window is looked at; shares are shown in whole per cents."""


class Stretch(NamedTuple):
    """One stage as long as it may last at most, in parts of the arm's limit."""

    segment: Segment
    begin: float
    end: float


def stretches(arm: ArmPlan, budget: BudgetPlan) -> tuple[Stretch, ...]:
    """The stages of an arm; a stage takes its `max`, the last one what is left."""
    begin, found = 0.0, []
    for segment in arm.schedule.segments:
        end = 1.0
        if segment.max is not None:
            share = segment.max.amount / (1.0 if segment.max.unit == "share" else budget.limit)
            end = min(1.0, begin + share)
        found.append(Stretch(segment, begin, end))
        begin = end
    return tuple(found)


def is_sorted(arm: ArmPlan) -> bool:
    """Whether difficulty has a say in what the arm draws; a random order has none."""
    by = arm.schedule.by
    return by is not None and by.score.word != "random"


def hardest_share(arm: ArmPlan, budget: BudgetPlan, begin: float, end: float) -> float | None:
    """The part of the rows drawn between two moments that are of the hardest fifth, in [0, 1].

    Every moment counts alike, so under a limit in tokens it is that of rows of equal length.

    Args:
        arm: An arm as planned; of a stage that may be left early, all of it counts.
        budget: Its budget.
        begin: Part of the limit that is used at the first moment, in [0, 1).
        end: The same for the last moment, in (begin, 1].

    Returns:
        A fifth where rows are not sorted; `None` for a pacing that follows validation or closes again
        what it opened, for rows in a strict sequence, and where replayed rows of different tasks are
        sorted differently, so that only the data can say.
    """
    if not is_sorted(arm):
        return 1.0 - HARDEST
    ordering, pacing = order_and_pacing(arm)
    closes = any(pacing.closed(moment / 10) > 0 for moment in range(11))
    if ordering.strict or pacing.adaptive or closes:
        return None
    course = _Course(stretches(arm, budget), ordering, pacing)
    step = (end - begin) / POINTS
    shares = [course.hard(begin + (i + 0.5) * step) for i in range(POINTS)]
    known = [share for share in shares if share is not None]
    return sum(known) / POINTS if len(known) == POINTS else None


class _Course(NamedTuple):
    """The stages of one arm and how their windows move."""

    stretches: tuple[Stretch, ...]
    ordering: Ordering
    pacing: Pacing

    def hard(self, moment: float) -> float | None:
        """The part of the draws at one moment that are of the hardest fifth."""
        last = len(self.stretches) - 1
        at = next(i for i, one in enumerate(self.stretches) if moment < one.end or i == last)
        now, earlier = self.stretches[at], self.stretches[:at]
        whole = now.end - now.begin
        through = min(1.0, max(0.0, (moment - now.begin) / whole)) if whole > 0 else 1.0
        opened, closed = self.pacing.fraction(through), self.pacing.closed(through)
        own = _hard_part([_window(now.segment, self.ordering, opened, closed)])
        replay = now.segment.replay
        if replay == 0 or not earlier:
            return own
        replayed = _replayed(earlier, self.ordering)
        return None if replayed is None else (1 - replay) * own + replay * replayed


def _replayed(earlier: tuple[Stretch, ...], ordering: Ordering) -> float | None:
    """The hard part of the rows of earlier stages; `None` where it differs from task to task."""
    windows: dict[str, list[tuple[float, float]]] = {}
    for one in earlier:
        for task in one.segment.tasks:
            windows.setdefault(task, []).append(_window(one.segment, ordering, 1.0))
    parts = {round(_hard_part(of_task), 12) for of_task in windows.values()}
    return parts.pop() if len(parts) == 1 else None


def _window(segment: Segment, ordering: Ordering, opened: float, closed: float = 0.0) -> tuple[float, float]:
    if not ordering.windowed:
        return 0.0, 1.0
    return ordering.between(segment.window.low, segment.window.high, opened, closed)


def _hard_part(windows: list[tuple[float, float]]) -> float:
    """The part of the rows in some windows, each row counted once, that lies above `HARDEST`."""
    merged = list(_merged(sorted(windows)))
    whole = sum(high - low for low, high in merged)
    hard = sum(max(0.0, high - max(low, HARDEST)) for low, high in merged)
    return hard / whole if whole > 0 else float(merged[-1][1] > HARDEST)


def _merged(windows: list[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    """Windows in order, those that touch as one."""
    low, high = windows[0]
    for first, last in windows[1:]:
        if first > high:
            yield low, high
            low, high = first, last
        high = max(high, last)
    yield low, high


def order_and_pacing(arm: ArmPlan) -> tuple[Ordering, Pacing]:
    """The components behind the two words that say what an arm sees when."""
    ordering = Vocabulary().build("order", arm.schedule.order)
    pacing = Vocabulary().build("pacing", arm.schedule.pacing)
    if not isinstance(ordering, Ordering) or not isinstance(pacing, Pacing):
        raise TypeError(f"{arm.schedule.order.word} is no order, or {arm.schedule.pacing.word} no pacing")
    return ordering, pacing
