"""`curr.lock`: what specs were run on, and which breaks of a comparison somebody has accepted.

The file is TOML, sorted, one entry a line, so that a review sees what moved. `currc lock`
writes it, `currc run --locked` refuses to run on anything else.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

FORMAT = 1
"""Raised when a reader of the old file would misread the new."""

NAME = "curr.lock"
HEAD = f"""\
# Written by `currc lock`; commit it. `currc run --locked` refuses to run on anything else.
format = {FORMAT}
"""


class ModelPin(NamedTuple):
    """What a base was."""

    revision: str
    """Commit of a hub model; empty for a folder or a package."""
    files: str
    """Digest of weights and config."""
    tokenizer: str
    """Digest of the tokenizer's files."""


class Pins(NamedTuple):
    """What one spec was run on."""

    data: Mapping[str, str] = MappingProxyType({})
    """SHA-256 of each data file, by its path from the spec."""
    models: Mapping[str, ModelPin] = MappingProxyType({})
    """By base as written, with `@revision` where the spec says one."""


class Accepted(NamedTuple):
    """A change after which numbers must not be compared with those before, accepted in writing."""

    before: str
    """Hash of the plan before, 64 hexadecimal digits."""
    after: str
    why: str


class Lock(NamedTuple):
    """The content of a `curr.lock`."""

    specs: Mapping[str, Pins] = MappingProxyType({})
    """By the spec's file name."""
    accepted: tuple[Accepted, ...] = ()

    def accepts(self, before: str, after: str) -> bool:
        """Whether the change from one plan to another was accepted; by the plans' hashes."""
        return any((one.before, one.after) == (before, after) for one in self.accepted)

    def reason(self, before: str, after: str) -> str:
        """Why the change was accepted; empty where it was not, or nobody said."""
        return next((one.why for one in self.accepted if (one.before, one.after) == (before, after)), "")


class BadLock(Exception):
    """A text that is no `curr.lock` of this version."""


def read_lock(text: str) -> Lock:
    """The lock that a text holds.

    Raises:
        BadLock: It is no TOML, of another format, or not what `written` writes.
    """
    import tomllib

    try:
        found = tomllib.loads(text)
        if found.get("format") != FORMAT:
            raise BadLock(f"its format is {found.get('format')}, this version reads {FORMAT}")
        specs = {name: _pins(of_spec) for name, of_spec in found.get("spec", {}).items()}
        accepted = tuple(
            Accepted(one["before"], one["after"], one["why"]) for one in found.get("accepted", ())
        )
    except (tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError) as problem:
        raise BadLock(f"{problem}") from problem
    return Lock(specs, accepted)


def _pins(found: Mapping[str, Any]) -> Pins:
    models = {base: ModelPin(**pin) for base, pin in found.get("model", {}).items()}
    return Pins(dict(found.get("data", {})), models)


def written(lock: Lock) -> str:
    """The lock as text; equal locks give equal texts."""
    return "\n".join([HEAD, *_written(lock)])


def _written(lock: Lock) -> Iterator[str]:
    for spec, pins in sorted(lock.specs.items()):
        yield f"[spec.{_quoted(spec)}.data]"
        yield from (f"{_quoted(path)} = {_quoted(digest)}" for path, digest in sorted(pins.data.items()))
        yield ""
        for base, pin in sorted(pins.models.items()):
            yield f"[spec.{_quoted(spec)}.model.{_quoted(base)}]"
            yield from (f"{name} = {_quoted(value)}" for name, value in pin._asdict().items())
            yield ""
    for one in sorted(lock.accepted):
        yield "[[accepted]]"
        yield from (f"{name} = {_quoted(value)}" for name, value in one._asdict().items())
        yield ""


def _quoted(text: str) -> str:
    """A TOML string; JSON's escapes are TOML's but for the one sign that JSON leaves as it is."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def drift(pinned: Pins, actual: Pins) -> list[str]:
    """What differs between the pins of a spec and what is there now, a line each."""
    lines = []
    for path in sorted({*pinned.data, *actual.data}):
        lines += _moved(path, pinned.data.get(path), actual.data.get(path))
    for base in sorted({*pinned.models, *actual.models}):
        old, new = pinned.models.get(base), actual.models.get(base)
        if old is None or new is None:
            lines += _moved(f"model {base}", old and old.files, new and new.files)
            continue
        for name in ModelPin._fields:
            lines += _moved(f"{name} of model {base}", getattr(old, name), getattr(new, name))
    return lines


def _moved(what: str, old: str | None, new: str | None) -> list[str]:
    if old == new:
        return []
    if old is None:
        return [f"{what}: not in the lock, now {_short(new)}"]
    return [f"{what}: locked {_short(old)}, now {'gone' if new is None else _short(new)}"]


def _short(digest: str | None) -> str:
    return f"{digest[:12]}…" if digest and len(digest) > 12 else digest or "none"
