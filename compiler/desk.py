"""What one check of a spec works on: the scope and vocabulary it reads, and what it has found so far."""

from __future__ import annotations

from typing import Any

from currc.compiler.codes import Code
from currc.compiler.diagnostic import Complaints, Diagnostic, Enough, Fix, Label
from currc.compiler.record import Record
from currc.compiler.scope import Constant, Scope
from currc.compiler.source import Span
from currc.compiler.spec import Arm, Move, Origin, Part, Setting
from currc.compiler.words import Vocabulary

MOST_READS = 50_000
"""Values that one spec may hold after constants are put in; a stranger's spec cannot grow beyond."""
DEEPEST = 60
"""Constants and calls within each other."""


class Place(Record):
    """The address that a value is read for, and the file whose names it uses."""

    address: str
    module: str = ""
    depth: int = 0

    @property
    def last(self) -> str:
        """The attribute's own name."""
        return self.address.rsplit(".", 1)[-1]

    def deeper(self, module: str) -> Place:
        """The same place, one constant or call further in."""
        return Place(self.address, module, self.depth + 1)


class Desk:
    """Grows while blocks are read; handed on from rule to rule, and never outlives the check.

    `lost` are addresses whose value was complained about: nobody demands or judges them.
    `used` are blocks and constants that something refers to; `trail` holds the constants
    met while the value at hand is read.
    """

    def __init__(self, scope: Scope, vocabulary: Vocabulary, complaints: Complaints) -> None:
        self.scope, self.vocabulary, self.complaints = scope, vocabulary, complaints
        self.parts: dict[str, Part] = {}
        self.settings: dict[str, Setting] = {}
        self.arms: dict[str, Arm] = {}
        self.moves: tuple[Move, ...] = ()
        self.lost: set[str] = set()
        self.used: set[str] = set()
        self.trail: list[Origin] = []
        self.reads = 0

    def say(
        self,
        code: Code,
        message: str,
        span: Span,
        note: str,
        *others: Label,
        help: str = "",
        fix: Fix | None = None,
        address: str = "",
    ) -> None:
        """Add a complaint."""
        self.complaints.add(Diagnostic(code, message, Label(span, note), others, help, fix, address))

    def spend(self, span: Span, depth: int) -> bool:
        """Whether one more value may be read; complains when a spec grows beyond all bounds."""
        self.reads += 1
        if self.reads <= MOST_READS and depth <= DEEPEST:
            return True
        self.say(
            Code.TOO_DEEP,
            "this value is too large",
            span,
            f"constants and calls are nested more than {DEEPEST} deep, or grow beyond {MOST_READS:_} values",
        )
        if self.reads > MOST_READS:
            raise Enough
        return False

    def through(self, constant: Constant, place: Place) -> tuple[Any, Place]:
        """The value of a constant and the place to read it at; the constant is on the trail from now on."""
        self.used.add(constant.address)
        self.trail.append(Origin("constant", constant.address, constant.const.span))
        return constant.const.value, place.deeper(constant.module)

    def lose(self, address: str) -> None:
        """Forget an address that was complained about."""
        self.lost.add(address)
        self.settings.pop(address, None)

    def is_lost(self, address: str) -> bool:
        """Whether an address, or one above it, was complained about."""
        if not self.lost and not self.scope.poisoned:
            return False
        names = address.split(".")
        above = (".".join(names[:end]) for end in range(1, len(names) + 1))
        return self.scope.lost(address) or any(name in self.lost for name in above)
