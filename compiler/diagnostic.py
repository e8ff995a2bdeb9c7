"""One complaint, and the collection of complaints that every pass adds to."""

from __future__ import annotations

from collections.abc import Iterator

from currc.compiler.codes import Code
from currc.compiler.record import Record
from currc.compiler.source import Span

MOST_PER_FILE = 20
"""Complaints shown for one file; the rest are counted."""

MOST_KEPT = 200
"""Complaints kept at all, so that a hostile text costs no more than a bad one."""


class Label(Record):
    """A span and what is to be said about it."""

    span: Span
    text: str


class Fix(Record):
    """A replacement of the text at `span`; safe means that it cannot change what was meant."""

    span: Span
    replacement: str
    safe: bool
    description: str


class Diagnostic(Record):
    """One complaint; its first line stands alone.

    `address` names the thing complained about independently of its place, as `arm.easy.mix`.
    """

    code: Code
    message: str
    primary: Label
    secondary: tuple[Label, ...] = ()
    help: str = ""
    fix: Fix | None = None
    address: str = ""

    @property
    def is_error(self) -> bool:
        """Whether the spec cannot be run."""
        return self.code.forbids


class Enough(Exception):
    """So much is wrong that looking for more would only take time; what was found is in the complaints."""


class Complaints:
    """The complaints found so far; the same code at the same place is kept once."""

    __slots__ = ("_errors", "_found", "_patient")

    def __init__(self, *, patient: bool = False) -> None:
        """`patient` complaints are thrown away by who asked for them, and never raise."""
        self._found: dict[tuple[Code, str, int, int], Diagnostic] = {}
        self._errors, self._patient = 0, patient

    def add(self, diagnostic: Diagnostic) -> None:
        """Keep a complaint; raise `Enough` if that makes too many errors.

        Of warnings, those that are too many are left out.
        """
        self.keep(diagnostic)
        if self._errors >= MOST_KEPT and not self._patient:
            raise Enough

    def keep(self, diagnostic: Diagnostic) -> None:
        """Keep a complaint unless its code already stands at its place, or there are far too many."""
        span = diagnostic.primary.span
        place = (diagnostic.code, span.source.name, span.start, span.end)
        if place not in self._found and (len(self._found) < MOST_KEPT or not self._errors):
            self._found[place] = diagnostic
            self._errors += diagnostic.is_error

    def __iter__(self) -> Iterator[Diagnostic]:
        """Complaints in the order of their places, errors before warnings at one place."""
        return iter(
            sorted(
                self._found.values(),
                key=lambda d: (d.primary.span.source.name, d.primary.span.start, d.code.value),
            )
        )

    def __len__(self) -> int:
        return len(self._found)

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """The complaints that forbid running."""
        return tuple(d for d in self if d.is_error)

    def raise_if_any(self) -> None:
        """Raise `CompileError` if there is an error among the complaints."""
        if self.errors:
            raise CompileError(tuple(self))


class CompileError(Exception):
    """A spec that cannot be compiled, with every complaint found."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        super().__init__("\n".join(f"{d.code.value}: {d.message}" for d in diagnostics))
        self.diagnostics = diagnostics
