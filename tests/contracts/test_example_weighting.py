"""What holds for every weighting of rows, today's and tomorrow's; and the exact values of each."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from currc.runtime.learning.example_weighting import ExampleWeighting
from currc.runtime.vocabulary import Vocabulary
from tests.contracts.every import TASKS, every, word

RULES = every("example_weights")
losses = st.lists(st.floats(0.0, 50.0), min_size=1, max_size=8).map(np.array)


def rule(name: str, **parameters: object) -> ExampleWeighting:
    built = Vocabulary().build("example_weights", {"word": name, "parameters": parameters})
    assert isinstance(built, ExampleWeighting)
    return built


def begun(built: ExampleWeighting, first: np.ndarray, rows: int = 10) -> dict[str, np.ndarray]:
    memory = built.start(TASKS[:3])
    for task in built.unknown(memory):
        built.begin(task, first, rows, 0, memory)
    assert built.unknown(memory) == []
    return memory


@pytest.mark.parametrize("built", RULES, ids=word)
@given(first=losses, steps=st.lists(losses, min_size=1, max_size=5))
@settings(max_examples=40, deadline=None)
def test_weights_are_finite_never_negative_and_larger_losses_never_gain_but_by_focal(
    built: ExampleWeighting, first: np.ndarray, steps: list[np.ndarray]
) -> None:
    memory = begun(built, first)
    for i, step in enumerate(steps):
        weights = built.weigh(i % 3, step, 7 * i, memory)
        assert weights.shape == step.shape
        assert weights.dtype == np.float64
        assert np.isfinite(weights).all()
        assert (weights >= 0.0).all()
        if built.word() in ("self_paced", "superloss", "none"):
            assert (np.diff(weights[np.argsort(step)]) <= 1e-12).all()


@pytest.mark.parametrize("built", RULES, ids=word)
@given(first=losses, steps=st.lists(losses, min_size=2, max_size=5))
@settings(max_examples=25, deadline=None)
def test_a_resumed_run_is_the_uninterrupted_one(
    built: ExampleWeighting, first: np.ndarray, steps: list[np.ndarray]
) -> None:
    whole, parts = begun(built, first), begun(built, first)
    for i, step in enumerate(steps):
        parts = {
            name: np.frombuffer(array.tobytes(), array.dtype).reshape(array.shape).copy()
            for name, array in parts.items()
        }
        a, b = (built.weigh(0, step, 9 * i, memory) for memory in (whole, parts))
        assert a.tobytes() == b.tobytes()


@pytest.mark.parametrize("built", RULES, ids=word)
def test_a_task_knows_nothing_of_the_others(built: ExampleWeighting) -> None:
    alone, busy, step = begun(built, np.ones(4)), begun(built, np.ones(4)), np.array([0.2, 1.5, 3.0])
    for _ in range(3):
        built.weigh(1, np.array([30.0, 0.01]), 5, busy)
    assert built.weigh(0, step, 0, alone).tolist() == built.weigh(0, step, 0, busy).tolist()


def test_none_leaves_rows_alike() -> None:
    built = rule("none")
    assert not built.weighs
    assert built.weigh(0, np.array([0.0, 9.0]), 0, {}).tolist() == [1.0, 1.0]


@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 2.0, 5.0])
def test_focal_is_the_slope_of_the_focal_loss(gamma: float) -> None:
    """By central differences of (1 - exp(-L)) ** gamma * L."""
    at, step = np.array([0.05, 0.3, 1.0, 4.0]), 1e-6

    def loss(x: np.ndarray) -> np.ndarray:
        return (1.0 - np.exp(-x)) ** gamma * x

    slopes = (loss(at + step) - loss(at - step)) / (2 * step)
    assert rule("focal", gamma=gamma).weigh(0, at, 0, {}) == pytest.approx(slopes, rel=1e-7)


def test_focal_by_hand() -> None:
    """p = 1/2: 0.25 + 2 * 0.5 * 0.5 * log 2; and by gamma = 2 as the default."""
    found = rule("focal").weigh(0, np.array([math.log(2.0), 0.0]), 0, {})
    assert found == pytest.approx([0.25 + 0.5 * math.log(2.0), 0.0], abs=1e-11)


def superloss(loss: float, tau: float, strength: float) -> float:
    """The sigma that minimises the objective, by golden section over its log."""
    low, high, golden = -12.0, 1.0, (math.sqrt(5.0) - 1.0) / 2.0

    def cost(s: float) -> float:
        return (loss - tau) * math.exp(s) + strength * s * s

    for _ in range(90):
        a, b = high - golden * (high - low), low + golden * (high - low)
        low, high = (low, b) if cost(a) < cost(b) else (a, high)
    return math.exp((low + high) / 2.0)


@pytest.mark.parametrize("strength", [0.25, 1.0])
def test_superloss_minimises_its_objective(strength: float) -> None:
    at = np.array([0.6, 0.9, 1.0, 1.3, 2.0, 6.0])
    found = rule("superloss", strength=strength, tau=1.0).weigh(0, at, 0, {"mean": np.full(1, np.nan)})
    expected = [superloss(x, 1.0, strength) for x in at]
    assert found == pytest.approx(expected, rel=1e-6)


def test_superloss_at_known_points() -> None:
    """W(0) = 0, W(e) = 1, W(-1/e) = -1 also beyond the branch point, W(-log(2) / 2) = -log 2."""
    at = 1.0 + 2.0 * np.array([0.0, math.e, -1.0 / math.e, -5.0, -math.log(2.0) / 2.0])
    found = rule("superloss", tau=1.0).weigh(0, at, 0, {"mean": np.full(1, np.nan)})
    assert found == pytest.approx([1.0, 1.0 / math.e, math.e, math.e, 2.0], rel=1e-7)


def test_superloss_follows_the_running_mean_of_the_task() -> None:
    built = rule("superloss", decay=0.75)
    memory = built.start(TASKS[:2])
    assert built.weigh(1, np.array([2.0]), 0, memory) == pytest.approx([1.0])
    built.weigh(1, np.array([4.0, 8.0]), 0, memory)
    assert memory["mean"][1] == pytest.approx(0.75 * 2.0 + 0.25 * 6.0)
    assert np.isnan(memory["mean"][0])


def test_self_paced_begins_with_the_easier_half_and_widens_each_pass() -> None:
    built = rule("self_paced", growth=2.0)
    first = np.array([4.0, 1.0, 3.0, 2.0, 6.0, 5.0])
    memory = begun(built, first, rows=10)
    assert built.weigh(0, first, 0, memory).tolist() == [0.0, 1.0, 1.0, 1.0, 0.0, 0.0]
    assert built.weigh(0, first, 9, memory).tolist() == [0.0, 1.0, 1.0, 1.0, 0.0, 0.0]
    assert built.weigh(0, first, 10, memory).tolist() == [1.0, 1.0, 1.0, 1.0, 1.0, 1.0]
    edge = np.array([5.999, 6.001, 11.999, 12.001])  # 3 * 2 after one pass, 3 * 4 after two
    assert built.weigh(0, edge, 19, memory).tolist() == [1.0, 0.0, 0.0, 0.0]
    assert built.weigh(0, edge, 20, memory).tolist() == [1.0, 1.0, 1.0, 0.0]


def test_self_paced_by_degrees() -> None:
    built = rule("self_paced", kind="linear", start_at=0.25)
    memory = begun(built, np.array([8.0, 2.0, 4.0, 6.0]))
    assert built.weigh(0, np.array([0.0, 0.5, 2.0, 9.0]), 0, memory) == pytest.approx([1.0, 0.75, 0.0, 0.0])


def test_self_paced_counts_passes_from_where_the_task_began() -> None:
    built = rule("self_paced", growth=2.0)
    memory = built.start(TASKS[:1])
    built.begin(0, np.array([1.0, 3.0]), 10, 35, memory)
    seen = [float(built.weigh(0, np.array([1.5]), drawn, memory)[0]) for drawn in (35, 44, 45)]
    assert seen == [0.0, 0.0, 1.0]


def test_a_start_of_all_rows_lets_all_in() -> None:
    first = np.array([0.7, 0.7, 2.0])
    built = rule("self_paced", start_at=1.0)
    assert built.weigh(0, first, 0, begun(built, first)).tolist() == [1.0, 1.0, 1.0]
