"""The address that a place in a spec belongs to, as `school.basics.take`; also of a spec with mistakes."""

from __future__ import annotations

from bisect import bisect_right

from currc.compiler.diagnostic import Complaints, Diagnostic
from currc.compiler.layout import lay_out
from currc.compiler.lexer import scan
from currc.compiler.record import Record
from currc.compiler.source import Source
from currc.compiler.tokens import Tokens


class Whereabouts(Record):
    """The statements of a text in their order: where each begins, and its address."""

    starts: tuple[int, ...]
    addresses: tuple[str, ...]

    def at(self, offset: int) -> str:
        """The address of the statement that a character belongs to; empty before the first one."""
        index = bisect_right(self.starts, offset) - 1
        return self.addresses[index] if index >= 0 else ""


def addressed(diagnostics: tuple[Diagnostic, ...]) -> tuple[str, ...]:
    """The address of each complaint: its own where it names one, else that of its place."""
    known: dict[Source, Whereabouts] = {}
    found = []
    for it in diagnostics:
        span = it.primary.span
        if not it.address and span.source.row is None:
            if span.source not in known:
                known[span.source] = whereabouts(span.source)
            found.append(known[span.source].at(span.start))
        else:
            found.append(it.address)
    return tuple(found)


def whereabouts(source: Source) -> Whereabouts:
    """The addresses of all statements of a text; none of one that is beyond the limits."""
    quiet = Complaints(patient=True)
    tokens = lay_out(scan(source, quiet), quiet)
    starts: list[int] = []
    addresses: list[str] = []
    blocks: list[str] = []
    first = 0
    for at, kind in enumerate(tokens.kinds):
        if kind in ("NL", "LBRACE", "RBRACE", "$END") and at > first:
            own = _name(tokens, first, at)
            starts.append(tokens.starts[first])
            addresses.append(".".join([*blocks, own]))
            if kind == "LBRACE":
                blocks.append(own)
        elif kind == "LBRACE":
            blocks.append("?")
        if kind == "RBRACE" and blocks:
            blocks.pop()
        if kind in ("NL", "LBRACE", "RBRACE"):
            first = at + 1
    return Whereabouts(tuple(starts), tuple(addresses))


def _name(tokens: Tokens, first: int, stop: int) -> str:
    """What a statement is about: the name of a block or constant, the path of an attribute."""
    kinds = tokens.kinds
    if kinds[stop] == "LBRACE" and stop - first > 1 and kinds[first + 1] == "NAME":
        return tokens.text(first + 1)
    at = first + (kinds[first] in ("LET", "DROP") and stop - first > 1)
    if kinds[at] == "USE" and kinds[stop - 1] == "NAME":
        at = stop - 1
    name = tokens.text(at)
    while at + 2 < stop and kinds[at + 1] == "DOT" and kinds[at + 2] == "NAME":
        at += 2
        name += "." + tokens.text(at)
    return name
