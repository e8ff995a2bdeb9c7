"""Numbers of a spec: units, constants and `+ - * /` with dimensions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from currc.compiler.codes import Code
from currc.compiler.complain import unknown
from currc.compiler.desk import Desk, Place
from currc.compiler.scope import inside
from currc.compiler.source import Span
from currc.compiler.syntax import Binary, Name, Number, Path, Unary
from currc.compiler.value_types import UNITS, Amount

if TYPE_CHECKING:
    from decimal import Decimal


def amount(expr: Any, place: Place, desk: Desk) -> Amount | None:
    """The number that an expression comes to, in its dimension's own unit; `None` after a complaint."""
    if (
        isinstance(expr, Number)
        and (plain := _plain(expr)) is not None
        and desk.spend(expr.span, place.depth)
    ):
        return plain
    found = _compute(expr, place, desk)
    if found is None:
        return None
    value, unit = found
    if abs(number := float(value)) == float("inf"):
        desk.say(Code.OUT_OF_RANGE, "this number is too large", expr.span, f"{number} cannot be used")
        return None
    return Amount(number, unit)


def _plain(number: Number) -> Amount | None:
    """What most numbers come to, without `decimal`, which takes 6 ms to import; `None` for all others."""
    unit, factor = UNITS.get(number.unit, ("", 0.0))
    value, digits = number.value, repr(number.value)
    if number.unit == "%" and "e" not in digits:
        return Amount(float(f"{digits}e-2"), unit)
    if factor == 1 or (factor > 1 and number.whole and value * factor < 2**53):
        return Amount(value * factor, unit)
    return None


def numeric(expr: Any) -> bool:
    """Whether an expression can only be a number."""
    return isinstance(expr, Number | Unary | Binary)


def _compute(expr: Any, place: Place, desk: Desk) -> tuple[Decimal, str] | None:
    if not desk.spend(expr.span, place.depth):
        return None
    match expr:
        case Number():
            return _number(expr, desk)
        case Unary(operand=operand):
            inner = _compute(operand, place, desk)
            return None if inner is None else (-inner[0], inner[1])
        case Binary():
            return _binary(expr, place, desk)
        case Path():
            return _constant(expr, place, desk)
        case _:
            desk.say(Code.WRONG_TYPE, "a number is needed here", expr.span, "this is no number")
            return None


def _number(number: Number, desk: Desk) -> tuple[Decimal, str] | None:
    if number.unit not in UNITS:
        # A unit ends where its number does.
        end = number.span.end
        span = Span(number.span.source, end - len(number.unit), end)
        desk.complaints.add(
            unknown(
                Code.UNKNOWN_UNIT,
                Name(number.unit, span),
                [unit for unit in UNITS if unit],
                f"there is no unit `{number.unit}`",
                note="no unit has this name",
            )
        )
        return None
    from decimal import Decimal

    unit, _ = UNITS[number.unit]
    value = Decimal(repr(number.value))
    if number.unit == "%":
        return value / 100, unit
    return value * Decimal(repr(UNITS[number.unit][1])), unit


def _constant(path: Path, place: Place, desk: Desk) -> tuple[Decimal, str] | None:
    constant = desk.scope.constant(path, place.module)
    if constant is None:
        _unknown_constant(path, place, desk)
        return None
    return _compute(*desk.through(constant, place), desk)


def _unknown_constant(path: Path, place: Place, desk: Desk) -> None:
    """Complain about a bare word where only a constant could stand."""
    if desk.is_lost(inside(place.module, path.text)):
        return
    desk.complaints.add(
        unknown(
            Code.UNKNOWN_NAME,
            path,
            desk.scope.constants,
            f"no constant is named `{path.text}`",
            note="a number is needed here",
        )
    )


def _binary(expr: Binary, place: Place, desk: Desk) -> tuple[Decimal, str] | None:
    left, right = _compute(expr.left, place, desk), _compute(expr.right, place, desk)
    if left is None or right is None:
        return None
    unit = _unit(expr.op, left[1], right[1])
    if unit is None:
        shown = [f"`{side[1] or 'plain number'}`" for side in (left, right)]
        desk.say(
            Code.BAD_ARITHMETIC,
            f"{shown[0]} {expr.op} {shown[1]} has no meaning",
            expr.span,
            "only equal units are added; a unit is multiplied with or divided by a plain number or a share",
        )
        return None
    return _apply(expr, left[0], right[0], unit, desk)


def _unit(op: str, left: str, right: str) -> str | None:
    """The unit of a result; `None` where there is none."""
    if op in "+-":
        return left if left == right else None
    if op == "*":
        # A part of something has that thing's unit.
        if "" in (left, right):
            return left or right
        return {left: right, right: left}.get("share")
    return left if right == "" else "" if left == right else None


def _apply(expr: Binary, left: Decimal, right: Decimal, unit: str, desk: Desk) -> tuple[Decimal, str] | None:
    from decimal import Context, DivisionByZero, InvalidOperation, Overflow

    # Decimal, so that `1e-4 * 3` is the same number as `3e-4` and gives the same plan.
    exact = Context(prec=28, traps=[DivisionByZero, InvalidOperation, Overflow])
    try:
        match expr.op:
            case "+":
                return exact.add(left, right), unit
            case "-":
                return exact.subtract(left, right), unit
            case "*":
                return exact.multiply(left, right), unit
            case _:
                return exact.divide(left, right), unit
    except (DivisionByZero, InvalidOperation):
        desk.say(
            Code.DIVISION_BY_ZERO, "a division by zero", expr.span, f"the right side of `{expr.op}` is 0"
        )
    except Overflow:
        desk.say(Code.OUT_OF_RANGE, "this number is too large", expr.span, "the result cannot be used")
    return None
