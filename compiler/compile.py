"""Text to plan: parse, resolve, check, lower."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from currc.compiler.check import check
from currc.compiler.diagnostic import Complaints
from currc.compiler.imports import gather
from currc.compiler.parse import parse
from currc.compiler.resolve import resolve
from currc.compiler.source import Source
from currc.compiler.spec import Spec
from currc.compiler.words import Vocabulary

if TYPE_CHECKING:
    from currc.compiler.plan import Plan


class Compilation(NamedTuple):
    """All that came of a spec; `plan` is `None` where an error forbids it."""

    plan: Plan | None
    spec: Spec
    complaints: Complaints


def analyse(
    text: str, vocabulary: Vocabulary, *, name: str = "<text>", root: Path | None = None
) -> tuple[Spec, Complaints]:
    """Everything short of the plan: what `currc check` needs. Never raises for a user's mistake.

    `root` is the folder of the spec, which `use` may not leave; without it nothing can be used.
    """
    complaints = Complaints()
    file = parse(Source(name, text), complaints)
    modules = gather(file, root, complaints)
    scope = resolve(file, complaints, modules)
    return check(file, scope, vocabulary, complaints), complaints


def compiled(
    text: str, vocabulary: Vocabulary, *, name: str = "<text>", root: Path | None = None
) -> Compilation:
    """The plan with the spec it came from and the warnings on the way."""
    from currc.compiler.lower import lower  # the plan's classes are not needed to check

    spec, complaints = analyse(text, vocabulary, name=name, root=root)
    return Compilation(None if complaints.errors else lower(spec), spec, complaints)


def compile_text(
    text: str, vocabulary: Vocabulary, *, name: str = "<text>", root: Path | None = None
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
