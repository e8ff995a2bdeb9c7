"""What holds for every pacing, today's and tomorrow's."""

from __future__ import annotations

from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from currc.runtime.curriculum.pacing import Pacing
from currc.runtime.vocabulary import Vocabulary
from tests.contracts.every import every, word

PACINGS = every("pacing")
progress = st.floats(-0.1, 1.1)


def pace(name: str, **parameters: float) -> Pacing:
    built = Vocabulary().build("pacing", {"word": name, "parameters": parameters})
    assert isinstance(built, Pacing)
    return built


@pytest.mark.parametrize("pacing", PACINGS, ids=word)
@given(progress)
def test_the_open_share_is_above_none_and_at_most_all(pacing: Pacing, p: float) -> None:
    assert 0.0 < pacing.fraction(p) <= 1.0


@pytest.mark.parametrize("pacing", PACINGS, ids=word)
@given(progress, progress)
def test_the_open_share_never_shrinks(pacing: Pacing, p: float, q: float) -> None:
    assert pacing.fraction(min(p, q)) <= pacing.fraction(max(p, q))


@pytest.mark.parametrize("pacing", PACINGS, ids=word)
def test_everything_is_open_at_the_end(pacing: Pacing) -> None:
    assert pacing.fraction(1.0) == 1.0


@pytest.mark.parametrize("pacing", PACINGS, ids=word)
def test_a_pacing_that_does_not_move_says_so(pacing: Pacing) -> None:
    shares = {pacing.fraction(i / 100) for i in range(101)}
    assert (len(shares) > 1) == pacing.moves


@given(st.floats(0.01, 1.0), st.floats(0.05, 2.0), progress)
def test_the_openings_stay_between_start_and_all(start: float, full_at: float, p: float) -> None:
    for name in ("linear", "root", "step"):
        share = pace(name, start=start, full_at=full_at).fraction(p)
        assert start <= share <= 1.0
        if min(p, 1.0) >= full_at:
            assert share == 1.0


@pytest.mark.parametrize("t", [0.0, 0.1, 0.25, 0.5, 0.9])
def test_the_formulas_of_wu_et_al(t: float) -> None:
    given = {"start": 0.2, "full_at": 0.5}
    assert pace("linear", **given).fraction(0.5 * t) == pytest.approx(0.2 + 0.8 * t)
    assert pace("root", **given).fraction(0.5 * t) == pytest.approx(0.2 + 0.8 * sqrt(t))
    assert pace("step", **given).fraction(0.5 * t) == 0.2


def test_a_pool_that_is_full_after_the_end_never_is() -> None:
    assert pace("linear", start=0.2, full_at=1.6).fraction(1.0) == pytest.approx(0.2 + 0.8 / 1.6)
    assert pace("step", start=0.2, full_at=1.6).fraction(1.0) == 0.2


@pytest.mark.parametrize(("c0", "p"), [(0.01, 2.0), (0.01, 1.0), (0.3, 3.0)])
@pytest.mark.parametrize("t", [0.0, 0.2, 0.7, 1.0])
def test_the_formula_of_platanios_et_al(c0: float, p: float, t: float) -> None:
    expected = (t * (1 - c0**p) + c0**p) ** (1 / p)
    assert pace("competence", c0=c0, p=p).fraction(t) == pytest.approx(expected)
    assert pace("competence", c0=c0, p=p, full_at=0.5).fraction(t / 2) == pytest.approx(expected)
