"""`permutation`: exact p values, its interval, and the seeds it needs."""

from __future__ import annotations

from itertools import product
from math import inf

import numpy as np
import pytest
from numpy.typing import NDArray

from currc.runtime.judging.tests import Comparison, Paired
from currc.runtime.judging.tests.permutation import Permutation

Array = NDArray[np.float64]


def compare(per_seed: list[float] | Array, alpha: float = 0.05) -> Comparison:
    d = np.array(per_seed)[:, None] + np.array([-1.0, 1.0])  # two rows; each seed's mean is its number
    return Permutation().compare([Paired("t", 1.0, ("a", "b"), d)], alpha)


def p_by_hand(d: Array) -> float:
    flips = np.array(list(product([1, -1], repeat=len(d))))
    return float((np.abs(flips @ d) >= abs(d.sum()) - 1e-9).mean())


@pytest.mark.parametrize(
    ("per_seed", "p"),
    [
        ([1, 2, 3, 4, 5, 6], 2 / 64),  # all of one sign: only the pattern itself and its mirror
        ([-1, 2, 3, 4, 5, 6], 4 / 64),  # and those with the 1 turned
        ([1, -1], 1.0),
        ([3, 1], 2 / 4),
        ([0, 0, 0], 1.0),
        ([5], 1.0),
    ],
)
def test_p_is_the_share_of_sign_patterns_as_far_out(per_seed: list[float], p: float) -> None:
    assert compare(per_seed).p == p


def test_p_agrees_with_counting_all_patterns() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        d = rng.normal(0.5, 1, size=7)
        assert compare(d).p == pytest.approx(p_by_hand(d))


def test_several_tasks_count_by_weight() -> None:
    a, b = np.array([[1.0, 3.0], [2.0, 2.0]]), np.array([[0.0], [4.0]])
    found = Permutation().compare([Paired("a", 0.5, ("1", "2"), a), Paired("b", 0.5, ("3",), b)], 0.05)
    assert found.estimate == pytest.approx((0.5 * 2 + 0 + 0.5 * 2 + 0.5 * 4) / 2)


def test_with_six_seeds_the_interval_ends_at_the_smallest_and_largest_seed() -> None:
    found = compare([0.1, 0.4, 0.2, 0.9, 0.3, 0.5])
    assert (found.low, found.high) == pytest.approx((0.1, 0.9))


def test_with_five_seeds_nothing_can_be_excluded() -> None:
    found = compare([1, 2, 3, 4, 5])
    assert (found.low, found.high, found.p) == (-inf, inf, 2 / 32)


def test_the_interval_holds_what_the_test_does_not_refuse() -> None:
    rng = np.random.default_rng(1)
    for _ in range(10):
        d = rng.normal(0.3, 1, size=8)
        found = compare(d, alpha=0.10)
        for inside in (found.low + 1e-6, found.high - 1e-6):
            assert p_by_hand(d - inside) > 0.10
        for outside in (found.low - 1e-6, found.high + 1e-6):
            assert p_by_hand(d - outside) <= 0.10


def test_above_twenty_seeds_patterns_are_drawn_the_same_way_each_time() -> None:
    d = np.random.default_rng(2).normal(0.3, 1, size=24)
    one, other = compare(d), compare(d)
    assert one == other
    assert one.p == pytest.approx(compare_by_t(d), abs=0.01)
    assert one.low < d.mean() < one.high


def compare_by_t(d: Array) -> float:
    from scipy import stats

    return float(stats.ttest_1samp(d, 0).pvalue)


@pytest.mark.parametrize(
    ("alpha", "family", "seeds"), [(0.05, 1, 6), (0.05, 4, 8), (0.05, 3, 7), (0.01, 1, 8), (0.5, 1, 3)]
)
def test_seeds_needed(alpha: float, family: int, seeds: int) -> None:
    assert Permutation().seeds_needed(alpha, family) == seeds
    assert family * 2 / 2**seeds < alpha <= family * 2 / 2 ** (seeds - 1)


def test_false_winners() -> None:
    rng = np.random.default_rng(3)
    called = sum(compare(rng.standard_t(3, size=8)).p < 0.05 for _ in range(1000)) / 1000
    assert called <= 0.05 + 2 * (0.05 * 0.95 / 1000) ** 0.5
    assert called > 0.03
