"""Diagnostics as Markdown for a pull request's comment or a job's summary.

Whatever a spec says stands inside a fenced block, where no Markdown, HTML, link or
mention has any meaning; the fence is longer than every run of backticks in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from currc.compiler.diagnostic import Diagnostic
from currc.compiler.render import full, summary

LONGEST = 60_000
"""Characters of a comment; GitHub refuses one of more than 65,536."""

_SPARE = 2_000
"""Characters kept free for the verdict and what is said about complaints left out."""


def as_markdown(diagnostics: Iterable[Diagnostic], files: int) -> str:
    """The verdict over some files, then the complaints as far as they fit, errors first."""
    found = sorted(diagnostics, key=lambda it: not it.is_error)
    specs = f"{files} spec{'s' * (files != 1)}"
    if not found:
        return f"**No complaints** about {specs}.\n"
    forbidden = any(it.is_error for it in found)
    cannot = "cannot be run" if files == 1 else "cannot all be run"
    verdict = f"**{summary(found)}** in {specs}, which {cannot if forbidden else 'can be run'}."
    shown, left = _fitting(found)
    rest = f"\n… and {left} more: `currc check` lists them.\n" if left else ""
    return f"{verdict}\n\n{fenced(shown)}{rest}"


def fenced(text: str, language: str = "text") -> str:
    """A text as a code block that it cannot leave."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text.rstrip(chr(10))}\n{fence}\n"


def _fitting(found: list[Diagnostic]) -> tuple[str, int]:
    """As many complaints in full as fit, and how many are left out."""
    parts: list[str] = []
    room = LONGEST - _SPARE
    for it in found:
        part = full([it])
        room -= len(part) + 1
        if room < 0:
            break
        parts.append(part)
    return "\n".join(parts), len(found) - len(parts)
