"""`currc check`: every mistake of some specs, each with its place and the way out."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from currc.compiler.diagnostic import Complaints
    from currc.runtime.data.rows import DataError


MOST_ROUNDS = 5
"""A fix may lay bare a mistake behind it; so many layers are peeled."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument(
        "files", type=Path, nargs="+", metavar="FILE", help="a .curr file; - is standard input"
    )
    parser.add_argument(
        "--format", choices=("full", "concise", "json"), default="full", help="full by default"
    )
    parser.add_argument("--fix", action="store_true", help="apply the safe fixes, then check what is left")
    parser.add_argument(
        "--data", action="store_true", help="also open the data: columns, labels, gold overlap"
    )


def run(options: argparse.Namespace) -> int:
    """Print the complaints about all files to standard output.

    Returns 0 without errors, else the first of: 2 where a file cannot be read, 1 where a
    spec has an error, 65 (69 for a missing extra) where its data has one.
    """
    from currc.compiler import render
    from currc.runtime.command.spec import paint, said

    if options.fix:
        _fix([path for path in options.files if str(path) != "-"])
    read, code = _checked(options.files)
    found = [diagnostic for complaints in read.values() for diagnostic in complaints]
    sound = [path for path, complaints in read.items() if not complaints.errors]
    data = [bad for path in sound if (bad := _bad_data(path))] if options.data else []
    if options.format == "json":
        document = json.loads(render.as_json(found))
        document["diagnostics"] += map(_as_json, data)
        print(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        paint(found, options.format, sys.stdout)
        sys.stdout.writelines(f"{said(bad)}\n" for bad in data)
        if read:
            print(_summary(len(read), found, len(data)), file=sys.stderr)
    if code or any(diagnostic.is_error for diagnostic in found):
        return code or 1
    return max((bad.exit_code for bad in data), default=0)


def _fix(paths: list[Path]) -> None:
    """Apply the safe fixes of each file that can be read; a file may need several rounds."""
    from currc.compiler.mended import mended
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
            print(f"{shown(path)}: {total} fix{'es' * (total != 1)} applied", file=sys.stderr)


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


def _bad_data(path: Path) -> DataError | None:
    """The complaint about the data of a sound spec, opened as a run would."""
    from currc.runtime.command.spec import compilation
    from currc.runtime.data.prepare import prepare
    from currc.runtime.data.rows import DataError

    plan = compilation(path).plan
    if plan is None:
        return None
    tasks = {name: task for arm in plan.arms for name, task in arm.tasks.items()}
    try:
        prepare(tasks, plan.sources, path.resolve().parent)
    except DataError as problem:
        return problem
    return None


def _as_json(bad: DataError) -> dict[str, object]:
    """A complaint about data in the form of those about specs; its place is a file and a line of data."""
    file, _, line = bad.place.rpartition(":")
    place = {"file": file, "line": int(line)} if line.isdigit() else {"file": bad.place}
    return {
        "code": bad.code.value,
        "severity": "error",
        "title": bad.code.title,
        "message": bad.message,
        "primary": place,
        "help": bad.help or None,
    }


def _summary(files: int, found: list, data: int) -> str:  # type: ignore[type-arg]
    errors = sum(diagnostic.is_error for diagnostic in found) + data
    warnings = len(found) + data - errors
    counts = [_count(files, "file"), _count(errors, "error"), _count(warnings, "warning")]
    return f"{counts[0]}: {', '.join(counts[1:]) if errors or warnings else 'no complaints'}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"
