"""What holds for every order, today's and tomorrow's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from currc.runtime.curriculum.ordering import Ordering
from currc.runtime.vocabulary import Vocabulary
from tests.contracts.every import every, word

ORDERS = every("order")
shares = st.floats(0.0, 1.0)


@pytest.mark.parametrize("order", ORDERS, ids=word)
@given(shares, shares, st.floats(1e-6, 1.0))
def test_a_window_lies_within_all_percentiles(order: Ordering, a: float, b: float, fraction: float) -> None:
    low, high = order.window(min(a, b), max(a, b), fraction)
    assert -1e-12 <= low <= high <= 1.0 + 1e-12


@pytest.mark.parametrize("order", ORDERS, ids=word)
@given(shares, shares, st.floats(1e-6, 1.0), st.floats(1e-6, 1.0))
def test_a_window_grows_with_the_fraction(order: Ordering, a: float, b: float, c: float, d: float) -> None:
    small = order.window(min(a, b), max(a, b), min(c, d))
    large = order.window(min(a, b), max(a, b), max(c, d))
    assert large[0] <= small[0] + 1e-12
    assert small[1] <= large[1] + 1e-12


@pytest.mark.parametrize("order", ORDERS, ids=word)
@given(shares, shares, st.floats(1e-6, 1.0))
def test_a_window_has_the_planned_width(order: Ordering, a: float, b: float, fraction: float) -> None:
    low, high = order.window(min(a, b), max(a, b), fraction)
    assert high - low == pytest.approx(abs(a - b) * fraction if order.windowed else 1.0)


@pytest.mark.parametrize("order", ORDERS, ids=word)
def test_a_mirrored_window_opens_from_the_hard_end(order: Ordering) -> None:
    if order.windowed:
        expected = (0.8, 1.0) if order.mirrored else (0.0, 0.2)
        assert order.window(0.0, 1.0, 0.2) == pytest.approx(expected)


@pytest.mark.parametrize("order", ORDERS, ids=word)
def test_an_order_needs_a_score_or_brings_one_but_not_both(order: Ordering) -> None:
    assert not (order.sorts and order.scored_by)
    if order.scored_by:
        assert order.scored_by in Vocabulary().words("score")


def test_windows_of_the_first_orders() -> None:
    orders = {order.word(): order for order in ORDERS if isinstance(order, Ordering)}
    assert orders["shuffled"].window(0.2, 0.4, 0.5) == (0.0, 1.0)
    assert orders["easy_first"].window(0.2, 0.4, 0.5) == pytest.approx((0.2, 0.3))
    assert orders["random_order"].window(0.2, 0.4, 0.5) == pytest.approx((0.2, 0.3))
    assert orders["hard_first"].window(0.2, 0.4, 0.5) == pytest.approx((0.7, 0.8))
    assert orders["hard_first"].window(0.0, 0.4, 1.0) == pytest.approx((0.6, 1.0))
