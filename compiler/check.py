"""Pass 3: give every value its type and origin, and hold the experiment to the rules of fairness."""

from __future__ import annotations

from types import MappingProxyType

from currc.compiler.check_arms import read_arms
from currc.compiler.check_blocks import ORDER, read_blocks
from currc.compiler.check_moves import read_moves
from currc.compiler.check_size import within_reason
from currc.compiler.desk import Desk
from currc.compiler.diagnostic import Complaints
from currc.compiler.rules import RULES
from currc.compiler.scope import Scope
from currc.compiler.spec import Spec, lessons_of
from currc.compiler.syntax import File
from currc.compiler.words import Vocabulary


def check(file: File, scope: Scope, vocabulary: Vocabulary, complaints: Complaints) -> Spec:
    """The spec as far as it could be read; only one without an error among the complaints can be lowered.

    An address that was complained about is left out, and the rules say nothing about it.
    """
    desk = Desk(scope, vocabulary, complaints)
    for kind in ORDER:
        read_blocks(kind, desk)
    within_reason(desk)
    read_arms(desk)
    read_blocks("decide", desk)
    read_moves(desk)
    spec = Spec(
        edition=scope.edition,
        parts=MappingProxyType(desk.parts),
        lessons=lessons_of(desk.parts),
        settings=MappingProxyType(desk.settings),
        arms=MappingProxyType(desk.arms),
        moves=desk.moves,
        at=scope.end,
    )
    for rule in RULES:
        rule(spec, desk)
    return spec
