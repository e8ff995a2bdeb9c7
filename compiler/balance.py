"""Braces that do not match: where one is missing or too many, judged by the indents.

Only looked at once the text is known to be wrong, so that indents never matter in a
correct spec.
"""

from __future__ import annotations

from currc.compiler.codes import Code
from currc.compiler.diagnostic import Complaints, Diagnostic, Fix, Label
from currc.compiler.record import Record
from currc.compiler.source import Span
from currc.compiler.tokens import Tokens


class _Open(Record):
    """An open block: its first token, its brace, the indent of its line, whether its body is indented."""

    first: int
    brace: int
    indent: int
    indented: bool


def balance(tokens: Tokens, complaints: Complaints) -> None:
    """Put in the braces that are missing and take out those too many; each is reported."""
    lines = _lines(tokens)
    headers = [at for at in range(len(lines)) if _lacks_brace(tokens, lines, at)]
    # Where the braces that headers lack even out the text, no indent has to say what was meant.
    uneven = _uneven(tokens, {lines[at][1] for at in headers})
    if headers or uneven:
        _Balance(tokens, complaints, lines, frozenset(headers), indents=uneven).run()


def _uneven(tokens: Tokens, opened: set[int]) -> bool:
    """Whether braces do not pair, with one more before each line end of `opened`."""
    depth = 0
    for at, kind in enumerate(tokens.kinds):
        depth += (kind == "LBRACE") + (at in opened) - (kind == "RBRACE")
        if depth < 0:
            return True
    return depth > 0


def _lines(tokens: Tokens) -> list[tuple[int, int]]:
    """First token of each statement's line and the line end after it."""
    ends = [at for at, kind in enumerate(tokens.kinds) if kind == "NL"]
    return [
        (first, end) for first, end in zip([0, *(end + 1 for end in ends)], ends, strict=False) if first < end
    ]


def _lacks_brace(tokens: Tokens, lines: list[tuple[int, int]], at: int) -> bool:
    """Whether a line looks like a block's header and what follows like its body."""
    first, end = lines[at]
    kinds = tokens.kinds[first:end]
    if at + 1 == len(lines) or kinds[0] != "NAME" or not set(kinds) <= {"NAME", "COLON", "EXTENDS", "DOT"}:
        return False
    follower = tokens.kinds[lines[at + 1][0]]
    return follower not in ("LBRACE", "RBRACE") and tokens.indent(lines[at + 1][0]) > tokens.indent(first)


class _Balance:
    """One pass over the lines of a text; edits are made from the end backwards."""

    def __init__(
        self,
        tokens: Tokens,
        complaints: Complaints,
        lines: list[tuple[int, int]],
        headers: frozenset[int],
        *,
        indents: bool,
    ) -> None:
        self.tokens, self.complaints, self.lines, self.headers = tokens, complaints, lines, headers
        self.indents = indents
        self.open: list[_Open] = []
        self.insertions: list[tuple[int, str]] = []
        self.removals: list[int] = []

    def run(self) -> None:
        for number, (first, end) in enumerate(self.lines):
            if self.indents:
                self._close_what_ended(first)
            for at in range(first, end):
                if self.tokens.kinds[at] == "LBRACE":
                    self._opened(number, first, at)
                elif self.tokens.kinds[at] == "RBRACE":
                    self._closed(at)
            if number in self.headers:
                self._header(number, first, end)
        while self.open:
            self._unclosed(self.lines[-1][1] + 1)
        self._edit()

    def _opened(self, number: int, first: int, brace: int) -> None:
        indent = self.tokens.indent(first)
        body = self.lines[number + 1][0] if number + 1 < len(self.lines) else first
        self.open.append(_Open(first, brace, indent, self.tokens.indent(body) > indent))

    def _closed(self, at: int) -> None:
        if self.open:
            self.open.pop()
            return
        span = self.tokens.span(at)
        self.removals.append(at)
        self.complaints.add(
            Diagnostic(
                Code.UNOPENED,
                "`}` closes no block",
                Label(span, "no block is open here"),
                fix=Fix(span, "", False, "remove `}`"),
            )
        )

    def _close_what_ended(self, first: int) -> None:
        """A line that stands no deeper than an open block's header is not in that block."""
        indent, closing = self.tokens.indent(first), self.tokens.kinds[first] == "RBRACE"
        while self.open and self.open[-1].indented:
            if indent > self.open[-1].indent or (closing and indent == self.open[-1].indent):
                return
            if closing and all(block.indent != indent for block in self.open):
                return
            self._unclosed(first)

    def _unclosed(self, at: int) -> None:
        block = self.open.pop()
        head = self.tokens.span(block.first, max(block.first, block.brace - 1))
        place = self.tokens.ends[at - 2] if at >= 2 else 0
        self.insertions += [(at, "NL"), (at, "RBRACE")]
        follows = (Label(self.tokens.span(at), "no longer inside"),) if at < len(self.tokens) - 1 else ()
        self.complaints.add(
            Diagnostic(
                Code.UNCLOSED_BLOCK,
                f"`{head.text}` is never closed",
                Label(self.tokens.span(block.brace), "opened here"),
                follows,
                fix=Fix(
                    Span(head.source, place, place),
                    "\n" + " " * block.indent + "}",
                    False,
                    "close it with `}`",
                ),
            )
        )

    def _header(self, number: int, first: int, end: int) -> None:
        self.insertions.append((end, "LBRACE"))
        self.open.append(_Open(first, end, self.tokens.indent(first), True))
        header = self.tokens.span(first, end - 1)
        self.complaints.add(
            Diagnostic(
                Code.MISSING_BRACE,
                f"missing `{{` after `{header.text}`",
                Label(header, "this line opens a block"),
                fix=Fix(Span(header.source, header.end, header.end), " {", False, "insert `{`"),
            )
        )

    def _edit(self) -> None:
        edits = [(at, kind) for at, kind in self.insertions] + [(at, "") for at in self.removals]
        for at, kind in sorted(edits, key=lambda edit: -edit[0]):
            if kind:
                self.tokens.insert(at, kind, self.tokens.ends[max(0, at - 1)])
            else:
                alone = at > 0 and self.tokens.kinds[at - 1] == self.tokens.kinds[at + 1] == "NL"
                self.tokens.remove(at, at + 1 + alone)
