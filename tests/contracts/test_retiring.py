"""What holds for every rule of retirement that looks at losses, today's and tomorrow's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from currc.runtime.curriculum.retiring import Retiring
from tests.contracts.every import every, word

RULES = [one for one in every("retire") if isinstance(one, Retiring)]
LOOKS = [one for one in RULES if one.looks]
losses = st.integers(1, 12).flatmap(
    lambda rows: st.lists(
        st.lists(st.sampled_from([0.0, 0.01, 0.04, 0.3, 2.0]), min_size=rows, max_size=rows),
        min_size=1,
        max_size=6,
    )
)


def pools(rows: int) -> np.ndarray:
    return np.arange(rows) % 2


@pytest.mark.parametrize("rule", RULES, ids=word)
def test_a_rule_that_looks_retires(rule: Retiring) -> None:
    assert rule.retires == (word(rule) != "none")
    assert rule.retires or not rule.looks


@pytest.mark.parametrize("rule", LOOKS, ids=word)
@given(losses, st.integers(1, 4))
@settings(max_examples=60, deadline=None)
def test_a_row_leaves_once_and_enough_rows_stay(rule: Retiring, seen: list[list[float]], least: int) -> None:
    read = np.array(seen)
    pool = pools(read.shape[1])
    found = rule.leaves(read, pool, least)
    assert ((found >= 0) & (found <= len(read))).all()
    stays = found == len(read)
    for one in np.unique(pool):
        assert stays[pool == one].sum() >= min(least, (pool == one).sum())


@pytest.mark.parametrize("rule", LOOKS, ids=word)
@given(losses, st.integers(1, 4))
@settings(max_examples=60, deadline=None)
def test_later_looks_and_losses_of_rows_that_left_change_nothing(
    rule: Retiring, seen: list[list[float]], least: int
) -> None:
    """What a resumed trial works out again from its looks is what it came to then."""
    read = np.array(seen)
    pool = pools(read.shape[1])
    whole = rule.leaves(read, pool, least)
    blank = np.where(np.arange(len(read))[:, None] > whole[None, :], np.nan, read)
    assert (rule.leaves(blank, pool, least) == whole).all()
    for count in range(1, len(read)):
        early = rule.leaves(read[:count], pool, least)
        assert (early == np.minimum(whole, count)).all()


@pytest.mark.parametrize("rule", LOOKS, ids=word)
@given(losses)
@settings(max_examples=40, deadline=None)
def test_lower_losses_let_no_fewer_rows_go(rule: Retiring, seen: list[list[float]]) -> None:
    read = np.array(seen)
    pool = pools(read.shape[1])
    lower = rule.leaves(read / 10.0, pool, 0)
    assert (lower <= rule.leaves(read, pool, 0)).all()
