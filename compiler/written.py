"""Values as a spec writes them, by the type or unit that says how to read them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from currc.compiler.kind import Attribute
from currc.compiler.value_types import Amount, Either, Share, Type, Window, tidy
from currc.compiler.words import Vocabulary


def default_text(attribute: Attribute) -> str:
    """What an attribute is when a spec is silent, as written; empty where that is no one value."""
    return "" if attribute.default is None else _default(attribute.default, attribute.type)


def _default(value: Any, type: Type) -> str:
    match value:
        case float() if isinstance(type, Share) or (isinstance(type, Either) and _holds_share(type)):
            return percent(value)
        case (low, high) if isinstance(type, Window):
            return f"{percent(low)} .. {percent(high)}"
        case bool():
            return "true" if value else "false"
        case Amount():
            return str(value)
        case tuple():
            return f"[{', '.join(str(item) for item in value)}]"
        case int() | float():
            return tidy(float(value))
        case _:
            return str(value)


def _holds_share(either: Either) -> bool:
    return any(isinstance(choice, Share) for choice in either.choices)


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
