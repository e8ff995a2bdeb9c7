"""The syntax tree: frozen nodes with a span each; nothing is looked up here."""

from __future__ import annotations

from dataclasses import dataclass

from currc.compiler.source import Span


@dataclass(frozen=True, slots=True)
class Name:
    """An identifier as written."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Number:
    """`12`, `3e-4`, `40%` or `100 steps`.

    `value` is the number as written (40 for `40%`), `unit` is `%`, a unit's name or
    the empty string; `whole` tells `12` from `12.0`.
    """

    value: float
    unit: str
    whole: bool
    span: Span


@dataclass(frozen=True, slots=True)
class String:
    """A string with escapes undone; `\\{` and `\\}` stay escaped for the template reader."""

    value: str
    span: Span


@dataclass(frozen=True, slots=True)
class Bool:
    """`true` or `false`."""

    value: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Path:
    """A bare word or a dotted address."""

    names: tuple[Name, ...]
    span: Span

    @property
    def text(self) -> str:
        """The address with its dots."""
        return ".".join(name.text for name in self.names)


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a call; `name` is `None` where it is positional."""

    name: Name | None
    value: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Call:
    """`root(start = 20%, full_at = 60%)`."""

    name: Name
    arguments: tuple[Argument, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class List:
    """`[route, fields]`."""

    items: tuple[Expr, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Unary:
    """`-x`."""

    operand: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Binary:
    """`a + b`, `a - b`, `a * b`, `a / b`."""

    op: str
    left: Expr
    right: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Range:
    """`0% .. 40%`, both ends written."""

    low: Expr
    high: Expr
    span: Span


Expr = Number | String | Bool | Path | Call | List | Unary | Binary | Range


@dataclass(frozen=True, slots=True)
class Attribute:
    """`path = value`; in an arm the path may be dotted."""

    path: Path
    value: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Guard:
    """`when left OP right`."""

    left: Expr
    op: str
    right: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Drop:
    """`drop path`."""

    path: Path
    span: Span


@dataclass(frozen=True, slots=True)
class Block:
    """`kind [name] [: word] [extends path] { statements }`.

    `head` spans the header line without the brace; `doc` is the text of the `##` lines above.
    """

    kind: Name
    name: Name | None
    type: Name | None
    extends: Path | None
    statements: tuple[Statement, ...]
    doc: str
    head: Span
    span: Span


Statement = Attribute | Guard | Drop | Block


@dataclass(frozen=True, slots=True)
class Use:
    """`use "shared/tasks.curr" as lib`."""

    path: String
    name: Name
    span: Span


@dataclass(frozen=True, slots=True)
class Const:
    """`let NAME = value`."""

    name: Name
    value: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class File:
    """A whole spec. `poisoned` holds addresses whose statement could not be read.

    A poisoned address is `block.attribute` (or `kind.attribute` for a block without a
    name); later passes neither demand nor judge it. `block.*` says that something
    unknown in the block was lost, `*` that a block of unknown name was.
    """

    edition: Number | None
    uses: tuple[Use, ...]
    constants: tuple[Const, ...]
    blocks: tuple[Block, ...]
    poisoned: frozenset[str]
    span: Span
