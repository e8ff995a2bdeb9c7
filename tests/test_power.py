"""How small a difference an experiment can see."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest
from scipy import stats

from currc.runtime.judging.power import Assumed, Doubt, detectable, expected_doubt, expected_effect
from currc.runtime.judging.tests.crossed import analyse


@pytest.mark.parametrize(("seeds", "effect"), [(3, 3.26), (5, 1.68), (10, 1.00)])
def test_a_paired_t_test_sees_the_textbook_effects(seeds: int, effect: float) -> None:
    assert detectable(Doubt(seeds**-0.5, seeds - 1), 0.05) == pytest.approx(effect, abs=0.005)


def test_the_detectable_effect_is_found_four_times_in_five() -> None:
    doubt, alpha, family = Doubt(0.01, 7.5), 0.05, 4
    effect = detectable(doubt, alpha, family)
    critical = stats.t.ppf(1 - alpha / family / 2, doubt.df)
    assert effect is not None
    assert stats.nct.sf(critical, doubt.df, effect / doubt.se) == pytest.approx(0.8, abs=1e-4)


@pytest.mark.parametrize("doubt", [Doubt(inf, 0.0), Doubt(0.1, 0.0)])
def test_without_a_measured_doubt_there_is_no_detectable_effect(doubt: Doubt) -> None:
    assert detectable(doubt, 0.05) is None


def test_the_expected_doubt_is_what_crossed_finds_on_average() -> None:
    assumed = Assumed(disagreement=0.2, steady=0.6, seed_sd=0.02)
    rng, seeds, rows = np.random.default_rng(0), 6, (100, 300)
    per_seed = rng.normal(scale=assumed.seed_sd, size=(400, seeds, 1))
    groups = [
        (
            0.5,
            per_seed
            + rng.normal(scale=0.12**0.5, size=(400, 1, n))
            + rng.normal(scale=0.08**0.5, size=(400, seeds, n)),
        )
        for n in rows
    ]
    found, expected = analyse(groups), expected_doubt(seeds, rows, assumed)
    assert expected is not None
    assert expected.se**2 == pytest.approx(found.variance.mean(), rel=0.03)
    assert expected.df == pytest.approx(np.median(found.df), rel=0.15)


def test_more_of_everything_sees_more() -> None:
    effects = [
        expected_effect(*shape, alpha=0.05, family=2) for shape in [(3, (100,)), (6, (100,)), (6, (800,))]
    ]
    assert effects == sorted(effects, reverse=True)
    assert expected_effect(6, (800,), alpha=0.05, family=4) > expected_effect(6, (800,), alpha=0.05, family=1)


@pytest.mark.parametrize(("seeds", "rows"), [(1, (100,)), (6, ()), (6, (100, 1))])
def test_a_plan_that_can_find_nothing_promises_nothing(seeds: int, rows: tuple[int, ...]) -> None:
    assert expected_effect(seeds, rows, alpha=0.05, family=1) is None


def test_the_assumption_can_be_read() -> None:
    assert str(Assumed()) == (
        "assuming that two arms differ on 15% of the gold rows, 50% of that under every seed alike, "
        "and by ±1.0% from seed to seed"
    )
