"""Any layout of a spec becomes the one layout: no comment is lost, no meaning changes, twice is once."""

from __future__ import annotations

from random import Random

import attack
import pytest
from experiments import Experiment
from test_format import comments, untidy
from trees import Trees, shape

from currc.compiler.compile import compile_text
from currc.compiler.diagnostic import Complaints
from currc.compiler.format import format_text
from currc.compiler.parse import parse
from currc.compiler.source import Source


def formatted(text: str) -> str:
    return format_text(Source("t.curr", text))


def trees_stay(seed: int, specs: int) -> None:
    """Of so many trees: the same comments and the same tree with its docs, and a layout that stays."""
    drawn = Trees(Random(seed))
    for number in range(specs):
        text, tree = drawn.spec()
        if number % 3 == 0:
            text = text.replace("\r\n", "\n").replace("\n", "\r\n")
        once = formatted(text)
        assert comments(once) == comments(text), text
        assert shape(parse(Source("t.curr", once), Complaints())) == tree, text
        assert formatted(once) == once, text


def plans_stay(seed: int, experiments: int) -> None:
    """Of so many experiments, mangled: the plan is the same before and after."""
    for number in range(experiments):
        text = Experiment(Random(f"{seed} {number}")).text()
        mangled = untidy(text, number)
        once = formatted(mangled)
        plans = {compile_text(one, attack.VOCABULARY).hash() for one in (text, mangled, once)}
        assert len(plans) == 1, mangled
        assert comments(once) == comments(mangled), mangled


def test_trees_stay_what_they_are() -> None:
    trees_stay(7, 4_000)


def test_plans_stay_what_they_are() -> None:
    plans_stay(7, 40)


@pytest.mark.nightly
def test_layouts_of_a_night() -> None:
    seed, times = attack.night()
    trees_stay(seed, 20_000 * times)
    plans_stay(seed, 200 * times)
