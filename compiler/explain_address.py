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
    """What stands at an address and where it comes from.

    `train.lr`, for an arm `arm.easy.train.lr`, a block, an arm or a constant; `None` for nothing.
    """
    arm, rest = of_arm(word, spec)
    setting = spec.find(rest, arm)
    if setting is not None:
        value = value_text(rest, setting.value, spec, vocabulary)
        return f"{word} = {value}\n" + "\n".join(f"  {line}" for line in _origins(setting))
    found = places(word, spec)
    if not found and word not in (*spec.parts, *spec.arms):
        return None
    lines = [_headline(word, spec), *(f"  {line}" for line in _doc(word, spec).splitlines())]
    for arm, key in found:
        shown = key if arm is None or word in spec.arms else f"arm.{arm}.{key}"
        lines.append(f"  {shown} = {value_text(key, spec.value(key, arm), spec, vocabulary)}")
    return "\n".join(lines)


def _headline(word: str, spec: Spec) -> str:
    if word in spec.parts:
        return f"{word} (a {spec.parts[word].kind})"
    return f"{word} (an arm)" if word in spec.arms else f"{word} (a constant), which stands in"


def _doc(word: str, spec: Spec) -> str:
    return spec.parts[word].doc if word in spec.parts else spec.arms[word].doc if word in spec.arms else ""


def places(word: str, spec: Spec) -> list[tuple[str | None, str]]:
    """The arm and root address of each value that a word is about; `None` for no arm."""
    arm, rest = of_arm(word, spec)
    if spec.find(rest, arm) is not None:
        return [(arm, rest)]
    if word in spec.parts:
        return [(None, key) for key in spec.settings if key.startswith(f"{word}.")]
    if word in spec.arms:
        return [(word, key) for key in spec.arms[word].settings]
    found: list[tuple[str | None, str]] = [(None, key) for key, it in spec.settings.items() if _by(word, it)]
    return found + [
        (name, key) for name, one in spec.arms.items() for key, it in one.settings.items() if _by(word, it)
    ]


def _by(constant: str, setting: Setting) -> bool:
    """Whether a value comes by way of a constant."""
    return any(origin.kind == "constant" and origin.where == constant for origin in setting.origins)


def of_arm(word: str, spec: Spec) -> tuple[str | None, str]:
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
