"""`{placeholders}` in a prompt or target, read without any data."""

from __future__ import annotations

import re

_PIECE = re.compile(r"\\[{}]|\{([^{}]*)\}|[{}]")


def placeholders(text: str) -> tuple[tuple[str, ...], str]:
    """The names in `{}` in their order, and what is wrong with the template, or an empty text.

    >>> placeholders("{body} in \\\\{braces\\\\}")
    (('body',), '')
    """
    names: list[str] = []
    for piece in _PIECE.finditer(text):
        if piece[0].startswith("\\"):
            continue
        if piece[1] is None:
            return (), f"`{piece[0]}` has no partner; write `\\{piece[0]}` for the sign itself"
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", piece[1]):
            return (), f"`{piece[0]}` names no column; write `\\{{` for the sign itself"
        if piece[1] not in names:
            names.append(piece[1])
    return tuple(names), ""
