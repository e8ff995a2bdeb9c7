"""The tokens of a text, as three lists that repairs may edit."""

from __future__ import annotations

from currc.compiler.source import Source, Span


class Tokens:
    """Token `i` is of terminal `kinds[i]` and stands at `[starts[i], ends[i])`; repairs edit the lists.

    `faulty` holds the offsets of complaints made while scanning: the statement around one
    gets no second complaint. Around a `doubtful` one nobody knows what was meant, so the
    statement is dropped. `cut` says that the end of the text disappeared in a string;
    `docs` holds the start of each `##` comment on a line of its own, by its end.
    """

    __slots__ = ("cut", "docs", "doubtful", "ends", "faulty", "kinds", "source", "starts")

    def __init__(self, source: Source) -> None:
        self.source = source
        self.kinds: list[str] = []
        self.starts: list[int] = []
        self.ends: list[int] = []
        self.faulty: list[int] = []
        self.doubtful: list[int] = []
        self.cut = False
        self.docs: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self.kinds)

    def add(self, kind: str, start: int, end: int) -> None:
        """One more token at the end."""
        self.kinds.append(kind)
        self.starts.append(start)
        self.ends.append(end)

    def insert(self, index: int, kind: str, place: int) -> None:
        """A token without characters at offset `place`."""
        self.kinds.insert(index, kind)
        self.starts.insert(index, place)
        self.ends.insert(index, place)

    def remove(self, first: int, last: int) -> None:
        """Without the tokens from `first` to before `last`."""
        for column in (self.kinds, self.starts, self.ends):
            del column[first:last]

    def span(self, first: int, last: int | None = None) -> Span:
        """From token `first` to the end of token `last`."""
        return Span(self.source, self.starts[first], self.ends[first if last is None else last])

    def text(self, index: int) -> str:
        """The characters of a token."""
        return self.source.text[self.starts[index] : self.ends[index]]

    def indent(self, index: int) -> int:
        """Blanks before the first sign of a token's line."""
        text = self.source.text
        first = stop = text.rfind("\n", 0, self.starts[index]) + 1
        while stop < len(text) and text[stop] in " \t":
            stop += 1
        return stop - first
