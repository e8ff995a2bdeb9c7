"""How often single rows are drawn, by the pacing that opens and closes their window."""

from __future__ import annotations

import pytest
from specs import TWO_ARMS, changed, plan_of

from currc.runtime.engine.forecast import StageForecast, TaskForecast
from currc.runtime.engine.repeats import most_seen


def seen(pacing: str) -> float:
    """Draws of the row that is drawn most, where 400 rows are drawn 400 times."""
    arm = plan_of(changed(TWO_ARMS, ("root(start = 20%, full_at = 60%)", pacing))).arm("other")
    fields = {"task": "route", "share": 0.5, "draws": 400.0, "epochs": 1.0, "tokens": 0.0}
    other = {"task": "product", "share": 0.5, "draws": 400.0, "epochs": 1.0, "tokens": 0.0}
    stage = StageForecast("all", 1.0, (TaskForecast(**fields), TaskForecast(**other)))  # type: ignore[arg-type]
    return most_seen(arm, [stage], {"route": 400, "product": 400})["route"]


def test_buckets_that_stay_open_repeat_the_first_and_those_that_close_repeat_none() -> None:
    # Five equal times: the first of five buckets gets 1 + 1/2 + 1/3 + 1/4 + 1/5 of its rows' number.
    assert seen("baby_steps(buckets = 5)") == pytest.approx(137 / 60)
    assert seen("one_pass(buckets = 5)") == pytest.approx(1.0)


def test_what_validation_will_open_is_not_held_against_a_plan() -> None:
    assert seen("adaptive_competence(metric = route.macro_f1, goal = 0.8)") == pytest.approx(1.0)
