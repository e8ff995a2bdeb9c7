"""Numbers read as the type that their place expects: shares, counts, plain numbers, amounts and gains."""

from __future__ import annotations

import re
from typing import Any

from currc.compiler.arithmetic import amount
from currc.compiler.codes import Code
from currc.compiler.complain import a
from currc.compiler.described import described
from currc.compiler.desk import Desk, Place
from currc.compiler.diagnostic import Fix
from currc.compiler.record import Record
from currc.compiler.syntax import Bool, Call, List, Number, Path, Range, String
from currc.compiler.value_types import UNITS, Amount, Count, Gain, Measure, Real, Share, tidy

Numeric = Share | Count | Real | Measure | Gain

_NUMBER = re.compile(r"-?\d[\d_]*(\.\d[\d_]*)?([eE][+-]?\d+)?(%| ?[A-Za-z]+)?", re.ASCII)
"""A number as a spec holds it, with or without its unit."""


class Misfit(Record):
    """Why a number does not fit: what it should be, and what it is."""

    code: Code
    should: str
    note: str


def number(expr: Any, type: Numeric, place: Place, desk: Desk) -> Any:
    """The number that an expression comes to, as a type; `None` after a complaint."""
    name = place.address.rsplit(".", 1)[-1]
    if (note := _no_number(expr, place, desk)) is not None:
        message = f"`{name}` is {described(type)}"
        desk.say(Code.WRONG_TYPE, message, expr.span, note, fix=_quoted(expr), address=place.address)
        return None
    found = amount(expr, place, desk)
    if found is None:
        return None
    value = fit(found, type)
    if not isinstance(value, Misfit):
        return value
    should = f"{value.should}, not `{_shown(expr, found)}`" if value.code is Code.WRONG_UNIT else value.should
    fix = _hundredths(expr, found, type)
    desk.say(value.code, f"`{name}` is {should}", expr.span, value.note, fix=fix, address=place.address)
    return None


def _quoted(expr: Any) -> Fix | None:
    """The fix for a number that stands in quotes."""
    if not isinstance(expr, String) or not _NUMBER.fullmatch(expr.value):
        return None
    return Fix(expr.span, expr.value, False, "take away the quotes")


def _hundredths(expr: Any, found: Amount, type: Numeric) -> Fix | None:
    """The fix for `10` where `10%` was meant."""
    if not isinstance(expr, Number) or not isinstance(type, Share) or found.unit:
        return None
    if isinstance(fit(Amount(found.value / 100, "share"), type), Misfit):
        return None
    written = f"{expr.span.text}%"
    return Fix(expr.span, written, False, f"write `{written}`")


def _no_number(expr: Any, place: Place, desk: Desk) -> str | None:
    """What an expression is, where it cannot be a number."""
    if isinstance(expr, List | String | Bool | Call | Range):
        return "this is no number"
    if isinstance(expr, Path) and desk.scope.constant(expr, place.module) is None:
        entry = desk.scope.entry(expr.text, place.module)
        return f"this is {a(entry.kind)}" if entry is not None else None
    return None


def _shown(expr: Any, found: Amount) -> str:
    """A number as it was written, and as it comes to where it is computed."""
    return expr.span.text if isinstance(expr, Number) else str(found)


def fit(found: Amount, type: Numeric) -> Any:
    """A number as a type's value, or the `Misfit` that says why it is none."""
    match type:
        case Share():
            return _share(found, type)
        case Count():
            return _count(found, type)
        case Real():
            return _real(found, type)
        case Measure():
            return _measure(found, type)
        case Gain():
            return found if found.unit in ("", "share") else _wrong_unit(found, type)


def _wrong_unit(found: Amount, type: Numeric) -> Misfit:
    note = "this unit does not fit here" if found.unit else "this has no unit"
    note = "a share does not fit here" if found.unit == "share" else note
    return Misfit(Code.WRONG_UNIT, described(type), note)


def _beyond(should: str, note: str) -> Misfit:
    return Misfit(Code.OUT_OF_RANGE, should, note)


def _share(found: Amount, type: Share) -> float | Misfit:
    if found.unit not in ("", "share"):
        return _wrong_unit(found, type)
    low = found.value > type.least if type.above else found.value >= type.least
    high = found.value < type.most if type.below else found.value <= type.most
    if low and high:
        return found.value
    return _beyond(described(type), f"this is {tidy(found.value * 100)}%")


def _count(found: Amount, type: Count) -> int | Misfit:
    if found.unit not in ("", *type.units):
        return _wrong_unit(found, type)
    shown = tidy(found.value)
    if found.value != int(found.value):
        return _beyond("a whole number", f"{shown} is not whole")
    if found.value < type.least:
        return _beyond(f"at least {type.least}", f"{shown} is less")
    if type.most is not None and found.value > type.most:
        return _beyond(f"at most {type.most}", f"{shown} is more")
    return int(found.value)


def _real(found: Amount, type: Real) -> float | Misfit:
    if found.unit:
        return _wrong_unit(found, type)
    shown = tidy(found.value)
    if type.above is not None and found.value <= type.above:
        return _beyond(f"more than {tidy(type.above)}", f"{shown} is not")
    if type.least is not None and found.value < type.least:
        return _beyond(f"at least {tidy(type.least)}", f"{shown} is less")
    if type.most is not None and found.value > type.most:
        return _beyond(f"at most {tidy(type.most)}", f"{shown} is more")
    return found.value


def _measure(found: Amount, type: Measure) -> Amount | Misfit:
    dimensions = {UNITS[unit][0] for unit in type.units}
    dimensions |= {"share"} if type.share else set()
    dimensions |= {""} if type.bare else set()
    if found.unit not in dimensions:
        return _wrong_unit(found, type)
    if found.value < 0:
        return _beyond("not negative", f"this is {found}")
    if found.unit == "share" and found.value > 1:
        return _beyond("at most 100%", f"this is {found}")
    return found
