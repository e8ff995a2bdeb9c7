"""What a stage is expected to draw where inputs grow, and where the limit is in operations."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from specs import TWO_ARMS, changed, plan_of

from currc.runtime.engine.forecast import Shape, stages

ROWS = cast(Any, {task: SimpleNamespace(train=range(100)) for task in ("route", "product")})
LENGTHS = {"route": np.array([100.0]), "product": np.array([100.0])}


def text(pacing: str, match: str = "tokens", limit: str = "1000 tokens") -> str:
    return changed(
        TWO_ARMS,
        ("order = easy_first\n  pacing = root(start = 20%, full_at = 60%)", f"pacing = {pacing}"),
        ("  by = reading_load\n", ""),
        ("match = steps\n  limit = 400 steps", f"match = {match}\n  limit = {limit}"),
        ("mix = unimax(epochs = 4)", "mix = shares(route = 75, product = 25)"),
        ('base = "bundled:minilm-l6/2"', 'base = "bundled:minilm-l6/2"\n  max_tokens = 100'),
    )


def test_short_inputs_at_first_make_more_rows_of_the_same_tokens() -> None:
    """1,000 tokens in rows of 10 + 90 t tokens until half of them are used: 500 ln(10) / 90 rows, then 5."""
    plan = plan_of(text("sequence_length(start = 10, grain = 1, full_at = 50%)"))
    (stage,) = stages(plan, plan.arm("other"), ROWS, LENGTHS)
    drawn = 1000 * (0.5 * math.log(10) / 0.9 + 0.5) / 100
    assert sum(one.draws for one in stage.tasks) == pytest.approx(drawn, rel=0.02)
    assert {one.task: one.draws / drawn for one in stage.tasks} == pytest.approx(
        {"route": 0.75, "product": 0.25}, rel=0.02
    )
    assert sum(one.tokens for one in stage.tasks) == pytest.approx(1000)


def test_in_steps_the_rows_stay_and_the_tokens_are_fewer() -> None:
    """Half of the draws at 55 tokens on average, half at 100."""
    plan = plan_of(text("sequence_length(start = 10, grain = 1, full_at = 50%)", "examples", "400 examples"))
    (stage,) = stages(plan, plan.arm("other"), ROWS, LENGTHS)
    assert sum(one.draws for one in stage.tasks) == pytest.approx(400)
    assert sum(one.tokens for one in stage.tasks) == pytest.approx(400 * 77.5, rel=0.01)


def test_a_limit_in_operations_is_that_of_the_model() -> None:
    plan = plan_of(text("sequence_length(start = 10)", "flops", "1_000_000_000"))
    size = Shape(parameters=1e5, layers=2, width=64, learning=2, behind=2)
    (baseline,) = stages(plan, plan.arm("baseline"), ROWS, LENGTHS, size)
    assert sum(one.draws for one in baseline.tasks) == pytest.approx(1e9 / size.flops(100, 100))
