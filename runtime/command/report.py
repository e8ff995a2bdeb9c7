"""`currc report`: the table and the verdict of a finished run, as text, Markdown, a page or JSON."""

from __future__ import annotations

import argparse
import sys
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
    parser.add_argument(
        "--format",
        choices=("terminal", "markdown", "html", "json"),
        default="terminal",
        help="html: one page without scripts or network, as `run` leaves it in report.html",
    )
    parser.add_argument(
        "--stream", action="store_true", help="also draw what came when: each arm's mix and open rows"
    )


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
    folder = file.resolve().parent
    if options.format == "markdown":
        print(markdown(verdict, folder))
        return 0
    if options.format == "html":
        from currc.runtime.command.results import as_page

        sys.stdout.write(as_page(verdict, folder))
        return 0
    from currc.runtime.command.results import show

    show(verdict, as_json=options.format == "json")
    if options.stream and options.format == "terminal":
        print("\n".join(["", *_stream(verdict)]))
    return 0


def _stream(verdict: Verdict) -> list[str]:
    """The picture of what came when, or why there is none."""
    from currc.runtime.reporting.realised import realised

    if not any(arm.stream for arm in verdict.arms):
        return ["stream  not known: the trials are of a version that did not log it"]
    return realised(verdict) or ["stream  every arm drew one mix, from all of its rows, all along"]


def newest(place: Path) -> Path | None:
    """The results of a run's folder, or of the newest run below a folder; `None` if there is none."""
    if (place / RESULTS).is_file():
        return place / RESULTS
    found = sorted(place.glob(f"*/*/{RESULTS}"), key=lambda file: file.stat().st_mtime_ns)
    found = found or sorted(place.glob(f"*/{RESULTS}"), key=lambda file: file.stat().st_mtime_ns)
    return found[-1] if found else None


def markdown(verdict: Verdict, folder: Path) -> str:
    """The report as Markdown: the decision first, then the table and what came when as text."""
    from currc.compiler.markdown import fenced
    from currc.runtime.reporting.realised import realised
    from currc.runtime.reporting.table import render

    decision = verdict.decision
    kept = f" `{decision.arm}`" if decision.arm and decision.verdict == "keep arm" else ""
    head = f"**{decision.verdict}{kept}**: {decision.reason}"
    text = "\n".join([render(verdict, 120), *realised(verdict)])
    return f"## {folder.parent.name}\n\n{head}\n\n{fenced(text)}"
