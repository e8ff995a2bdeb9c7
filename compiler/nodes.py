"""Reductions to syntax nodes: one method per rule of the grammar that keeps something.

A value is the number of a token, a node, or the flat list that a repetition left. Left
folds make the trees of sums and products, so no depth of input deepens the stack.
"""

from __future__ import annotations

import math
import re

from currc.compiler.codes import Code
from currc.compiler.diagnostic import Complaints, Diagnostic, Label
from currc.compiler.source import Span
from currc.compiler.syntax import (
    Argument,
    Attribute,
    Binary,
    Block,
    Bool,
    Call,
    Const,
    Drop,
    Expr,
    File,
    Guard,
    List,
    Name,
    Number,
    Path,
    Range,
    String,
    Unary,
    Use,
)
from currc.compiler.tokens import Tokens

TYPE_CHECKING = False  # importing typing takes 5 ms; mypy knows the name
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_ESCAPE = re.compile(r'\\([nt"\\])')
_NO_CHARACTER = re.compile("[\ud800-\udfff]")
_UNDONE = {"n": "\n", "t": "\t", '"': '"', "\\": "\\"}


def undone(text: str) -> str:
    """A string's characters with escapes undone; those of braces stay for the template reader.

    What is no character was complained of, and is U+FFFD here, as nothing that takes strings takes it.
    """
    if not text.isascii():
        text = _NO_CHARACTER.sub("\ufffd", text)
    return _ESCAPE.sub(lambda match: _UNDONE[match[1]], text) if "\\" in text else text


def dedented(text: str) -> str:
    """The lines of a TEXT without their common indent.

    A line end right after the opening quotes and blanks before the closing ones on a
    line of their own are no part of it; the first line has no indent if it stands
    beside the opening quotes.
    """
    first, *lines = text.replace("\r\n", "\n").split("\n")
    indents = [len(line) - len(line.lstrip(" \t")) for line in lines if line.strip(" \t")]
    if lines and not lines[-1].strip(" \t"):
        lines.pop()
    common = min(indents, default=0)
    rest = [line[common:] if line.strip(" \t") else "" for line in lines]
    return "\n".join(rest if not first.strip(" \t") and rest else [first, *rest])


class Nodes:
    """Makes the nodes of one text; what it cannot read goes to the complaints."""

    def __init__(self, tokens: Tokens, complaints: Complaints) -> None:
        self.tokens, self.complaints = tokens, complaints
        self.source, self.text = tokens.source, tokens.source.text

    def span(self, first: int, last: int) -> Span:
        return Span(self.source, self.tokens.starts[first], self.tokens.ends[last])

    def cover(self, first: Any, last: Any) -> Span:
        """From the start of a token or node to the end of another."""
        start = self.tokens.starts[first] if type(first) is int else first.span.start
        end = self.tokens.ends[last] if type(last) is int else last.span.end
        return Span(self.source, start, end)

    def name_of(self, token: int) -> Name:
        span = Span(self.source, self.tokens.starts[token], self.tokens.ends[token])
        return Name(self.text[span.start : span.end], span)

    # expressions

    def number(self, token: int, unit: int | None = None) -> Number:
        span = self.span(token, token if unit is None else unit)
        digits = self.text[self.tokens.starts[token] : self.tokens.ends[token]]
        digits = digits.replace("_", "").replace(",", "")
        percent = digits.endswith("%")
        digits = digits.rstrip("%").rstrip()
        value = float(digits)
        if math.isinf(value):
            label = Label(span, "larger than 1e308")
            self.complaints.add(Diagnostic(Code.BAD_NUMBER, "a number is too large", label))
            value = 0.0
        word = "%" if percent else "" if unit is None else self.tokens.text(unit)
        return Number(value, word, digits.isdigit(), span)

    def string(self, token: int) -> String:
        span = self.span(token, token)
        return String(undone(self.text[span.start + 1 : span.end - 1]), span)

    def text_(self, token: int) -> String:
        span = self.span(token, token)
        return String(undone(dedented(self.text[span.start + 3 : span.end - 3])), span)

    def true(self, token: int) -> Bool:
        return Bool(True, self.span(token, token))

    def false(self, token: int) -> Bool:
        return Bool(False, self.span(token, token))

    def path(self, first: int, rest: list[int] | None = None) -> Path:
        name = self.name_of(first)
        if rest is None:
            return Path((name,), name.span)
        names = (name, *(self.name_of(token) for token in rest[1::2]))
        return Path(names, name.span | names[-1].span)

    def group(self, _open: int, inner: Expr, _close: int) -> Expr:
        return inner

    def unary(self, minus: int, operand: Expr) -> Unary:
        return Unary(operand, self.cover(minus, operand))

    def sum(self, first: Expr, rest: list[Any]) -> Expr:
        for sign, operand in zip(rest[::2], rest[1::2], strict=True):
            first = Binary(self.tokens.text(sign), first, operand, first.span | operand.span)
        return first

    product = sum

    def expr(self, low: Expr, _dots: int, high: Expr) -> Range:
        return Range(low, high, low.span | high.span)

    def call(self, name: int, *rest: Any) -> Call:
        arguments = tuple(value for value in _flat(rest) if type(value) is Argument)
        return Call(self.name_of(name), arguments, self.cover(name, rest[-1]))

    def arg(self, *parts: Any) -> Argument:
        if len(parts) == 1:
            return Argument(None, parts[0], parts[0].span)
        name, _, value = parts
        return Argument(self.name_of(name), value, self.cover(name, value))

    def list(self, bracket: int, *rest: Any) -> List:
        items = tuple(value for value in _flat(rest) if type(value) is not int)
        return List(items, self.cover(bracket, rest[-1]))

    # statements

    def attr(self, path: Path, _equal: int, value: Expr) -> Attribute:
        return Attribute(path, value, path.span | value.span)

    def guard(self, when: int, left: Expr, sign: int, right: Expr) -> Guard:
        return Guard(left, self.tokens.text(sign), right, self.cover(when, right))

    def drop(self, drop: int, path: Path) -> Drop:
        return Drop(path, self.cover(drop, path))

    def use(self, use: int, path: int, _as: int, name: int) -> Use:
        return Use(self.string(path), self.name_of(name), self.span(use, name))

    def const(self, let: int, name: int, _equal: int, value: Expr) -> Const:
        return Const(self.name_of(name), value, self.cover(let, value))

    def block(self, kind: int, *rest: Any) -> Block:
        parts = list(_flat(rest))
        brace = next(at for at, part in enumerate(parts) if self._is(part, "LBRACE"))
        header, body = parts[:brace], parts[brace + 1 : -1]
        colon = next((at for at, part in enumerate(header) if self._is(part, "COLON")), None)
        extends = header[-1] if header and type(header[-1]) is Path else None
        return Block(
            kind=self.name_of(kind),
            name=self.name_of(header[0]) if header and self._is(header[0], "NAME") else None,
            type=None if colon is None else self.name_of(header[colon + 1]),
            extends=extends,
            statements=tuple(part for part in body if type(part) is not int),
            doc=self.doc(self.tokens.starts[kind]),
            head=self.cover(kind, header[-1] if header else kind),
            span=self.span(kind, parts[-1]),
        )

    def _is(self, value: Any, kind: str) -> bool:
        return type(value) is int and self.tokens.kinds[value] == kind

    def doc(self, start: int) -> str:
        """The text of the `##` lines that end on the line before offset `start`."""
        lines: list[str] = []
        end = self.text.rfind("\n", 0, start)
        while (first := self.tokens.docs.get(end)) is not None:
            lines.append(self.text[first:end].rstrip().removeprefix("##").removeprefix(" "))
            end = self.text.rfind("\n", 0, first)
        return "\n".join(reversed(lines))

    def edition(self, _edition: int, number: int, _end: int) -> Number | None:
        return self.number(number) if self.tokens.text(number) else None

    def file(self, *rest: Any) -> File:
        parts = [part for part in _flat(rest) if part is not None and type(part) is not int]
        return File(
            edition=next((part for part in parts if type(part) is Number), None),
            uses=tuple(part for part in parts if type(part) is Use),
            constants=tuple(part for part in parts if type(part) is Const),
            blocks=tuple(part for part in parts if type(part) is Block),
            poisoned=frozenset(),
            span=Span(self.source, 0, len(self.text)),
        )


def _flat(values: tuple[Any, ...]) -> Iterator[Any]:
    """The values with each repetition's own values in its place."""
    for value in values:
        if type(value) is list:
            yield from value
        else:
            yield value
