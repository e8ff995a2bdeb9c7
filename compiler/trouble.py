"""A statement that the grammar refuses, as the rules in `mend` see it."""

from __future__ import annotations

from collections.abc import Mapping

from currc.compiler.codes import Code
from currc.compiler.diagnostic import Diagnostic, Fix, Label
from currc.compiler.foreign import shown
from currc.compiler.source import Span
from currc.compiler.tokens import Tokens

VALUE_STARTS = frozenset(
    {"NAME", "INT", "FLOAT", "PERCENT", "STRING", "TEXT", "TRUE", "FALSE", "LSQB", "LPAR", "MINUS"}
)
LINE_ENDS = frozenset({"NL", "RBRACE", "$END"})
OPENERS, CLOSERS = ("LPAR", "LSQB"), ("RPAR", "RSQB")


class Trouble:
    """Token `at` cannot follow; its statement is the tokens from `first` to before `stop`.

    `row` is the parser's state: the symbols that could have followed. A rule that mends
    the statement edits the tokens from `first` on; `given_up` says that it could not.
    """

    def __init__(self, tokens: Tokens, first: int, at: int, row: Mapping[str, int], nested: bool) -> None:
        self.tokens, self.first, self.at = tokens, first, at
        self.row, self.nested = row, nested
        self.given_up = False

    @property
    def kinds(self) -> list[str]:
        """The terminals of all tokens, `$END` last."""
        return self.tokens.kinds

    @property
    def kind(self) -> str:
        """The terminal that cannot follow."""
        return self.tokens.kinds[self.at]

    @property
    def text(self) -> str:
        """The token that cannot follow."""
        return self.tokens.text(self.at)

    @property
    def stop(self) -> int:
        """The line end after the statement, or `$END`."""
        at = self.at
        while self.kinds[at] not in ("NL", "$END"):
            at += 1
        return at

    @property
    def after_path(self) -> int:
        """The token after the dotted name at the statement's start, or after the one after `let`."""
        at = self.first + (self.kinds[self.first] == "LET")
        if self.kinds[at] != "NAME":
            return at
        while self.kinds[at + 1] == "DOT" and self.kinds[at + 2] == "NAME":
            at += 2
        return at + 1

    @property
    def bracket(self) -> str:
        """The terminal of the innermost open bracket, empty outside of brackets."""
        open_: list[str] = []
        for kind in self.kinds[self.first : self.at]:
            if kind in OPENERS:
                open_.append(kind)
            elif kind in CLOSERS and open_:
                open_.pop()
        return open_[-1] if open_ else ""

    @property
    def opens_block(self) -> bool:
        """Whether the statement's line leaves a block open."""
        kinds = self.kinds[self.first : self.stop]
        return kinds.count("LBRACE") > kinds.count("RBRACE")

    def expects(self, *kinds: str) -> bool:
        """Whether all of these could have followed."""
        return all(kind in self.row for kind in kinds)

    def quote(self, first: int, stop: int) -> str:
        """The text from token `first` to before token `stop`, fit for a message."""
        return shown(self.tokens.span(first, max(first, stop - 1)).text)

    def say(
        self,
        code: Code,
        message: str,
        label: str,
        *,
        at: int | None = None,
        help: str = "",
        fix: Fix | None = None,
    ) -> Diagnostic:
        """A complaint about token `at`, by default the one that cannot follow."""
        where = self.at if at is None else at
        span = self.tokens.span(where)
        if self.kinds[where] in ("NL", "$END"):
            span = self._line_end(where)
        return Diagnostic(code, message, Label(span, label), help=help, fix=fix)

    def _line_end(self, at: int) -> Span:
        """The place after the last token before a line end."""
        place = self.tokens.ends[at - 1] if at else 0
        return Span(self.tokens.source, place, place)

    def give_up(self, diagnostic: Diagnostic) -> Diagnostic:
        """The complaint, with the statement to be left out."""
        self.given_up = True
        return diagnostic

    def replaced(self, first: int, stop: int, text: str, *, safe: bool = True) -> Fix:
        """The fix that puts `text` in place of the tokens from `first` to before `stop`."""
        span = self.tokens.span(first, stop - 1)
        words = f"replace `{shown(span.text)}` with `{shown(text).strip()}`"
        if text in ("", "\n"):
            words = "start a new line" if text else f"remove `{shown(span.text)}`"
        return Fix(span, text, safe, words)

    def inserted(self, index: int, text: str, *, safe: bool = True) -> Fix:
        """The fix that puts `text` right after token `index - 1`."""
        place = self.tokens.ends[index - 1]
        words = "start a new line" if text == "\n" else f"insert `{text.strip()}`"
        return Fix(Span(self.tokens.source, place, place), text, safe, words)

    def put(self, index: int, kind: str) -> None:
        """Insert a token without characters before token `index`."""
        self.tokens.insert(index, kind, self.tokens.ends[index - 1])
