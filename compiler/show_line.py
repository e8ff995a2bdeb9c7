"""One line of a text as a terminal shows it: safe to print, cut to a width, columns known."""

from __future__ import annotations

import unicodedata

from currc.compiler.source import Source, Span

WIDEST = 100
"""Columns of a line that are shown."""

LONGEST = 400
"""Characters of a message that are shown; a stranger's name may be as long as a file."""

NEAR = 4 * WIDEST
"""Characters on either side of a place that are looked at; a stranger's line may be as long as a file."""

TAB = 4
CUT = "..."


def told(text: str) -> str:
    """A message as it is shown: safe to print, on one line, and cut where it has no end."""
    return visible(text if len(text) <= LONGEST else text[: LONGEST - len(CUT)] + CUT)


def visible(text: str) -> str:
    """The text with whatever could move the cursor or turn the reading direction written out."""
    return text if _is_plain(text) else "".join(_cell(letter) for letter in text)


def _is_plain(text: str) -> bool:
    """Whether every character is shown as it is, one column wide; nearly every text is."""
    return text.isascii() and text.isprintable()


def _cell(letter: str) -> str:
    if letter == "\n":
        return "\\n"
    if letter == "\t":
        return " " * TAB
    if unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Zl", "Zp") and letter not in "\u200c\u200d":
        return f"<U+{ord(letter):04X}>"
    return letter


def width(text: str) -> int:
    """Columns that a text takes on a terminal."""
    return len(text) if _is_plain(text) else sum(_width(letter) for letter in text)


def _width(letter: str) -> int:
    if unicodedata.combining(letter) or unicodedata.category(letter) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


class ShownLine:
    """A line of a source, cut around the offset `around` where it is too long."""

    def __init__(self, source: Source, number: int, around: int | None = None) -> None:
        written = source.line(number).rstrip("\r")
        start = _offset(source, number)
        near = 0 if around is None else max(0, around - start)
        skipped = max(0, near - NEAR)
        seen = written[skipped : near + NEAR]
        self.start = start + skipped
        self.cells = [_cell(letter) for letter in seen]
        self.first, self.last = self._window(near - skipped)
        head = CUT if skipped + self.first else ""
        tail = CUT if self.last < len(self.cells) or skipped + len(seen) < len(written) else ""
        self.text = head + "".join(self.cells[self.first : self.last]) + tail
        self._head = len(head)

    def _window(self, around: int) -> tuple[int, int]:
        """The cells to show: all, or those about cell `around` that fit."""
        if len(self.cells) <= WIDEST and _is_plain("".join(self.cells)):
            return 0, len(self.cells)
        widths = [width(cell) for cell in self.cells]
        if sum(widths) <= WIDEST:
            return 0, len(widths)
        first = last = max(0, min(around, len(widths) - 1))
        taken = widths[first]
        while first > 0 and taken + widths[first - 1] <= WIDEST // 3:
            first -= 1
            taken += widths[first]
        while last + 1 < len(widths) and taken + widths[last + 1] <= WIDEST:
            last += 1
            taken += widths[last]
        while first > 0 and taken + widths[first - 1] <= WIDEST:
            first -= 1
            taken += widths[first]
        return first, last + 1

    def columns(self, span: Span) -> tuple[int, int]:
        """Columns before a span and in it, at least one, as far as the span lies on the shown part."""
        start = min(max(span.start - self.start, self.first), max(self.last, self.first))
        end = min(max(span.end - self.start, start), self.last)
        before = self._head + width("".join(self.cells[self.first : start]))
        return before, max(1, width("".join(self.cells[start:end])))


def _offset(source: Source, number: int) -> int:
    """Offset of a line's first character."""
    offset = 0
    for _ in range(number - 1):
        offset = source.text.index("\n", offset) + 1
    return offset
