"""Places of a text as the language server protocol counts them, and back."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Literal, NamedTuple

Encoding = Literal["utf-8", "utf-16", "utf-32"]
"""What a column counts: bytes, pairs of bytes, or characters."""

LINE_END = re.compile(r"\r\n|\n|\r")
WIDTH = {"utf-8": 1, "utf-16": 2, "utf-32": 4}
"""Bytes in one unit."""
CODEC = {"utf-8": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}


class Position(NamedTuple):
    """A line and a column, both from 0, in the units of an encoding."""

    line: int
    column: int


class Lines:
    """The lines of a text; `\\r` alone ends one too, as the protocol wants it."""

    def __init__(self, text: str, encoding: Encoding = "utf-16") -> None:
        self.text, self.encoding = text, encoding
        self.starts = [0, *(found.end() for found in LINE_END.finditer(text))]

    def position(self, offset: int) -> Position:
        """Where a character stands; one beyond the text stands at its end."""
        offset = max(0, min(offset, len(self.text)))
        line = bisect_right(self.starts, offset) - 1
        return Position(line, self._units(self.text[self.starts[line] : offset]))

    def offset(self, line: int, column: int) -> int:
        """The character at a position; beyond a line's end that end, beyond the text the text's.

        A column in the middle of a character means the character.
        """
        if line < 0:
            return 0
        if line >= len(self.starts):
            return len(self.text)
        start = self.starts[line]
        whole = self.text[start : self._stop(line)]
        if whole.isascii() or self.encoding == "utf-32":
            return start + max(0, min(column, len(whole)))
        for index, character in enumerate(whole):
            column -= self._units(character)
            if column < 0:
                return start + index
        return start + len(whole)

    def _stop(self, line: int) -> int:
        """Where the characters of a line stop and its end begins."""
        stop = self.starts[line + 1] if line + 1 < len(self.starts) else len(self.text)
        while stop > self.starts[line] and self.text[stop - 1] in "\r\n":
            stop -= 1
        return stop

    def _units(self, text: str) -> int:
        if text.isascii():
            return len(text)
        return len(text.encode(CODEC[self.encoding], "surrogatepass")) // WIDTH[self.encoding]
