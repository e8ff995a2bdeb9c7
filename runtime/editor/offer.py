"""What completion offers: items, and how they are made."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from currc.compiler.kind import Kind
from currc.compiler.kinds import KINDS
from currc.compiler.language import KEYWORDS
from currc.runtime.editor.meaning import Meaning
from currc.runtime.editor.text import Text

Columns = Callable[[str], tuple[str, ...]]
"""The columns that a template at an address may name."""


class Item(NamedTuple):
    """One thing that may be written."""

    label: str
    sort: str
    """A meaning's sort, or `keyword`."""
    detail: str = ""
    insert: str = ""
    """What is written where that is not the label; in a snippet `$1` says where the cursor goes."""
    snippet: bool = False
    meaning: Meaning | None = None
    """What a page can be read about."""


class Offer(NamedTuple):
    """What may be written in place of the characters from `start` to `end`."""

    start: int
    end: int
    items: tuple[Item, ...]


def word(label: str, sort: str, name: str, detail: str = "", insert: str = "") -> Item:
    """A word of the language."""
    return Item(label, sort, detail, insert, "$" in insert, Meaning(sort, name))


def keyword(name: str, insert: str = "") -> Item:
    """A reserved word."""
    return Item(name, "keyword", KEYWORDS[name][0], insert or f"{name} ")


def attribute(kind: Kind, name: str, after: str = " = ") -> Item:
    """An attribute, ready for its value."""
    found = kind.attribute(name)
    about = found.about if found is not None else ""
    return Item(
        name, "attribute", about, f"{name}{after}", meaning=Meaning("attribute", f"{kind.name}.{name}")
    )


def skeleton(kind: Kind) -> Item:
    """A block with its header and the attributes that it needs."""
    stops = iter(range(1, 100))
    header = kind.name + (f" ${{{next(stops)}:name}}" if kind.named else "")
    if kind.types:
        header += f": ${{{next(stops)}|{','.join(kind.types)}|}}"
    needed = [attribute.name for attribute in kind.attributes if attribute.required]
    lines = [f"  {name} = ${next(stops)}" for name in needed] or [f"  ${next(stops)}"]
    body = "\n".join([f"{header} {{", *lines, "}"])
    return Item(kind.name, "kind", kind.about, body, snippet=True, meaning=Meaning("kind", kind.name))


def named(text: Text, address: str, label: str, after: str = "") -> Item:
    """Something that the user has named."""
    scope = text.reading.scope
    if (constant := scope.constants.get(address)) is not None:
        detail = f"= {constant.const.value.span.text}"
        return Item(label, "constant", detail, meaning=Meaning("constant", address))
    entry = scope.blocks.get(address)
    kind = text.kind_of(address)
    doc = entry.block.doc.partition("\n")[0] if entry is not None else ""
    about = f"{kind}: {doc}" if doc else kind
    return Item(label, "block", about, f"{label}{after}" if after else "", meaning=Meaning("block", address))


OVERRIDABLE = tuple(
    kind.name
    for kind in KINDS.values()
    if any(not attribute.same and not attribute.later for attribute in kind.attributes)
    and kind.name not in ("arm", "source", "group", "budget", "evaluate", "decide")
)
"""Kinds of blocks in which arms may differ."""
