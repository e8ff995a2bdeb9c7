"""The syntax tree: frozen nodes with a span each; nothing is looked up here."""

from __future__ import annotations

from currc.compiler.record import Record
from currc.compiler.source import Span


class Name(Record):
    """An identifier as written."""

    text: str
    span: Span


class Number(Record):
    """`12`, `3e-4`, `40%` or `100 steps`.

    `value` is the number as written (40 for `40%`), `unit` is `%`, a unit's name or
    the empty string; `whole` tells `12` from `12.0`.
    """

    value: float
    unit: str
    whole: bool
    span: Span


class String(Record):
    """A string with escapes undone; `\\{` and `\\}` stay escaped for the template reader."""

    value: str
    span: Span


class Bool(Record):
    """`true` or `false`."""

    value: bool
    span: Span


class Path(Record):
    """A bare word or a dotted address."""

    names: tuple[Name, ...]
    span: Span

    @property
    def text(self) -> str:
        """The address with its dots."""
        return ".".join(name.text for name in self.names)


class Argument(Record):
    """One argument of a call; `name` is `None` where it is positional."""

    name: Name | None
    value: Expr
    span: Span


class Call(Record):
    """`root(start = 20%, full_at = 60%)`."""

    name: Name
    arguments: tuple[Argument, ...]
    span: Span


class List(Record):
    """`[route, fields]`."""

    items: tuple[Expr, ...]
    span: Span


class Unary(Record):
    """`-x`."""

    operand: Expr
    span: Span


class Binary(Record):
    """`a + b`, `a - b`, `a * b`, `a / b`."""

    op: str
    left: Expr
    right: Expr
    span: Span


class Range(Record):
    """`0% .. 40%`, both ends written."""

    low: Expr
    high: Expr
    span: Span


Expr = Number | String | Bool | Path | Call | List | Unary | Binary | Range


class Attribute(Record):
    """`path = value`; in an arm the path may be dotted."""

    path: Path
    value: Expr
    span: Span


class Guard(Record):
    """`when left OP right`."""

    left: Expr
    op: str
    right: Expr
    span: Span


class Drop(Record):
    """`drop path`."""

    path: Path
    span: Span


class Block(Record):
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


class Use(Record):
    """`use "shared/tasks.curr" as lib`."""

    path: String
    name: Name
    span: Span


class Const(Record):
    """`let NAME = value`."""

    name: Name
    value: Expr
    span: Span


class File(Record):
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
