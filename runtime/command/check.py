"""`currc check`: every mistake of some specs, each with its place and the way out."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument(
        "files", type=Path, nargs="+", metavar="FILE", help="a .curr file; - is standard input"
    )
    parser.add_argument(
        "--format", choices=("full", "concise", "json"), default="full", help="full by default"
    )
    parser.add_argument(
        "--data", action="store_true", help="also open the data: columns, labels, gold overlap"
    )


def run(options: argparse.Namespace) -> int:
    """Print the diagnostics of all files to standard output; 1 if there is an error among them."""
    from currc.compiler import render
    from currc.runtime.command.spec import compilation, paint

    compilations = [(path, compilation(path)) for path in options.files]
    found = [diagnostic for _, one in compilations for diagnostic in one.complaints]
    if options.format == "json":
        print(render.as_json(found))
    elif found:
        paint(found, options.format, sys.stdout)
    failed = any(diagnostic.is_error for diagnostic in found)
    data = 0
    if options.data:
        data = max((_data(path, one.plan) for path, one in compilations if one.plan is not None), default=0)
    if options.format != "json":
        print(_summary(len(options.files), found, data), file=sys.stderr)
    return 1 if failed or data else 0


def _data(path: Path, plan: object) -> int:
    """Open a plan's data as a run would; its complaint goes to standard error. Returns 1 if there is one."""
    from currc.compiler.plan import Plan
    from currc.runtime.command.spec import said
    from currc.runtime.data.prepare import prepare
    from currc.runtime.data.rows import DataError

    assert isinstance(plan, Plan)
    tasks = {name: task for arm in plan.arms for name, task in arm.tasks.items()}
    try:
        prepare(tasks, plan.sources, path.resolve().parent)
    except DataError as problem:
        print(said(problem))
        return 1
    return 0


def _summary(files: int, found: list, data: int) -> str:  # type: ignore[type-arg]
    errors = sum(diagnostic.is_error for diagnostic in found) + data
    warnings = len(found) - (errors - data)
    what = f"{files} file{'s' if files != 1 else ''}"
    if not errors and not warnings:
        return f"{what}: no complaints"
    return f"{what}: {errors} error{'s' if errors != 1 else ''}, {warnings} warning{'s' if warnings != 1 else ''}"
