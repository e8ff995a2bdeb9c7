"""The forms in which `check` gives its complaints: for people, for programs and for reviews."""

from __future__ import annotations

import os
import sys
from pathlib import Path

TYPE_CHECKING = False  # importing typing takes 5 ms; mypy knows the name
if TYPE_CHECKING:
    from currc.compiler.diagnostic import Diagnostic
    from currc.runtime.data.rows import DataError

FORMS = ("full", "concise", "json", "sarif", "github", "markdown")


def give(found: list[Diagnostic], form: str, files: int) -> None:
    """Write the complaints about some files to standard output."""
    if form == "json":
        from currc.compiler.render import as_json

        sys.stdout.write(as_json(found))
    elif form == "sarif":
        from currc.compiler.sarif import as_sarif
        from currc.runtime.command import version

        sys.stdout.write(as_sarif(found, version()))
    elif form == "markdown":
        from currc.compiler.markdown import as_markdown

        sys.stdout.write(as_markdown(found, files))
    elif form == "github":
        _annotate(found, files)
    else:
        from currc.runtime.command.spec import paint

        paint(found, form, sys.stdout)


def _annotate(found: list[Diagnostic], files: int) -> None:
    """Annotations as far as GitHub shows them; where there are more, the job's summary has them all."""
    from currc.compiler.annotations import commands
    from currc.compiler.markdown import as_markdown

    shown, left = commands(found)
    sys.stdout.write(shown)
    if not left:
        return
    where = "`currc check` lists them"
    if target := os.environ.get("GITHUB_STEP_SUMMARY"):
        try:
            with Path(target).open("a", encoding="utf-8", errors="backslashreplace") as summary:
                summary.write(as_markdown(found, files))
            where = "the job's summary has them"
        except OSError as problem:
            print(f"warning: cannot write the job's summary: {problem.strerror}", file=sys.stderr)
    print(f"{left} more complaint{'s' * (left != 1)} not annotated; {where}", file=sys.stderr)


def of_data(bad: DataError | Diagnostic, spec: Path) -> Diagnostic:
    """A complaint about data as one about a line of a data file, or about the spec where it is in no file."""
    from currc.compiler.diagnostic import Diagnostic, Label
    from currc.compiler.source import Source, Span
    from currc.runtime.command.spec import shown

    if isinstance(bad, Diagnostic):
        return bad

    file, _, line = bad.place.rpartition(":")
    if not line.isdecimal():
        file, line = bad.place, ""
    there = (spec.parent / file).is_file()
    name = str(spec.parent / file) if there else shown(spec)
    source = Source(name, "", int(line) if line and there else 0)
    message = bad.message if there else f"{bad.message} ({bad.place})"
    return Diagnostic(
        bad.code, message, Label(Span(source, 0, 0), ""), help=bad.help, address="" if there else bad.place
    )
