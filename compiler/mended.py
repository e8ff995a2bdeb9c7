"""A text with the safe fixes of its complaints applied."""

from __future__ import annotations

from collections.abc import Iterable

from currc.compiler.diagnostic import Diagnostic
from currc.compiler.source import Source


def mended(source: Source, diagnostics: Iterable[Diagnostic]) -> tuple[str, int]:
    """The text after every safe fix of this file, and how many were applied.

    Of two fixes that overlap the first is applied; the other is found again, if it is
    still due, when the new text is checked.
    """
    fixes = sorted(
        (
            (one.fix.span.start, one.fix.span.end, one.fix.replacement)
            for one in diagnostics
            if one.fix is not None and one.fix.safe and one.fix.span.source.name == source.name
        ),
    )
    text, end, applied = "", 0, 0
    for first, last, replacement in fixes:
        if first < end:
            continue
        text += source.text[end:first] + replacement
        end, applied = last, applied + 1
    return text + source.text[end:], applied
