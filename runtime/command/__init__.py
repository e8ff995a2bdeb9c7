"""`currc`: one file a command; a command's module is imported when it is called.

Nothing here imports a third party, so `--help` costs little more than Python itself.
"""

from __future__ import annotations

import gc
import os
import sys
from io import TextIOWrapper

TYPE_CHECKING = False  # importing typing takes 5 ms; mypy knows the name
if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Sequence

COMMANDS = {
    "check": "every mistake in a spec, each with its place and the way out",
    "diff": "what a change does to training, and whether numbers stay comparable",
    "explain": "what a word, an attribute, an address or a code means",
    "fmt": "the canonical text of a spec",
    "init": "a working spec with sample data, and with --ci a workflow for pull requests",
    "lock": "pin the data and the model that a spec reads, for `run --locked`",
    "lsp": "the language server, for an editor to start",
    "plan": "what a run would do: arms, stages, shares, cost, smallest effect it can show",
    "report": "the table and the verdict of a finished run",
    "run": "carry the plan out: live progress, then the comparison and the verdict",
    "schema": "the plan and the language for other programs: JSON, or the reference as Markdown",
    "score": "what the scores of difficulty see: their spread, their agreement, easiest and hardest rows",
    "search": "fixed shares of the tasks, found on short trainings: regmix, mixing_law, doremi, doge",
    "show": "a spec with every name resolved and every default written out",
}
"""Every command with its one line of help."""

LIGHT = frozenset({"check", "explain", "fmt", "plan", "schema"})
"""Commands that end too soon for a search of unreachable objects, a tenth of their time, to pay."""

FINE, FINDINGS, USAGE, BAD_DATA, UNAVAILABLE, OURS, CANNOT_WRITE, STOPPED, INTERRUPTED = (
    0, 1, 2, 65, 69, 70, 73, 75, 130,
)  # fmt: skip
"""Exit codes (language.md, section 9)."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; whatever goes wrong is said on standard error.

    A user's mistake is a message without a traceback; a mistake of ours keeps its own and gives 70.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    # Plug-ins of Pydantic's are code that nobody asked for; to look for them takes as long as Python's start.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    _speak_utf8()
    try:
        code = _dispatch(words)
    except SystemExit as left:  # argparse has said what it had to say
        code = left.code if isinstance(left.code, int) else USAGE
    except BrokenPipeError:
        code = CANNOT_WRITE
    except KeyboardInterrupt:
        print("currc: stopped by Ctrl-C", file=sys.stderr)
        code = INTERRUPTED
    except Exception as problem:
        from currc.runtime.command.spec import refused

        code = refused(problem)
    return _flushed(code)


def _dispatch(words: list[str]) -> int:
    """Find the command and run it."""
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
    from importlib import import_module

    collects = gc.isenabled()
    if name in LIGHT:
        gc.disable()
    try:
        command = import_module(f"currc.runtime.command.{name}")
        parser = _parser(name)
        command.arguments(parser)
        return int(command.run(parser.parse_args(words[1:])))
    finally:
        if collects:
            gc.enable()


def _parser(name: str) -> ArgumentParser:
    """The parser of a command's words.

    The width is passed because argparse would import shutil, and with it three compressors,
    to find it out, for each argument that is added.
    """
    from argparse import ArgumentParser, HelpFormatter

    width = _columns() - 2
    return ArgumentParser(
        prog=f"currc {name}",
        description=COMMANDS[name],
        formatter_class=lambda prog: HelpFormatter(prog, width=width),
    )


def _columns() -> int:
    """Columns of the terminal; 80 where there is none."""
    asked = os.environ.get("COLUMNS", "")
    try:
        return int(asked) if asked.isdecimal() and int(asked) else os.get_terminal_size().columns or 80
    except OSError:
        return 80


def _speak_utf8() -> None:
    """Specs and JSON are UTF-8 whatever the locale; half a character in a file's name ends no command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def _flushed(code: int) -> int:
    """Write out what standard output still holds; a reader that has left is no failure, a full disk is."""
    try:
        sys.stdout.flush()
    except OSError as problem:
        if not isinstance(problem, BrokenPipeError):
            print(f"error: cannot write to standard output: {problem.strerror}", file=sys.stderr)
            code = CANNOT_WRITE
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return code


def version() -> str:
    """The version of currc."""
    from currc.compiler import __version__

    return __version__


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
