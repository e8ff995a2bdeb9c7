"""`currc plan`: what a run would do, before it does it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from currc.compiler.plan import Plan
    from currc.compiler.spec import Spec


GLUE = "\ue000"
"""Stands for a blank that a line is not broken at; private use, so that no text has it."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("spec", type=Path, help="a .curr file")
    parser.add_argument(
        "--runs", type=Path, default=Path("runs"), help="folder of earlier runs, to tell the time by (runs)"
    )
    parser.add_argument("--no-data", action="store_true", help="do not open the data: arms and stages only")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="text by default")
    parser.add_argument("--out", type=Path, metavar="FILE", help="also write the plan as canonical JSON")


def run(options: argparse.Namespace) -> int:
    """Print the plan to standard output."""
    from currc.runtime.command.spec import compilation, paint

    found = compilation(options.spec)
    if len(found.complaints):
        paint(found.complaints, "full", sys.stderr)
    if found.plan is None:
        return 1
    if options.out is not None:
        from currc.runtime.engine import writer

        writer.write_bytes(options.out.absolute(), (found.plan.canonical() + "\n").encode())
    if options.format == "json":
        print(found.plan.canonical())
        return 0
    from currc.runtime.reporting.outline import outline

    _show(outline(found.plan, options.spec.stem))
    if not options.no_data:
        _with_data(found.plan, found.spec, options.spec, options.runs)
    return 0


def _with_data(plan: Plan, spec: Spec, path: Path, runs: Path) -> None:
    """Print what the data adds, and warn on standard error of what it makes doubtful."""
    from currc.runtime.command.forms import of_data
    from currc.runtime.command.lock import warn_of_drift
    from currc.runtime.command.spec import paint
    from currc.runtime.engine.concerns import concerns
    from currc.runtime.engine.outlook import look
    from currc.runtime.engine.store import Store
    from currc.runtime.engine.timed import timed
    from currc.runtime.reporting.prospect import prospect

    seen = look(plan, path.resolve().parent)
    _show("\n" + prospect(seen, timed(Store(runs / ".store"), seen.model.base)))
    sys.stdout.flush()
    warn_of_drift(plan, path, hub=False)
    paint([of_data(one, path) for one in concerns(spec, seen)], "full", sys.stderr)


def _show(text: str) -> None:
    """Write lines to standard output, those wider than the terminal (80 columns elsewhere) in parts."""
    from shutil import get_terminal_size

    width = get_terminal_size().columns
    sys.stdout.writelines(f"{fitted(line, width)}\n" for line in text.split("\n")[:-1])


def fitted(line: str, width: int) -> str:
    """A line broken where it is wider than `width`, between parts that ` · ` divides where possible.

    It goes on under its second column, or under its first word where it has one column.
    """
    if len(line) <= width:
        return line
    import re
    import textwrap

    head = re.match(r"\s*\S+\s{2,}|\s*", line)
    indent = " " * min(len(head[0]) if head else 0, width // 2)
    room = width - len(indent)
    parts = [
        part.replace(" ", GLUE) if len(part) < room else part for part in line[len(indent) :].split(" · ")
    ]
    filled = textwrap.fill(
        " · ".join(parts),
        width,
        initial_indent=line[: len(indent)],
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return filled.replace(GLUE, " ")
