"""What holds for every combination of gradients, today's and tomorrow's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from currc.runtime.learning.combining import Combining
from currc.runtime.streams import generator
from currc.runtime.vocabulary import Vocabulary
from tests.contracts.every import every, word

COMBINERS = every("combine")
gradients = arrays(
    np.float64, st.tuples(st.integers(1, 5), st.just(7)), elements=st.integers(-4, 4).map(float)
)


def combiner(name: str) -> Combining:
    built = Vocabulary().build("combine", {"word": name, "parameters": {}})
    assert isinstance(built, Combining)
    return built


def factors(rule: Combining, rows: np.ndarray, seed: int = 1) -> np.ndarray:
    return rule.weights(rows @ rows.T, rule.start(len(rows)), generator(seed, "combine"))


@pytest.mark.parametrize("rule", COMBINERS, ids=word)
@given(gradients)
@settings(max_examples=60, deadline=None)
def test_factors_are_finite_and_repeatable(rule: Combining, rows: np.ndarray) -> None:
    found = factors(rule, rows)
    assert found.shape == (len(rows),)
    assert found.dtype == np.float64
    assert np.isfinite(found).all()
    assert (factors(rule, rows) == found).all()


@pytest.mark.parametrize("rule", COMBINERS, ids=word)
@given(gradients)
@settings(max_examples=60, deadline=None)
def test_a_zero_gradient_changes_nothing(rule: Combining, rows: np.ndarray) -> None:
    rows = rows[np.abs(rows).sum(axis=1) > 0]
    with_zero = np.insert(rows, len(rows) // 2, 0.0, axis=0)
    found = factors(rule, with_zero)
    assert found[len(rows) // 2] == 0.0
    assert found @ with_zero == pytest.approx(factors(rule, rows) @ rows)


@pytest.mark.parametrize("rule", COMBINERS, ids=word)
@given(gradients)
@settings(max_examples=60, deadline=None)
def test_the_scale_of_all_gradients_does_not_matter(rule: Combining, rows: np.ndarray) -> None:
    assert factors(rule, 1024.0 * rows) == pytest.approx(factors(rule, rows), abs=1e-9)


@pytest.mark.parametrize("rule", COMBINERS, ids=word)
def test_gradients_that_do_not_conflict_are_kept(rule: Combining) -> None:
    assert (factors(rule, np.eye(3)) > 0.0).all()


@pytest.mark.parametrize("rule", COMBINERS, ids=word)
def test_what_is_not_finite_is_refused(rule: Combining) -> None:
    with pytest.raises(ValueError, match="not finite"):
        rule.weights(np.array([[np.nan]]), rule.start(1), generator(1, "combine"))


def test_the_sum_needs_no_gradients_of_its_own() -> None:
    rule = combiner("sum")
    assert rule.demands() == frozenset()
    assert factors(rule, np.array([[1.0, 0.0], [-2.0, 1.0]])).tolist() == [1.0, 1.0]


def surgery(rows: np.ndarray, stream: np.random.Generator) -> np.ndarray:
    """Algorithm 1 of Yu et al. 2020, on the gradients themselves."""
    total = np.zeros(rows.shape[1])
    for i in range(len(rows)):
        mine = rows[i].copy()
        for j in stream.permutation(len(rows)):
            if j != i and mine @ rows[j] < 0.0:
                mine = mine - (mine @ rows[j]) / (rows[j] @ rows[j]) * rows[j]
        total += mine
    return total


@given(st.integers(2, 6), st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_pcgrad_on_inner_products_is_pcgrad_on_gradients(tasks: int, seed: int) -> None:
    rows = np.random.default_rng(seed).standard_normal((tasks, 9))
    found = factors(combiner("pcgrad"), rows, seed) @ rows
    assert found == pytest.approx(surgery(rows, generator(seed, "combine")), abs=1e-9)


@given(st.floats(-0.999, 0.999), st.floats(0.01, 100.0))
def test_pcgrad_of_two_tasks_in_closed_form(cosine: float, scale: float) -> None:
    """v = (1 - g12 / g11, 1 - g12 / g22) where the two conflict, else (1, 1)."""
    inner = cosine * scale
    gramian = np.array([[1.0, inner], [inner, scale**2]])
    found = combiner("pcgrad").weights(gramian, {}, generator(1, "combine"))
    expected = [1.0 - inner, 1.0 - inner / scale**2] if inner < 0.0 else [1.0, 1.0]
    assert found == pytest.approx(expected)


def test_pcgrad_visits_in_an_order_of_the_seed() -> None:
    rows = np.random.default_rng(4).standard_normal((6, 4))
    found = {tuple(factors(combiner("pcgrad"), rows, seed)) for seed in range(20)}
    assert len(found) > 1
