"""How commands read a spec, and how they say that they cannot go on."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from types import MappingProxyType

TYPE_CHECKING = False  # importing typing takes 5 ms; mypy knows the name
if TYPE_CHECKING:
    from typing import TextIO

    from currc.compiler.compile import Compilation
    from currc.compiler.diagnostic import Complaints, Diagnostic
    from currc.compiler.files import Folder
    from currc.compiler.plan import Plan

STYLES = MappingProxyType(
    {
        "error": "bold red",
        "warning": "bold yellow",
        "title": "bold",
        "gutter": "blue",
        "primary": "red",
        "secondary": "blue",
        "note": "cyan",
        "": "",
    }
)
"""How the parts of a diagnostic look on a terminal."""

NO_MORE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})
"""Errors of a stream that takes no more."""

MOST_BYTES = 4_000_000
"""Of a spec that are read; the compiler refuses one of a million characters."""


class Unusable(Exception):
    """A command line that names something which is not there; exit code 2."""

    exit_code = 2

    def __init__(self, message: str, help: str = "", place: str = "") -> None:
        super().__init__(message)
        self.help = help
        self.place = place


def compilation(path: Path) -> Compilation:
    """Everything the compiler makes of a spec; no user's mistake raises but an unreadable file.

    Raises:
        Unusable: The file cannot be read.
    """
    from currc.compiler.compile import compiled
    from currc.runtime.vocabulary import Vocabulary

    text, broken = text_of(path)
    found = compiled(text, Vocabulary(), name=shown(path), root=around(path))
    if broken is None:
        return found
    found.complaints.keep(broken)
    return found._replace(plan=None)


def complaints_of(path: Path) -> Complaints:
    """Every complaint about a spec, without making its plan; remembered while nothing changes.

    Raises:
        Unusable: The file cannot be read.
    """
    from currc.runtime.command.remembered import Question

    text, broken = text_of(path)
    question = Question(text, shown(path), path.resolve().parent, way_to(path))
    if broken is None and (known := question.answer()) is not None:
        return known
    from currc.compiler.compile import examine
    from currc.compiler.diagnostic import MOST_KEPT
    from currc.runtime.vocabulary import Vocabulary

    reading = examine(text, Vocabulary(), name=shown(path), root=around(path))
    if broken is not None:
        reading.complaints.keep(broken)
    elif str(path) != "-" and len(reading.complaints) < MOST_KEPT:  # beyond, not all files were read
        question.keep(reading)
    return reading.complaints


def text_of(path: Path) -> tuple[str, Diagnostic | None]:
    """The text of a spec, and the complaint if it is no UTF-8; `-` is standard input.

    Raises:
        Unusable: The file cannot be read.
    """
    return decoded(read_bytes(path), shown(path))


def read_bytes(path: Path) -> bytes:
    """A file's bytes, as many as are looked at; `-` is standard input.

    Raises:
        Unusable: The file cannot be read.
    """
    try:
        if str(path) == "-":
            return sys.stdin.buffer.read(MOST_BYTES + 1)
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise Unusable(f"cannot read `{shown(path)}`: {reason}", _beside(path)) from error


def decoded(found: bytes, name: str) -> tuple[str, Diagnostic | None]:
    """The text that some bytes are, and the complaint if they are no UTF-8.

    Bytes that are no UTF-8 become U+FFFD, so that the rest can be read all the same.
    """
    try:
        return found.decode("utf-8"), None
    except UnicodeDecodeError as error:
        text = found.decode("utf-8", errors="replace")
        return text, _not_utf8(name, text, len(found[: error.start].decode("utf-8")))


def _not_utf8(name: str, text: str, start: int) -> Diagnostic:
    """The complaint about the first bytes that are no UTF-8, shown as the character at `start`."""
    from currc.compiler.codes import Code
    from currc.compiler.diagnostic import Diagnostic, Label
    from currc.compiler.source import Source, Span

    label = Label(Span(Source(name, text), start, start + 1), "these bytes are no character")
    return Diagnostic(Code.NOT_UTF8, "the spec is not UTF-8 text", label, help="save it as UTF-8")


def _beside(path: Path) -> str:
    """The specs that may have been meant, as a question; empty where none is near."""
    from currc.compiler.suggest import suggest

    folder = path if path.is_dir() else path.parent
    names = [file.name for file in folder.glob("*.curr")] if folder.is_dir() else []
    if path.is_dir():
        return f"name a spec in it, as {folder / min(names)}" if names else ""
    found = suggest(path.name, names)
    return f"did you mean {' or '.join(f'`{folder / name}`' for name in found)}?" if found else ""


def shown(path: Path) -> str:
    """A file's name as messages show it."""
    return "<stdin>" if str(path) == "-" else str(path)


def way_to(path: Path) -> str:
    """What stands before the name of a spec, and so before those of the files beside it, to open them."""
    place = path.resolve() if path.is_symlink() else path
    return str(place).removesuffix(place.name)


def around(path: Path) -> Folder:
    """The folder of a spec, out of which it may use files."""
    from currc.compiler.files import Folder

    return Folder(path.resolve().parent, before=way_to(path))


def rewrite(path: Path, text: str) -> None:
    """Replace a spec's text in one step; the file keeps the mode it had."""
    from currc.runtime.engine import writer

    target = path.resolve()
    mode = target.stat().st_mode & 0o7777
    writer.write_bytes(target, text.encode("utf-8"))
    target.chmod(mode)


def opened(path: Path) -> Plan | None:
    """The plan of a spec; its complaints go to standard error. `None` where an error forbids a plan."""
    found = compilation(path)
    if len(found.complaints):
        paint(found.complaints, "full", sys.stderr)
    return found.plan


def paint(diagnostics: Iterable[Diagnostic], form: str, stream: TextIO) -> None:
    """Write diagnostics to a stream: `full` or `concise`; coloured where the stream is a terminal."""
    if not (found := tuple(diagnostics)):
        return
    from currc.compiler import render

    if form == "concise":
        stream.write(render.concise(found))
        return
    if not stream.isatty() or "NO_COLOR" in os.environ:
        stream.write(render.full(found))
        return
    from rich.console import Console
    from rich.text import Text

    text = Text.assemble(*((piece, STYLES[style]) for piece, style in render.pieces(found)))
    Console(file=stream, highlight=False, soft_wrap=True).print(text, end="")


def refused(problem: Exception) -> int:
    """Say why a command cannot go on, in one place for all; returns its exit code.

    An exception with an `exit_code` is somebody's to solve and is said in a few lines; any
    other is our mistake, whose traceback is what we need to find it.
    """
    code = getattr(problem, "exit_code", None)
    if code is not None:
        print(said(problem), file=sys.stderr)
        return int(code)
    if isinstance(problem, OSError) and problem.filename is None and problem.errno in NO_MORE:
        print(f"error: cannot write to standard output: {problem.strerror}", file=sys.stderr)
        return 73
    import traceback

    traceback.print_exception(problem)
    print(
        "error: this is a mistake in currc, not in your spec; please report the lines above", file=sys.stderr
    )
    return 70


def said(problem: Exception) -> str:
    """A failure in the anatomy of a diagnostic: code, message, place, help.

    It may name files, and whoever made a folder chose the names in it.
    """
    from currc.compiler.show_line import visible

    mark = getattr(problem, "code", None)
    head = f"error[{mark.value}]" if mark is not None and hasattr(mark, "value") else "error"
    lines = [f"{head}: {getattr(problem, 'message', problem)}"]
    if place := getattr(problem, "place", ""):
        lines.append(f"  --> {place}")
    if help := getattr(problem, "help", ""):
        lines.append(f"   = help: {help}")
    return "\n".join(visible(line) for line in "\n".join(lines).split("\n"))
