"""How large a spec may grow: every arm meets every block, in the rules and in the plan."""

from __future__ import annotations

from currc.compiler.codes import Code
from currc.compiler.desk import Desk
from currc.compiler.diagnostic import Enough

MOST_MEETINGS = 50_000
"""Arms times blocks: a hundred arms of five hundred blocks."""


def within_reason(desk: Desk) -> None:
    """Complain about arms and blocks that multiply beyond all bounds, and look no further then.

    Raises:
        Enough: They do.
    """
    arms = desk.scope.of_kind("arm")
    if len(arms) * len(desk.parts) <= MOST_MEETINGS:
        return
    message = f"{len(arms):_} arms and {len(desk.parts):_} blocks are more than one spec can compare"
    note = f"arms times blocks are at most {MOST_MEETINGS:_}"
    help = "write several specs, and what they share into a file for `use`"
    desk.say(Code.TOO_LARGE, message, arms[0].at, note, help=help)
    raise Enough
