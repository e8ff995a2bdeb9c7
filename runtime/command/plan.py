"""`currc plan`: what a run would do, before it does it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from currc.compiler.plan import Plan


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("spec", type=Path, help="a .curr file")
    parser.add_argument("--no-data", action="store_true", help="do not open the data: arms and stages only")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="text by default")
    parser.add_argument("--out", type=Path, metavar="FILE", help="also write the plan as canonical JSON")


def run(options: argparse.Namespace) -> int:
    """Print the plan to standard output."""
    from currc.runtime.command.spec import opened

    plan = opened(options.spec)
    if plan is None:
        return 1
    if options.out is not None:
        from currc.runtime.engine import writer

        writer.write_bytes(options.out.absolute(), (plan.canonical() + "\n").encode())
    if options.format == "json":
        print(plan.canonical())
        return 0
    from currc.runtime.reporting.outline import outline

    _show(outline(plan, options.spec.stem))
    if options.no_data:
        return 0
    return _with_data(plan, options.spec)


def _with_data(plan: Plan, spec: Path) -> int:
    from currc.runtime.data.prepare import prepare
    from currc.runtime.engine.forecast import row_lengths, shape, stages
    from currc.runtime.reporting.outline import cost, effect, shares

    root = spec.resolve().parent
    tasks = {name: task for arm in plan.arms for name, task in arm.tasks.items()}
    prepared = prepare(tasks, plan.sources, root)
    lengths, counted = row_lengths(plan.arms[0].model, root, prepared.tasks)
    # A yoked reference is as long as its control's draws of that task; it has no mix of its own.
    forecasts = {
        arm.name: stages(plan, arm, prepared.tasks, lengths) for arm in plan.arms if arm.role != "reference"
    }
    _show(shares(forecasts, prepared.facts, lengths))
    _show(cost(plan, forecasts, lengths, shape(plan.arms[0].model, root), counted))
    _show(effect(plan, prepared.facts))
    return 0


def _show(text: str) -> None:
    """Write lines to standard output, those wider than the terminal (80 columns elsewhere) in parts."""
    from shutil import get_terminal_size

    width = get_terminal_size().columns
    sys.stdout.writelines(f"{fitted(line, width)}\n" for line in text.split("\n")[:-1])


def fitted(line: str, width: int) -> str:
    """A line broken between words where it is wider than `width`, going on under its second column."""
    if len(line) <= width:
        return line
    import re
    import textwrap

    head = re.match(r"\s*\S+(\s{2,}|\s)", line)
    indent = " " * min(len(head[0]) if head else 0, width // 2)
    return textwrap.fill(
        line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
