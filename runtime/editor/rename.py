"""A new name for a block, a stage, a constant or a used file, wherever it is meant."""

from __future__ import annotations

import re
from typing import NamedTuple

from currc.compiler.complain import a
from currc.compiler.kinds import KINDS
from currc.compiler.source import Source, Span
from currc.compiler.tables import tables
from currc.runtime.editor.meaning import NAMEABLE, Meaning
from currc.runtime.editor.text import Text

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Refused(Exception):
    """Why something keeps its name, for the user to read."""


class Edit(NamedTuple):
    """Another text in place of a range."""

    span: Span
    text: str


def nameable(text: Text, offset: int, module: str = "") -> tuple[Span, Meaning]:
    """The name at a place of a file, and what it is that may be named anew.

    Raises:
        Refused: Nothing there was named by the user.
    """
    spot = text.spot_at(offset, module)
    meaning = text.meaning(spot, module) if spot is not None else None
    if spot is None or meaning is None:
        raise Refused("nothing here has a name of yours")
    if meaning.sort not in NAMEABLE:
        raise Refused(f"`{spot.text}` belongs to the language")
    return Span(text.files[module].span.source, spot.start, spot.end), meaning


def rename(text: Text, offset: int, name: str, module: str = "") -> list[Edit]:
    """The edits that give what stands at a place of a file another name, in all files of the spec.

    The result is read once more: each edited name must mean the renamed thing, and nothing
    else may, so that no name is caught by a block, a constant or a word of the language.

    Raises:
        Refused: The name cannot be used, or something else would be meant afterwards.
    """
    _, meaning = nameable(text, offset, module)
    _usable(name)
    home, _, _ = meaning.name.rpartition(".")
    anew = meaning._replace(name=f"{home}.{name}" if home else name)
    if anew == meaning:
        return []
    _free(text, anew, name)
    edits = [Edit(span, name) for span in text.occurrences(meaning)]
    after = text.changed(edited(edits))
    if _places(edits) != {(span.source.name, span.start) for span in after.occurrences(anew)}:
        raise Refused(f"`{name}` would mean something else in one of its places")
    return edits


def edited(edits: list[Edit]) -> dict[str, str]:
    """The texts of all edited files after the edits, by their names."""
    sources: dict[str, Source] = {edit.span.source.name: edit.span.source for edit in edits}
    found: dict[str, str] = {}
    for name, source in sources.items():
        parts, end = [], 0
        for edit in sorted((it for it in edits if it.span.source.name == name), key=lambda it: it.span.start):
            parts += [source.text[end : edit.span.start], edit.text]
            end = edit.span.end
        found[name] = "".join([*parts, source.text[end:]])
    return found


def _usable(name: str) -> None:
    if not NAME.fullmatch(name):
        raise Refused("a name is made of a-z, A-Z, 0-9 and `_`, and begins with no digit")
    if name in tables().keywords:
        raise Refused(f"`{name}` is a reserved word")
    if name in KINDS:
        raise Refused(f"`{name}` is the name of a kind")


def _free(text: Text, anew: Meaning, name: str) -> None:
    scope = text.reading.scope
    if anew.name in text.reading.spec.parts or anew.name in scope.blocks:
        raise Refused(f"`{name}` is the name of {a(text.kind_of(anew.name))} already")
    if anew.name in scope.constants:
        raise Refused(f"`{name}` is the name of a constant already")
    if anew.name in text.reading.modules:
        raise Refused(f"`{name}` is the name of a used file already")


def _places(edits: list[Edit]) -> set[tuple[str, int]]:
    """Where each edited name begins once all edits are made."""
    found = set()
    for name in {edit.span.source.name for edit in edits}:
        moved = 0
        for edit in sorted((it for it in edits if it.span.source.name == name), key=lambda it: it.span.start):
            found.add((name, edit.span.start + moved))
            moved += len(edit.text) - (edit.span.end - edit.span.start)
    return found
