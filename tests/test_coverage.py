"""Rows never drawn, and rows drawn again: exact for a window that stands, near where one moves."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from specs import STAGED, TWO_ARMS, changed, plan_of

from currc.compiler.plan import ArmPlan, Method
from currc.runtime.curriculum.order import Order, Pool
from currc.runtime.curriculum.ordering.easy_first import EasyFirst
from currc.runtime.curriculum.pacing.linear import Linear
from currc.runtime.engine.coverage import Coverage, coverage
from currc.runtime.engine.forecast import StageForecast, TaskForecast


def arm(pacing: str = "") -> ArmPlan:
    """An arm with that pacing; one with shuffled rows where it has none."""
    if not pacing:
        return plan_of(TWO_ARMS).arm("baseline")
    return plan_of(changed(TWO_ARMS, ("root(start = 20%, full_at = 60%)", pacing))).arm("other")


def stage(part: float = 1.0, **draws: float) -> StageForecast:
    tasks = (TaskForecast(task, 0.5, many, 0.0, 0.0) for task, many in draws.items())
    return StageForecast("all", part, tuple(tasks))


def of_route(made: ArmPlan, *stages: StageForecast, size: int = 100, **more: Any) -> Coverage:
    return coverage(made, stages, {"route": size, "product": 10}, **more)["route"]


@pytest.mark.parametrize(
    ("draws", "never", "again"),
    [(0, 100, 0), (60, 40, 0), (100, 0, 0), (130, 0, 30), (250, 0, 100)],
)
def test_a_window_that_stands_is_drawn_in_passes(draws: int, never: int, again: int) -> None:
    assert of_route(arm(), stage(route=draws, product=5)) == (never, again)


def test_a_hundred_million_rows_are_counted_on_fewer() -> None:
    found = of_route(arm(), stage(route=1.3e8, product=5), size=10**8)
    assert found == pytest.approx((0.0, 0.3e8), abs=1e5)


def test_an_opening_window_leaves_hard_rows_out_and_draws_easy_ones_again() -> None:
    """Against the draws of training itself, which moves the window at every step of 16."""
    made, size, draws = arm("linear(start = 5%, full_at = 100%)"), 2000, 2400
    pacing = Linear(start=0.05, full_at=1.0)
    order = Order(made.train.seeds[0], 0, (Pool("route", size),), [1.0], ordering=EasyFirst(), moving=True)
    rows = [order.draws(at, 16, pacing.fraction(at / draws))[1] for at in range(0, draws, 16)]
    seen = np.bincount(np.concatenate(rows), minlength=size)
    never, again = of_route(made, stage(route=draws, product=5), size=size)
    assert never == pytest.approx(np.sum(seen == 0), rel=0.03)
    assert again == pytest.approx(np.sum(seen > 1), rel=0.03)
    assert never > 800


def test_stages_add_up_on_the_same_rows() -> None:
    """40 draws from the easier 40 rows; then 130 of all, which go on with the 60 left of their first pass."""
    staged = plan_of(STAGED).arm("other")
    assert of_route(staged, stage(0.3, route=40)) == (60, 0)
    pool, seed = (Pool("route", 100),), staged.train.seeds[0]
    first = Order(seed, 0, pool, [1.0], ordering=EasyFirst(), high=0.4).draws(0, 40)[1]
    second = Order(seed, 1, pool, [1.0], drawn=(40,), ordering=EasyFirst()).draws(0, 130)[1]
    seen = np.bincount(np.concatenate([first, second]), minlength=100)
    found = of_route(staged, stage(0.3, route=40), stage(0.7, route=130, product=5))
    assert found == (np.sum(seen == 0), np.sum(seen > 1))


def test_replayed_draws_come_from_rows_of_earlier_stages() -> None:
    again = ("after = basics", "after = basics\n    tasks = [product]\n    replay = 50%")
    staged = plan_of(changed(STAGED, again))
    replayed = TaskForecast("route", 0.5, 60.0, 0.6, 0.0, replayed=60.0)
    second = StageForecast("everything", 0.7, (replayed,))
    # 40 rows once, then 40 again and 20 of them a third time.
    assert of_route(staged.arm("other"), stage(0.3, route=40), second) == (60, 40)


def test_classes_drawn_equally_repeat_the_small_one() -> None:
    made = arm()
    route = made.tasks["route"].model_copy(update={"classes": Method(word="equal")})
    made = made.model_copy(update={"tasks": {**made.tasks, "route": route}})
    never, again = of_route(made, stage(route=100, product=5), classes={"route": [90, 0, 10]})
    assert never == pytest.approx(40, abs=2)
    assert again == 10
