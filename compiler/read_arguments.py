"""Arguments of a call, each read by the unit that its field declares."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, get_args, get_origin

from currc.compiler.arithmetic import amount
from currc.compiler.codes import Code
from currc.compiler.complain import any_of, unknown
from currc.compiler.desk import Desk, Place
from currc.compiler.diagnostic import Diagnostic, Label
from currc.compiler.read_metrics import metric_at
from currc.compiler.source import Span
from currc.compiler.syntax import Bool, List, Path, String
from currc.compiler.validated import Validated, as_data
from currc.compiler.value_types import UNITS, Amount, Bound, Measured, tidy

Nested = Callable[[Any, str, tuple[str, ...], Place, Desk], "Bound | str | None"]


def argument(expr: Any, info: Any, key: str, place: Place, desk: Desk, nested: Nested) -> Any:
    """The JSON value of an argument; `None` after a complaint. `nested` reads a component."""
    if not desk.spend(expr.span, place.depth):
        return None
    unit = info.unit
    if isinstance(expr, List):
        if unit == "word" and _takes_texts(info.annotation):
            items = [_text(item, "column", key, place, desk) for item in expr.items]
        else:
            items = [argument(item, info, key, place, desk, nested) for item in expr.items]
        return None if None in items else items
    if unit == "component":
        bound = nested(expr, info.slot, (), place.deeper(place.module), desk)
        return {"word": bound.word, "parameters": bound.parameters} if isinstance(bound, Bound) else None
    if unit == "metric":
        found = metric_at(expr, place, desk)
        return None if found is None else _metric(found)
    if unit == "word":
        return _word(expr, info, key, place, desk)
    if unit in ("text", "column"):
        return _text(expr, unit, key, place, desk)
    if isinstance(expr, Bool):
        return _flag(expr, info, key, desk)
    return _number(expr, unit, info, key, place, desk)


def _metric(found: Measured) -> dict[str, Any]:
    """A metric of a task as the plan writes it down."""
    metric = {"word": found.metric.word, "parameters": dict(found.metric.parameters)}
    return {"task": found.task, "metric": metric}


def plain(value: Any, annotation: Any) -> Any:
    """A field's value as JSON, the same for `2` and `2.0` where the field is a float."""
    if isinstance(value, Validated):
        return as_data(value)
    if isinstance(value, tuple | list | frozenset | set):
        inner = next(iter(get_args(annotation)), None)
        return [plain(item, inner) for item in value]
    if isinstance(value, Mapping):
        inner = get_args(annotation)[-1] if get_args(annotation) else None
        return {key: plain(item, inner) for key, item in value.items()}
    if isinstance(value, int) and not isinstance(value, bool) and _is_float(annotation):
        return float(value)
    return value


def _is_float(annotation: Any) -> bool:
    return annotation is float or (float in get_args(annotation) and int not in get_args(annotation))


def _constant(expr: Any, place: Place, desk: Desk) -> tuple[Any, Place] | None:
    """The value of the constant that a bare word names."""
    constant = desk.scope.constant(expr, place.module) if isinstance(expr, Path) else None
    return None if constant is None else desk.through(constant, place)


def _takes_texts(annotation: Any) -> bool:
    """Whether a field takes a list of any texts, perhaps beside a closed word, as `auto`."""
    if get_origin(annotation) is tuple:
        return bool(get_args(annotation)[0] is str)
    return any(_takes_texts(part) for part in get_args(annotation))


def _word(expr: Any, info: Any, key: str, place: Place, desk: Desk) -> str | None:
    words = closed_words(info.annotation)
    if isinstance(expr, Path) and (expr.text in words or not words):
        return expr.text
    if (found := _constant(expr, place, desk)) is not None:
        return _word(found[0], info, key, found[1], desk)
    if isinstance(expr, Path):
        message = f"`{key}` is not `{expr.text}`"
        note = f"`{key}` is {any_of(words)}"
        desk.complaints.add(unknown(Code.BAD_ARGUMENT, expr, words, message, note=note))
        return None
    desk.say(Code.BAD_ARGUMENT, f"`{key}` is a bare word", expr.span, f"write {any_of(words or ('a word',))}")
    return None


def closed_words(annotation: Any) -> tuple[str, ...]:
    """The words of a `Literal` field, also of an optional one; empty for any other."""
    if get_origin(annotation) is Literal:
        return tuple(word for word in get_args(annotation) if isinstance(word, str))
    return tuple(word for part in get_args(annotation) for word in closed_words(part))


def _text(expr: Any, unit: str, key: str, place: Place, desk: Desk) -> str | None:
    if isinstance(expr, String):
        return expr.value
    if (found := _constant(expr, place, desk)) is not None:
        return _text(found[0], unit, key, found[1], desk)
    if unit == "column" and isinstance(expr, Path) and len(expr.names) == 1:
        return expr.text
    wanted = "the name of a column" if unit == "column" else "a string in double quotes"
    desk.say(Code.BAD_ARGUMENT, f"`{key}` is {wanted}", expr.span, f"write {wanted}")
    return None


def _flag(expr: Bool, info: Any, key: str, desk: Desk) -> bool | None:
    if info.annotation is bool:
        return expr.value
    desk.say(Code.BAD_ARGUMENT, f"`{key}` is a number", expr.span, "this is neither a number nor a share")
    return None


def _number(expr: Any, unit: str, info: Any, key: str, place: Place, desk: Desk) -> float | int | None:
    found = amount(expr, place, desk)
    if found is None:
        return None
    wanted = UNITS.get(unit, ("", 1.0))[0]
    allowed = {"share": ("", "share")}.get(unit, ("", wanted))
    if found.unit not in allowed:
        shown = {"share": "a share, as `20%` or `0.2`", "count": "a whole number"}.get(unit, "a number")
        shown = f"a number of {unit}" if wanted else shown
        message = f"`{key}` is {shown}, not {found}"
        desk.say(Code.WRONG_UNIT, message, expr.span, f"`{found.unit or 'no unit'}` does not fit here")
        return None
    if unit == "count" or info.annotation is int:
        return _whole(found, key, expr.span, desk)
    return found.value


def _whole(found: Amount, key: str, span: Span, desk: Desk) -> int | None:
    if found.value == int(found.value):
        return int(found.value)
    desk.say(Code.BAD_ARGUMENT, f"`{key}` is a whole number", span, f"{found} is not whole")
    return None


LIMITS = {
    "greater_than_equal": ("ge", "at least"),
    "greater_than": ("gt", "more than"),
    "less_than_equal": ("le", "at most"),
    "less_than": ("lt", "less than"),
    "too_short": ("min_length", "not so short: it has at least"),
    "too_long": ("max_length", "not so long: it has at most"),
    "string_too_short": ("min_length", "not so short: it has at least"),
    "string_too_long": ("max_length", "not so long: it has at most"),
}
"""Pydantic's error types, the key of the limit in their context, and our words."""


def complaint_of(problem: Mapping[str, Any], word: str, span: Span, address: str) -> Diagnostic:
    """One of Pydantic's problems in our words."""
    at = ".".join(str(part) for part in problem["loc"])
    context = problem.get("ctx", {})
    if (limit := LIMITS.get(problem["type"])) is not None:
        bound = context.get(limit[0], 0)
        shown = tidy(float(bound))
        message = f"`{at}` of `{word}` is {limit[1]} {shown}"
        value = problem.get("input")
        note = f"{tidy(float(value))} is not" if isinstance(value, int | float) else "this is not"
        return Diagnostic(Code.OUT_OF_RANGE, message, Label(span, note), address=address)
    if problem["type"] in ("value_error", "assertion_error"):
        return Diagnostic(
            Code.BAD_ARGUMENT,
            f"`{word}`: {context.get('error')}",
            Label(span, "this does not fit"),
            address=address,
        )
    kind = problem["type"].removesuffix("_type").removesuffix("_parsing").replace("_", " ")
    names = {
        "tuple": "a list",
        "list": "a list",
        "float": "a number",
        "int": "a whole number",
        "bool": "true or false",
    }
    message = f"`{at}` of `{word}` is {names.get(kind, 'of another type')}"
    return Diagnostic(Code.BAD_ARGUMENT, message, Label(span, "this does not fit"), address=address)
