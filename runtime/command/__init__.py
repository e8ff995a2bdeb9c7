"""`currc`: one file a command; a command's module is imported when it is called.

Nothing here imports a third party, so `--help` costs little more than Python itself.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module

COMMANDS = {
    "check": "every mistake in a spec, each with its place and the way out",
    "explain": "what a word, an attribute, an address or a code means",
    "fmt": "the canonical text of a spec",
    "plan": "what a run would do: arms, stages, shares, cost, smallest effect it can show",
    "report": "the table and the verdict of a finished run",
    "run": "carry the plan out: live progress, then the comparison and the verdict",
}
"""Every command with its one line of help."""

FINE, FINDINGS, USAGE, BAD_DATA, UNAVAILABLE, OURS, CANNOT_WRITE, STOPPED, INTERRUPTED = (
    0, 1, 2, 65, 69, 70, 73, 75, 130,
)  # fmt: skip
"""Exit codes (language.md, section 9)."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    name = words[0] if words else "--help"
    if name in ("-h", "--help", "help"):
        print(_overview())
        return FINE
    if name in ("-V", "--version"):
        print(f"currc {version()}")
        return FINE
    if name not in COMMANDS:
        print(_unknown(name), file=sys.stderr)
        return USAGE
    command = import_module(f"currc.runtime.command.{name}")
    parser = argparse.ArgumentParser(prog=f"currc {name}", description=COMMANDS[name])
    command.arguments(parser)
    return _guarded(command.run, parser.parse_args(words[1:]))


def _guarded(run: object, options: argparse.Namespace) -> int:
    """Run a command; a closed pipe and Ctrl-C end it without a traceback."""
    try:
        return int(run(options))  # type: ignore[operator]
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FINE
    except KeyboardInterrupt:
        print("currc: stopped; run the same command again to go on", file=sys.stderr)
        return INTERRUPTED
    except OSError as problem:
        if problem.filename is None and problem.errno is None:
            raise
        place = f"{problem.filename}: " if problem.filename else ""
        print(f"currc: {place}{(problem.strerror or str(problem)).lower()}", file=sys.stderr)
        return USAGE if isinstance(problem, FileNotFoundError | IsADirectoryError) else CANNOT_WRITE


def version() -> str:
    """The installed version of currc."""
    from importlib.metadata import version as installed

    return installed("currc")


def _overview() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name.ljust(width)}  {line}" for name, line in COMMANDS.items()]
    return "\n".join(
        [
            "usage: currc COMMAND ...",
            "",
            "A compiler for training curricula: from a .curr file to an honest verdict.",
            "",
            *lines,
            "",
            "`currc COMMAND --help` tells more. Start with: currc run curricula/quickstart.curr",
        ]
    )


def _unknown(name: str) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, COMMANDS, n=1)
    hint = f"; did you mean `{close[0]}`?" if close else ""
    return f"currc: there is no command `{name}`{hint}\ncurrc --help lists them"
