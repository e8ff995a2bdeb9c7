"""What holds for every pacing, today's and tomorrow's."""

from __future__ import annotations

from math import exp, floor, log, sqrt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from currc.runtime.curriculum.pacing import Pacing
from currc.runtime.vocabulary import Vocabulary
from tests.contracts.every import every, word

PACINGS = every("pacing")
TIMED = [pacing for pacing in PACINGS if not pacing.adaptive]  # type: ignore[attr-defined]
FOLLOWING = [pacing for pacing in PACINGS if pacing.adaptive]  # type: ignore[attr-defined]
WU = ("linear", "quadratic", "root", "exponential", "logarithmic", "step")
progress = st.floats(-0.1, 1.1)


def pace(name: str, **parameters: Any) -> Pacing:
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


@pytest.mark.parametrize("pacing", TIMED, ids=word)
def test_everything_is_open_at_the_end(pacing: Pacing) -> None:
    assert pacing.fraction(1.0) == 1.0


@pytest.mark.parametrize("pacing", PACINGS, ids=word)
@given(progress, progress)
def test_what_has_closed_lies_below_what_is_open_and_never_opens_again(
    pacing: Pacing, p: float, q: float
) -> None:
    assert 0.0 <= pacing.closed(p) < pacing.fraction(p)
    assert pacing.closed(min(p, q)) <= pacing.closed(max(p, q))


@pytest.mark.parametrize("pacing", PACINGS, ids=word)
@given(progress, progress, st.integers(1, 5000))
def test_inputs_never_get_shorter_and_end_whole(pacing: Pacing, p: float, q: float, most: int) -> None:
    early, late = (pacing.longest(when, most) for when in (min(p, q), max(p, q)))
    if not pacing.lengthens:
        assert early is late is None
        return
    assert early is not None
    assert late is not None
    assert 1 <= early <= late <= most == pacing.longest(1.0, most)


@pytest.mark.parametrize("pacing", FOLLOWING, ids=word)
@given(
    st.lists(st.floats(-2.0, 3.0) | st.just(float("nan")), max_size=6), st.floats(-2.0, 3.0), st.booleans()
)
def test_a_pacing_that_follows_validation_never_closes(
    pacing: Pacing, scores: list[float], more: float, up: bool
) -> None:
    assert pacing.watched() is not None
    before, after = pacing.reached(scores, up), pacing.reached([*scores, more], up)
    assert 0.0 < pacing.fraction(0.0) <= before <= after <= 1.0


@pytest.mark.parametrize("pacing", TIMED, ids=word)
def test_a_pacing_that_does_not_move_says_so(pacing: Pacing) -> None:
    shares = {pacing.fraction(i / 100) for i in range(101)}
    assert (len(shares) > 1) == pacing.moves


@given(st.floats(0.01, 1.0), st.floats(0.05, 2.0), progress)
def test_the_openings_stay_between_start_and_all(start: float, full_at: float, p: float) -> None:
    for name in WU:
        share = pace(name, start=start, full_at=full_at).fraction(p)
        assert start <= share <= 1.0
        if min(p, 1.0) >= full_at:
            assert share == 1.0


@pytest.mark.parametrize("t", [0.0, 0.1, 0.25, 0.5, 0.9])
def test_the_formulas_of_wu_et_al(t: float) -> None:
    given = {"start": 0.2, "full_at": 0.5}
    assert pace("linear", **given).fraction(0.5 * t) == pytest.approx(0.2 + 0.8 * t)
    assert pace("root", **given).fraction(0.5 * t) == pytest.approx(0.2 + 0.8 * sqrt(t))
    assert pace("quadratic", **given).fraction(0.5 * t) == pytest.approx(0.2 + 0.8 * t * t)
    grown = (exp(10 * t) - 1) / (exp(10) - 1)
    assert pace("exponential", **given).fraction(0.5 * t) == pytest.approx(0.2 + 0.8 * grown)
    fast = 1 + 0.1 * log(t + exp(-10))
    assert pace("logarithmic", **given).fraction(0.5 * t) == pytest.approx(0.2 + 0.8 * fast)
    assert pace("step", **given).fraction(0.5 * t) == 0.2


@pytest.mark.parametrize("name", WU)
def test_the_authors_code_runs_beyond_the_pool_and_ours_does_not(name: str) -> None:
    """At full_at = 0.25 theirs opens 1.08 (logarithmic) to 6e12 (exponential) pools at the end."""
    late = pace(name, start=0.4, full_at=0.25)
    assert [late.fraction(p) for p in (0.25, 0.26, 0.5, 1.0, 1.1)] == [1.0] * 5
    assert late.fraction(0.0) == pytest.approx(0.4, abs=1e-12)


def test_a_pool_that_is_full_after_the_end_never_is() -> None:
    assert pace("linear", start=0.2, full_at=1.6).fraction(1.0) == pytest.approx(0.2 + 0.8 / 1.6)
    assert pace("quadratic", start=0.2, full_at=2.0).fraction(1.0) == pytest.approx(0.4)
    assert pace("step", start=0.2, full_at=1.6).fraction(1.0) == 0.2


@pytest.mark.parametrize(("c0", "p"), [(0.01, 2.0), (0.01, 1.0), (0.3, 3.0)])
@pytest.mark.parametrize("t", [0.0, 0.2, 0.7, 1.0])
def test_the_formula_of_platanios_et_al(c0: float, p: float, t: float) -> None:
    expected = (t * (1 - c0**p) + c0**p) ** (1 / p)
    assert pace("competence", c0=c0, p=p).fraction(t) == pytest.approx(expected)
    assert pace("competence", c0=c0, p=p, full_at=0.5).fraction(t / 2) == pytest.approx(expected)


def deepspeed(step: int, whole: int, low: int, high: int, grain: int, degree: float) -> int:
    """The difficulty at a step by DeepSpeed's rule for `fixed_root`, written from its description."""
    reached = floor((step / whole) ** (1 / degree) * (high - low) + low)
    return min(reached - reached % grain, high)


@pytest.mark.parametrize(("low", "grain", "degree"), [(2, 1, 2), (10, 5, 2), (20, 10, 3), (5, 5, 1)])
def test_the_levels_of_deepspeed_in_percentiles(low: int, grain: int, degree: int) -> None:
    name, more = ("fixed_linear", {}) if degree == 1 else ("fixed_root", {"degree": degree})
    mine = pace(name, start=low / 100, full_at=0.5, grain=grain / 100, **more)
    for step in range(201):
        level = deepspeed(step, 200, low, 100, grain, degree)
        assert mine.fraction(step / 400) == pytest.approx(level / 100), step
    assert mine.fraction(0.7) == 1.0


def test_levels_where_the_grain_fits_neither_end() -> None:
    """DeepSpeed would begin below its least difficulty and stay at 96 % for ever."""
    mine = pace("fixed_linear", start=0.1, full_at=1.0, grain=0.08)
    assert mine.fraction(0.0) == pytest.approx(0.16)
    assert mine.fraction(0.99) == pytest.approx(0.96)
    assert mine.fraction(1.0) == 1.0


def test_discrete_levels_end_where_they_say() -> None:
    """DeepSpeed's levels 1, 2, 3 with last steps 5 and 10; step s begins at progress (s - 1) / 20."""
    mine = pace("fixed_discrete", levels=[0.1, 0.2, 0.3], until=[0.25, 0.5])
    found = [mine.fraction((step - 1) / 20) for step in range(1, 21)]
    assert found == [0.1] * 5 + [0.2] * 5 + [0.3] * 10


@pytest.mark.parametrize(
    ("levels", "until", "says"),
    [
        ([0.2, 0.5, 1.0], [0.1], "need 2 ends"),
        ([0.5, 0.2, 1.0], [0.1, 0.2], "`levels` must rise"),
        ([0.2, 0.5, 1.0], [0.2, 0.2], "`until` must rise"),
    ],
)
def test_discrete_levels_that_do_not_fit_are_refused(
    levels: list[float], until: list[float], says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        pace("fixed_discrete", levels=levels, until=until)


def test_baby_steps_add_a_bucket_in_equal_times() -> None:
    steps = [pace("baby_steps", buckets=5).fraction(p / 20) for p in range(21)]
    assert steps == [k / 5 for k in (1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 5)]


def test_one_pass_opens_one_bucket_at_a_time() -> None:
    pacing = pace("one_pass", buckets=4)
    found = [(pacing.closed(p / 8), pacing.fraction(p / 8)) for p in range(9)]
    assert found == [((k - 1) / 4, k / 4) for k in (1, 1, 2, 2, 3, 3, 4, 4, 4)]


@pytest.mark.parametrize(("low", "most", "degree"), [(64, 1024, 1), (8, 256, 2), (61, 1024, 1), (100, 64, 1)])
def test_the_lengths_of_deepspeed(low: int, most: int, degree: int) -> None:
    """DeepSpeed would begin at 56 where 61 is asked for; this begins at the first multiple above, 64."""
    pacing = pace("sequence_length", start=low, full_at=0.5, grain=8, degree=degree)
    for step in range(200):
        level = deepspeed(step, 200, min(low, most), most, 8, degree)
        assert pacing.longest(step / 400, most) == min(most, max(level, -(-min(low, most) // 8) * 8)), step
    assert pacing.longest(0.5, most) == pacing.longest(0.9, most) == most


METRIC = {"task": "route", "metric": {"word": "macro_f1"}}


@pytest.mark.parametrize(
    ("given", "scores", "up", "opened"),
    [
        ({"base": 0.2, "goal": 0.8}, [], True, 0.01),
        ({"base": 0.2, "goal": 0.8}, [0.2], True, 0.01),
        ({"base": 0.2, "goal": 0.8}, [0.5], True, 0.5),
        ({"base": 0.2, "goal": 0.8}, [0.5, 0.35], True, 0.5),
        ({"base": 0.2, "goal": 0.8}, [0.5, 0.65, float("nan")], True, 0.75),
        ({"base": 0.2, "goal": 0.8}, [0.9], True, 1.0),
        ({"goal": 0.8}, [0.4, 0.5], True, 0.25),
        ({"goal": 0.8}, [0.9], True, 1.0),
        ({"goal": 0.5}, [2.5, 1.5, 2.0], False, 0.5),
        ({"base": 2.5, "goal": 0.5, "start": 0.3}, [2.4], False, 0.3),
    ],
)
def test_competence_is_the_part_of_the_way_to_the_goal(
    given: dict[str, float], scores: list[float], up: bool, opened: float
) -> None:
    pacing = pace("adaptive_competence", metric=METRIC, **given)
    assert pacing.reached(scores, up) == pytest.approx(opened)
