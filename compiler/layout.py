"""The token filter between lexer and parser: line ends, brackets and depth.

Line ends inside () and [] and comments are left out, runs of line ends become one, and
there is one at the end. A bracket that is never closed is closed where the next
statement starts, so that it costs no more than its own statement.
"""

from __future__ import annotations

from currc.compiler.codes import Code
from currc.compiler.diagnostic import Complaints, Diagnostic, Fix, Label
from currc.compiler.source import Span
from currc.compiler.tokens import Tokens

DEEPEST = 100
"""Blocks, brackets and operators around one value."""

CLOSER = {"LPAR": "RPAR", "LSQB": "RSQB"}
SIGN = {"LPAR": "(", "RPAR": ")", "LSQB": "[", "RSQB": "]"}
VALUE_ENDS = frozenset({"NAME", "INT", "FLOAT", "PERCENT", "STRING", "TEXT", "TRUE", "FALSE", "RPAR", "RSQB"})
NEVER_IN_BRACKETS = frozenset({"RBRACE", "WHEN", "DROP", "LET", "USE", "EDITION", "$END"})
_SPECIAL = frozenset(
    {
        "NL",
        "COMMENT",
        "LPAR",
        "LSQB",
        "RPAR",
        "RSQB",
        "LBRACE",
        "RBRACE",
        "COMMA",
        "MINUS",
        "PLUS",
        "STAR",
        "SLASH",
    }
)


def lay_out(raw: Tokens, complaints: Complaints) -> Tokens:
    """The tokens that the grammar speaks of; none at all if they nest too deep."""
    layout = _Layout(raw, complaints)
    out = layout.out
    kinds, starts, ends = out.kinds, out.starts, out.ends
    for at, (kind, start, end) in enumerate(zip(raw.kinds, raw.starts, raw.ends, strict=True)):
        if kind in _SPECIAL and not layout.keeps(at, kind):
            continue
        if layout.too_deep:
            break
        kinds.append(layout.meant or kind)
        layout.meant = ""
        starts.append(start)
        ends.append(end)
    return layout.finished()


class _Layout:
    """What is open at one place of the text."""

    def __init__(self, raw: Tokens, complaints: Complaints) -> None:
        self.raw, self.complaints = raw, complaints
        self.out = Tokens(raw.source)
        self.out.faulty, self.out.doubtful, self.out.cut = raw.faulty, raw.doubtful, raw.cut
        self.meant = ""
        self.brackets: list[tuple[str, int, int]] = []
        """Opening brackets: terminal, token, depth within."""
        self.operators = 0
        self.blocks = 0
        self.too_deep = False
        self.maps = 0
        """Open braces inside brackets; what they hold is left out."""

    def keeps(self, at: int, kind: str) -> bool:
        """Whether a token is passed on."""
        if kind == "COMMENT":
            self._comment(at)
            return False
        if kind == "NL":
            return self._line_end(at)
        if kind == "COMMA":
            self.operators = self.brackets[-1][2] if self.brackets else 0
        elif kind in CLOSER:
            self._deeper(at)
            self.brackets.append((kind, at, self.operators))
        elif kind in ("RPAR", "RSQB"):
            return self._close(at, kind)
        elif kind == "LBRACE" and self.brackets:
            self._map(at)
            return False
        elif kind == "RBRACE" and self.maps:
            self.maps -= 1
            return False
        elif kind in ("LBRACE", "RBRACE"):
            self._brace(at, kind)
        else:
            self._deeper(at)
        return True

    def finished(self) -> Tokens:
        """All tokens, with a line end and `$END` last."""
        if self.too_deep:
            return Tokens(self.raw.source)
        self._unclosed(len(self.raw))
        end = len(self.raw.source.text)
        if self.out.kinds and self.out.kinds[-1] != "NL":
            self.out.add("NL", end, end)
        self.out.add("$END", end, end)
        return self.out

    def _comment(self, at: int) -> None:
        start, text = self.raw.starts[at], self.raw.source.text
        first = text.rfind("\n", 0, start) + 1
        if text.startswith("##", start) and not text[first:start].strip():
            self.out.docs[self.raw.ends[at]] = start

    def _deeper(self, at: int) -> None:
        self.operators += 1
        if self.operators + self.blocks > DEEPEST and not self.too_deep:
            self.too_deep = True
            label = Label(self.raw.span(at), "one level too many")
            message = "blocks, brackets and signs are nested deeper than 100"
            self.complaints.add(Diagnostic(Code.TOO_DEEP, message, label))

    def _brace(self, at: int, kind: str) -> None:
        self._unclosed(at)
        self.operators = 0
        self.blocks = max(0, self.blocks + (1 if kind == "LBRACE" else -1))
        if self.blocks > DEEPEST:
            self._deeper(at)

    def _map(self, at: int) -> None:
        """A brace inside a bracket: nobody knows what was meant, so its statement is dropped."""
        message = "`{` stands inside brackets"
        self.out.faulty.append(self.raw.starts[at])
        self.out.doubtful.append(self.raw.starts[at])
        label = Label(self.raw.span(at), "a value holds no braces")
        help = "there are no inline maps: write a block, or `name = value` in round brackets"
        self.complaints.add(Diagnostic(Code.UNEXPECTED, message, label, help=help))
        self.maps += 1

    def _line_end(self, at: int) -> bool:
        if self.brackets:
            if not self._statement_follows(at + 1):
                self._unit_apart(at)
                return False
            self._unclosed(at + 1)
        self.operators = 0
        return bool(self.out.kinds) and self.out.kinds[-1] != "NL"

    def _unit_apart(self, at: int) -> None:
        """A name on the line after a number is the next item and not its unit."""
        kinds = self.raw.kinds
        while kinds[at] in ("NL", "COMMENT"):
            at += 1
        if self.out.kinds[-1] not in ("INT", "FLOAT") or kinds[at] != "NAME":
            return
        place, span = self.out.ends[-1], self.raw.span(at)
        self.out.faulty.append(span.start)
        message = f"missing `,` between `{self.out.text(len(self.out) - 1)}` and `{span.text}`"
        fix = Fix(Span(self.raw.source, place, place), ",", True, "insert `,`")
        label = Label(span, "the next item starts here")
        self.complaints.add(Diagnostic(Code.MISSING_COMMA, message, label, fix=fix))
        self.out.add("COMMA", place, place)

    def _close(self, at: int, kind: str) -> bool:
        open_kinds = [CLOSER[bracket] for bracket, _, _ in self.brackets]
        if not open_kinds:
            self._unopened(at, kind)
            return False
        if kind not in open_kinds or (kind != open_kinds[-1] and self._closers_from(at) >= len(open_kinds)):
            self._mismatched(at, kind)
        elif open_kinds[-1] != kind:
            self._unclosed(at, down_to=len(open_kinds) - open_kinds[::-1].index(kind))
        self.operators = self.brackets.pop()[2] - 1
        return True

    def _closers_from(self, at: int) -> int:
        """Closing brackets in a row from token `at` on."""
        stop = at
        while stop < len(self.raw) and self.raw.kinds[stop] in ("RPAR", "RSQB"):
            stop += 1
        return stop - at

    def _unopened(self, at: int, kind: str) -> None:
        span = self.raw.span(at)
        fix = Fix(span, "", False, f"remove `{SIGN[kind]}`")
        label = Label(span, "closes nothing")
        self.out.faulty.append(span.start)
        self.complaints.add(Diagnostic(Code.UNOPENED, f"`{SIGN[kind]}` was never opened", label, fix=fix))

    def _mismatched(self, at: int, kind: str) -> None:
        bracket, opened, _ = self.brackets[-1]
        self.meant = CLOSER[bracket]
        right, span = SIGN[self.meant], self.raw.span(at)
        self.out.faulty.append(span.start)
        self.complaints.add(
            Diagnostic(
                Code.UNCLOSED_BRACKET,
                f"`{SIGN[bracket]}` is closed by `{SIGN[kind]}`",
                Label(span, f"should be `{right}`"),
                (Label(self.raw.span(opened), "opened here"),),
                fix=Fix(span, right, False, f"replace `{SIGN[kind]}` with `{right}`"),
            )
        )

    def _unclosed(self, at: int, down_to: int = 0) -> None:
        """Close brackets after the last token, and report the innermost."""
        doubted, self.maps = bool(self.maps), 0
        if len(self.brackets) <= down_to:
            return
        bracket, opened, _ = self.brackets[-1]
        place = self.out.ends[-1]
        closers = ""
        while len(self.brackets) > down_to:
            kind, _, self.operators = self.brackets.pop()
            self.out.add(CLOSER[kind], place, place)
            closers += SIGN[CLOSER[kind]]
        span = self.raw.span(opened)
        self.out.faulty.append(span.start)
        follows = (Label(self.raw.span(at), "no longer inside"),) if at < len(self.raw) else ()
        if doubted:
            return
        self.complaints.add(
            Diagnostic(
                Code.UNCLOSED_BRACKET,
                f"`{SIGN[bracket]}` is never closed",
                Label(span, "opened here"),
                follows,
                fix=Fix(Span(self.raw.source, place, place), closers, False, f"close it with `{closers}`"),
            )
        )

    def _statement_follows(self, at: int) -> bool:
        """Whether what stands on the next line can only be a statement."""
        kinds = self.raw.kinds
        while at < len(kinds) and kinds[at] in ("NL", "COMMENT"):
            at += 1
        if self.maps:
            outside = at >= len(kinds) or self.raw.indent(at) <= self.raw.indent(self.brackets[0][1])
            return outside and kinds[at : at + 1] not in (["RSQB"], ["RPAR"], ["RBRACE"])
        if at >= len(kinds) or kinds[at] in NEVER_IN_BRACKETS:
            return True
        if kinds[at] != "NAME":
            return False
        outside = self.raw.indent(at) <= self.raw.indent(self.brackets[0][1])
        if outside and self.out.kinds[-1] in VALUE_ENDS:
            return True
        line = [kind for kind in kinds[at : self._line_stop(at)] if kind != "COMMENT"]
        if line[-1] == "LBRACE":
            return True
        if "EQUAL" not in line or any(kind not in ("NAME", "DOT") for kind in line[: line.index("EQUAL")]):
            return False
        return self.brackets[-1][0] == "LSQB"

    def _line_stop(self, at: int) -> int:
        while at < len(self.raw) and self.raw.kinds[at] != "NL":
            at += 1
        return at
