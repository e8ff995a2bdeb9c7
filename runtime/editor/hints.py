"""Values that a reader would have to look up, shown at the end of what stands for them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from currc.compiler.explain_address import value_text
from currc.compiler.language import word_entry
from currc.compiler.resolve import paths
from currc.compiler.spec import Setting
from currc.compiler.syntax import Attribute, Binary, Block, Expr, Path, Unary
from currc.runtime.editor.places import Value
from currc.runtime.editor.text import Text

LONGEST = 60
"""Characters of a hint; the rest is in its tooltip."""


class Hint(NamedTuple):
    """A text shown after the character at `offset`, as if it stood there."""

    offset: int
    label: str
    full: str
    """The whole text, where `label` is a part of it."""


def hints(text: Text, start: int, end: int) -> list[Hint]:
    """The hints between two places, in the order of the text."""
    found = [*_values(text), *_inherited(text), *_defaults(text)]
    return sorted((hint for hint in found if start <= hint.offset <= end), key=lambda hint: hint.offset)


def _values(text: Text) -> Iterator[Hint]:
    """The value of each attribute that is written with a constant or computed."""
    for address, statement in _attributes(text):
        setting = _setting(text, address)
        if setting is None or not (_computed(statement.value) or _names_constant(text, statement.value)):
            continue
        yield _hint(statement.value.span.end, f"= {_value(text, address[1], setting, brief=False)}")


def _attributes(text: Text) -> Iterator[tuple[tuple[str, str], Attribute]]:
    """The attributes of a spec's own blocks: the arm they stand in, or empty, and their root address."""

    def inside(block: Block, address: str, arm: str) -> Iterator[tuple[tuple[str, str], Attribute]]:
        for statement in block.statements:
            if isinstance(statement, Attribute):
                path = statement.path.text
                yield (arm, path if arm else f"{address}.{path}"), statement
            elif isinstance(statement, Block):
                yield from inside(statement, f"{address}.{(statement.name or statement.kind).text}", arm)

    for block in text.reading.file.blocks:
        own = (block.name or block.kind).text
        yield from inside(block, own, own if block.kind.text == "arm" else "")


def _setting(text: Text, place: tuple[str, str]) -> Setting | None:
    arm, address = place
    spec = text.reading.spec
    if not arm:
        return spec.settings.get(address)
    return spec.arms[arm].settings.get(address) if arm in spec.arms else None


def _computed(value: Expr) -> bool:
    return isinstance(value, Binary) or (isinstance(value, Unary) and _computed(value.operand))


def _names_constant(text: Text, value: Expr) -> bool:
    constants = text.reading.scope.constants
    return any(isinstance(path, Path) and path.text in constants for path in paths(value))


def _inherited(text: Text) -> Iterator[Hint]:
    """What a block takes from the one it extends, after its header."""
    for block in text.reading.file.blocks:
        if block.extends is None or block.name is None:
            continue
        taken = [
            f"{address.removeprefix(f'{block.name.text}.')} = {_value(text, address, setting)}"
            for address, setting in _settings(text, block.name.text)
            if setting.origins[0].kind == "inherited"
        ]
        if taken:
            yield _hint(block.extends.span.end, f"({', '.join(taken)})")


def _settings(text: Text, block: str) -> Iterator[tuple[str, Setting]]:
    """What a block comes to, by root address."""
    spec = text.reading.spec
    if block in spec.arms:
        yield from spec.arms[block].settings.items()
        return
    yield from ((address, it) for address, it in spec.settings.items() if address.startswith(f"{block}."))


def _value(text: Text, address: str, setting: Setting, *, brief: bool = True) -> str:
    return value_text(address, setting.value, text.reading.spec, text.vocabulary, brief=brief)


def _defaults(text: Text) -> Iterator[Hint]:
    """The parameters of a bare word that takes some."""
    for spot in text.spots:
        after = text.source.text[spot.end : spot.end + 1]
        meaning = text.meaning(spot) if isinstance(spot.place, Value) and len(spot.path) == 1 else None
        if meaning is None or meaning.sort != "word" or after == "(":
            continue
        slot, _, word = meaning.name.partition(".")
        if word not in text.vocabulary.words(slot):
            continue
        given = [
            f"{it['name']} = {it['default']}"
            for it in word_entry(slot, word, text.vocabulary)["parameters"]
            if it["default"] is not None
        ]
        if given:
            yield _hint(spot.end, f"({', '.join(given)})")


def _hint(offset: int, full: str) -> Hint:
    return Hint(offset, full if len(full) <= LONGEST else f"{full[: LONGEST - 1]}…", full)
