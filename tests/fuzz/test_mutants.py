"""Damaged specs: whatever the text, the answer is complaints or a plan, and never takes long.

122,500 specs at each push. What they go through is chosen by what it costs: 115,000 are read (lexer,
parser and its recovery, where the text is still wild), 4,000 laid out if they can be read, and 3,500
compiled as far as their mistakes allow, with the complaints rendered and their safe fixes applied.
A find is made small: put it into `golden/bad`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

import attack
import mutants
import pytest

Work = Callable[[str], None]

LEVELS = [
    pytest.param(attack.read, "lines", 90_000, id="lines read"),
    pytest.param(attack.read, "block", 25_000, id="block read"),
    pytest.param(attack.lay_out, "block", 4_000, id="block laid out"),
    pytest.param(attack.settle, "blocks", 3_000, id="blocks compiled"),
    pytest.param(attack.settle, "whole", 500, id="whole spec compiled"),
]


def stream(seed: int, base: str) -> Iterator[str]:
    """Endless mutants of a kind of base text."""
    draw, make = Random(f"{seed} {base}"), getattr(mutants, base)
    while True:
        yield mutants.mutant(draw, make)


@pytest.mark.parametrize(("work", "base", "specs"), LEVELS)
def test_damage(work: Work, base: str, specs: int) -> None:
    attack.survives(work, stream(2026, base), specs)


@pytest.mark.nightly
@pytest.mark.parametrize(("work", "base", "specs"), LEVELS)
def test_damage_of_a_night(work: Work, base: str, specs: int) -> None:
    seed, times = attack.night()
    attack.survives(work, stream(seed, base), specs * times)
