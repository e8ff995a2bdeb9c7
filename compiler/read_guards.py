"""Guards: `when route.macro_f1 >= 0.70`."""

from __future__ import annotations

from typing import Any

from currc.compiler.arithmetic import amount, numeric
from currc.compiler.codes import Code
from currc.compiler.desk import Desk, Place
from currc.compiler.diagnostic import Fix
from currc.compiler.read_metrics import metric_at
from currc.compiler.source import Span
from currc.compiler.syntax import Guard
from currc.compiler.value_types import Amount, Condition, Measured, tidy

POINTS = (0.0, 1.0)
"""The range of a metric whose differences are given in points, `1%`."""


def condition(guard: Guard, place: Place, desk: Desk) -> Condition | None:
    """The condition that a guard states; `None` after a complaint, also where it can never hold."""
    if numeric(guard.left) and not numeric(guard.right):
        note = "write the metric on the left, as `when route.accuracy >= 0.7`"
        desk.say(Code.WRONG_TYPE, "a guard begins with a metric", guard.left.span, note)
        return None
    left = metric_at(guard.left, place, desk)
    found = amount(guard.right, place, desk)
    if left is None or found is None:
        return None
    if found.unit not in ("", "share"):
        message = f"`{guard.left.span.text}` is compared with a plain number, not `{found}`"
        desk.say(Code.WRONG_UNIT, message, guard.right.span, f"the unit `{found.unit}` does not fit here")
        return None
    return _possible(Condition(left, guard.op, found.value), guard, place, desk)


def _possible(condition: Condition, guard: Guard, place: Place, desk: Desk) -> Condition | None:
    bounds = metric_range(condition.left, desk)
    if bounds is None:
        return condition
    low, high = bounds
    value = condition.right
    never = {
        ">=": value > high,
        ">": value >= high,
        "<=": value < low,
        "<": value <= low,
        "==": not low <= value <= high,
    }[condition.op]
    if not never:
        return condition
    message = f"`{guard.left.span.text} {guard.op} {guard.right.span.text}` can never hold"
    note = f"the metric lies between {tidy(low)} and {tidy(high)}"
    desk.say(Code.PROMOTE_IMPOSSIBLE, message, guard.right.span, note, address=place.address)
    return None


def fits_metric(gain: Amount, bounds: tuple[float, float] | None, name: str, span: Span, desk: Desk) -> bool:
    """Whether a difference is in a metric's unit: `%` is a point of a [0, 1] metric, else a plain number."""
    if gain.unit == "share" and bounds != POINTS:
        message = f"{name} is in points, and the metric is not one of [0, 1]"
        help = f"write a plain number in the metric's own unit, as `{tidy(gain.value)}`"
        desk.say(Code.GAIN_UNIT, message, span, "`%` means points of a [0, 1] metric", help=help)
    elif bounds == POINTS and abs(gain.value) >= 1:
        message = f"{name} is as large as the whole range of the metric"
        help = f"`{tidy(gain.value)}%` is {tidy(abs(gain.value))} points of it"
        desk.say(Code.GAIN_UNIT, message, span, "no arm can differ so much", help=help)
    else:
        return True
    return False


def largest_loss(measured: Measured, loss: Amount, span: Span, desk: Desk) -> Amount | None:
    """The loss that a protected metric may take, written as a negative number; `None` after a complaint."""
    name = f"`{measured.task}.{measured.metric.word}`"
    if loss.value > 0:
        message = f"the largest loss of {name} is written as a negative number"
        fix = Fix(span, f"-{span.text}", False, f"write `-{span.text}`")
        desk.say(Code.GAIN_UNIT, message, span, f"write `-{span.text}`", fix=fix)
        return None
    return loss if fits_metric(loss, metric_range(measured, desk), name, span, desk) else None


def metric_range(measured: Measured, desk: Desk) -> tuple[float, float] | None:
    """Smallest and largest value of a metric; `None` without bounds."""
    bounds: Any = desk.vocabulary.component("metric", measured.metric.word).range
    return None if bounds is None else (float(bounds[0]), float(bounds[1]))
