"""What each name of a spec means; the result of `resolve`."""

from __future__ import annotations

from collections.abc import Mapping

from currc.compiler.record import Record
from currc.compiler.source import Span
from currc.compiler.syntax import Block, Const, Path


class Entry(Record):
    """A block of a file and the address it answers to.

    `address` is the block's name, or its kind where blocks of that kind have no name;
    blocks of a used file carry its name in front, as `lib.route`.
    """

    address: str
    block: Block
    module: str
    """Name under which the block's file is used, as `lib`; empty for the spec itself."""

    @property
    def kind(self) -> str:
        """The kind as written."""
        return self.block.kind.text

    @property
    def at(self) -> Span:
        """Where to point at when the block is meant: its name, or its kind."""
        return (self.block.name or self.block.kind).span


class Constant(Record):
    """A `let`, and the file whose names its value refers to."""

    address: str
    const: Const
    module: str


class Scope(Record):
    """The blocks and constants of a spec by address, in the order of the text."""

    edition: int
    blocks: Mapping[str, Entry]
    constants: Mapping[str, Constant]
    parents: Mapping[str, str]
    """Address of the block that a block extends; free of circles."""
    poisoned: frozenset[str]
    """Addresses that could not be read; nobody demands or judges them."""
    end: Span
    """Where something that is missing altogether is reported: the spec's first line."""

    def of_kind(self, kind: str) -> tuple[Entry, ...]:
        """The blocks of a kind."""
        return tuple(entry for entry in self.blocks.values() if entry.kind == kind)

    def chain(self, address: str) -> tuple[Entry, ...]:
        """A block, the one it extends, and so on."""
        chain = [self.blocks[address]]
        while (parent := self.parents.get(chain[-1].address)) is not None:
            chain.append(self.blocks[parent])
        return tuple(chain)

    def entry(self, path: str, module: str) -> Entry | None:
        """The block that a name means in a file."""
        return self.blocks.get(inside(module, path))

    def constant(self, path: Path, module: str) -> Constant | None:
        """The constant that a name means in a file."""
        return self.constants.get(inside(module, path.text))

    def lost(self, address: str) -> bool:
        """Whether an address, or one above it, could not be read or may be among what was lost."""
        names = address.split(".")
        return any(
            ".".join(names[:end]) in self.poisoned or ".".join([*names[: end - 1], "*"]) in self.poisoned
            for end in range(1, len(names) + 1)
        )


def inside(module: str, name: str) -> str:
    """The root address of a name that stands in a used file."""
    return f"{module}.{name}" if module else name


def names(entries: tuple[Entry, ...], module: str) -> tuple[str, ...]:
    """How blocks are called from within a file; those it cannot see are left out."""
    prefix = f"{module}." if module else ""
    return tuple(entry.address.removeprefix(prefix) for entry in entries if entry.address.startswith(prefix))
