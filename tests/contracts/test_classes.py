"""What holds for every balance of classes, today's and tomorrow's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from currc.runtime.curriculum.classes import Classes
from currc.runtime.vocabulary import Vocabulary
from tests.contracts.every import every, word

BALANCES = every("classes")
counts = st.lists(st.integers(0, 10**6), min_size=1, max_size=8).filter(any)


def balance(name: str, **parameters: object) -> Classes:
    built = Vocabulary().build("classes", {"word": name, "parameters": parameters})
    assert isinstance(built, Classes)
    return built


@pytest.mark.parametrize("classes", BALANCES, ids=word)
@given(counts)
@settings(max_examples=60, deadline=None)
def test_shares_are_a_distribution_over_the_classes_that_have_rows(
    classes: Classes, counts: list[int]
) -> None:
    shares = classes.shares(np.array(counts))
    assert shares.sum() == pytest.approx(1.0)
    assert ((shares > 0.0) == (np.array(counts) > 0)).all()


@pytest.mark.parametrize("classes", BALANCES, ids=word)
@given(counts, st.randoms())
@settings(max_examples=40, deadline=None)
def test_the_order_of_classes_does_not_matter(classes: Classes, counts: list[int], random) -> None:  # type: ignore[no-untyped-def]
    turn = random.sample(range(len(counts)), len(counts))
    here, there = classes.shares(np.array(counts)), classes.shares(np.array(counts)[turn])
    assert there == pytest.approx(here[turn])


@pytest.mark.parametrize("classes", BALANCES, ids=word)
@given(st.lists(st.integers(1, 10**6), min_size=2, max_size=8))
@settings(max_examples=40, deadline=None)
def test_a_larger_class_is_drawn_no_less_and_its_rows_no_more(classes: Classes, counts: list[int]) -> None:
    sizes = np.sort(np.array(counts))
    shares = classes.shares(sizes)
    assert (np.diff(shares) >= -1e-12).all()
    assert (np.diff(shares / sizes) <= 1e-12).all()


@pytest.mark.parametrize("classes", BALANCES, ids=word)
def test_what_draws_classes_apart_says_so(classes: Classes) -> None:
    shares = classes.shares(np.array([900, 100]))
    assert classes.splits == (shares != pytest.approx([0.9, 0.1]))


def test_the_formulas() -> None:
    counts = np.array([9000, 900, 100])
    assert balance("natural").shares(counts) == pytest.approx([0.9, 0.09, 0.01])
    assert balance("equal").shares(counts) == pytest.approx([1 / 3] * 3)
    # sqrt: 94.868, 30, 10
    assert balance("inverse_sqrt").shares(counts) == pytest.approx([0.703414, 0.222439, 0.074146], abs=1e-6)


def test_the_effective_number_by_hand() -> None:
    """Beta 0.9, 1 and 10 rows: effective 1 and (1 - 0.9 ** 10) / 0.1 = 6.5132; rows over it 1 and 1.53534."""
    shares = balance("effective", beta=0.9).shares(np.array([1, 10]))
    assert shares == pytest.approx([0.394424, 0.605576], abs=1e-6)
    counts = np.array([9000, 100])
    assert balance("effective", beta=0.0).shares(counts) == pytest.approx([90 / 91, 1 / 91])
    assert balance("effective", beta=1 - 1e-12).shares(counts) == pytest.approx([0.5, 0.5], abs=1e-6)
