"""The order as a closed form: exact, even, paired, and resumable from a position alone."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from currc.runtime.curriculum import order as order_module
from currc.runtime.curriculum.order import Order, OrderHash, Pool, Spread, replay_pools
from currc.runtime.curriculum.ordering import Ordering
from currc.runtime.curriculum.permutation import MOST_ROWS, permuted, round_keys, stepped, tight
from currc.runtime.curriculum.weyl import GOLDEN, MOST_DRAWS, Weyl, _lattice, floor_sums
from currc.runtime.streams import key
from currc.runtime.vocabulary import Vocabulary

rates_of = st.lists(st.floats(0.0, 1.0), min_size=1, max_size=12).filter(lambda rates: sum(rates) > 1e-6)
seeds = st.integers(0, 2**63)
QUICK = settings(max_examples=40, deadline=None)


def ordering(name: str) -> Ordering:
    built = Vocabulary().build("order", {"word": name})
    assert isinstance(built, Ordering)
    return built


def pools(*sizes: int) -> tuple[Pool, ...]:
    return tuple(Pool(f"task{i}", size) for i, size in enumerate(sizes))


def rows_of(order: Order, source: int, count: int, fraction: float = 1.0) -> np.ndarray:
    """The rows of one source among the first `count` draws."""
    which, rows = order.draws(0, count, fraction)
    return rows[which == source]


# The sources of the draws.


def slow_floor_sum(n: int, a: int, m: int, b: int) -> int:
    return sum((a * i + b) // m for i in range(n))


@given(st.integers(0, 200), st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=5))
@QUICK
def test_floor_sums_are_the_sums(terms: int, offsets: list[int]) -> None:
    found = floor_sums(terms, np.array(offsets, dtype=np.uint64))
    assert [int(x) for x in found] == [slow_floor_sum(terms, GOLDEN, 2**64, b) % 2**64 for b in offsets]


def exact_floor_sum(n: int, a: int, m: int, b: int) -> int:
    """The same by Euclid's algorithm in Python's whole numbers."""
    total = 0
    while True:
        total += n * (n - 1) // 2 * (a // m) + n * (b // m)
        a, b = a % m, b % m
        if a * n + b < m:
            return total
        n, b = divmod(a * n + b, m)
        m, a = a, m


@given(st.integers(0, MOST_DRAWS), st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=5))
@QUICK
def test_floor_sums_are_exact_up_to_the_largest_position(terms: int, offsets: list[int]) -> None:
    found = floor_sums(terms, np.array(offsets, dtype=np.uint64))
    assert [int(x) for x in found] == [exact_floor_sum(terms, GOLDEN, 2**64, b) % 2**64 for b in offsets]


@pytest.mark.parametrize("level", range(4))
def test_quotients_off_by_one_are_put_right(level: int) -> None:
    """Of so many, some are estimated one too high and some one too low, at every level of the recursion."""
    multiplier, modulus = GOLDEN, 2**64
    for _ in range(level):
        multiplier, modulus = modulus % multiplier, multiplier
    n = np.uint64(MOST_DRAWS) - np.arange(30_000, dtype=np.uint64)
    b = np.random.default_rng(1).integers(0, modulus, 30_000, dtype=np.uint64)
    quotient, remainder = _lattice(n, b, multiplier, modulus)
    exact = [divmod(multiplier * x + y, modulus) for x, y in zip(n.tolist(), b.tolist(), strict=True)]
    assert list(zip(quotient.tolist(), remainder.tolist(), strict=True)) == exact


@given(rates_of, st.integers(0, 2**64 - 1), st.integers(0, 3000))
@QUICK
def test_a_draw_comes_from_the_interval_that_holds_it(rates: list[float], shift: int, start: int) -> None:
    """Against the definition, in exact arithmetic."""
    total, edges = sum(map(Fraction, rates)), [Fraction(0)]
    for rate in rates:
        edges.append(edges[-1] + Fraction(rate) / total)
    for n, source in enumerate(Weyl(rates, shift).draw(start, 50), start):
        x = Fraction((GOLDEN * n + shift) % 2**64, 2**64)
        assert edges[source] - Fraction(1, 2**50) <= x <= edges[source + 1] + Fraction(1, 2**50)
        assert rates[source] > 0.0


@given(rates_of, st.integers(0, 2**64 - 1), st.integers(0, 5000), st.sampled_from([0, 10**9, 10**12]))
@QUICK
def test_counts_are_the_counts_of_the_draws(rates: list[float], shift: int, position: int, far: int) -> None:
    weyl = Weyl(rates, shift)
    brute = np.bincount(weyl.draw(far, position), minlength=len(rates))
    assert (weyl.counts(far + position) - weyl.counts(far) == brute).all()


@pytest.mark.parametrize("sources", [2, 10, 1000])
def test_every_prefix_is_within_five_draws_of_the_shares(sources: int) -> None:
    rates = np.random.default_rng(sources).pareto(1.2, sources) + 1e-4
    rates /= rates.sum()
    weyl, most = Weyl(rates.tolist(), key(sources, "mix", 0)), 200_000
    drawn = weyl.draw(0, most)
    assert (weyl.counts(most) == np.bincount(drawn, minlength=sources)).all()
    for source in np.argsort(-rates)[:10]:
        gap = np.cumsum(drawn == source) - rates[source] * np.arange(1, most + 1)
        assert np.abs(gap).max() <= 5.0
    for position in np.random.default_rng(1).integers(1, 10**9, 20).tolist():
        assert np.abs(weyl.counts(position) - rates * position).max() <= 6.0


@given(rates_of, seeds, st.integers(0, 10**6), st.integers(0, 10**6))
@QUICK
def test_counts_never_fall(rates: list[float], seed: int, a: int, b: int) -> None:
    weyl = Weyl(rates, key(seed, "mix", 0))
    few, many = weyl.counts(min(a, b)), weyl.counts(max(a, b))
    assert (few <= many).all()
    assert few.sum() == min(a, b)


def test_batches_keep_the_shares_too() -> None:
    """No resonance: with four tasks and batches of 16, every batch is near its quota."""
    rates = [0.4, 0.3, 0.2, 0.1]
    drawn = Weyl(rates, key(5, "mix", 1)).draw(0, 16 * 5000).reshape(5000, 16)
    for source, rate in enumerate(rates):
        assert np.abs((drawn == source).sum(axis=1) - 16 * rate).max() <= 3.0


@pytest.mark.parametrize("rates", [[], [0.0, 0.0], [1.0, -0.1], [float("nan")], [float("inf")]])
def test_rates_that_are_none_are_refused(rates: list[float]) -> None:
    with pytest.raises(ValueError, match=r"rates|sources"):
        Weyl(rates, 0)


def test_positions_beyond_the_exact_range_are_refused() -> None:
    with pytest.raises(ValueError, match="outside"):
        Weyl([1.0], 0).counts(MOST_DRAWS + 1)
    with pytest.raises(ValueError, match="outside"):
        Weyl([1.0], 0).draw(MOST_DRAWS, 1)


# The permutations of the rows.


def keys_of(seed: int, turn: int = 0) -> tuple[np.ndarray, np.ndarray]:
    low, high = seed % 2**32, seed // 2**32 % 2**32
    return round_keys(*(np.array([x], dtype=np.uint32) for x in (low, high, turn)))


@given(st.integers(1, 3000), seeds, st.integers(0, 5), st.sampled_from([tight, stepped]))
@QUICK
def test_it_is_a_bijection(size: int, seed: int, turn: int, domain) -> None:  # type: ignore[no-untyped-def]
    landed = permuted(np.arange(size, dtype=np.uint32), domain(np.array([size])), keys_of(seed, turn))
    assert sorted(landed.tolist()) == list(range(size))


@given(st.integers(1, MOST_ROWS), seeds, st.integers(0, 5), st.sampled_from([tight, stepped]))
@QUICK
def test_a_place_alone_lands_where_it_lands_among_many(size: int, seed: int, turn: int, domain) -> None:  # type: ignore[no-untyped-def]
    """Few places walk one by one, many at once."""
    places = np.random.default_rng(seed % 2**32).integers(0, size, 300).astype(np.uint32)
    network, keys = domain(np.array([size])), keys_of(seed, turn)
    alone = [permuted(places[i : i + 1], network, keys)[0] for i in range(len(places))]
    assert permuted(places, network, keys).tolist() == alone


@pytest.mark.parametrize("domain", [tight, stepped])
def test_large_pools_stay_inside(domain) -> None:  # type: ignore[no-untyped-def]
    for size in (2**16, 2**24 + 3, MOST_ROWS):
        places = np.unique(np.random.default_rng(0).integers(0, size, 20_000)).astype(np.uint32)
        landed = permuted(places, domain(np.array([size])), keys_of(9))
        assert len(np.unique(landed)) == len(places)
        assert 0 <= landed.min() <= landed.max() < size


@pytest.mark.parametrize("domain", [tight, stepped])
def test_places_and_neighbours_are_spread_evenly(domain) -> None:  # type: ignore[no-untyped-def]
    """Over 20,000 keys, chi squared stays within five standard deviations of its mean."""
    draw = np.random.default_rng(3)
    keys = round_keys(
        *(draw.integers(0, 2**32, 20_000, dtype=np.uint32) for _ in range(2)),
        np.zeros(20_000, dtype=np.uint32),
    )
    for size in (3, 10, 40, 200):
        network = domain(np.full(20_000, size))
        first, second = (permuted(np.full(20_000, place, dtype=np.uint32), network, keys) for place in (0, 1))
        for values, cells in ((first, size), ((second.astype(int) - first) % size - 1, size - 1)):
            seen = np.bincount(values.astype(int), minlength=cells)
            chi = ((seen - 20_000 / cells) ** 2 / (20_000 / cells)).sum()
            assert chi <= cells - 1 + 5 * np.sqrt(2 * cells)


def test_a_growing_pool_keeps_its_order_within_a_step() -> None:
    """One row more changes at most two places: the new row's own, and the one it takes."""
    for size in range(130, 155):
        small, large = (
            permuted(np.arange(n, dtype=np.uint32), stepped(np.array([n])), keys_of(7))
            for n in (size, size + 1)
        )
        assert (small != large[:size]).sum() <= 1


# The rows of the draws.


@given(st.lists(st.integers(1, 60), min_size=1, max_size=4), seeds)
@QUICK
def test_every_pass_sees_every_row_once(sizes: list[int], seed: int) -> None:
    order = Order(seed, 0, pools(*sizes), [1.0] * len(sizes))
    which, rows = order.draws(0, 5 * sum(sizes) * len(sizes))
    for source, size in enumerate(sizes):
        mine = rows[which == source]
        for start in range(0, len(mine) - size + 1, size):
            assert sorted(mine[start : start + size].tolist()) == list(range(size))


def test_passes_differ_from_each_other() -> None:
    rows = rows_of(Order(1, 0, pools(50), [1.0]), 0, 200).reshape(4, 50)
    assert len({tuple(one) for one in rows.tolist()}) == 4


@given(seeds, st.integers(0, 60_000), st.integers(1, 300), st.booleans(), st.floats(0.01, 1.0))
@QUICK
def test_any_position_gives_what_the_whole_run_gives(
    seed: int, start: int, count: int, moving: bool, fraction: float
) -> None:
    def order() -> Order:
        return Order(seed, 0, pools(70, 500), [0.3, 0.7], ordering=ordering("easy_first"), moving=moving)

    share = fraction if moving else 1.0
    whole = order()
    which, rows = whole.draws(0, start + count, share)
    again = order().draws(start, count, share)
    assert (again[0] == which[start:]).all()
    assert (again[1] == rows[start:]).all()
    assert (whole.counts(start + count) == np.bincount(which, minlength=2)).all()
    assert whole.draws(start, 0, share)[0].shape == (0,)


def test_steps_and_blocks_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Order(3, 0, pools(70, 500), [0.3, 0.7]).draws(0, 3000)
    monkeypatch.setattr(order_module, "BLOCK", 128)
    small = Order(3, 0, pools(70, 500), [0.3, 0.7])
    parts = [small.draws(start, 16) for start in range(0, 3000 - 16, 16)]
    for i in (0, 1):
        joined = np.concatenate([part[i] for part in parts])
        assert (joined == whole[i][: len(joined)]).all()


def test_looking_elsewhere_in_between_does_not_show() -> None:
    order = Order(3, 0, pools(70, 500), [0.3, 0.7])
    for start in (0, 70_000, 20_000, 16_000, 33_000, 0):
        fresh = Order(3, 0, pools(70, 500), [0.3, 0.7]).draws(start, 800)
        assert all((a == b).all() for a, b in zip(order.draws(start, 800), fresh, strict=True))


def test_what_is_returned_can_be_changed_without_harm() -> None:
    order = Order(3, 0, pools(70), [1.0])
    which, rows = order.draws(0, 10)
    kept = rows.copy()
    which += 1
    rows *= 0
    assert (order.draws(0, 10)[1] == kept).all()


def test_arms_with_another_mix_see_the_same_rows_of_a_task() -> None:
    here = Order(4, 0, pools(80, 300), [0.5, 0.5])
    there = Order(4, 2, (Pool("other", 40), *pools(80, 300)), [0.2, 0.1, 0.7])
    for source in (0, 1):
        a, b = rows_of(here, source, 1000), rows_of(there, source + 1, 3000)
        few = min(len(a), len(b))
        assert few > 200
        assert (a[:few] == b[:few]).all()


def test_seeds_and_tasks_have_orders_of_their_own() -> None:
    rows = {
        tuple(rows_of(Order(seed, 0, (Pool(task, 200),), [1.0]), 0, 200).tolist())
        for seed in (1, 2, 3)
        for task in ("a", "b")
    }
    assert len(rows) == 6


def test_a_segment_goes_on_where_the_one_before_ended() -> None:
    """Passes carry on over the border: rows are not repeated because a stage began."""
    first = Order(6, 0, pools(90, 40), [0.8, 0.2])
    which, rows = first.draws(0, 100)
    second = Order(6, 1, pools(90, 40), [0.5, 0.5], drawn=first.counts(100).tolist())
    which2, rows2 = second.draws(0, 100)
    for source, size in enumerate((90, 40)):
        both = np.concatenate([rows[which == source], rows2[which2 == source]])
        assert sorted(both[:size].tolist()) == list(range(size)), source


# Windows.


@given(seeds, st.integers(5, 300), st.floats(0.02, 1.0), st.sampled_from(["easy_first", "hard_first"]))
@QUICK
def test_draws_stay_in_the_window(seed: int, size: int, fraction: float, name: str) -> None:
    index = np.random.default_rng(size).permutation(size).astype(np.uint32)
    rank = np.argsort(index)
    for moving in (True, False):
        order = Order(
            seed, 0, (Pool("t", size, index),), [1.0],
            ordering=ordering(name), high=1.0 if moving else fraction, moving=moving,
        )  # fmt: skip
        seen = set(rank[order.draws(0, 40 * size, fraction if moving else 1.0)[1]].tolist())
        many = max(1, int(fraction * size + 1e-6))
        if name == "easy_first":
            assert seen == set(range(many))
        else:
            assert min(seen) in (size - many, size - many - 1, size - many + 1)
            assert max(seen) == size - 1


@pytest.mark.parametrize("moving", [True, False])
def test_rows_of_a_small_pool_come_again_beside_a_larger_one(moving: bool) -> None:
    """The small pool is looked up in a list that is shorter than the large pool."""
    (again,) = replay_pools([(Pool("earlier", 60), 0.0, 0.5)])
    order = Order(3, 0, (*pools(300), again), [0.8, 0.2], ordering=ordering("easy_first"), moving=moving)
    assert set(rows_of(order, 0, 1000).tolist()) >= set(range(290))
    assert set(rows_of(order, 1, 1000).tolist()) == set(range(30))


@pytest.mark.parametrize("name", ["easy_first", "hard_first"])
@given(
    shares=st.lists(st.floats(0.01, 1.0), min_size=8, max_size=40),
    wrong=st.sets(st.integers(0, 39)),
    each=st.integers(1, 40),
)
@QUICK
def test_draws_worked_out_ahead_are_those_of_one_step_at_a_time(name, shares, wrong, each) -> None:
    """Whether the guess of what is to come is right, wrong in some steps, or longer than what comes."""

    def order() -> Order:
        again = replay_pools([(pools(60)[0], 0.0, 0.5)])
        sources = (*pools(300, 70), *again)
        return Order(3, 0, sources, [0.5, 0.3, 0.2], ordering=ordering(name), low=0.1, moving=True)

    guess = [0.5 if step in wrong else share for step, share in enumerate(shares)]
    foreseeing, plain = order(), order()
    for step, share in enumerate(shares):
        rest = [(coming, 0.0) for coming in guess[step + 1 :]]
        found = foreseeing.draws(step * each, each, share, 0.0, lambda rest=rest: rest)
        alone = plain.draws(step * each, each, share, 0.0)
        assert [part.tolist() for part in found] == [part.tolist() for part in alone]


@pytest.mark.parametrize("moving", [True, False])
def test_hard_first_is_the_mirror_of_easy_first(moving: bool) -> None:
    """So that a hard window grows at its easy end as evenly as an easy one does at its hard end."""
    easy, hard = (
        Order(3, 0, pools(300), [1.0], ordering=ordering(name), high=1.0 if moving else 0.7, moving=moving)
        for name in ("easy_first", "hard_first")
    )
    for step in range(100):
        fraction = (60 + 2 * step) / 300 if moving else 1.0
        assert (easy.draws(16 * step, 16, fraction)[1] == 299 - hard.draws(16 * step, 16, fraction)[1]).all()


def test_a_stages_take_cuts_ranks() -> None:
    pool = Pool("t", 100)
    assert pool.ranks(0.0, 0.4) == (0, 40)
    assert pool.ranks(0.29, 0.57) == (29, 57)
    assert pool.ranks(0.6, 1.0) == (60, 100)
    assert pool.ranks(0.0, 0.001) == (0, 1)
    assert pool.ranks(1.0, 1.0) == (99, 100)
    assert Pool("t", 4, levels=np.array([0.1, 0.2, 0.5, 0.9])).ranks(0.1, 0.5) == (1, 3)
    assert Pool("t", 4, levels=np.array([0.6, 0.7, 0.8, 0.9])).ranks(0.0, 0.5) == (0, 1)


@pytest.mark.parametrize("seed", range(4))
def test_a_growing_window_draws_its_rows_evenly(seed: int) -> None:
    """Each open row is drawn as often as the pace says, far closer than by draws with replacement."""
    size, steps, batch, chance = 400, 1500, 16, np.random.default_rng(seed)
    order = Order(seed, 0, pools(size), [1.0], ordering=ordering("easy_first"), moving=True)
    seen, by_chance, expected = np.zeros(size), np.zeros(size), np.zeros(size)
    for step in range(steps):
        fraction = min(1.0, 0.2 + 0.8 * step / 1000)
        opened = int(fraction * size + 1e-6)
        seen += np.bincount(order.draws(step * batch, batch, fraction)[1], minlength=size)
        by_chance += np.bincount(chance.integers(0, opened, batch), minlength=size)
        expected[:opened] += batch / opened
    assert ((seen - expected) ** 2).mean() <= 0.5 * ((by_chance - expected) ** 2).mean()
    for part in np.array_split(seen - expected, 5):
        assert abs(part.mean()) <= 1.2  # of 60 draws a row; neither easy nor hard rows are favoured


def test_a_window_that_grows_in_step_with_the_draws_is_no_trap() -> None:
    """One row opens every two draws in the third pass: `j mod m` would give two rows 500 times."""
    order = Order(5, 0, pools(2000), [1.0], ordering=ordering("easy_first"), moving=True)
    seen: Counter[int] = Counter()
    for i in range(500):
        assert (2000 + 2 * i) % (1000 + i) == 0
        seen.update(order.draws(2000 + 2 * i, 2, (1000 + i) / 2000)[1].tolist())
    assert max(seen.values()) <= 8
    assert len(seen) >= 600


def test_a_window_that_stands_still_is_covered_almost_exactly() -> None:
    order = Order(2, 0, pools(1000), [1.0], ordering=ordering("easy_first"), moving=True)
    seen = Counter(rows_of(order, 0, 3000, 0.3).tolist())
    assert set(seen) == set(range(300))
    assert max(abs(times - 10) for times in seen.values()) <= 3


def test_consecutive_draws_of_a_growing_window_are_unrelated_in_difficulty() -> None:
    order = Order(8, 0, pools(5000), [1.0], ordering=ordering("easy_first"), moving=True)
    rows = rows_of(order, 0, 5000, 0.6)
    for lag in (1, 2, 3, 5, 8, 13):
        assert abs(np.corrcoef(rows[:-lag], rows[lag:])[0, 1]) < 0.06


PINNED = {
    "passes, few sources": "69bad2567e8b0b94",
    "passes, many sources": "c191f106882286f3",
    "passes, far": "76caa939b2767bc8",
    "passes, hard first, by index": "b1500422028215ae",
    "moving": "bc9545572b08226d",
    "moving, many sources, far": "00cade7867821bd9",
    "strict: interleaved": "eeeeb891b53a54d1",
    "strict: length_buckets": "562fef1bd2eb4f98",
    "strict: sorted_once": "fff973849904c093",
    "turned": "6140355638107d3e",
}
"""The beginning of the SHA-256 over sources and rows, int64 little-endian, of 3 x 20,000 draws."""


def pinned(case: str) -> Order:
    """The order of a case: pools of one row up to the largest, rates with a long tail."""
    many, far = "many" in case, "far" in case
    count = 700 if many else 6
    draw = np.random.default_rng(3)
    sizes = np.concatenate([[1, 40], draw.integers(50, 70_000, count - 3), [MOST_ROWS if far else 3_000_000]])
    sources = [Pool(f"t{i}", int(size)) for i, size in enumerate(sizes)]
    if "index" in case:
        sources[2:5] = [
            replace(pool, index=draw.permutation(pool.size).astype(np.uint32)) for pool in sources[2:5]
        ]
    sources[3] = replace(sources[3], replay=True)
    rates = 1.0 / np.arange(1, count + 1)
    rule, _, name = case.partition(": ")
    built = ordering(name if rule == "strict" else "hard_first" if "hard" in case else "easy_first")
    made = Order(
        5, 2, tuple(sources), rates.tolist(), (10**11,) * count if far else (),
        ordering=built, low=0.05, high=0.9, moving="moving" in case,
        spread=Spread(np.arange(count), np.ones(count)) if case == "turned" else None,
    )  # fmt: skip
    return made.turned(rates[::-1], 1234) if case == "turned" else made


@pytest.mark.parametrize("case", PINNED)
def test_the_rows_are_those_of_every_version_before(case: str) -> None:
    """Users' stores hold trials of these orders, and a resumed trial goes on in its own."""
    from hashlib import sha256

    order, digest = pinned(case), sha256()
    for start in (1234, 10**6 + 7, 10**12 + 5):
        for part in order.draws(start, 20_000, 0.4, 0.1):
            digest.update(part.astype("<i8").tobytes())
    assert digest.hexdigest()[:16] == PINNED[case]


# Replay.


def test_replay_takes_its_share_from_rows_of_earlier_stages() -> None:
    first = Pool("a", 100, np.arange(100, dtype=np.uint32)[::-1].copy())
    replayed = replay_pools([(first, 0.0, 0.2), (first, 0.1, 0.3), (Pool("c", 10), 0.0, 1.0)])
    assert [pool.task for pool in replayed] == ["a", "c"]
    assert sorted(replayed[0].index) == list(range(70, 100))

    rates = Spread(np.array([0, 1, -1, -1]), np.array([0.8, 0.8, 0.1, 0.1]))(np.array([0.75, 0.25]))
    assert rates == pytest.approx([0.6, 0.2, 0.1, 0.1])
    order = Order(
        1, 1, (first, Pool("b", 50), *replayed), rates.tolist(),
        ordering=ordering("easy_first"), low=0.5, moving=True,
    )  # fmt: skip
    which, rows = order.draws(0, 2000, 0.4)
    assert (which >= 2).mean() == pytest.approx(0.2, abs=0.002)
    assert set(rows[which == 2].tolist()) == set(range(70, 100))
    assert set(rows[which == 3].tolist()) == set(range(10))
    assert set(rows[which == 0].tolist()) == set(range(30, 50))
    passes = rows[which == 3][:10]
    assert sorted(passes.tolist()) == list(range(10))


@pytest.mark.parametrize(
    "wrong",
    [
        {"sources": (Pool("a", 0),), "rates": [1.0]},
        {"sources": pools(3, 4), "rates": [1.0]},
        {"sources": pools(3, 4), "rates": [1.0, 1.0], "drawn": [1]},
    ],
)
def test_orders_that_make_no_sense_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"pool|rate"):
        Order(1, 0, **wrong)  # type: ignore[arg-type]


# The realised order, and the streams.


def test_the_hash_of_an_order_goes_on_from_its_digest() -> None:
    _, rows = Order(1, 0, pools(30), [1.0]).draws(0, 64)
    parts = [rows[start : start + 16] for start in range(0, 64, 16)]
    steps = [{"a": part[:10], "b": part[10:]} for part in parts]

    def hashed(steps: list[dict[str, np.ndarray]], begun: OrderHash) -> str:
        for step in steps:
            begun.step(step, ("a", "b"))
        return begun.hexdigest()

    whole = hashed(steps, OrderHash())
    assert hashed(steps[1:], OrderHash(hashed(steps[:1], OrderHash()))) == whole
    two, one = steps[0]["a"][[1, 0]], steps[0]["a"]
    assert two[0] != one[0]
    swapped = {"a": np.concatenate([two, one[2:]]), "b": steps[0]["b"]}
    assert hashed([swapped, *steps[1:]], OrderHash()) != whole
    elsewhere = {"a": np.concatenate([one, steps[0]["b"][:1]]), "b": steps[0]["b"][1:]}
    assert hashed([elsewhere, *steps[1:]], OrderHash()) != whole


def test_the_hash_is_sha256_of_little_endian_numbers() -> None:
    from hashlib import sha256

    found = OrderHash()
    found.step({"b": np.array([3, 4])}, ("a", "b"))
    parts = [n.to_bytes(size, "little") for n, size in ((1, 4), (2, 4), (3, 8), (4, 8))]
    assert found.hexdigest() == sha256(bytes(32) + b"".join(parts)).hexdigest()


def test_keys_are_the_same_in_every_process() -> None:
    """Nothing of an order may depend on Python's own hash of strings."""
    code = (
        "import json\n"
        "from currc.runtime.curriculum.order import Order, Pool\n"
        "from currc.runtime.streams import key\n"
        "rows = Order(1, 0, (Pool('a', 99), Pool('b', 7)), [0.5, 0.5]).draws(0, 20)[1]\n"
        "print(json.dumps([key(1, 'rows', 'a'), rows.tolist()]))\n"
    )
    found = [
        json.loads(
            subprocess.run(
                [sys.executable, "-c", code], capture_output=True, check=True, env={"PYTHONHASHSEED": seed}
            ).stdout
        )
        for seed in ("1", "2")
    ]
    assert found[0] == found[1]
    assert found[0][0] == key(1, "rows", "a") == 18289463770274653986


def test_keys_of_different_names_differ() -> None:
    found = {
        key(seed, stream, *about) for seed in (1, 2) for stream in ("a", "b") for about in ((), ("1",), (1,))
    }
    assert len(found) == 12
