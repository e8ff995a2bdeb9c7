"""What holds for every order, today's and tomorrow's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from currc.runtime.curriculum.order import Order, Pool
from currc.runtime.curriculum.ordering import Ordering
from currc.runtime.vocabulary import Vocabulary
from tests.contracts.every import every, word

ORDERS = every("order")
shares = st.floats(0.0, 1.0)


@pytest.mark.parametrize("order", ORDERS, ids=word)
@given(shares, shares, st.floats(1e-6, 1.0))
def test_a_window_lies_within_all_percentiles(order: Ordering, a: float, b: float, fraction: float) -> None:
    low, high = order.opens(min(a, b), max(a, b), fraction)
    assert -1e-12 <= low <= high <= 1.0 + 1e-12


@pytest.mark.parametrize("order", ORDERS, ids=word)
@given(shares, shares, st.floats(1e-6, 1.0), st.floats(1e-6, 1.0))
def test_a_window_grows_with_the_fraction(order: Ordering, a: float, b: float, c: float, d: float) -> None:
    small = order.opens(min(a, b), max(a, b), min(c, d))
    large = order.opens(min(a, b), max(a, b), max(c, d))
    assert large[0] <= small[0] + 1e-12
    assert small[1] <= large[1] + 1e-12


@pytest.mark.parametrize("order", ORDERS, ids=word)
@given(shares, shares, st.floats(1e-6, 1.0))
def test_a_window_has_the_planned_width(order: Ordering, a: float, b: float, fraction: float) -> None:
    low, high = order.opens(min(a, b), max(a, b), fraction)
    assert high - low == pytest.approx(
        abs(a - b) * (fraction if order.paced else 1.0) if order.windowed else 1.0
    )


@pytest.mark.parametrize("order", ORDERS, ids=word)
def test_a_mirrored_window_opens_from_the_hard_end(order: Ordering) -> None:
    if order.paced:
        expected = (0.8, 1.0) if order.mirrored else (0.0, 0.2)
        assert order.opens(0.0, 1.0, 0.2) == pytest.approx(expected)


@pytest.mark.parametrize("order", ORDERS, ids=word)
def test_an_order_needs_a_score_or_brings_one_but_not_both(order: Ordering) -> None:
    own = order.own_score(order.model_dump(mode="json"))
    assert not (order.sorts and own)
    if own:
        assert Vocabulary().build("score", dict(own)).word() == own["word"]


def test_coarse_to_fine_sorts_by_a_column_or_by_the_frequency_of_labels() -> None:
    def score(**parameters: object) -> dict[str, object]:
        order: Any = Vocabulary().build("order", {"word": "coarse_to_fine", "parameters": parameters})
        assert order.opens(0.2, 0.4, 0.5) == pytest.approx((0.2, 0.3))
        return dict(order.own_score(order.model_dump(mode="json")))

    assert score() == {"word": "label_rarity", "parameters": {}}
    level = {"name": "level", "levels": ["kingdom", "genus"], "higher": "harder"}
    assert score(column="level", levels=["kingdom", "genus"]) == {"word": "column", "parameters": level}
    with pytest.raises(ValueError, match="none is named"):
        score(levels=["kingdom"])


def test_windows_of_the_first_orders() -> None:
    orders = {order.word(): order for order in ORDERS if isinstance(order, Ordering)}
    assert orders["shuffled"].opens(0.2, 0.4, 0.5) == (0.0, 1.0)
    assert orders["easy_first"].opens(0.2, 0.4, 0.5) == pytest.approx((0.2, 0.3))
    assert orders["random_order"].opens(0.2, 0.4, 0.5) == pytest.approx((0.2, 0.3))
    assert orders["hard_first"].opens(0.2, 0.4, 0.5) == pytest.approx((0.7, 0.8))
    assert orders["hard_first"].opens(0.0, 0.4, 1.0) == pytest.approx((0.6, 1.0))


# Orders that say which row each draw takes.

STRICT = [order for order in ORDERS if order.strict]  # type: ignore[attr-defined]


def passes_of(order: Ordering, size: int, seed: int = 3, count: int = 4) -> np.ndarray:
    """The ranks that the first passes over a pool draw; int64 [count, size]."""
    made = Order(seed, 0, (Pool("t", size),), [1.0], ordering=order)
    return made.draws(0, count * size)[1].reshape(count, size)


@pytest.mark.parametrize("order", STRICT, ids=word)
@given(st.integers(1, 150), st.integers(0, 2**63))
@settings(max_examples=25, deadline=None)
def test_every_pass_of_a_strict_order_sees_every_row_once(order: Ordering, size: int, seed: int) -> None:
    found = passes_of(order, size, seed)
    assert (np.sort(found, axis=1) == np.arange(size)).all()


@pytest.mark.parametrize("order", STRICT, ids=word)
def test_a_strict_order_follows_from_seed_and_position_alone(order: Ordering) -> None:
    def made(seed: int) -> Order:
        return Order(seed, 1, (Pool("t", 90), Pool("u", 40)), [0.7, 0.3], (11, 5), ordering=order)

    whole = made(4).draws(0, 700)
    for start, count in ((0, 5), (37, 16), (650, 50)):
        part = made(4).draws(start, count)
        assert all((a == b[start : start + count]).all() for a, b in zip(part, whole, strict=True))
    assert (made(5).draws(0, 700)[1] != whole[1]).any()


@pytest.mark.parametrize("order", STRICT, ids=word)
def test_a_strict_order_begins_anew_with_each_stage(order: Ordering) -> None:
    first = Order(4, 0, (Pool("t", 90),), [1.0], ordering=order).draws(0, 60)[1]
    later = Order(4, 1, (Pool("t", 90),), [1.0], (250,), ordering=order).draws(0, 60)[1]
    assert (first == later).all()


def strict(name: str, **parameters: object) -> Ordering:
    built = Vocabulary().build("order", {"word": name, "parameters": parameters})
    assert isinstance(built, Ordering)
    return built


def test_sorted_once_is_sorted_in_the_first_pass_alone() -> None:
    found = passes_of(strict("sorted_once"), 50)
    assert found[0].tolist() == list(range(50))
    assert len({tuple(one) for one in found.tolist()}) == 4
    assert passes_of(strict("sorted_once", first="hard"), 50)[0].tolist() == list(range(50))[::-1]


def test_interleaved_goes_round_the_buckets_of_difficulty() -> None:
    """23 rows in 5 buckets of 5, 5, 5, 4, 4: rounds of 5 draws, one of each, and a last one of 3."""
    edges = [0, 5, 10, 15, 19, 23]
    found = passes_of(strict("interleaved", window=5), 23)
    for one in found:
        bucket = np.searchsorted(edges, one, side="right") - 1
        assert bucket.tolist() == [0, 1, 2, 3, 4] * 4 + [0, 1, 2]
    assert len({tuple(one) for one in found.tolist()}) == 4
    backwards = passes_of(strict("interleaved", window=5, first="hard"), 23)[0]
    mirrored = 22 - backwards
    assert (np.searchsorted(edges, mirrored, side="right") - 1).tolist() == [0, 1, 2, 3, 4] * 4 + [0, 1, 2]


def test_buckets_of_length_are_neighbours_and_come_by_chance() -> None:
    found = passes_of(strict("length_buckets", size=8), 83, count=40)
    starts = []
    for one in found:
        for bucket in np.split(one, range(8, 83, 8)):
            assert np.ptp(bucket) == len(bucket) - 1
        starts.append(int(one[0]))
        assert len(one[80:]) == 3
    assert len(set(starts)) > 8  # of ten buckets
    assert len({int(one[80:].min()) for one in found}) > 6  # the rest lies elsewhere each time
