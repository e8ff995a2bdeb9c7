"""How commands read a spec, and how they say that they cannot go on."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from currc.compiler.compile import Compilation
    from currc.compiler.plan import Plan


def compilation(path: Path) -> Compilation:
    """Everything the compiler makes of a spec; no user's mistake raises but an unreadable file.

    Raises:
        OSError: The file cannot be read.
    """
    from currc.compiler.compile import compiled
    from currc.runtime.vocabulary import Vocabulary

    return compiled(text_of(path), Vocabulary(), name=shown(path), root=path.resolve().parent)


def text_of(path: Path) -> str:
    """The text of a spec; `-` is standard input. Bytes that are no UTF-8 become U+FFFD, which is a complaint."""
    if str(path) == "-":
        return sys.stdin.buffer.read().decode("utf-8", errors="replace")
    return path.read_bytes().decode("utf-8", errors="replace")


def shown(path: Path) -> str:
    """A file's name as messages show it."""
    return "<stdin>" if str(path) == "-" else str(path)


def opened(path: Path) -> Plan | None:
    """The plan of a spec; its complaints go to standard error. `None` where an error forbids a plan."""
    found = compilation(path)
    if len(found.complaints):
        tell(tuple(found.complaints), sys.stderr.isatty())
    return found.plan


def tell(diagnostics: tuple, colour: bool) -> None:  # type: ignore[type-arg]
    """Print diagnostics to standard error."""
    from currc.compiler.render import full

    print(full(diagnostics), file=sys.stderr)


def refused(problem: Exception) -> int:
    """Say why a command cannot go on, in one place for all; returns its exit code.

    Raises:
        Exception: `problem` itself, where it is nobody's mistake but ours.
    """
    code = getattr(problem, "exit_code", None)
    if code is None and type(problem).__name__ in ("CannotWrite", "Locked"):
        code = 73
    if code is None:
        raise problem
    print(said(problem), file=sys.stderr)
    return int(code)


def said(problem: Exception) -> str:
    """A failure in the anatomy of a diagnostic: code, message, place, help."""
    mark = getattr(problem, "code", None)
    head = f"error[{mark.value}]" if mark is not None and hasattr(mark, "value") else "error"
    lines = [f"{head}: {getattr(problem, 'message', problem)}"]
    if place := getattr(problem, "place", ""):
        lines.append(f"  --> {place}")
    if help := getattr(problem, "help", ""):
        lines.append(f"   = help: {help}")
    return "\n".join(lines)
