"""After a mistake: mend the statement or leave it out, and go on with the next one."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping

from currc.compiler.codes import Code
from currc.compiler.diagnostic import Complaints, Diagnostic, Label
from currc.compiler.mend import mend
from currc.compiler.tokens import Tokens
from currc.compiler.trouble import Trouble

MOST_MENDED = 100
"""Statements looked at in one text; far more than are shown."""

MOST_TRIES = 4
"""Repairs of one statement before it is left out."""

MOST_COMMAS = 20
"""The same while nothing but commas was missing: as many complaints as are shown of a file."""


class Recovery:
    """What was mended and what was left out of one text.

    `poisoned` holds addresses as `File.poisoned` does.
    """

    def __init__(self, tokens: Tokens, complaints: Complaints) -> None:
        self.tokens, self.complaints = tokens, complaints
        self.poisoned: set[str] = {"*"} if tokens.cut else set()
        self.tries: Counter[int] = Counter()
        self.commas: set[int] = set()
        """Where nothing but a comma was missing."""

    def first_of(self, at: int) -> int:
        """The first token of the statement that token `at` belongs to, or would belong to."""
        while at and self.tokens.kinds[at - 1] not in ("NL", "LBRACE", "RBRACE"):
            at -= 1
        return at

    def leave_out_doubtful(self) -> None:
        """Leave out the statements that hold something which nobody can read."""
        for place in sorted(self.tokens.doubtful, reverse=True)[-MOST_MENDED:]:
            at = bisect_left(self.tokens.starts, place)
            if "\n" not in self.tokens.source.text[place : self.tokens.starts[at]]:
                first = self.first_of(at)
                if self.tokens.kinds[first] not in ("NL", "$END"):
                    self._leave_out(first)

    def recover(self, first: int, at: int, row: Mapping[str, int]) -> bool:
        """Complain about the statement from `first`, whose token `at` cannot follow; mend it or leave it out.

        Whether reading can go on.
        """
        if self.tokens.kinds[at] == "$END":
            return self._close_block(at)
        if self.tries.total() >= MOST_MENDED * MOST_TRIES:
            return False
        if len(self.tries) >= MOST_MENDED:
            return self._end_here(first)
        place = self.tokens.starts[first]
        self.tries[place] += 1
        trouble = Trouble(self.tokens, first, at, row, nested=bool(self._enclosing(first)))
        line = self.tokens.source.text.rfind("\n", 0, place) + 1
        before = self._complained(line, self.tokens.ends[trouble.stop])
        found = mend(trouble)
        comma = found.code is Code.MISSING_COMMA
        if not before or (comma and before <= self.commas):
            self.complaints.add(found)
            at = found.primary.span.start
            self.tokens.faulty.append(at)
            self.commas.update((at,) if comma else ())
        if trouble.given_up or self.tries[place] >= (MOST_COMMAS if comma else MOST_TRIES):
            self._leave_out(first)
        return True

    def _complained(self, start: int, end: int) -> set[int]:
        """Where in a range something was complained about; one complaint a line is enough, but for commas."""
        return {place for place in self.tokens.faulty if start <= place <= end}

    def _leave_out(self, first: int) -> None:
        """Take a statement out, or leave of it what keeps the blocks around it matched."""
        kinds = self.tokens.kinds
        if first and kinds[first - 1] == "RBRACE":
            self.tokens.insert(first, "NL", self.tokens.ends[first - 1])
            first += 1
        stop = first
        while kinds[stop] not in ("NL", "$END"):
            stop += 1
        self.poisoned.add(".".join([*self._enclosing(first), self._own_name(first, stop)]))
        depth = kinds[first:stop].count("LBRACE") - kinds[first:stop].count("RBRACE")
        if first == 0:
            kinds[0] = "EDITION"
            self.tokens.remove(1, stop)
            self.tokens.insert(1, "INT", self.tokens.ends[0])
        elif depth > 0:
            self._keep_header(first, stop)
        elif depth < 0:
            self.tokens.remove(first, stop)
            for extra in range(-depth):
                self.tokens.insert(first, "NL" if extra else "RBRACE", self.tokens.starts[first])
                if extra:
                    self.tokens.insert(first, "RBRACE", self.tokens.starts[first])
        else:
            self.tokens.remove(first, stop + (kinds[stop] == "NL"))

    def _keep_header(self, first: int, stop: int) -> None:
        """Put a header that can be read in place of one that cannot; its block stays for what is in it."""
        kinds = self.tokens.kinds
        brace = stop - 1 - kinds[first:stop][::-1].index("LBRACE")
        names = [at for at in range(first, brace) if kinds[at] == "NAME"][:2]
        if len(names) == 2 and names[1] != names[0] + 1:
            names.pop()
        self.poisoned.add("*")
        self.tokens.remove(brace + 1, stop)
        self.tokens.remove((names[-1] if names else first - 1) + 1, brace)
        self.tokens.remove(first, names[0] if names else first)
        if not names:
            self.tokens.insert(first, "NAME", self.tokens.starts[first])

    def _own_name(self, first: int, stop: int) -> str:
        """What a statement would have said something about; `*` if that is unknown."""
        kinds = self.tokens.kinds
        if kinds[first] == "WHEN" and kinds[first + 1] != "EQUAL":
            return "when"
        at = first + (kinds[first] in ("LET", "DROP"))
        if kinds[at] != "NAME":
            return "*"
        if "LBRACE" in kinds[first:stop] and kinds[at + 1] == "NAME":
            return self.tokens.text(at + 1)
        name = self.tokens.text(at)
        while kinds[at + 1] == "DOT" and kinds[at + 2] == "NAME":
            at += 2
            name += "." + self.tokens.text(at)
        return name

    def _enclosing(self, stop: int) -> list[str]:
        """Names, or kinds where there is no name, of the blocks around token `stop`."""
        kinds, open_, first = self.tokens.kinds, list[str](), 0
        for at in range(stop):
            if kinds[at] == "NL":
                first = at + 1
            elif kinds[at] == "LBRACE":
                open_.append(self.tokens.text(first + (kinds[first + 1] == "NAME")))
                first = at + 1
            elif kinds[at] == "RBRACE" and open_:
                open_.pop()
        return open_

    def _close_block(self, end: int) -> bool:
        """Close the innermost block at the end of the text; reported unless something else was."""
        if not self._enclosing(end):
            return False
        if not len(self.complaints):
            label = Label(self.tokens.span(end), "expected `}` before the end")
            self.complaints.add(Diagnostic(Code.UNCLOSED_BLOCK, "a block is never closed", label))
        self.tokens.insert(end, "NL", self.tokens.starts[end])
        self.tokens.insert(end, "RBRACE", self.tokens.starts[end])
        return True

    def _end_here(self, first: int) -> bool:
        """Give up the rest of the text; the open blocks are closed when its end is met."""
        self.poisoned.add("*")
        self.tokens.remove(first, len(self.tokens) - 1)
        return True
