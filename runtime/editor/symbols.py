"""The outline of a spec: its blocks with those inside them, its constants and used files."""

from __future__ import annotations

from typing import NamedTuple

from currc.compiler.source import Span
from currc.compiler.syntax import Block, File


class Symbol(NamedTuple):
    """One entry of the outline."""

    name: str
    kind: str
    """The kind of the block, `let` or `use`."""
    detail: str
    span: Span
    at: Span
    """The name itself."""
    inside: tuple[Symbol, ...] = ()


def symbols(file: File) -> list[Symbol]:
    """The outline of a file, in the order of its text."""
    found = [_block(block) for block in file.blocks]
    found += [
        Symbol(it.name.text, "let", f"= {it.value.span.text}", it.span, it.name.span) for it in file.constants
    ]
    found += [Symbol(it.name.text, "use", it.path.value, it.span, it.name.span) for it in file.uses]
    return sorted(found, key=lambda symbol: symbol.span.start)


def _block(block: Block) -> Symbol:
    at = (block.name or block.kind).span
    type = f": {block.type.text}" if block.type else ""
    extends = f" extends {block.extends.text}" if block.extends else ""
    inner = tuple(_block(statement) for statement in block.statements if isinstance(statement, Block))
    detail = f"{block.kind.text}{type}{extends}" if block.name or type or extends else ""
    return Symbol(at.text, block.kind.text, detail, block.span, at, inner)
