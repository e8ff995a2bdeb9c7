"""What holds for every weighting of losses, today's and tomorrow's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from currc.runtime.learning.weighting import Weighting
from currc.runtime.streams import generator
from currc.runtime.vocabulary import Vocabulary
from tests.contracts.every import TASKS, every, word

WEIGHTINGS = every("weights")
losses = st.lists(st.one_of(st.floats(1e-3, 20.0), st.just(float("nan"))), min_size=3, max_size=3).map(
    np.array
)


def weighting(name: str, **parameters: object) -> Weighting:
    built = Vocabulary().build("weights", {"word": name, "parameters": parameters})
    assert isinstance(built, Weighting)
    return built


def carry_on(
    rule: Weighting, memory: dict[str, np.ndarray], steps: list[np.ndarray], first: int
) -> list[bytes]:
    """The weights of each step, as bytes."""
    found = []
    for i, step in enumerate(steps, first):
        found.append(rule.weights(step, memory, generator(1, "weights", i)).tobytes())
        rule.after_step(step, memory, 1e-3)
    return found


@pytest.mark.parametrize("rule", WEIGHTINGS, ids=word)
@given(st.lists(losses, min_size=1, max_size=6))
@settings(max_examples=40, deadline=None)
def test_weights_are_finite_and_not_negative(rule: Weighting, steps: list[np.ndarray]) -> None:
    memory = rule.start(TASKS[:3])
    for i, step in enumerate(steps):
        weights = rule.weights(step, memory, generator(1, "weights", i))
        assert weights.shape == (3,)
        assert weights.dtype == np.float64
        assert np.isfinite(weights).all()
        assert (weights >= 0.0).all()
        rule.after_step(step, memory, 1e-3)


@pytest.mark.parametrize("rule", WEIGHTINGS, ids=word)
@given(st.lists(losses, min_size=2, max_size=6))
@settings(max_examples=40, deadline=None)
def test_a_resumed_run_is_the_uninterrupted_one(rule: Weighting, steps: list[np.ndarray]) -> None:
    whole = carry_on(rule, rule.start(TASKS[:3]), steps, 0)
    memory = rule.start(TASKS[:3])
    begun = carry_on(rule, memory, steps[:1], 0)
    saved = {
        name: np.frombuffer(array.tobytes(), dtype=array.dtype).reshape(array.shape).copy()
        for name, array in memory.items()
    }
    assert begun + carry_on(rule, saved, steps[1:], 1) == whole


@pytest.mark.parametrize("rule", WEIGHTINGS, ids=word)
def test_the_weights_are_the_callers_own(rule: Weighting) -> None:
    memory, step = rule.start(TASKS[:3]), np.array([1.0, 2.0, 3.0])
    first = rule.weights(step, memory, generator(1, "weights"))
    kept = first.copy()
    first *= 0.0
    assert (rule.weights(step, memory, generator(1, "weights")) == kept).all()
    assert (step == [1.0, 2.0, 3.0]).all()


@pytest.mark.parametrize("rule", WEIGHTINGS, ids=word)
def test_the_memory_is_named_arrays_that_can_be_saved(rule: Weighting) -> None:
    for name, array in rule.start(TASKS[:3]).items():
        assert isinstance(name, str)
        assert array.dtype in (np.float64, np.int64)


def test_equal_and_fixed() -> None:
    step, stream = np.array([1.0, np.nan]), generator(1, "weights")
    equal, fixed = weighting("equal"), weighting("fixed", by_task={"b": 2.5})
    assert equal.weights(step, equal.start(TASKS[:2]), stream).tolist() == [1.0, 1.0]
    assert fixed.weights(step, fixed.start(TASKS[:2]), stream).tolist() == [1.0, 2.5]


def test_uncertainty_comes_to_the_log_of_the_loss() -> None:
    rule, step = weighting("uncertainty", lr=0.05), np.array([0.2, 1.0, 5.0])
    memory = rule.start(TASKS[:3])
    for _ in range(2000):
        rule.after_step(step, memory, 1e-3)
    assert memory["s"] == pytest.approx(np.log(step), abs=1e-3)
    assert rule.weights(step, memory, generator(1, "weights")) == pytest.approx(1 / (2 * step), rel=1e-2)


def test_uncertainty_follows_the_gradient_of_its_objective() -> None:
    """Adam's first step goes by `lr` against the sign of 1/2 - exp(-s) L / 2."""
    rule = weighting("uncertainty", lr=0.025)
    memory = rule.start(TASKS[:3])
    rule.after_step(np.array([3.0, 0.5, np.nan]), memory, 1e-3)
    assert memory["s"] == pytest.approx([0.025, -0.025, 0.0], abs=1e-8)
    assert memory["m"] == pytest.approx([0.1 * (0.5 - 1.5), 0.1 * (0.5 - 0.25), 0.0])
    assert memory["steps"].tolist() == [1, 1, 0]


def test_uncertainty_agrees_with_a_second_adam() -> None:
    """Algorithm 1 of Kingma and Ba 2015, one log variance at a time, in plain numbers."""
    rule = weighting("uncertainty", lr=0.03)
    memory = rule.start(TASKS[:2])
    steps = [(2.0 + np.sin(i), 0.3 + 0.1 * np.cos(i)) for i in range(50)]
    for step in steps:
        rule.after_step(np.array(step), memory, 1e-3)
    for task in (0, 1):
        s = m = v = 0.0
        for t, step in enumerate(steps, 1):
            gradient = -0.5 * np.exp(-s) * step[task] + 0.5
            m, v = 0.9 * m + 0.1 * gradient, 0.999 * v + 0.001 * gradient**2
            s -= 0.03 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        assert memory["s"][task] == pytest.approx(s, rel=1e-9)
