"""`currc report`: the table and the verdict of a finished run."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from currc.runtime.judging.results import Verdict

RESULTS = "results.json"


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument(
        "run",
        type=Path,
        nargs="?",
        default=Path("runs"),
        help="a run's folder; the newest run below it (runs)",
    )
    parser.add_argument("--format", choices=("terminal", "markdown", "json"), default="terminal")


def run(options: argparse.Namespace) -> int:
    """Print the report to standard output."""
    from currc.runtime.command.spec import Unusable
    from currc.runtime.judging.results import Verdict

    file = newest(options.run)
    if file is None:
        raise Unusable(f"there is no finished run in `{options.run}`", "start one with `currc run SPEC`")
    try:
        verdict = Verdict.model_validate_json(file.read_bytes())
    except ValueError as error:
        again = "run its spec again; nothing is computed twice"
        raise Unusable(f"`{file}` holds no verdict that this version can read", again) from error
    if options.format == "markdown":
        print(markdown(verdict, file.resolve().parent))
        return 0
    from currc.runtime.command.results import show

    show(verdict, as_json=options.format == "json")
    return 0


def newest(place: Path) -> Path | None:
    """The results of a run's folder, or of the newest run below a folder; `None` if there is none."""
    if (place / RESULTS).is_file():
        return place / RESULTS
    found = sorted(place.glob(f"*/*/{RESULTS}"), key=lambda file: file.stat().st_mtime_ns)
    found = found or sorted(place.glob(f"*/{RESULTS}"), key=lambda file: file.stat().st_mtime_ns)
    return found[-1] if found else None


def markdown(verdict: Verdict, folder: Path) -> str:
    """The report as Markdown: the decision first, then the table as text."""
    from currc.runtime.reporting.table import render

    decision = verdict.decision
    kept = f" `{decision.arm}`" if decision.arm and decision.verdict == "keep arm" else ""
    head = f"**{decision.verdict}{kept}**: {decision.reason}"
    return f"## {folder.parent.name}\n\n{head}\n\n```text\n{render(verdict, 120)}```\n"
