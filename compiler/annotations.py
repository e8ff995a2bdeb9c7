"""Diagnostics as workflow commands of GitHub Actions, which show beside the lines of a pull request."""

from __future__ import annotations

from collections.abc import Iterable

from currc.compiler.diagnostic import Diagnostic
from currc.compiler.render import severity
from currc.compiler.show_line import told
from currc.compiler.source import Span

MOST = 10
"""Annotations of one severity that GitHub shows of a step; the others would be dropped without a word."""


def commands(diagnostics: Iterable[Diagnostic]) -> tuple[str, int]:
    """One command a line for the most severe complaints, and how many complaints are left out."""
    found = sorted(diagnostics, key=lambda it: not it.is_error)
    return "".join(f"{_command(it)}\n" for it in found[:MOST]), max(0, len(found) - MOST)


def _command(it: Diagnostic) -> str:
    properties = {
        "title": f"{it.code.value}: {it.code.title}",
        "file": it.primary.span.source.name,
        **_place(it.primary.span),
    }
    listed = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items())
    return f"::{severity(it)} {listed}::{_data(_said(it))}"


def _place(span: Span) -> dict[str, int]:
    """Lines from 1, and columns where the complaint is about one line: GitHub takes no others."""
    if span.source.row is not None:
        return {"line": span.source.row} if span.source.row else {}
    (line, column), (end_line, end_column) = span.source.place(span.start), span.source.place(span.end)
    if end_line > line:
        return {"line": line, "endLine": end_line}
    return {"line": line, "col": column, "endLine": line, "endColumn": end_column}


def _said(it: Diagnostic) -> str:
    """The message, what is wrong here, and the way out, a line each."""
    lines = [*it.message.split("\n"), it.primary.text]
    lines += [f"help: {it.help}"] if it.help else []
    lines += [f"fix: {it.fix.description}"] if it.fix else []
    return "\n".join(told(line) for line in lines if line)


def _data(text: str) -> str:
    """Text behind `::`; a line end would end the command and start what follows it as another."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """The value of a property, which a comma or a colon would end."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")
