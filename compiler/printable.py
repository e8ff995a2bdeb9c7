"""Words of a stranger, as a terminal may show them."""

from __future__ import annotations


def printable(text: str) -> str:
    """The text with every character that is no letter, sign or space as its escape, line ends too.

    >>> printable("a\\x1b[2J")
    'a\\\\x1b[2J'
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def printable_lines(text: str) -> str:
    """The same of each line; the line ends stay."""
    return "\n".join(map(printable, text.split("\n")))
