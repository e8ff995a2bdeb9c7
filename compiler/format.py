"""The one layout of a spec, made from its tokens and comments and never from the tree.

Two blanks of indent, one blank around `=`, one empty line between blocks, no alignment,
no reordering. A list or call stands on one line if it fits, else one item a line with a
trailing comma. Between attributes an empty line is kept, a second one is not.
"""

from __future__ import annotations

from collections.abc import Iterator

from currc.compiler.diagnostic import Complaints
from currc.compiler.format_line import Piece, read_pieces, written
from currc.compiler.lexer import scan
from currc.compiler.parse import parse
from currc.compiler.source import Source
from currc.compiler.tokens import Tokens


def format_text(source: Source) -> str:
    """The text in its one layout; the same for its own result.

    Raises:
        CompileError: The text cannot be read, or would be beyond the limits with one item a line.
    """
    complaints = Complaints()
    parse(source, complaints)
    complaints.raise_if_any()
    tokens = scan(source, Complaints(patient=True))
    text = "\n".join(_laid_out(_rows(tokens))) + "\n"
    again = scan(Source(source.name, text), complaints)
    complaints.raise_if_any()
    if significant(again) != significant(tokens):
        raise RuntimeError(f"formatting {source.name} would change its meaning; the text is left as it is")
    return text


def significant(tokens: Tokens) -> list[str]:
    """The tokens that carry meaning: no comments, no line ends, no comma before a closing bracket."""
    kept = [at for at, kind in enumerate(tokens.kinds) if kind not in ("NL", "COMMENT")]
    return [
        tokens.text(at).replace("\r\n", "\n")
        for at, after in zip(kept, [*kept[1:], None], strict=True)
        if tokens.kinds[at] != "COMMA" or after is None or tokens.kinds[after] not in ("RPAR", "RSQB")
    ]


class _Row:
    """A statement, a block's first or last line, or a comment on a line of its own.

    `sort` is `statement`, `edition`, `open`, `close` or `comment`; `apart` says that
    there was an empty line before it.
    """

    def __init__(self, sort: str, depth: int, apart: bool, comment: str = "") -> None:
        self.sort, self.depth, self.apart, self.comment = sort, depth, apart, comment
        self.pieces: list[Piece] = []


def _rows(tokens: Tokens) -> list[_Row]:
    """The rows of a text in their order."""
    rows: list[_Row] = []
    depth = at = 0
    while at < len(tokens):
        kind = tokens.kinds[at]
        if kind == "NL":
            at += 1
            continue
        gap = tokens.source.text[tokens.ends[at - 1] if at else 0 : tokens.starts[at]]
        lines = gap.count("\n") + sum(tokens.text(before).count("\n") for before in _ends_before(tokens, at))
        if kind == "COMMENT":
            comment = tokens.text(at).rstrip()
            if rows and not lines:
                rows[-1].comment = comment
            else:
                rows.append(_Row("comment", depth, lines > 1, comment=comment))
            at += 1
            continue
        depth -= kind == "RBRACE"
        row = _Row("close" if kind == "RBRACE" else "statement", depth, lines > 1)
        row.pieces, at = read_pieces(tokens, at)
        if tokens.kinds[at - 1] == "LBRACE":
            row.sort = "open"
            depth += 1
        elif kind == "EDITION":
            row.sort = "edition"
        rows.append(row)
    return rows


def _ends_before(tokens: Tokens, at: int) -> Iterator[int]:
    """The line ends directly before a token."""
    while at and tokens.kinds[at - 1] == "NL":
        at -= 1
        yield at


def _laid_out(rows: list[_Row]) -> Iterator[str]:
    for at, row in enumerate(rows):
        if at and _empty_line(rows, at):
            yield ""
        indent = "  " * row.depth
        lines = written(row.pieces, len(indent)) if row.pieces else []
        if row.comment:
            lines = [*lines[:-1], f"{lines[-1]} {row.comment}"] if lines else [row.comment]
        # A TEXT is one piece, line ends and all: its further lines keep their place.
        yield from (indent + line for line in lines)


def _empty_line(rows: list[_Row], at: int) -> bool:
    """Whether an empty line stands before a row."""
    before, row = rows[at - 1], rows[at]
    if before.sort == "open" or row.sort == "close":
        return False
    if row.sort == "open" and before.sort == "comment":
        return row.apart
    if row.sort == "comment" and before.sort == "comment":
        return row.apart
    return row.apart or before.sort in ("close", "edition") or _leads_to_block(rows, at)


def _leads_to_block(rows: list[_Row], at: int) -> bool:
    """Whether a row is a block's header or a comment that belongs to one."""
    while rows[at].sort == "comment" and at + 1 < len(rows) and not rows[at + 1].apart:
        at += 1
    return rows[at].sort == "open"
