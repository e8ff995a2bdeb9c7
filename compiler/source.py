"""A named text, and ranges of characters in it."""

from __future__ import annotations

from currc.compiler.record import Record


class Source(Record):
    """A named text; compared by identity of name and text."""

    name: str
    text: str
    row: int | None = None
    """Of a file whose text is not at hand, as one of data: the line that is meant, 0 for all of it."""

    def __repr__(self) -> str:
        return f"Source(name={self.name!r})"

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column of a character, both counted from 1."""
        if self.row is not None:
            return max(1, self.row), 1
        line = self.text.count("\n", 0, offset) + 1
        return line, offset - (self.text.rfind("\n", 0, offset) + 1) + 1

    def line(self, number: int) -> str:
        """A line's text without its end; lines are counted from 1."""
        return self.text.split("\n", number)[number - 1]


class Span(Record):
    """A half-open range `[start, end)` of characters, counted from 0."""

    source: Source
    start: int
    end: int

    def __or__(self, other: Span) -> Span:
        """The smallest span that covers both; they must share a source."""
        return Span(self.source, min(self.start, other.start), max(self.end, other.end))

    @property
    def text(self) -> str:
        """The characters of the range."""
        return self.source.text[self.start : self.end]
