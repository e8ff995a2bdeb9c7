"""Random trees of the grammar: printed in any layout, they are read as they were drawn."""

from __future__ import annotations

from random import Random

import attack
import pytest
from trees import Trees, shape

from currc.compiler.diagnostic import Complaints
from currc.compiler.parse import parse
from currc.compiler.source import Source


def read_back(seed: int, specs: int) -> None:
    """Print and parse so many trees."""
    drawn = Trees(Random(seed))
    for _ in range(specs):
        text, tree = drawn.spec()
        complaints = Complaints()
        found = shape(parse(Source("t.curr", text), complaints))
        assert (found, list(complaints)) == (tree, []), text


def test_trees_are_read_as_they_were_drawn() -> None:
    read_back(2026, 80_000)


@pytest.mark.nightly
def test_trees_of_a_night() -> None:
    seed, times = attack.night()
    read_back(seed, 80_000 * times)
