"""Bare words: names of blocks, and words of closed sets."""

from __future__ import annotations

from typing import Any

from currc.compiler.codes import Code
from currc.compiler.complain import a, listed, unknown
from currc.compiler.described import described
from currc.compiler.desk import Desk, Place
from currc.compiler.diagnostic import Fix, Label
from currc.compiler.kinds import KINDS
from currc.compiler.scope import Entry, inside, names
from currc.compiler.syntax import Call, Name, Path, String
from currc.compiler.value_types import Ref, Words


def bare(expr: String) -> Fix | None:
    """The fix that takes away a string's quotes, where a word is left."""
    return Fix(expr.span, expr.value, False, "take away the quotes") if expr.value.isidentifier() else None


def unquoted(expr: String, place: Place, desk: Desk) -> None:
    """Complain about a string where a bare word belongs."""
    fix = bare(expr)
    message = f"`{place.last}` is a bare word, not a string"
    desk.say(Code.WRONG_TYPE, message, expr.span, "write it without quotes", fix=fix, address=place.address)


def reference(expr: Any, type: Ref, place: Place, desk: Desk) -> str | None:
    """The root name of the block that an expression names, or one of the type's own words."""
    if isinstance(expr, String):
        unquoted(expr, place, desk)
        return None
    if not isinstance(expr, Path):
        desk.say(Code.WRONG_TYPE, f"`{place.last}` is {described(type)}", expr.span, "this is no name")
        return None
    if type.kind == "stage":
        return _stage(expr, place, desk)
    if (entry := find(expr.text, type.kind, place, desk)) is not None:
        desk.used.add(entry.address)
        return entry.address
    if expr.text in type.words:
        return expr.text
    complain_of_name(Name(expr.text, expr.span), type.kind, type.words, place, desk)
    return None


def find(name: str, kind: str, place: Place, desk: Desk) -> Entry | None:
    """The block of a kind that a name means."""
    entry = desk.scope.entry(name, place.module)
    return entry if entry is not None and entry.kind == kind else None


def _stage(expr: Path, place: Place, desk: Desk) -> str | None:
    """The address of the stage that a name means in the schedule at hand."""
    schedule, own = place.address.rsplit(".", 2)[:2]
    named = f"{schedule}.{expr.text}"
    if (found := desk.parts.get(named)) is not None and found.kind == "stage":
        return named
    if not desk.is_lost(named):
        stages = {
            address.removeprefix(f"{schedule}."): part.span
            for address, part in desk.parts.items()
            if part.kind == "stage" and address.startswith(f"{schedule}.")
        }
        stages.pop(own)
        message = f"`{schedule}` has no stage named `{expr.text}`"
        desk.complaints.add(
            unknown(Code.UNKNOWN_NAME, expr, stages, message, places=stages, address=place.address)
        )
    return None


def complain_of_name(name: Name, kind: str, words: tuple[str, ...], place: Place, desk: Desk) -> None:
    """Say that no block of the kind has this name; silent where its block could not be read."""
    address = inside(place.module, name.text)
    if desk.is_lost(address) or desk.is_lost(kind):
        return
    if (other := desk.scope.entry(name.text, place.module)) is not None:
        desk.used.add(other.address)
        message = f"`{name.text}` is {a(other.kind)}, and {a(kind)} is needed here"
        desk.say(
            Code.WRONG_KIND, message, name.span, f"this is {a(other.kind)}", Label(other.at, "declared here"),
            help=_any_named(kind, place, desk), address=place.address,
        )  # fmt: skip
        return
    same = desk.scope.of_kind(kind)
    desk.complaints.add(
        unknown(
            Code.CONTROL_UNKNOWN if place.address == "decide.control" else Code.UNKNOWN_NAME,
            name,
            (*names(same, place.module), *words),
            f"no {kind} is named `{name.text}`",
            places={entry.address: entry.at for entry in same},
            help=_any_named(kind, place, desk),
            address=place.address,
        )
    )


def _any_named(kind: str, place: Place, desk: Desk) -> str:
    known = names(desk.scope.of_kind(kind), place.module)
    if known:
        return "there is " + listed(known)
    return f"the spec has no {kind}; write one, as `{KINDS[kind].example.splitlines()[0]}`"


def word(expr: Any, type: Words, place: Place, desk: Desk) -> str | None:
    """One of a closed set of words."""
    if isinstance(expr, String):
        unquoted(expr, place, desk)
        return None
    name = expr.name if isinstance(expr, Call) else expr
    if not isinstance(name, Path | Name):
        desk.say(Code.WRONG_TYPE, f"`{place.last}` is {described(type)}", expr.span, "this is no word")
        return None
    if name.text in type.later:
        message = f"`{place.last} = {name.text}` is not in this release"
        help = f"there is {listed(type.words)}" if type.words else ""
        desk.say(Code.NOT_YET, message, name.span, "this version cannot run it", help=help)
        return None
    if name.text not in type.words:
        message = f"`{place.last}` is never `{name.text}`"
        note = "not one of the words that may stand here"
        desk.complaints.add(
            unknown(Code.UNKNOWN_WORD, name, type.words, message, note=note, address=place.address)
        )
        return None
    if isinstance(expr, Call):
        desk.say(
            Code.TOO_MANY_ARGUMENTS, f"`{name.text}` takes no arguments", expr.span, "leave out the brackets"
        )
        return None
    return name.text
