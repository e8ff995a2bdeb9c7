"""`currc check`: every mistake of some specs, each with its place and the way out."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from currc.runtime.command.forms import FORMS, give, of_data

TYPE_CHECKING = False  # importing typing takes 5 ms; mypy knows the name
if TYPE_CHECKING:
    from currc.compiler.diagnostic import Complaints, Diagnostic


MOST_ROUNDS = 5
"""A fix may lay bare a mistake behind it; so many layers are peeled."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument(
        "files", type=Path, nargs="+", metavar="FILE", help="a .curr file; - is standard input"
    )
    parser.add_argument("--format", choices=FORMS, default="full", help="full by default")
    parser.add_argument("--fix", action="store_true", help="apply the safe fixes, then check what is left")
    parser.add_argument(
        "--data", action="store_true", help="also open the data: columns, labels, gold overlap"
    )


def run(options: argparse.Namespace) -> int:
    """Print the complaints about all files to standard output.

    Returns 0 without errors, else the first of: 2 where a file cannot be read, 1 where a
    spec has an error, 65 (69 for a missing extra) where its data has one.
    """
    if options.fix:
        _fix([path for path in options.files if str(path) != "-"])
    read, code = _checked(options.files)
    found = [diagnostic for complaints in read.values() for diagnostic in complaints]
    sound = [path for path, complaints in read.items() if not complaints.errors]
    worst = 0
    for path in sound if options.data else ():
        about_data, bad = _about_data(path)
        found, worst = found + about_data, max(worst, bad)
    give(found, options.format, len(read))
    if read and options.format in ("full", "concise"):
        print(_summary(len(read), found), file=sys.stderr)
    if code or any(complaints.errors for complaints in read.values()):
        return code or 1
    return worst


def _fix(paths: list[Path]) -> None:
    """Apply the safe fixes of each file that can be read; a file may need several rounds."""
    from currc.compiler.mended import mended
    from currc.compiler.show_line import visible
    from currc.compiler.source import Source
    from currc.runtime.command.spec import Unusable, complaints_of, rewrite, shown, text_of

    for path in paths:
        total = 0
        for _ in range(MOST_ROUNDS):
            try:
                (text, broken), found = text_of(path), complaints_of(path)
            except Unusable:
                break  # it is said when the file is checked
            fixed, applied = mended(Source(shown(path), text), found)
            if broken is not None or not applied or fixed == text:
                break
            rewrite(path, fixed)
            total += applied
        if total:
            print(f"{visible(shown(path))}: {total} fix{'es' * (total != 1)} applied", file=sys.stderr)


def _checked(paths: list[Path]) -> tuple[dict[Path, Complaints], int]:
    """The complaints about each file that can be read, and 2 where one cannot: the others go on."""
    from currc.runtime.command.spec import Unusable, complaints_of, refused

    read, code = {}, 0
    for path in paths:
        try:
            read[path] = complaints_of(path)
        except Unusable as problem:
            code = refused(problem)
    return read, code


def _about_data(path: Path) -> tuple[list[Diagnostic], int]:
    """What is to be said about the data of a sound spec, opened as a run would, and the exit code."""
    from currc.runtime.command.spec import compilation
    from currc.runtime.data.rows import DataError
    from currc.runtime.engine.concerns import concerns, of_model
    from currc.runtime.engine.outlook import look
    from currc.runtime.learning.models import ModelError

    plan, spec, _ = compilation(path)
    if plan is None:
        return [], 0
    try:
        seen = look(plan, path.resolve().parent, offline=True)
        return [of_data(one, path) for one in concerns(spec, seen)], 0
    except DataError as problem:
        return [of_data(problem, path)], problem.exit_code
    except ModelError as problem:
        return [of_model(problem, spec)], problem.exit_code


def _summary(files: int, found: list[Diagnostic]) -> str:
    errors = sum(diagnostic.is_error for diagnostic in found)
    warnings = len(found) - errors
    counts = [_count(files, "file"), _count(errors, "error"), _count(warnings, "warning")]
    return f"{counts[0]}: {', '.join(counts[1:]) if errors or warnings else 'no complaints'}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"
