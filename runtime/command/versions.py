"""One side of a comparison: a spec, a spec as it was in a commit, or a plan file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from currc.runtime.command.spec import MOST_BYTES, Unusable, decoded, paint, read_bytes, shown

if TYPE_CHECKING:
    from currc.compiler.difference import Version
    from currc.compiler.plan import Plan

GIT = "git:"


class Side(NamedTuple):
    """A version, and the folder that its data lies under."""

    version: Version
    root: Path


def side(word: str) -> Side | None:
    """What a word of the command line names; `None` after an error in the spec was told.

    Raises:
        Unusable: It cannot be read, or is no plan of this version.
    """
    if word.startswith(GIT):
        return _committed(word)
    raw = read_bytes(Path(word))
    root = Path(word).resolve().parent
    if word.endswith(".json") or raw.lstrip()[:1] == b"{":
        from currc.compiler.difference import Version

        return Side(Version(word, plan_in(raw, word)), root)
    return _compiled(raw, word, shown(Path(word)), root, root)


def _committed(word: str) -> Side | None:
    from currc.runtime.command.git import Committed

    file = Committed(word)
    raw = file.read(MOST_BYTES)
    root = Path(file.path).resolve().parent
    if raw.lstrip()[:1] == b"{":
        from currc.compiler.difference import Version

        return Side(Version(word, plan_in(raw, word)), root)
    return _compiled(raw, word, f"{file.ref}:{file.path}", file.tree, root)


def _compiled(raw: bytes, word: str, name: str, files: object, root: Path) -> Side | None:
    """The version of a spec's text; what is wrong with it goes to standard error, warnings do not."""
    from currc.compiler.compile import compiled
    from currc.compiler.difference import Version
    from currc.runtime.vocabulary import Vocabulary

    text, broken = decoded(raw, name)
    found = compiled(text, Vocabulary(), name=name, root=files)  # type: ignore[arg-type]
    if broken is not None:
        found.complaints.add(broken)
    if found.complaints.errors or found.plan is None:
        paint(found.complaints.errors, "full", sys.stderr)
        return None
    return Side(Version(word, found.plan, found.spec), root)


def plan_in(raw: bytes, name: str) -> Plan:
    """The plan that a file of `currc plan --out` holds.

    Raises:
        Unusable: It holds no plan that this version reads.
    """
    from pydantic import ValidationError

    from currc.compiler.plan import Plan

    try:
        return Plan.model_validate_json(raw)
    except ValidationError as invalid:
        first = invalid.errors(include_url=False)[0]
        at = ".".join(str(part) for part in first["loc"]) or "the whole file"
        reason = f"`{name}` is no plan of this version of currc: `{at}` does not fit"
        raise Unusable(reason, "write it with `currc plan SPEC --out FILE`") from invalid
