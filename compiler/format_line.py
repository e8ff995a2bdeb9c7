"""One statement on one line if it fits, else with its brackets opened up."""

from __future__ import annotations

from collections.abc import Iterable

from currc.compiler.layout import CLOSER, VALUE_ENDS
from currc.compiler.show_line import width
from currc.compiler.tokens import Tokens

WIDEST = 88
"""Columns of a line that can be broken."""

_TIGHT_BEFORE = frozenset({"COMMA", "RPAR", "RSQB", "DOT", "COLON"})
_TIGHT_AFTER = frozenset({"LPAR", "LSQB", "DOT"})


class Item:
    """One item of a bracket, with the comments on the lines before and below it and the one beside it."""

    def __init__(self) -> None:
        self.before: list[str] = []
        self.pieces: list[Piece] = []
        self.beside = ""
        self.below: list[str] = []

    def add(self, piece: Piece) -> None:
        """One more piece; comments in the middle of an item move before it."""
        self.before += [self.beside] * bool(self.beside) + self.below
        self.beside, self.below = "", []
        self.pieces.append(piece)

    def commented(self) -> bool:
        """Whether it has a comment of its own."""
        return bool(self.before or self.beside or self.below)


class Piece:
    """A token, or a bracket with its items; `gap` is what stands before it on a line.

    `commas` says whether a comma may follow the last item.
    """

    def __init__(self, text: str, gap: str, items: list[Item] | None = None, commas: bool = True) -> None:
        self.text, self.gap, self.items, self.commas = text, gap, items, commas
        self.closer = ""

    def must_open(self) -> bool:
        """Whether comments inside forbid a single line."""
        items = self.items or []
        return any(i.commented() or any(p.must_open() for p in i.pieces) for i in items)

    def flat(self) -> str:
        """The piece on one line, without the gap."""
        if self.items is None:
            return self.text
        return self.text + ", ".join(_flat(item.pieces) for item in self.items if item.pieces) + self.closer


def _flat(pieces: Iterable[Piece]) -> str:
    return "".join(piece.gap + piece.flat() for piece in pieces).lstrip(" ")


def read_pieces(tokens: Tokens, at: int) -> tuple[list[Piece], int]:
    """The pieces of the statement that starts at token `at`, and the token after it.

    It ends before a line end or comment, or with a brace.
    """
    pieces: list[Piece] = []
    first = at
    while at < len(tokens) and tokens.kinds[at] not in ("NL", "COMMENT"):
        kind = tokens.kinds[at]
        if kind == "RBRACE" and at > first:
            break
        if kind in CLOSER:
            piece, at = _read_bracket(tokens, at)
        else:
            piece, at = _token(tokens, at), at + 1
        pieces.append(piece)
        if kind in ("LBRACE", "RBRACE"):
            break
    return pieces, at


def _token(tokens: Tokens, at: int) -> Piece:
    return Piece(tokens.text(at).replace("\r\n", "\n"), _gap(tokens, at))


def _gap(tokens: Tokens, at: int) -> str:
    """What stands between a token and the one before it."""
    kind, before = tokens.kinds[at], _before(tokens, at)
    if before < 0 or kind in _TIGHT_BEFORE or tokens.kinds[before] in _TIGHT_AFTER:
        return ""
    if kind == "LPAR" and tokens.kinds[before] == "NAME":
        return ""
    sign = tokens.kinds[before] == "MINUS" and tokens.kinds[_before(tokens, before)] not in VALUE_ENDS
    return "" if sign else " "


def _before(tokens: Tokens, at: int) -> int:
    """The token before another, line ends and comments aside; -1 if there is none."""
    at -= 1
    while at >= 0 and tokens.kinds[at] in ("NL", "COMMENT"):
        at -= 1
    return at


def _read_bracket(tokens: Tokens, at: int) -> tuple[Piece, int]:
    """A bracket with all that is in it; nesting is limited, so recursion is."""
    call = tokens.kinds[at] == "LSQB" or (at > 0 and tokens.kinds[_before(tokens, at)] == "NAME")
    bracket = Piece(tokens.text(at), _gap(tokens, at), [], commas=call)
    closer, item = CLOSER[tokens.kinds[at]], Item()
    done: list[Item] = []
    at += 1
    while tokens.kinds[at] != closer:
        kind = tokens.kinds[at]
        if kind == "COMMENT":
            _comment(tokens, at, item, done)
        elif kind == "COMMA":
            done.append(item)
            item = Item()
        elif kind != "NL":
            piece, at = _read_bracket(tokens, at) if kind in CLOSER else (_token(tokens, at), at + 1)
            item.add(piece)
            continue
        at += 1
    if item.pieces or item.before:
        done.append(item)
    bracket.items, bracket.closer = done, tokens.text(at)
    return bracket, at + 1


def _comment(tokens: Tokens, at: int, item: Item, done: list[Item]) -> None:
    """Give a comment to the item it stands beside, else to the one that follows."""
    text = tokens.text(at).rstrip()
    beside = tokens.kinds[at - 1] not in ("NL", "COMMENT")
    if beside and item.pieces and not item.beside:
        item.beside = text
    elif beside and not item.pieces and done and not (done[-1].beside or done[-1].below):
        done[-1].beside = text
    elif item.pieces:
        item.below.append(text)
    else:
        item.before.append(text)


def written(pieces: list[Piece], indent: int) -> list[str]:
    """The lines of a statement, each without the statement's own indent of that many columns."""
    open_ = {at for at, piece in enumerate(pieces) if piece.must_open()}
    closed = [at for at, piece in enumerate(pieces) if piece.items and at not in open_]
    while True:
        lines = _lines(pieces, open_, indent)
        if not closed or all(_fits(line, indent) for line in lines):
            return lines
        open_.add(closed.pop())


def _fits(line: str, indent: int) -> bool:
    return indent + width(line.split("\n")[0]) <= WIDEST


def _lines(pieces: list[Piece], open_: set[int], indent: int) -> list[str]:
    """The lines of a statement whose brackets `open_` have one item a line."""
    lines = [""]
    for at, piece in enumerate(pieces):
        gap = piece.gap if lines[-1] else ""
        if at not in open_:
            lines[-1] += gap + piece.flat()
            continue
        lines[-1] += gap + piece.text
        for item in piece.items or []:
            lines += ["  " + line for line in _item_lines(item, piece.commas, indent + 2)]
        lines.append(piece.closer)
    return lines


def _item_lines(item: Item, comma: bool, indent: int) -> list[str]:
    if not item.pieces:
        return item.before
    lines = written(item.pieces, indent + comma)
    lines[-1] += ("," if comma else "") + (f" {item.beside}" if item.beside else "")
    return [*item.before, *lines, *item.below]
