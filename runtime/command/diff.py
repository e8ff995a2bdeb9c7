"""`currc diff`: what the change from one plan to another does to training, and to its numbers."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from currc.compiler.difference import Difference
    from currc.runtime.command.versions import Side
    from currc.runtime.reporting.change import Report

GATES = ("operational", "learning", "comparison")
STYLES = MappingProxyType(
    {
        "comparison": "bold red",
        "learning": "bold yellow",
        "operational": "bold cyan",
        "cosmetic": "bold green",
        "title": "bold",
        "strong": "bold",
        "dim": "dim",
        "added": "green",
        "removed": "red",
        "": "",
    }
)
"""How the parts of the report look on a terminal."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    sides = "a .curr file, git:REF:path, or a plan of `currc plan --out`"
    parser.add_argument("before", metavar="A", help=sides)
    parser.add_argument("after", metavar="B", nargs="?", help="the same; without it git:HEAD:A against A")
    parser.add_argument("--data", action="store_true", help="also count rows: draws and epochs of each task")
    runs = "folder of the runs, whose stored trials say how long one takes (runs)"
    parser.add_argument("--runs", type=Path, default=Path("runs"), help=runs)
    forms = ("full", "markdown", "json")
    parser.add_argument("--format", choices=forms, default="full", help="full by default")
    gate = "exit 1 for a change of this category or a stronger one"
    parser.add_argument("--fail-on", choices=GATES, help=gate)
    accept = "write into `curr.lock` beside B that this change is accepted, and why; it fails no gate then"
    parser.add_argument("--accept", metavar="WHY", help=accept)


def run(options: argparse.Namespace) -> int:
    """Print the report to standard output."""
    from currc.compiler.categories import Category
    from currc.compiler.difference import difference
    from currc.runtime.command.spec import Unusable
    from currc.runtime.command.versions import GIT, side

    before, after = options.before, options.after
    if after is None:
        if before.startswith(GIT):
            raise Unusable(
                "`currc diff` needs a second version to compare with", "name a .curr file after it"
            )
        before, after = f"{GIT}HEAD:{before}", before
    old, new = side(before), side(after)
    if old is None or new is None:
        return 1
    found = report(difference(old.version, new.version), old, new, options)
    _print(found, options.format)
    category = found.difference.category
    fails = options.fail_on is not None and category >= Category[options.fail_on.upper()]
    return int(not _accepted(old, new, options.accept) and fails)


def _accepted(old: Side, new: Side, why: str | None) -> bool:
    """Whether the lock beside the newer version accepts the change; with a reason it does from now on."""
    from currc.compiler.pins import Accepted, Lock
    from currc.runtime.engine.curr_lock import lock_in, put_lock

    lock = lock_in(new.root) or Lock()
    before, after = old.version.plan.hash(), new.version.plan.hash()
    if why is not None and not lock.accepts(before, after):
        lock = lock._replace(accepted=(*lock.accepted, Accepted(before, after, why)))
        put_lock(new.root, lock)
    if reason := lock.reason(before, after):
        print(f"accepted in curr.lock: {reason}", file=sys.stderr)
    return lock.accepts(before, after)


def report(found: Difference, old: Side, new: Side, options: argparse.Namespace) -> Report:
    """The difference with its effects and its cost."""
    from currc.runtime.engine.effects import effects
    from currc.runtime.engine.redo import bill
    from currc.runtime.reporting.change import NEEDS_DATA, Report

    owed = bill(old.version.plan, new.version.plan)
    told = Report(found, effects(found.sides), owed)
    budget = new.version.plan.budget
    if budget.match == "tokens":
        told = told._replace(tokens=budget.limit)
    if not options.data:
        return told._replace(data=NEEDS_DATA)
    return _counted(told, old, new, options.runs)


def _counted(told: Report, old: Side, new: Side, runs: Path) -> Report:
    """The report with rows counted; without, and why, where the data cannot be read."""
    from statistics import fmean

    from currc.runtime.data.rows import DataError
    from currc.runtime.engine.counted import counted, seconds
    from currc.runtime.engine.effects import effects
    from currc.runtime.engine.store import Store
    from currc.runtime.learning.models import ModelError

    sides = told.difference.sides
    try:
        forecasts = counted(sides.before, old.root), counted(sides.after, new.root)
        took = seconds(told.bill, old.version.plan, new.version.plan, new.root, Store(runs / ".store"))
    except (DataError, ModelError) as problem:
        return told._replace(data=f"rows are not counted: {problem.message}")
    tokens = told.tokens
    if tokens is None:
        tokens = fmean(sum(one.tokens for one in arm.values()) for arm in forecasts[1].values())
    return told._replace(effects=effects(sides, forecasts), data="", tokens=tokens, seconds=took)


def _print(told: Report, form: str) -> None:
    if form == "json":
        from currc.runtime.reporting.change_json import as_json

        print(as_json(told))
        return
    if form == "markdown":
        from currc.runtime.reporting.change_markdown import markdown

        sys.stdout.write(markdown(told))
        return
    from shutil import get_terminal_size

    from currc.runtime.reporting.change_text import lines, plain

    page = lines(told, get_terminal_size().columns)
    if not sys.stdout.isatty() or "NO_COLOR" in os.environ:
        sys.stdout.write(plain(page))
        return
    from rich.console import Console
    from rich.text import Text

    for line in page:
        text = Text.assemble(*((piece, STYLES[style]) for piece, style in line))
        Console(highlight=False, soft_wrap=True).print(text)
