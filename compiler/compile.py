"""Text to plan: parse, resolve, check, lower."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from currc.compiler.check import check
from currc.compiler.diagnostic import Complaints, Enough
from currc.compiler.imports import gather
from currc.compiler.parse import parse, unreadable
from currc.compiler.record import Record
from currc.compiler.resolve import resolve
from currc.compiler.scope import Scope
from currc.compiler.source import Source
from currc.compiler.spec import Spec
from currc.compiler.syntax import File
from currc.compiler.words import Vocabulary

if TYPE_CHECKING:
    from currc.compiler.files import Files
    from currc.compiler.plan import Plan


class Compilation(NamedTuple):
    """All that came of a spec; `plan` is `None` where an error forbids it."""

    plan: Plan | None
    spec: Spec
    complaints: Complaints


class Reading(Record):
    """All that is known of a spec short of its plan, as far as it could be read."""

    file: File
    modules: Mapping[str, File]
    """The used files by the name they are used under."""
    scope: Scope
    spec: Spec
    complaints: Complaints


def examine(
    text: str,
    vocabulary: Vocabulary,
    *,
    name: str = "<text>",
    root: Files | Path | None = None,
) -> Reading:
    """Everything short of the plan. Never raises for a user's mistake.

    `root` is the folder of the spec, which `use` may not leave, or what stands for it; without it
    nothing can be used.
    """
    complaints = Complaints()
    source = Source(name, text)
    try:
        file = parse(source, complaints)
        modules = gather(file, root, complaints)
        scope = resolve(file, complaints, modules)
        return Reading(file, modules, scope, check(file, scope, vocabulary, complaints), complaints)
    except Enough:
        file, quiet = unreadable(source), Complaints(patient=True)
        scope = resolve(file, quiet)
        return Reading(file, {}, scope, check(file, scope, vocabulary, quiet), complaints)


def analyse(
    text: str, vocabulary: Vocabulary, *, name: str = "<text>", root: Files | Path | None = None
) -> tuple[Spec, Complaints]:
    """What `currc check` needs: the typed spec, and everything that is wrong with it."""
    found = examine(text, vocabulary, name=name, root=root)
    return found.spec, found.complaints


def compiled(
    text: str, vocabulary: Vocabulary, *, name: str = "<text>", root: Files | Path | None = None
) -> Compilation:
    """The plan with the spec it came from and the warnings on the way."""
    from currc.compiler.lower import lower  # the plan's classes are not needed to check

    spec, complaints = analyse(text, vocabulary, name=name, root=root)
    return Compilation(None if complaints.errors else lower(spec), spec, complaints)


def compile_text(
    text: str, vocabulary: Vocabulary, *, name: str = "<text>", root: Files | Path | None = None
) -> Plan:
    """The plan of a spec; raises `CompileError` with every complaint found."""
    plan, _, complaints = compiled(text, vocabulary, name=name, root=root)
    complaints.raise_if_any()
    assert plan is not None
    return plan


def compile_file(path: Path, vocabulary: Vocabulary) -> Plan:
    """The plan of a spec in a file; `use` stays under the file's folder.

    Raises:
        CompileError: The spec has an error.
        OSError: The file cannot be read.
        UnicodeDecodeError: It is no UTF-8 text.
    """
    return compile_text(path.read_text(encoding="utf-8"), vocabulary, name=str(path), root=path.parent)
