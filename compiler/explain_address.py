"""Text about an address of a spec: its value, and where that comes from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from currc.compiler.kinds import KINDS
from currc.compiler.source import Span
from currc.compiler.spec import Origin, Setting, Spec
from currc.compiler.value_types import Type
from currc.compiler.words import Vocabulary
from currc.compiler.written import written


def address(word: str, spec: Spec, vocabulary: Vocabulary) -> str | None:
    """The value at an address and where it comes from, as `train.lr` or, for an arm, `arm.easy.train.lr`."""
    arm, rest = _of_arm(word, spec)
    setting = spec.find(rest, arm)
    if setting is not None:
        value = value_text(rest, setting.value, spec, vocabulary)
        return f"{word} = {value}\n" + "\n".join(f"  {line}" for line in _origins(setting))
    part = spec.parts.get(word)
    if part is None:
        return None
    values = [key for key in spec.settings if key.startswith(f"{word}.")]
    lines = [f"{word} (a {part.kind})", *(f"  {line}" for line in part.doc.splitlines())]
    return "\n".join(
        [*lines, *(f"  {key} = {value_text(key, spec.value(key), spec, vocabulary)}" for key in values)]
    )


def _of_arm(word: str, spec: Spec) -> tuple[str | None, str]:
    """The arm an address begins with, written with or without its kind, and the address in it."""
    names = word.removeprefix("arm.").split(".")
    if names[0] in spec.arms and len(names) > 1:
        return names[0], ".".join(names[1:])
    return None, word


def _origins(setting: Setting) -> Iterator[str]:
    for origin in setting.origins:
        yield _origin(origin)


def _origin(origin: Origin) -> str:
    where = f" at {_place(origin.span)}" if origin.span is not None else ""
    match origin.kind:
        case "default":
            return "by default"
        case "written":
            return f"written in `{origin.where}`{where}"
        case "constant":
            return f"by the constant `{origin.where}`{where}"
        case "inherited":
            return f"inherited from `{origin.where}`{where}"
        case "override":
            return f"overridden in arm `{origin.where}`{where}"


def _place(span: Span) -> str:
    line, column = span.source.place(span.start)
    return f"{span.source.name}:{line}:{column}"


def value_text(address: str, value: Any, spec: Spec, vocabulary: Vocabulary, *, brief: bool = False) -> str:
    """The value at a root address as a spec writes it; `brief` leaves out parameters at their defaults."""
    return written(value, type_of(address, spec), vocabulary, brief=brief)


def type_of(address: str, spec: Spec) -> Type | None:
    """The type of the attribute at a root address; the arm's own attributes have no dot."""
    home, _, name = address.rpartition(".")
    kind = spec.parts[home].kind if home in spec.parts else home or "arm"
    attribute = KINDS[kind].attribute(name) if kind in KINDS else None
    return attribute.type if attribute is not None else None
