"""`crossed`: exact values by hand, and how often it is wrong where nothing is to be found."""

from __future__ import annotations

from math import inf, isinf

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from simulate import MIXTURES, most, normal, refused, refused_by_seeds, right_or_wrong, share

from currc.runtime.judging.tests import Paired
from currc.runtime.judging.tests.crossed import Crossed, analyse, by_source_row, mean_squares

Array = NDArray[np.float64]

BY_HAND = np.array([[1.0, 2.0, 3.0], [3.0, 4.0, 8.0]])  # 2 seeds, 3 rows; mean 3.5
FLOORED = np.array([[1.0, -1.0], [-1.0, 1.0]])  # all of it rest
SEEDS = (5, 6, 10)
FAST, SLOW = 2_000, 20_000


def paired(values: Array, weight: float = 1.0, task: str = "t", rows: tuple[str, ...] = ()) -> Paired:
    keys = rows or tuple(f"{task}{i}" for i in range(values.shape[1]))
    return Paired(task, weight, keys, values)


def test_mean_squares_by_hand() -> None:
    seed = 3 * (1.5**2 + 1.5**2) / 1
    row = 2 * (1.5**2 + 0.5**2 + 2**2) / 2
    rest = (29.5 - 13.5 - 13) / 2  # what is left of the sum of squares
    assert tuple(mean_squares(BY_HAND)) == pytest.approx((seed, row, rest))
    assert (seed, row, rest) == (13.5, 6.5, 1.5)


def test_one_task_by_hand() -> None:
    found = Crossed().compare([paired(BY_HAND)], 0.05)
    df = 18.5**2 / (13.5**2 / 1 + 6.5**2 / 2 + 1.5**2 / 2)
    se = ((13.5 + 6.5 - 1.5) / 6) ** 0.5
    assert (found.estimate, found.se, found.df) == pytest.approx((3.5, se, df))
    assert found.p == pytest.approx(2 * stats.t.sf(3.5 / se, df))
    reach = stats.t.ppf(0.975, df) * se
    assert (found.low, found.high) == pytest.approx((3.5 - reach, 3.5 + reach))


def test_the_variance_is_floored_by_the_rest() -> None:
    found = Crossed().compare([paired(FLOORED + 3)], 0.05)
    # MS_seed = MS_row = 0, MS_rest = 4: the sum would be -4, the floor is 4.
    assert (found.estimate, found.se, found.df) == pytest.approx((3.0, (4 / 4) ** 0.5, 1.0))


def test_two_tasks_by_hand() -> None:
    other = np.array([[0.0, 2.0], [2.0, 0.0]])  # only rest, MS_rest = 4
    found = Crossed().compare([paired(BY_HAND, 0.5, "a"), paired(other, 0.5, "b")], 0.05)
    seed = 1.125 / 2  # combined scores 1.5 and 3.0
    a, b = 0.25 / 6, 0.25 / 4
    variance = seed + a * (6.5 - 1.5) + b * (0 - 4)
    spread = seed**2 / 1 + (a * 6.5) ** 2 / 2 + (a * 1.5) ** 2 / 2 + (b * 4) ** 2 / 1
    assert found.estimate == pytest.approx(0.5 * 3.5 + 0.5 * 1.0)
    assert (found.se, found.df) == pytest.approx((variance**0.5, variance**2 / spread))


def test_several_tasks_are_floored_by_their_rests() -> None:
    parts = [paired(FLOORED, 0.5, "a"), paired(2 * FLOORED, 0.5, "b")]
    assert Crossed().compare(parts, 0.05).se ** 2 == pytest.approx(0.25 * 4 / 4 + 0.25 * 16 / 4)


def test_tasks_on_the_same_rows_are_added_up_per_row() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 6, 30))
    keys = tuple(f"r{i}" for i in range(30))
    turned = rng.permutation(30)
    together = Crossed().compare(
        [paired(a, 0.5, "a", keys), paired(b[:, turned], 0.5, "b", tuple(keys[i] for i in turned))], 0.05
    )
    summed = Crossed().compare([paired(0.5 * a + 0.5 * b)], 0.05)
    assert together.estimate == pytest.approx(summed.estimate)
    assert (together.se, together.df, together.p) == pytest.approx((summed.se, summed.df, summed.p))


def test_adding_up_keeps_every_seeds_combined_score() -> None:
    rng = np.random.default_rng(1)
    a, b, c = rng.normal(size=(4, 5)) + 3, rng.normal(size=(4, 3)), rng.normal(size=(4, 6))
    parts = [
        paired(a, 0.5, "a", ("1", "2", "3", "4", "5")),
        paired(b, 0.2, "b", ("4", "9", "9")),
        paired(c, 0.3, "c"),
    ]
    groups = by_source_row(parts)
    assert [len(group.rows) for group in groups] == [6, 6]
    whole = sum(part.weight * part.values.mean(axis=1) for part in parts)
    assert sum(group.weight * group.values.mean(axis=1) for group in groups) == pytest.approx(whole)


def test_groups_join_through_a_third_task() -> None:
    ones, bridge = np.ones((2, 1)), paired(np.ones((2, 2)), 1, "c", ("1", "2"))
    parts = [paired(ones, 1, "a", ("1",)), paired(ones, 1, "b", ("2",)), bridge]
    assert [set(group.rows) for group in by_source_row(parts)] == [{"1", "2"}]


@pytest.mark.parametrize("shape", [(1, 50), (6, 1)])
def test_one_seed_or_one_row_decides_nothing(shape: tuple[int, int]) -> None:
    found = Crossed().compare([paired(np.full(shape, 0.3))], 0.05)
    assert found.estimate == pytest.approx(0.3)
    assert (found.low, found.high, found.p, found.df) == (-inf, inf, 1.0, 0.0)
    assert isinf(found.se)


def test_arms_that_never_differ_are_equal_without_doubt() -> None:
    found = Crossed().compare([paired(np.zeros((6, 40)))], 0.05)
    assert (found.estimate, found.low, found.high, found.p, found.se) == (0.0, 0.0, 0.0, 1.0, 0.0)


def test_an_arm_that_always_wins_wins() -> None:
    assert Crossed().compare([paired(np.ones((6, 40)))], 0.05).p == 0.0


def test_turning_the_arms_round_turns_the_answer_round() -> None:
    d = np.random.default_rng(2).normal(0.2, 1, size=(6, 50))
    one, other = Crossed().compare([paired(d)], 0.05), Crossed().compare([paired(-d)], 0.05)
    assert (one.estimate, one.low, one.high, one.p) == pytest.approx(
        (-other.estimate, -other.high, -other.low, other.p)
    )


def test_zero_lies_in_the_interval_exactly_when_p_is_not_below_alpha() -> None:
    rng = np.random.default_rng(3)
    for alpha in (0.01, 0.05, 0.2):
        for _ in range(50):
            found = Crossed().compare([paired(rng.normal(0.1, 1, size=(5, 20)))], alpha)
            assert (found.low <= 0 <= found.high) == (found.p >= alpha)


def test_more_seeds_alone_do_not_remove_the_doubt_of_the_rows() -> None:
    rows = np.random.default_rng(4).normal(size=(1, 40))
    few, many = (Crossed().compare([paired(np.repeat(rows, s, axis=0))], 0.05).se for s in (5, 500))
    assert few == pytest.approx(many) == pytest.approx(rows.std(ddof=1) / 40**0.5)


@pytest.mark.parametrize("parts", [[], [paired(np.ones((2, 2))), paired(np.ones((3, 2)), task="u")]])
def test_what_cannot_be_compared_is_refused(parts: list[Paired]) -> None:
    with pytest.raises(ValueError, match=r"at least one task|different numbers of seeds"):
        Crossed().compare(parts, 0.05)


def test_many_experiments_at_once_are_the_single_ones() -> None:
    d = np.random.default_rng(5).normal(size=(7, 5, 12))
    at_once = analyse([(1.0, d)])
    for i in range(7):
        alone = Crossed().compare([paired(d[i])], 0.05)
        assert (at_once.estimate[i], at_once.variance[i] ** 0.5, at_once.df[i]) == pytest.approx(
            (alone.estimate, alone.se, alone.df)
        )


# How often a winner is called where there is none: at most 6 % plus two Monte-Carlo errors.

repeats = pytest.mark.parametrize("repeats", [FAST, pytest.param(SLOW, marks=pytest.mark.nightly)])
mixtures = pytest.mark.parametrize("mixture", MIXTURES)
seed_counts = pytest.mark.parametrize("seeds", SEEDS)


@repeats
@mixtures
@seed_counts
def test_false_winners_with_normal_scores(repeats: int, mixture: str, seeds: int) -> None:
    rng = np.random.default_rng(seeds)
    wrong = share(repeats, lambda n: [(1.0, normal(rng, n, seeds, 60, MIXTURES[mixture]))])
    assert wrong <= most(repeats)


@repeats
@mixtures
@seed_counts
def test_false_winners_with_right_or_wrong_answers(repeats: int, mixture: str, seeds: int) -> None:
    rng = np.random.default_rng(100 + seeds)
    wrong = share(repeats, lambda n: [(1.0, right_or_wrong(rng, n, seeds, 80, MIXTURES[mixture]))])
    assert wrong <= most(repeats)


@repeats
@mixtures
@seed_counts
def test_false_winners_over_three_tasks(repeats: int, mixture: str, seeds: int) -> None:
    rng = np.random.default_rng(200 + seeds)
    noise = MIXTURES[mixture]
    wrong = share(repeats, lambda n: [(1 / 3, normal(rng, n, seeds, rows, noise)) for rows in (10, 20, 60)])
    assert wrong <= most(repeats)


@repeats
@mixtures
@seed_counts
def test_the_interval_covers_a_true_difference(repeats: int, mixture: str, seeds: int) -> None:
    rng = np.random.default_rng(300 + seeds)
    rates = (0.7, 0.6)
    missed = share(
        repeats,
        lambda n: [(1.0, right_or_wrong(rng, n, seeds, 80, MIXTURES[mixture], rates))],
        lambda groups: refused(groups, truth=rates[0] - rates[1]),
    )
    assert 1 - missed >= 0.94 - 2 * (0.06 * 0.94 / repeats) ** 0.5


def test_a_true_difference_is_found() -> None:
    rng = np.random.default_rng(6)
    found = share(500, lambda n: [(1.0, right_or_wrong(rng, n, 6, 400, MIXTURES["all"], (0.8, 0.6)))])
    assert found > 0.8


@pytest.mark.parametrize(("mixture", "at_least"), [("seeds and rows", 0.10), ("rows", 0.5)])
def test_a_t_test_over_seeds_would_fail_here(mixture: str, at_least: float) -> None:
    rng = np.random.default_rng(7)
    draw = lambda n: [(1.0, normal(rng, n, 6, 60, MIXTURES[mixture]))]  # noqa: E731
    assert share(FAST, draw, refused_by_seeds) > at_least


def test_tasks_on_the_same_rows_call_no_false_winners_but_would_if_taken_apart() -> None:
    rng = np.random.default_rng(8)
    keys = tuple(f"r{i}" for i in range(30))
    together = apart = 0
    for _ in range(600):
        rows, rest = rng.normal(size=(1, 30)), rng.normal(scale=0.3, size=(2, 6, 30))
        a, b = rows + rest[0], (rows + rest[1])[:, :24]
        shared = [paired(a, 0.5, "a", keys), paired(b, 0.5, "b", keys[:24])]
        together += Crossed().compare(shared, 0.05).p < 0.05
        apart += Crossed().compare([paired(a, 0.5, "a"), paired(b, 0.5, "b")], 0.05).p < 0.05
    assert together / 600 <= most(600)
    assert apart / 600 > 0.10
