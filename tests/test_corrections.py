"""Corrections for how many comparisons there are."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from currc.runtime.judging.corrections.holm import Holm
from currc.runtime.judging.descriptive import benjamini_hochberg

# Benjamini and Hochberg 1995, section 4: fifteen p values of a heart study.
STUDY = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344]
STUDY += [0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000]
p_values = st.lists(st.floats(0, 1), min_size=1, max_size=8)


def test_holm_by_hand() -> None:
    assert Holm().adjust([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert Holm().adjust([0.02]) == [0.02]
    assert Holm().adjust([]) == []
    assert Holm().adjust([0.6, 0.5]) == [1.0, 1.0]


def test_the_heart_study() -> None:
    assert sum(p <= 0.05 for p in benjamini_hochberg(STUDY)) == 4
    assert sum(p * len(STUDY) <= 0.05 for p in STUDY) == 3  # Bonferroni
    assert sum(p <= 0.05 for p in Holm().adjust(STUDY)) == 3


@settings(deadline=None)
@given(p_values)
def test_both_keep_the_order_and_lie_between_the_raw_and_bonferroni(p: list[float]) -> None:
    holm, bh = Holm().adjust(p), benjamini_hochberg(p)
    for raw, one, other in zip(p, holm, bh, strict=True):
        assert raw <= other <= one <= min(1.0, raw * len(p)) + 1e-15
    for adjusted in (holm, bh):
        assert sorted(range(len(p)), key=lambda i: (p[i], i)) == sorted(
            range(len(p)), key=lambda i: (adjusted[i], p[i], i)
        )


@settings(deadline=None)
@given(p_values, st.randoms())
def test_the_order_of_the_arms_does_not_matter(p: list[float], random: object) -> None:
    order = list(range(len(p)))
    random.shuffle(order)  # type: ignore[attr-defined]
    for adjust in (Holm().adjust, benjamini_hochberg):
        assert adjust([p[i] for i in order]) == pytest.approx([adjust(p)[i] for i in order])
