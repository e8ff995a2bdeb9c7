"""Optimisers, and the law of the learning rate."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from currc.runtime.learning.lr_schedules import LrSchedule
from currc.runtime.vocabulary import Vocabulary

WORDS = Vocabulary()
SCHEDULES = [WORDS.component("lr_schedule", word)() for word in WORDS.words("lr_schedule")]
unit = st.floats(0.0, 1.0)


@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda one: one.word())
@given(progress=unit, warmup=st.floats(0.0, 0.99))
def test_a_factor_is_a_share_of_the_highest_rate(
    schedule: LrSchedule, progress: float, warmup: float
) -> None:
    assert 0.0 <= schedule.factor(progress, warmup) <= 1.0


@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda one: one.word())
def test_the_rate_rises_in_a_straight_line_and_is_highest_when_the_warm_up_ends(schedule: LrSchedule) -> None:
    assert [schedule.factor(p, 0.5) for p in (0.0, 0.125, 0.25)] == [0.0, 0.25, 0.5]
    assert schedule.factor(0.5, 0.5) == 1.0
    assert schedule.factor(0.0, 0.0) == 1.0


@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda one: one.word())
@given(a=unit, b=unit)
def test_the_rate_never_rises_after_the_warm_up(schedule: LrSchedule, a: float, b: float) -> None:
    assert schedule.after(max(a, b)) <= schedule.after(min(a, b))


def test_exact_values() -> None:
    linear, cosine, constant = (
        WORDS.component("lr_schedule", word)() for word in ("linear", "cosine", "constant")
    )
    assert isinstance(linear, LrSchedule)
    assert linear.factor(0.55, 0.1) == pytest.approx(0.5)
    assert linear.factor(1.0, 0.1) == 0.0
    assert isinstance(cosine, LrSchedule)
    assert cosine.factor(0.325, 0.1) == pytest.approx((1 + math.cos(math.pi / 4)) / 2)
    assert isinstance(constant, LrSchedule)
    assert constant.factor(1.0, 0.1) == 1.0
    assert linear.factor(1.2, 0.1) == 0.0


def test_adamw_steps_as_its_formula_says() -> None:
    torch = pytest.importorskip("torch")
    from currc.runtime.learning.optimizers.adamw import Adamw

    weight = torch.nn.Parameter(torch.tensor([2.0], dtype=torch.float64))
    group = {"params": [weight], "lr": 0.1, "weight_decay": 0.5}
    optimizer = Adamw(beta1=0.8, beta2=0.9, eps=1e-3).build([group])
    m = v = 0.0
    expected = 2.0
    for step, gradient in enumerate((3.0, -1.0), start=1):
        weight.grad = torch.tensor([gradient], dtype=torch.float64)
        optimizer.step()
        m, v = 0.8 * m + 0.2 * gradient, 0.9 * v + 0.1 * gradient**2
        expected -= 0.1 * 0.5 * expected
        expected -= 0.1 * (m / (1 - 0.8**step)) / (math.sqrt(v / (1 - 0.9**step)) + 1e-3)
        assert weight.item() == pytest.approx(expected)
