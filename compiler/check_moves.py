"""Renames: each `moved` block, held against the names that the spec has."""

from __future__ import annotations

from collections.abc import Sequence

from currc.compiler.check_blocks import Layer, read_block
from currc.compiler.circles import circles
from currc.compiler.codes import Code
from currc.compiler.complain import a, unknown
from currc.compiler.desk import Desk
from currc.compiler.diagnostic import Label
from currc.compiler.kinds import KINDS
from currc.compiler.scope import Entry
from currc.compiler.source import Span
from currc.compiler.spec import Move
from currc.compiler.syntax import Name

NAMELESS = tuple(kind.name for kind in KINDS.values() if not kind.named)
"""Kinds whose blocks are called by their kind, which nobody can change."""


def read_moves(desk: Desk) -> None:
    """Read every `moved` block; a rename that leads nowhere, or back, is reported and left out.

    A chain (`a` to `b`, `b` to `c`) is the history of one name and fine: only its end must exist.
    """
    moves = [move for entry in desk.scope.of_kind("moved") if (move := _read(entry, desk)) is not None]
    moves = _apart(moves, desk)
    moves = _straight(moves, desk)
    gone = {move.before for move in moves}
    desk.moves = tuple(move for move in moves if _leads(move, gone, desk) and _left(move, desk))


def _read(entry: Entry, desk: Desk) -> Move | None:
    """The names that a block gives; none of its values stays on the desk."""
    address = entry.address
    if any(desk.is_lost(f"moved.{name}") for name in ("from", "to")):
        return None
    read_block(address, [Layer(entry.block, "", entry.module)], desk)
    before, after = (desk.settings.pop(f"{address}.{name}", None) for name in ("from", "to"))
    if before is None or after is None or before.span is None or after.span is None:
        return None
    return Move(before.value, after.value, before.span, after.span)


def _apart(moves: Sequence[Move], desk: Desk) -> list[Move]:
    """The renames of which no other begins or ends at the same name; of several the first stays."""
    kept: list[Move] = []
    for move in moves:
        same = next((one for one in kept if one.before == move.before or one.after == move.after), None)
        if same is None:
            kept.append(move)
        elif same.before == move.before:
            message = f"`{move.before}` is moved twice"
            label = Label(same.before_at, f"moved to `{same.after}` here")
            desk.say(Code.MOVED_TWICE, message, move.before_at, f"and to `{move.after}` here", label)
        else:
            message = f"two names are moved to `{move.after}`"
            label = Label(same.after_at, f"`{same.before}` ends here")
            desk.say(Code.MOVED_TWICE, message, move.after_at, f"`{move.before}` ends here too", label)
    return kept


def _straight(moves: Sequence[Move], desk: Desk) -> list[Move]:
    """The renames that do not lead back to where they began."""
    at = {move.before: move for move in moves}
    turning: set[str] = set()
    for ring in circles({move.before: (move.after,) for move in moves}):
        chain = " → ".join(f"`{name}`" for name in (*ring, ring[0]))
        others = tuple(Label(at[name].before_at, "by way of this") for name in ring[1:])
        message = f"renames lead back to where they began: {chain}"
        help = "leave out all but the renames that happened last"
        desk.say(Code.CYCLE, message, at[ring[0]].before_at, "this is its own new name", *others, help=help)
        turning.update(ring)
    return [move for move in moves if move.before not in turning]


def _leads(move: Move, gone: set[str], desk: Desk) -> bool:
    """Whether the new name is that of a block, or was itself moved on."""
    if move.after in gone:
        return True
    kind = _kind(move.after, desk)
    if kind is None:
        if not desk.is_lost(move.after):
            places = {address: part.span for address, part in desk.parts.items()}
            places |= {name: arm.span for name, arm in desk.arms.items()}
            named = [address for address in places if _kind(address, desk) not in NAMELESS]
            desk.complaints.add(
                unknown(
                    Code.UNKNOWN_NAME,
                    Name(move.after, move.after_at),
                    named,
                    f"`{move.before}` is moved to `{move.after}`, which does not exist",
                    places=places,
                    help="`to` is the name that a block of this spec has now",
                )
            )
        return False
    if kind in NAMELESS:
        message = f"`{move.after}` is a block without a name"
        return _unfit(move.after_at, message, "it cannot be renamed", desk)
    if kind == "stage" and "." not in move.before:
        note = f"`{move.after}` is a stage, called by its schedule and its name"
        return _unfit(move.before_at, f"no stage was ever named `{move.before}`", note, desk)
    return True


def _left(move: Move, desk: Desk) -> bool:
    """Whether the old name is free."""
    kind = _kind(move.before, desk)
    if kind is None:
        return True
    if move.before in KINDS:
        note = "no block was ever called so"
        return _unfit(move.before_at, f"`{move.before}` is the name of a kind", note, desk)
    message = f"`{move.before}` is moved to `{move.after}`, but {a(kind)} named `{move.before}` still exists"
    note, help = "`from` is a name that is gone", "rename that block, or leave this `moved` out"
    span = desk.arms[move.before].span if move.before in desk.arms else desk.parts[move.before].span
    desk.say(Code.MOVED_STAYS, message, move.before_at, note, Label(span, "it stands here"), help=help)
    return False


def _kind(address: str, desk: Desk) -> str | None:
    """The kind of the block at an address."""
    if address in desk.arms:
        return "arm"
    if address in desk.parts:
        return desk.parts[address].kind
    return address if address in KINDS else None


def _unfit(span: Span, message: str, note: str, desk: Desk) -> bool:
    desk.say(Code.MOVED_UNFIT, message, span, note)
    return False
