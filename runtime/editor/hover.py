"""What is shown about the name under the pointer: the reference's page, and what holds in this spec."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from currc.compiler.diagnostic import Diagnostic
from currc.compiler.explain import explain
from currc.compiler.explain_address import address as value_at
from currc.compiler.explain_address import value_text
from currc.runtime.editor.meaning import Meaning
from currc.runtime.editor.pages import page
from currc.runtime.editor.places import Key, Spot
from currc.runtime.editor.text import Text

MOST_SHOWN = 12
"""Values of a block that are listed."""


class Hover(NamedTuple):
    """Markdown about the characters from `start` to `end`."""

    start: int
    end: int
    markdown: str


def hover(text: Text, offset: int, complaints: Iterable[Diagnostic] = ()) -> Hover | None:
    """What there is to say about a place: the name there, and the codes of complaints about it."""
    wrong = [it for it in complaints if it.primary.span.start <= offset <= it.primary.span.end]
    spot = text.spot_at(offset)
    meaning = text.meaning(spot) if spot is not None else None
    parts = [explain(it.code.value, text.vocabulary) or "" for it in wrong]
    parts = [_code(part, "text") for part in dict.fromkeys(parts)]
    if spot is not None and meaning is not None:
        parts += [about(text, meaning), _here(text, spot, meaning)]
    found = "\n\n---\n\n".join(part for part in parts if part)
    if not found:
        return None
    if spot is None or meaning is None:
        return Hover(wrong[0].primary.span.start, wrong[0].primary.span.end, found)
    return Hover(spot.start, spot.end, found)


def about(text: Text, meaning: Meaning) -> str:
    """A page about what a name means: of the language, or of something that the user has named."""
    match meaning.sort:
        case "block":
            return _block(text, meaning.name)
        case "constant":
            constant = text.reading.scope.constants[meaning.name]
            return _code(f"let {meaning.name} = {constant.const.value.span.text}")
        case "module":
            file = text.files.get(meaning.name)
            where = f": `{file.span.source.name}`" if file is not None else ""
            return f"used file **`{meaning.name}`**{where}"
        case "column":
            return f"column **`{meaning.name}`** of the rows"
        case _:
            return page(meaning, text.vocabulary)


def _block(text: Text, address: str) -> str:
    """A block's header, its documentation, and what it and the blocks it extends say."""
    reading = text.reading
    entry, part = reading.scope.blocks.get(address), reading.spec.parts.get(address)
    head = entry.block.head.text if entry is not None else f"{text.kind_of(address)} {address}"
    doc = part.doc if part is not None else ""
    parts = [_code(head), doc]
    values = [
        f"{key.removeprefix(f'{address}.')} = {value_text(key, value, reading.spec, text.vocabulary)}"
        for key, value in _said(text, address)
    ]
    more = [f"… {len(values) - MOST_SHOWN} more"] if len(values) > MOST_SHOWN else []
    parts.append(_code("\n".join([*values[:MOST_SHOWN], *more])) if values else "")
    return "\n\n".join(part for part in parts if part)


def _said(text: Text, address: str) -> Iterator[tuple[str, Any]]:
    """What somebody wrote in a block or in one that it extends, by root address."""
    spec = text.reading.spec
    if address in spec.arms:
        yield from ((key, setting.value) for key, setting in spec.arms[address].settings.items())
        return
    for key, setting in spec.settings.items():
        if key.rpartition(".")[0] == address and setting.written:
            yield key, setting.value


def _here(text: Text, spot: Spot, meaning: Meaning) -> str:
    """The value of an attribute at this place, and where it comes from."""
    if meaning.sort != "attribute" or not isinstance(spot.place, Key) or not spot.last:
        return ""
    around = spot.place.around
    address = f"{around.address}.{'.'.join(spot.path)}"
    found = value_at(
        f"arm.{address}" if around.kind == "arm" else address, text.reading.spec, text.vocabulary
    )
    return _code(found) if found else ""


def _code(text: str, language: str = "hcl") -> str:
    """Text as it is, in a fence longer than any in it."""
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}{language}\n{text}\n{fence}"
