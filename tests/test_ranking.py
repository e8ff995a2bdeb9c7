"""Ranks from easy to hard, with ties by chance."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from currc.runtime.curriculum.ascending import ascending
from currc.runtime.curriculum.pools import Pool
from currc.runtime.curriculum.ranking import ranked, rankings, shuffle

scores = st.lists(st.integers(-5, 5), min_size=1, max_size=60).map(
    lambda values: np.array(values, dtype=float)
)


numbers = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([0.0, -0.0, 1.0, -1.0, 5e-324, -5e-324, 1.7e308, -1.7e308]),
    st.integers(-4, 4).map(float),
)


@given(st.lists(numbers, max_size=60), st.sampled_from([np.float32, np.float64]))
@settings(max_examples=200, deadline=None)
def test_the_order_is_exact_and_stable(values: list[float], width: type) -> None:
    with np.errstate(over="ignore"):
        scores = np.array(values, dtype=width)
    if np.isinf(scores).any():
        with pytest.raises(ValueError, match="not finite"):
            ascending(scores)
        return
    found = ascending(scores)
    assert found.dtype == np.uint32
    assert found.tolist() == np.argsort(scores, kind="stable").tolist()


def test_scores_that_only_their_last_bits_tell_apart_are_ordered() -> None:
    low = 1000.0 + np.arange(50) * 2.0**-43
    values = np.concatenate([low[::-1], low + 1.0])
    assert ascending(values).tolist() == [*range(49, -1, -1), *range(50, 100)]


@pytest.mark.parametrize("shift", [0.0, -0.5, 1e300])
def test_a_few_neighbours_among_many_scores_are_ordered(shift: float) -> None:
    """Twins in the first 32 bits, the higher one first in the file, and equal ones behind them."""
    values = np.random.default_rng(0).random(20_000) * (1e300 if shift > 1 else 1.0) + shift
    values[3000:3060] = np.nextafter(values[4000:4060], -np.inf)
    values[200:230] = np.nextafter(values[4000:4030], np.inf)
    values[4900:4920] = values[4000:4020]
    assert ascending(values).tolist() == np.argsort(values, kind="stable").tolist()


@given(scores, st.integers(0, 2**63))
@settings(max_examples=80, deadline=None)
def test_rows_are_ranked_from_easy_to_hard(values: np.ndarray, seed: int) -> None:
    order = ranked(values, seed, "t")
    assert order.dtype == np.uint32
    assert sorted(order.tolist()) == list(range(len(values)))
    assert (np.diff(values[order]) >= 0).all()


def test_close_scores_of_many_rows_are_told_apart() -> None:
    values = np.random.default_rng(0).permutation(200_000).astype(float)
    assert (values[ranked(values, 1)] == np.arange(200_000)).all()


def test_ties_are_broken_by_the_seed_and_not_by_the_file() -> None:
    same = np.zeros(1000)
    order = ranked(same, 1, "t")
    assert (ranked(same, 1, "t") == order).all()
    for other in (ranked(same, 2, "t"), ranked(same, 1, "u")):
        assert (other == order).mean() < 0.02
    # The first half of the ranks holds rows of the whole file, and neighbours are strangers.
    assert order[:500].mean() == pytest.approx(499.5, abs=60)
    assert abs(np.corrcoef(order, np.arange(1000))[0, 1]) < 0.12


def test_a_window_through_a_tie_takes_a_fair_sample_of_it() -> None:
    values = np.array([0.0] * 10 + [1.0] * 80 + [2.0] * 10)
    taken = np.zeros(100)
    for seed in range(300):
        first, last = Pool("t", 100).ranks(0.0, 0.5)
        taken[ranked(values, seed)[first:last]] += 1
    assert (taken[:10] == 300).all()
    assert (taken[90:] == 0).all()
    assert np.abs(taken[10:90] - 150).max() < 50  # 5.8 standard deviations


@given(st.integers(0, 500), st.integers(0, 2**63))
@settings(max_examples=30, deadline=None)
def test_shuffle_is_a_permutation(size: int, seed: int) -> None:
    assert sorted(shuffle(size, seed, "t").tolist()) == list(range(size))


def test_a_shuffle_of_several_blocks_is_one_permutation() -> None:
    assert (np.sort(shuffle(40_000, 3, "t")) == np.arange(40_000)).all()


def test_within_a_task_every_window_has_the_same_share_of_each() -> None:
    found = rankings({"a": np.arange(10.0), "b": np.arange(100.0, 140.0)}, "task", 1)
    pools = [Pool.ranked(task, ranking) for task, ranking in found.items()]
    assert [pool.ranks(0.0, 0.5) for pool in pools] == [(0, 5), (0, 20)]
    assert pools[1].rows(0.0, 0.1).tolist() == [0, 1, 2, 3]


def test_within_all_the_easy_task_comes_first() -> None:
    found = rankings(
        {"hard": np.arange(100.0, 140.0), "easy": np.arange(40.0), "both": np.array([5.5, 120.5])}, "all", 1
    )
    pools = {task: Pool.ranked(task, ranking) for task, ranking in found.items()}
    assert pools["easy"].ranks(0.0, 0.5) == (0, 40)
    assert pools["both"].ranks(0.0, 0.5) == (0, 1)
    assert pools["hard"].ranks(0.0, 1.0) == (0, 40)
    # Nothing of the task is that easy: its easiest row stands in.
    assert pools["hard"].ranks(0.0, 0.5) == (0, 1)
    levels = np.concatenate([found[task].levels for task in found])
    assert np.sort(levels) == pytest.approx(np.arange(1, 83) / 82)


def test_no_rows_no_ranks() -> None:
    assert ranked(np.zeros(0), 1).tolist() == []
