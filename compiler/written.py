"""Values as a spec writes them, by the type or unit that says how to read them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from currc.compiler.kind import Attribute
from currc.compiler.read_arguments import plain
from currc.compiler.value_types import (
    Bound,
    Compared,
    Condition,
    Either,
    ListOf,
    Measured,
    Share,
    Slot,
    Template,
    Text,
    Type,
    Window,
    tidy,
)
from currc.compiler.words import Vocabulary


def default_text(attribute: Attribute) -> str:
    """What an attribute is when a spec is silent, as written; empty where that is no one value."""
    return "" if attribute.default is None else written(attribute.default, attribute.type)


def written(
    value: Any, type: Type | None, vocabulary: Vocabulary | None = None, *, brief: bool = False
) -> str:
    """A value as a spec writes it, given its type; `brief` leaves out parameters at their defaults.

    Words of the vocabulary are written with units only where it is given.
    """
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return percent(float(value)) if _is_share(value, type) else tidy(float(value))
        case (low, high) if isinstance(type, Window):
            return f"{percent(low)} .. {percent(high)}"
        case ((_, _), *_) if type is None:  # a block whose attributes may have any name
            return ", ".join(f"{written(key, None)} = {written(one, None)}" for key, one in value)
        case tuple() | list():
            inner = (written(item, _item(type), vocabulary, brief=brief) for item in value)
            return f"[{', '.join(inner)}]"
        case Bound(word=word, parameters=parameters) if vocabulary is not None and (slot := _slot(type)):
            cls = vocabulary.component(slot, word)
            given = _told(parameters, cls) if brief else parameters
            return call_text(word, given, cls, vocabulary)
        case Bound(word=word):
            return word
        case Measured(task=task, metric=metric):
            return f"{task}.{metric.word}"
        case Condition(left=left, op=op, right=right):
            return f"{left.task}.{left.metric.word} {op} {tidy(right)}"
        case Compared(kind=kind, parts=parts):
            return f"{kind}({', '.join(written(part, None) for part in parts)})"
        case str() if _is_text(type):
            return _quoted(value)
        case _:
            return str(value)


def _is_share(value: float, type: Type | None) -> bool:
    choices = type.choices if isinstance(type, Either) else (type,)
    return isinstance(value, float) and any(isinstance(choice, Share) for choice in choices)


def _is_text(type: Type | None) -> bool:
    choices = type.choices if isinstance(type, Either) else (type,)
    return isinstance(choices[0], Text | Template)


def _item(type: Type | None) -> Type | None:
    choices = type.choices if isinstance(type, Either) else (type,)
    return next((choice.item for choice in choices if isinstance(choice, ListOf)), None)


def _slot(type: Type | None) -> str:
    return type.slot if isinstance(type, Slot) else ""


def _told(parameters: Mapping[str, Any], cls: Any) -> dict[str, Any]:
    """The parameters that differ from their defaults."""
    fields = cls.model_fields
    return {
        name: value
        for name, value in parameters.items()
        if fields[name].is_required() or value != plain(fields[name].default, fields[name].annotation)
    }


def _quoted(text: str) -> str:
    """A string with its escapes; `\\{` and `\\}` are kept as the template reader wants them."""
    escaped = re.sub(r"\\(?![{}])", r"\\\\", text)
    escaped = escaped.replace("\n", "\\n").replace("\t", "\\t").replace('"', '\\"')
    return f'"{escaped}"'


def percent(share: float) -> str:
    """A share as a percentage.

    >>> percent(0.125)
    '12.5%'
    """
    return f"{tidy(share * 100)}%"


def argument_text(value: Any, info: Any, vocabulary: Vocabulary) -> str:
    """A parameter's JSON value as a spec writes it; `info` is the field that declares its unit."""
    unit = info.unit
    if isinstance(value, list | tuple):
        return f"[{', '.join(argument_text(item, info, vocabulary) for item in value)}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if unit == "metric":
        return f"{value['task']}.{value['metric']['word']}"
    if isinstance(value, Mapping):
        cls = vocabulary.component(str(info.slot), value["word"])
        return call_text(value["word"], value.get("parameters", {}), cls, vocabulary)
    if isinstance(value, int | float):
        return percent(float(value)) if unit == "share" else tidy(float(value))
    if unit in ("text", "column"):
        bare = unit == "column" and str(value).isidentifier()
        return str(value) if bare else json.dumps(value, ensure_ascii=False)
    return str(value)


def call_text(word: str, parameters: Mapping[str, Any], cls: Any, vocabulary: Vocabulary) -> str:
    """A word with JSON parameters as a spec writes it.

    What a class collects under any name, or from any number of arguments, is written out.
    """
    parts: list[str] = []
    for name, value in parameters.items():
        info = cls.model_fields[name]
        if name == getattr(cls, "variadic", None):
            parts += [argument_text(item, info, vocabulary) for item in value]
        elif name == getattr(cls, "open_keywords", None):
            parts += [f"{key} = {argument_text(item, info, vocabulary)}" for key, item in value.items()]
        elif value is not None:
            parts.append(f"{name} = {argument_text(value, info, vocabulary)}")
    return f"{word}({', '.join(parts)})" if parts else word


def bounds_text(limits: Mapping[str, float], *, share: bool) -> str:
    """Bounds in words, as `more than 0% and at most 100%`; those of lengths are left out."""
    words = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
    parts = [
        f"{words[key]} {tidy(bound * 100)}%" if share else f"{words[key]} {tidy(float(bound))}"
        for key, bound in limits.items()
        if key in words
    ]
    return " and ".join(parts)
