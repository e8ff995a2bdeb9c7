"""Highlighting: what each token of a text is, by the compiler's own lexer, and a Pygments lexer of it.

Pygments finds the lexer by its entry point, so Rich, Sphinx and MkDocs colour ```` ```curr ```` as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar

from pygments.lexer import Lexer
from pygments.token import (
    Comment,
    Error,
    Keyword,
    Name,
    Number,
    Operator,
    Punctuation,
    String,
    Whitespace,
)

from currc.compiler.diagnostic import Complaints
from currc.compiler.lexer import scan
from currc.compiler.mend_words import KEYWORDS
from currc.compiler.source import Source
from currc.compiler.tokens import Tokens

PARTS = re.compile(r"(\\\\\{|\\.)|(?<!\\)(\{[A-Za-z_][A-Za-z0-9_]*\})", re.DOTALL)
"""Escapes and placeholders in a string."""

BOOLEANS = frozenset({"TRUE", "FALSE"})
NUMBERS = frozenset({"INT", "FLOAT", "PERCENT"})
STRINGS = frozenset({"STRING", "TEXT"})
OPERATORS = frozenset({"EQUAL", "CMP", "RANGE", "PLUS", "MINUS", "STAR", "SLASH"})
LINE_ENDS = frozenset({"NL", "LBRACE", "RBRACE"})

CLASSES = {
    "keyword": Keyword,
    "boolean": Keyword.Constant,
    "kind": Keyword.Declaration,
    "own": Name.Class,
    "type": Keyword.Type,
    "parent": Name.Class,
    "constant": Name.Constant,
    "module": Name.Namespace,
    "attribute": Name.Attribute,
    "parameter": Name.Variable,
    "call": Name.Function,
    "word": Name,
    "unit": Keyword.Pseudo,
    "number": Number,
    "string": String,
    "operator": Operator,
    "punctuation": Punctuation,
    "doc": String.Doc,
    "comment": Comment.Single,
    "blank": Whitespace,
}
"""Pygments' own token for each class."""


def classes(tokens: Tokens) -> list[str]:
    """The class of each token: `attribute`, `call`, `unit` and so on; see `CLASSES`."""
    return list(_Reader(tokens).classes())


class _Reader:
    """Goes over the tokens with what is known of the statement at hand."""

    def __init__(self, tokens: Tokens) -> None:
        self.tokens, self.kinds = tokens, tokens.kinds
        self.first = True
        self.key = False
        self.header = 0
        self.depth = 0

    def classes(self) -> Iterator[str]:
        """One class for each token."""
        for at, kind in enumerate(self.kinds):
            if kind == "NAME":
                yield self.name(at)
            else:
                yield self.other(at, kind)
            self.step(at, kind)

    def step(self, at: int, kind: str) -> None:
        """Note where the next token stands."""
        if kind in ("LPAR", "LSQB"):
            self.depth += 1
        elif kind in ("RPAR", "RSQB"):
            self.depth = max(0, self.depth - 1)
        elif kind in ("LBRACE", "RBRACE"):
            self.depth = 0  # braces never stand inside brackets: one was not closed
        if kind in LINE_ENDS and not self.depth:
            self.first, self.key, self.header = True, False, 0
        elif kind != "COMMENT":
            self.first = False

    def other(self, at: int, kind: str) -> str:
        """The class of a token that is no name."""
        if kind in KEYWORDS:
            self.key = kind == "DROP"
            return "boolean" if kind in BOOLEANS else "keyword"
        if kind == "COMMENT":
            return "doc" if self.tokens.text(at).startswith("##") else "comment"
        if kind == "EQUAL":
            self.key = False
        for name, group in (("number", NUMBERS), ("string", STRINGS), ("operator", OPERATORS)):
            if kind in group:
                return name
        return "blank" if kind == "NL" else "punctuation"

    def name(self, at: int) -> str:
        """The class of a name, by the tokens around it."""
        before, after = self.kinds[at - 1] if at else "NL", self.following(at)
        if self.first and after in ("EQUAL", "DOT"):
            self.key = True
        elif self.first:
            self.header = 1
            return "kind"
        if self.key:
            return "attribute"
        if before in ("LET", "AS"):
            return "constant" if before == "LET" else "module"
        if self.header and before in ("NAME", "COLON", "EXTENDS", "DOT"):
            return {"NAME": "own", "COLON": "type"}.get(before, "parent")
        if before in ("INT", "FLOAT") and self.same_line(at):
            return "unit"
        if after == "LPAR":
            return "call"
        return "parameter" if self.depth and after == "EQUAL" else "word"

    def following(self, at: int) -> str:
        """The terminal after a token."""
        return self.kinds[at + 1] if at + 1 < len(self.kinds) else "NL"

    def same_line(self, at: int) -> bool:
        """Whether a token stands on the line of the one before it."""
        gap = self.tokens.source.text[self.tokens.ends[at - 1] : self.tokens.starts[at]]
        return "\n" not in gap


class CurrLexer(Lexer):  # type: ignore[misc]
    """The language of training curricula."""

    name = "Curr"
    aliases: ClassVar[list[str]] = ["curr"]
    filenames: ClassVar[list[str]] = ["*.curr"]
    mimetypes: ClassVar[list[str]] = ["text/x-curr"]

    def get_tokens_unprocessed(self, text: str) -> Iterator[tuple[int, Any, str]]:
        """Pygments' tokens, which together are the text; what no token covers is blank or an error."""
        tokens = scan(Source("", text), Complaints())
        end = 0
        for at, name in enumerate(classes(tokens)):
            start, stop = tokens.starts[at], tokens.ends[at]
            yield from _between(text, end, start)
            if name == "string":
                yield from _string(text, start, stop)
            elif stop > start:
                yield start, CLASSES[name], text[start:stop]
            end = max(end, stop)
        yield from _between(text, end, len(text))


def _between(text: str, start: int, end: int) -> Iterator[tuple[int, Any, str]]:
    """What lies between two tokens."""
    for part in re.finditer(r"\s+|\S+", text[start:end]):
        yield start + part.start(), Whitespace if part[0].isspace() else Error, part[0]


def _string(text: str, start: int, end: int) -> Iterator[tuple[int, Any, str]]:
    """A string with its escapes and placeholders."""
    last = start
    for part in PARTS.finditer(text, start, end):
        if part.start() > last:
            yield last, String.Double, text[last : part.start()]
        yield part.start(), String.Escape if part[1] else String.Interpol, part[0]
        last = part.end()
    if end > last:
        yield last, String.Double, text[last:end]
