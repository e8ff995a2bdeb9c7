"""When a stage may end: the guards and the numbers they give."""

from __future__ import annotations

from typing import Any

import pytest

from currc.compiler.plan import Promote
from currc.runtime.curriculum.promotion import Evaluation, Measured, ready


def promote(**parts: Any) -> Promote:
    return Promote.model_validate(parts)


def metric(task: str, word: str) -> dict[str, Any]:
    return {"task": task, "metric": {"word": word}}


def f1(*values: float, se: float = 0.02) -> list[Evaluation]:
    return [{("route", "macro_f1"): Measured(value, se)} for value in values]


GUARD = {"left": metric("route", "macro_f1"), "op": ">=", "right": 0.7}


@pytest.mark.parametrize(
    ("values", "hold", "expected"),
    [
        ((), 1, False),
        ((0.71,), 1, True),
        ((0.71,), 2, False),
        ((0.69, 0.70), 2, False),
        ((0.70, 0.71), 2, True),
        ((0.9, 0.9, 0.5), 1, False),
        ((0.9, 0.5, 0.9, 0.9), 2, True),
        ((float("nan"), float("nan")), 2, False),
    ],
)
def test_a_guard_must_hold_for_as_many_evaluations(
    values: tuple[float, ...], hold: int, expected: bool
) -> None:
    assert ready(promote(when=[GUARD], hold=hold), f1(*values))[0] == expected


@pytest.mark.parametrize(
    ("op", "holds"), [(">=", (False, True, True)), (">", (False, False, True)), ("==", (False, True, False)),
                      ("<=", (True, True, False)), ("<", (True, False, False))],
)  # fmt: skip
def test_every_comparison(op: str, holds: tuple[bool, ...]) -> None:
    for value, expected in zip((0.6, 0.7, 0.8), holds, strict=True):
        assert ready(promote(when=[GUARD | {"op": op}], hold=1), f1(value))[0] == expected


def test_the_reason_gives_the_numbers() -> None:
    assert ready(promote(when=[GUARD]), f1(0.6, 0.7125)) == (
        False,
        "held 1 of 2 evaluations: `route.macro_f1` 0.7125 >= 0.7",
    )
    assert ready(promote(when=[GUARD]), f1(0.65))[1] == (
        "held 0 of 2 evaluations: `route.macro_f1` 0.65 not >= 0.7"
    )
    assert ready(promote(when=[GUARD]), [])[1] == "held 0 of 2 evaluations: no evaluation yet"


def test_all_guards_must_hold_and_be_measured() -> None:
    both = promote(when=[GUARD, {"left": metric("fields", "field_f1"), "op": ">", "right": 0.5}], hold=1)
    found = {("route", "macro_f1"): Measured(0.8), ("fields", "field_f1"): Measured(0.4)}
    assert not ready(both, [found])[0]
    assert ready(both, [found | {("fields", "field_f1"): Measured(0.6)}])[0]
    answer, reason = ready(both, f1(0.8))
    assert not answer
    assert "`fields.field_f1` is not measured" in reason


PLATEAU = promote(plateau=metric("route", "macro_f1"), hold=1)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((0.5, 0.5, 0.5), False),  # three evaluations leave nothing before them
        ((0.5, 0.5, 0.5, 0.5), True),
        ((0.5, 0.4, 0.4, 0.4), True),
        ((0.5, 0.5, 0.5, 0.5019), True),  # 0.0019 < 0.1 x 0.02
        ((0.5, 0.5, 0.5, 0.5021), False),
        ((0.5, 0.53, 0.5, 0.5), False),  # the best of the last three counts
        ((0.5, 0.53, 0.5, 0.5, 0.5), True),
    ],
)
def test_a_plateau_is_a_gain_below_a_tenth_of_a_standard_error(
    values: tuple[float, ...], expected: bool
) -> None:
    assert ready(PLATEAU, f1(*values))[0] == expected


def test_a_plateau_of_a_loss_looks_down() -> None:
    history = [
        {("route", "loss"): Measured(value, 0.02, higher_is_better=False)} for value in (1.0, 0.9, 0.8, 0.7)
    ]
    falling = promote(plateau=metric("route", "loss"), hold=1)
    assert not ready(falling, history)[0]
    assert ready(falling, history[::-1])[0]


def test_a_plateau_counts_from_the_stages_beginning() -> None:
    history = f1(0.9, 0.5, 0.6, 0.7, 0.8)
    assert ready(PLATEAU, history)[0]
    assert not ready(PLATEAU, history, since=1)[0]


def test_keep_looks_at_the_best_of_the_whole_arm() -> None:
    keep = promote(when=[GUARD | {"right": 0.0}], keep=["route"], hold=1)
    assert ready(keep, f1(0.9, 0.861), since=1)[0]  # 0.039 below, 2 x 0.02 allowed
    answer, reason = ready(keep, f1(0.9, 0.859), since=1)
    assert not answer
    assert "`route.macro_f1` 0.041 below its best, 0.04 allowed" in reason


def test_keep_judges_by_the_tasks_own_metric_if_told() -> None:
    keep = promote(keep=["route"], hold=1)
    history = [
        {
            ("route", "macro_f1"): Measured(0.8, 0.01),
            ("route", "loss"): Measured(loss, 0.01, higher_is_better=False),
        }
        for loss in (0.3, 0.9)
    ]
    assert not ready(keep, history)[0]
    assert ready(keep, history, {"route": "macro_f1"})[0]


def test_keep_of_a_task_that_is_not_measured_does_not_hold() -> None:
    answer, reason = ready(promote(keep=["gone"], hold=1), f1(0.9))
    assert not answer
    assert "`gone` is not measured" in reason


def test_hold_counts_only_the_stages_own_evaluations() -> None:
    assert not ready(promote(when=[GUARD]), f1(0.9, 0.9, 0.9), since=2)[0]
    assert ready(promote(when=[GUARD]), f1(0.9, 0.9, 0.9), since=1)[0]


def test_a_promotion_without_conditions_never_comes() -> None:
    assert not ready(promote(), f1(0.9, 0.9, 0.9))[0]
