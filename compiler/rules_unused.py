"""Names that nothing refers to: text that changes no plan."""

from __future__ import annotations

from currc.compiler.codes import Code
from currc.compiler.desk import Desk
from currc.compiler.spec import Spec

IDLE_KINDS = ("source", "difficulty", "schedule", "group")
"""Kinds that do nothing until something refers to them."""


def unused(spec: Spec, desk: Desk) -> None:
    """Blocks and constants of the spec that nothing uses; a used file may hold more than is needed."""
    if desk.complaints.errors:  # what uses it may be what could not be read
        return
    parents = set(desk.scope.parents.values())
    for kind in IDLE_KINDS:
        for entry in desk.scope.of_kind(kind):
            if entry.module or entry.address in desk.used | parents or desk.is_lost(entry.address):
                continue
            message = f"nothing uses the {kind} `{entry.address}`"
            desk.say(
                Code.UNUSED_NAME, message, entry.at, "this changes no plan", help="use it, or leave it out"
            )
    for constant in desk.scope.constants.values():
        if not constant.module and constant.address not in desk.used:
            message = f"nothing uses the constant `{constant.address}`"
            desk.say(Code.UNUSED_CONSTANT, message, constant.const.name.span, "this changes no plan")
