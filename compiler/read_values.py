"""An expression read as the type that its place expects; every mistake in it is reported."""

from __future__ import annotations

from typing import Any

from currc.compiler.arithmetic import numeric
from currc.compiler.codes import Code
from currc.compiler.described import described
from currc.compiler.desk import Desk, Place
from currc.compiler.diagnostic import Fix
from currc.compiler.read_components import component
from currc.compiler.read_metrics import metric_at, target
from currc.compiler.read_names import find, reference, unquoted, word
from currc.compiler.read_numbers import number
from currc.compiler.syntax import Bool, Call, List, Name, Path, Range, String
from currc.compiler.templates import placeholders
from currc.compiler.value_types import (
    Address,
    Count,
    Either,
    Every,
    Flag,
    Gain,
    Layers,
    ListOf,
    Measure,
    MetricAt,
    Real,
    Ref,
    Rhythm,
    Share,
    Slot,
    Target,
    Template,
    Text,
    Type,
    Window,
    Words,
    tidy,
)


def read(expr: Any, type: Type, place: Place, desk: Desk) -> Any:
    """The value of an expression as a type; `None` after a complaint, never as a value."""
    if not desk.spend(expr.span, place.depth):
        return None
    found = _through_constant(expr, type, place, desk)
    if found is not None:
        return read(found[0], type, found[1], desk)
    match type:
        case Share() | Count() | Real() | Measure() | Gain():
            return number(expr, type, place, desk)
        case Text() | Template():
            return _text(expr, type, place, desk)
        case Flag():
            return _flag(expr, desk)
        case Ref():
            return reference(expr, type, place, desk)
        case Address():
            return _address(expr, place, desk)
        case Words():
            return word(expr, type, place, desk)
        case Slot(slot=slot, words=words):
            return component(expr, slot, words, place, desk)
        case MetricAt():
            return metric_at(expr, place, desk)
        case Target():
            return target(expr, place, desk)
        case Layers():
            return _layers(expr, place, desk)
        case Rhythm():
            return _rhythm(expr, type, place, desk)
        case Window():
            return _window(expr, place, desk)
        case ListOf():
            return _list(expr, type, place, desk)
        case Either():
            return read(expr, _fitting(expr, type), place, desk)


def _through_constant(expr: Any, type: Type, place: Place, desk: Desk) -> tuple[Any, Place] | None:
    """The value of the constant that a bare word names, unless the word itself fits the type."""
    if not isinstance(expr, Path) or isinstance(type, Address) or expr.text in own_words(type):
        return None
    constant = desk.scope.constant(expr, place.module)
    return None if constant is None else desk.through(constant, place)


def own_words(type: Type) -> tuple[str, ...]:
    """The words that stand for themselves where a type is expected, before any constant of that name."""
    match type:
        case Words(words=words) | Ref(words=words) | Slot(words=words):
            return words
        case Layers():
            return ("embeddings",)
        case Rhythm():
            return ("never", "every")
        case Either(choices=several):
            return tuple(word for one in several for word in own_words(one))
        case _:
            return ()


def _fitting(expr: Any, either: Either) -> Type:
    """The choice that an expression of this form is meant for."""
    numbers = (Share, Count, Real, Measure, Gain)
    if isinstance(expr, Path):  # an item may stand without its brackets
        for choice in either.choices:
            if isinstance(choice, ListOf) and expr.text in own_words(choice.item):
                return choice
    for choice in either.choices:
        match expr:
            case _ if numeric(expr) and isinstance(choice, numbers):
                return choice
            case String() if isinstance(choice, Text | Template):
                return choice
            case List() if isinstance(choice, ListOf):
                return choice
            case Path() if isinstance(choice, Ref) or (isinstance(choice, Words) and choice.words):
                return choice
            case Call(name=name) if isinstance(choice, Words) and name.text in choice.later:
                return choice
            case _:
                continue
    return either.choices[0]


def _text(expr: Any, type: Text | Template, place: Place, desk: Desk) -> str | None:
    if not isinstance(expr, String):
        fix = None
        if isinstance(expr, Path):
            fix = Fix(expr.span, f'"{expr.text}"', False, f"put `{expr.text}` into quotes")
        message = f"`{place.last}` is a string in double quotes"
        desk.say(Code.WRONG_TYPE, message, expr.span, "this is no string", fix=fix, address=place.address)
        return None
    if isinstance(type, Template):
        problem = placeholders(expr.value)[1]
        if problem:
            desk.say(Code.BAD_TEMPLATE, "this template cannot be read", expr.span, problem)
            return None
    elif not expr.value.strip():
        desk.say(Code.MISSING_VALUE, f"`{place.last}` is empty", expr.span, "write a text between the quotes")
        return None
    return expr.value


def _address(expr: Any, place: Place, desk: Desk) -> str | None:
    if isinstance(expr, Path):
        return expr.text
    if isinstance(expr, String):
        unquoted(expr, place, desk)
    else:
        note = "write a name, as `route` or `school.basics`"
        desk.say(Code.WRONG_TYPE, f"`{place.last}` is {described(Address())}", expr.span, note)
    return None


def _flag(expr: Any, desk: Desk) -> bool | None:
    if isinstance(expr, Bool):
        return expr.value
    desk.say(Code.WRONG_TYPE, "`true` or `false` is needed here", expr.span, "this is neither")
    return None


def _layers(expr: Any, place: Place, desk: Desk) -> str | None:
    match expr:
        case Path() if expr.text == "embeddings":
            return "embeddings"
        case Call(name=Name(text="layers"), arguments=(only,)) if isinstance(only.value, Range):
            ends = [read(end, Count(), place, desk) for end in (only.value.low, only.value.high)]
            if None in ends:
                return None
            if ends[0] > ends[1]:
                note = f"{ends[0]} is more than {ends[1]}"
                desk.say(Code.EMPTY_RANGE, "this range has no layers", only.value.span, note)
                return None
            return f"layers:{ends[0]}:{ends[1]}"
        case _:
            note = "write `embeddings`, or `layers(0 .. 3)` for the first four"
            desk.say(Code.WRONG_TYPE, "these are no layers of a model", expr.span, note)
            return None


def _rhythm(expr: Any, type: Rhythm, place: Place, desk: Desk) -> str | Every | None:
    match expr:
        case Call(name=Name(text="every"), arguments=(only,)) if only.name is None:
            amount = read(only.value, Measure(type.units, share=True), place, desk)
            return None if amount is None else Every(amount)
        case Path() if expr.text != "every":
            return word(expr, Words(("never", "every")), place, desk)
        case _:
            message, note = f"`{place.last}` is {described(type)}", "write `never`, or `every(10%)`"
            desk.say(Code.WRONG_TYPE, message, expr.span, note, address=place.address)
            return None


def _window(expr: Any, place: Place, desk: Desk) -> tuple[float, float] | None:
    if not isinstance(expr, Range):
        desk.say(Code.WRONG_TYPE, f"`{place.last}` is {described(Window())}", expr.span, "this has no `..`")
        return None
    low, high = (read(end, Share(), place, desk) for end in (expr.low, expr.high))
    if low is None or high is None:
        return None
    if low >= high:
        note = f"{tidy(low * 100)}% is not below {tidy(high * 100)}%"
        desk.say(Code.EMPTY_RANGE, "this range has no extent", expr.span, note)
        return None
    return low, high


def _list(expr: Any, type: ListOf, place: Place, desk: Desk) -> tuple[Any, ...] | None:
    if not isinstance(expr, List):
        fix = Fix(expr.span, f"[{expr.span.text}]", True, "put it into brackets")
        message = f"`{place.last}` is a list in `[ ]`"
        desk.say(
            Code.WRONG_TYPE, message, expr.span, "this is a single value", fix=fix, address=place.address
        )
        return None
    values: list[Any] = []
    plain: set[Any] = set()  # a list of thousands is not searched for each of its items
    fine = True
    for item in expr.items:
        value = _group(item, type, place, desk) or read(item, type.item, place, desk)
        fine &= value is not None
        for one in value if isinstance(value, list) else [value]:
            quick = isinstance(one, str | int)
            if one is not None and one in (plain if quick else values):
                desk.say(
                    Code.DUPLICATE_ITEM, f"`{item.span.text}` is listed twice", item.span, "listed again"
                )
                fine = False
            values.append(one)
            if quick:
                plain.add(one)
    if len(values) < type.least:
        desk.say(Code.EMPTY_LIST, f"`{place.last}` is empty", expr.span, "name at least one")
        return None
    return tuple(values) if fine else None


def _group(item: Any, type: ListOf, place: Place, desk: Desk) -> list[str] | None:
    """The tasks of a group, where a group's name stands in a list of tasks."""
    if type.item != Ref("task") or not isinstance(item, Path):
        return None
    entry = find(item.text, "group", place, desk)
    if entry is None:
        return None
    desk.used.add(entry.address)
    tasks = desk.settings.get(f"{entry.address}.tasks")
    return list(tasks.value) if tasks is not None else None
