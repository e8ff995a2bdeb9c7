"""One side of a comparison: a spec, a spec as it was in a commit, or a plan file."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from currc.runtime.command.spec import MOST_BYTES, Unusable, around, decoded, paint, read_bytes, shown

if TYPE_CHECKING:
    from currc.compiler.difference import Version
    from currc.compiler.plan import Plan

GIT = "git:"
SPREAD = ("mix", "weights", "combine")


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
    return _compiled(raw, word, shown(Path(word)), around(Path(word)), root)


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
        found.complaints.keep(broken)
    if found.complaints.errors or found.plan is None:
        paint(found.complaints.errors, "full", sys.stderr)
        return None
    return Side(Version(word, found.plan, found.spec), root)


def plan_in(raw: bytes, name: str) -> Plan:
    """The plan that a file of `currc plan --out` holds, with no name or word that a spec could not have.

    Raises:
        Unusable: It holds no plan that this version reads.
    """
    from pydantic import ValidationError

    from currc.compiler.plan import Plan

    help = "write it with `currc plan SPEC --out FILE`"
    try:
        plan = Plan.model_validate_json(raw)
    except ValidationError as invalid:
        first = invalid.errors(include_url=False)[0]
        at = ".".join(str(part) for part in first["loc"]) or "the whole file"
        reason = f"`{name}` is no plan of this version of currc: `{at}` does not fit"
        raise Unusable(reason, help) from invalid
    for strange in _strange_names(plan):
        raise Unusable(f"`{name}` holds a name that no spec can give: {strange!r}", help)
    for slot, word in _unknown_words(plan):
        raise Unusable(f"`{name}` uses the {slot} {word!r}, which this version of currc does not have", help)
    return plan


NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*([.~][A-Za-z_][A-Za-z0-9_]*)*", re.ASCII)


def _strange_names(plan: Plan) -> Iterator[str]:
    """Names of a plan that somebody made up by hand: reports show them as they are."""
    named = {*plan.sources, *plan.moved, *plan.moved.values()}
    for arm in plan.arms:
        named |= {arm.name, arm.of or arm.name, arm.parent or arm.name, *arm.factors, *arm.tasks}
        named |= {segment.stage for segment in arm.schedule.segments}
    if plan.decide is not None:
        named |= {plan.decide.control, *(part.task for part in plan.decide.metric.parts)}
        named |= {*plan.decide.waived, *(one.metric.task for one in plan.decide.protect)}
    yield from sorted(name for name in named if not NAME.fullmatch(name))


def _unknown_words(plan: Plan) -> Iterator[tuple[str, str]]:
    """Words, with their parameters, that this version cannot make anything of."""
    from pydantic import ValidationError

    from currc.runtime.vocabulary import Vocabulary

    for arm in plan.arms:
        found = [(slot, getattr(arm.schedule, slot)) for slot in ("order", "pacing", "retire")]
        found += [
            (slot, getattr(arm.train, slot)) for slot in ("lr_schedule", "optimizer", "example_weights")
        ]
        found += [(slot, getattr(one, slot)) for one in arm.schedule.segments for slot in SPREAD]
        found += [("score", arm.schedule.by.score)] if arm.schedule.by is not None else []
        for slot, method in found:
            try:
                Vocabulary().build(slot, method)
            except (KeyError, ValidationError):
                yield slot, method.word
