"""Diagnostics as text: in full, on one line each, and as JSON.

Everything here is plain text. `pieces` gives the same text cut into parts with the name
of a style each, for a command that colours it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from currc.compiler.diagnostic import MOST_PER_FILE, Diagnostic, Fix, Label
from currc.compiler.show_line import ShownLine, told, visible
from currc.compiler.source import Source, Span

FORMAT_VERSION = 1
"""Raised when a reader of the old JSON would misread the new."""

CONTEXT = 2
"""Lines shown before the line complained about."""

Piece = tuple[str, str]
"""A text and its style: `error`, `warning`, `title`, `gutter`, `primary`, `secondary`, `note` or ``."""


def full(diagnostics: Iterable[Diagnostic]) -> str:
    """The complaints with the text around them, a blank line between two; empty without any."""
    return "".join(text for text, _ in pieces(diagnostics))


def concise(diagnostics: Iterable[Diagnostic]) -> str:
    """One line a complaint: `file:line:column: error[C0104]: message`."""
    lines = []
    for shown, hidden in _by_file(diagnostics):
        for it in shown:
            line, column = it.primary.span.source.place(it.primary.span.start)
            name = visible(it.primary.span.source.name)
            lines.append(f"{name}:{line}:{column}: {severity(it)}[{it.code.value}]: {told(it.message)}\n")
        lines += [f"{rest}\n" for rest in _rest(shown, hidden)]
    return "".join(lines)


def as_json(diagnostics: Iterable[Diagnostic]) -> str:
    """All complaints as JSON; offsets and columns count code points, lines and columns from 1."""
    found = [_json(it) for it in diagnostics]
    from currc.compiler.json_text import json_text

    return json_text({"format_version": FORMAT_VERSION, "diagnostics": found})


def summary(diagnostics: Iterable[Diagnostic]) -> str:
    """`2 errors, 1 warning`, or `no complaints`."""
    kinds = [severity(it) for it in diagnostics]
    counts = [(kinds.count(kind), kind) for kind in ("error", "warning") if kind in kinds]
    return ", ".join(f"{count} {kind}{'s' * (count > 1)}" for count, kind in counts) or "no complaints"


def severity(diagnostic: Diagnostic) -> str:
    """`error` or `warning`."""
    return "error" if diagnostic.is_error else "warning"


def pieces(diagnostics: Iterable[Diagnostic]) -> Iterator[Piece]:
    """What `full` shows, in parts with their styles."""
    blank = ""
    for shown, hidden in _by_file(diagnostics):
        for it in shown:
            yield blank, ""
            yield from _one(it)
            blank = "\n"
        for rest in _rest(shown, hidden):
            yield f"\n{rest}\n", "note"


def _by_file(diagnostics: Iterable[Diagnostic]) -> Iterator[tuple[list[Diagnostic], int]]:
    """The complaints to show of each file, in the order of their places, and how many are not shown."""
    for _, group in groupby(diagnostics, lambda it: it.primary.span.source.name):
        found = list(group)
        first = sorted(found, key=lambda it: not it.is_error)[:MOST_PER_FILE]
        yield sorted(first, key=lambda it: it.primary.span.start), len(found) - len(first)


def _rest(shown: list[Diagnostic], hidden: int) -> Iterator[str]:
    if hidden:
        yield f"... and {hidden} more in {visible(shown[0].primary.span.source.name)}"


def _one(it: Diagnostic) -> Iterator[Piece]:
    yield f"{severity(it)}[{it.code.value}]", severity(it)
    yield f": {_lines(it)}\n", "title"
    near, far = _near_and_far(it)
    gutter = len(str(max(_line(label) for label in (it.primary, *it.secondary))))
    yield from _snippet(it.primary, near, gutter, "-->", severity(it))
    for label in far:
        yield from _snippet(None, [label], gutter, ":::", severity(it))
    yield from _notes(it, gutter)


def _lines(it: Diagnostic) -> str:
    """The message; one about data names further places, a line each, and is safe to print as it is."""
    return it.message if it.primary.span.source.row is not None else told(it.message)


def _line(label: Label) -> int:
    return label.span.source.place(label.span.start)[0]


def _near_and_far(it: Diagnostic) -> tuple[list[Label], list[Label]]:
    """Secondary labels on the lines that are shown anyway, and the others."""
    last = _line(it.primary)
    near: list[Label] = []
    far: list[Label] = []
    for label in it.secondary:
        same = label.span.source == it.primary.span.source
        (near if same and last - CONTEXT <= _line(label) <= last else far).append(label)
    return near, far


def _snippet(
    primary: Label | None, others: list[Label], gutter: int, arrow: str, style: str
) -> Iterator[Piece]:
    """Some lines of a text, each with what is said about it below."""
    main = primary or others[0]
    source = main.span.source
    if source.row is not None:
        place = f":{source.row}" if source.row else ""
        yield f"{' ' * gutter}{arrow} {visible(source.name)}{place}\n", "gutter"
        return
    line, column = source.place(main.span.start)
    yield f"{' ' * gutter}{arrow} {visible(source.name)}:{line}:{column}\n", "gutter"
    if primary:
        yield f"{' ' * gutter} |\n", "gutter"
    first = max(1, line - CONTEXT) if primary else line
    for number in range(first, line + 1):
        here = [label for label in others if _line(label) == number]
        if primary and number == line:
            here.append(primary)
        yield from _annotated(source, number, here, primary, gutter, style)
    yield f"{' ' * gutter} |\n", "gutter"


def _annotated(
    source: Source, number: int, labels: list[Label], primary: Label | None, gutter: int, style: str
) -> Iterator[Piece]:
    """One line, and below it a row of carets for each label, the primary one first."""
    labels = sorted(labels, key=lambda label: label is not primary)
    start = labels[0].span.start if labels else None
    shown = ShownLine(source, number, start)
    yield f"{number:>{gutter}} |", "gutter"
    yield f" {shown.text}".rstrip() + "\n", ""
    for label in labels:
        offset, width = shown.columns(label.span)
        sign, colour = ("^", style) if label is primary else ("-", "secondary")
        yield f"{' ' * gutter} | ", "gutter"
        yield f"{' ' * offset}{sign * width} {told(label.text)}".rstrip() + "\n", colour


def _notes(it: Diagnostic, gutter: int) -> Iterator[Piece]:
    pad = " " * gutter
    if it.help:
        yield f"{pad} = help: {told(it.help)}\n", "note"
    if it.fix:
        safe = "   (safe: currc check --fix)" if it.fix.safe else ""
        yield f"{pad} = fix:  {told(it.fix.description)}{safe}\n", "note"
    yield f"{pad} = more: currc explain {it.code.value}\n", "note"


def _json(it: Diagnostic) -> dict[str, Any]:
    return {
        "code": it.code.value,
        "severity": severity(it),
        "title": it.code.title,
        "message": it.message,
        "address": it.address or None,
        "primary": _json_label(it.primary),
        "secondary": [_json_label(label) for label in it.secondary],
        "help": it.help or None,
        "fix": _json_fix(it.fix) if it.fix else None,
    }


def _json_label(label: Label) -> dict[str, Any]:
    source = label.span.source
    if source.row is not None:
        return {"file": source.name, "line": source.row or None, "label": label.text}
    return {**_json_span(label.span), "label": label.text}


def _json_fix(fix: Fix) -> dict[str, Any]:
    edit = {**_json_span(fix.span), "replacement": fix.replacement}
    return {"description": fix.description, "safe": fix.safe, "edits": [edit]}


def _json_span(span: Span) -> dict[str, Any]:
    (line, column), (end_line, end_column) = span.source.place(span.start), span.source.place(span.end)
    return {
        "file": span.source.name,
        "start": span.start,
        "end": span.end,
        "line": line,
        "column": column,
        "end_line": end_line,
        "end_column": end_column,
    }
