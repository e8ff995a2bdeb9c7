"""Tasks that enter one after another: when, at what rates, and how that is proved."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from specs import ARMS, MATERIAL, plan_of
from toys import TASKS, Trial, bytes_of, law, method, segment, share

from currc.compiler.compare import steers
from currc.compiler.depths import depths, latest
from currc.compiler.plan import Method, MetricRef
from currc.compiler.share import share as woven
from currc.runtime.curriculum.ordering import Ordering
from currc.runtime.curriculum.promotion import Measured
from currc.runtime.curriculum.stacking import Stack
from currc.runtime.engine.effects import Side, row_shares
from currc.runtime.learning.loop import Stopped
from currc.runtime.learning.proof import OrderBroken, verify
from currc.runtime.reporting.outline import _nominal
from currc.runtime.vocabulary import Vocabulary

STEPS, BATCH = 40, 4
CHAIN = {"alpha": (), "beta": ("alpha",), "gamma": ("beta",)}


def stack(requires: dict[str, tuple[str, ...]], **parameters: Any) -> Stack:
    order: Any = Vocabulary().build("order", method("skill_stacking", **parameters))
    needed = sorted({one for several in requires.values() for one in several})
    ref = {task: MetricRef(task=task, metric=Method(word="loss")) for task in needed}
    return Stack(requires, {task: order.gate(ref[task], False) for task in needed})


# When tasks enter


def test_depth_is_the_longest_chain_below_a_task() -> None:
    needs = {"a": (), "b": ("a",), "c": ("a",), "d": ("a", "c"), "e": ("b", "d")}
    assert depths(needs) == {"a": 0, "b": 1, "c": 1, "d": 2, "e": 3}
    assert latest(needs) == {"a": 0.0, "b": 1 / 6, "c": 1 / 6, "d": 1 / 3, "e": 1 / 2}
    assert latest({"a": (), "b": ()}) == {"a": 0.0, "b": 0.0}
    with pytest.raises(ValueError, match="circle"):
        depths({"a": ("b",), "b": ("a",)})


def losses(**by_task: float) -> dict[tuple[str, str], Measured]:
    return {(task, "loss"): Measured(value, 0.01, False) for task, value in by_task.items()}


def test_without_evaluations_a_task_enters_at_its_share_of_the_first_half() -> None:
    made = stack(CHAIN, threshold=0.1)
    for progress, there in ((0.0, 1), (0.249, 1), (0.25, 2), (0.499, 2), (0.5, 3), (1.0, 3)):
        assert list(made.inside([], [], progress)) == list(TASKS)[:there]


def test_a_task_enters_when_all_that_it_requires_have_held_their_threshold() -> None:
    both = {"alpha": (), "beta": (), "gamma": ("alpha", "beta")}
    made = stack(both, threshold=0.5, hold=2)
    #      alpha holds at 2 and 3, beta at 1 alone and then at 4 and 5
    seen = [losses(alpha=a, beta=b) for a, b in ((0.9, 0.4), (0.5, 0.6), (0.4, 0.7), (0.8, 0.4), (0.9, 0.3))]
    moments = [0.05, 0.1, 0.15, 0.2, 0.25]
    for count in range(5):
        assert "gamma" not in made.inside(seen[:count], moments[:count], 0.05 * count)
    found = made.inside(seen, moments, 0.25)
    assert found["gamma"] == (
        "held 2 of 2 evaluations: `alpha.loss` 0.4 <= 0.5; held 2 of 2 evaluations: `beta.loss` 0.3 <= 0.5"
    )


def test_a_gate_looks_at_evaluations_since_its_task_entered_alone() -> None:
    """beta is below the threshold from the beginning, untrained; it counts only once it is in."""
    made = stack(CHAIN, threshold=0.5, hold=2)
    seen = [losses(alpha=a, beta=0.1, gamma=1.0) for a in (0.9, 0.4, 0.4, 0.4, 0.4)]
    moments = [0.04, 0.08, 0.12, 0.16, 0.2]
    entries = [list(made.inside(seen[:n], moments[:n], 0.04 * n)) for n in range(6)]
    assert [len(one) for one in entries] == [1, 1, 1, 2, 2, 3]


def test_without_a_threshold_a_plateau_opens_the_gate() -> None:
    made = stack({"alpha": (), "beta": ("alpha",)}, hold=1)
    falling = [losses(alpha=1.0 - 0.1 * i) for i in range(8)]
    moments = [0.05 * (i + 1) for i in range(8)]
    assert list(made.inside(falling, moments, 0.4)) == ["alpha"]
    flat = falling[:2] + [losses(alpha=0.9)] * 3
    assert list(made.inside(flat[:4], moments[:4], 0.2)) == ["alpha"]
    assert list(made.inside(flat, moments[:5], 0.25)) == ["alpha", "beta"]


# In training


def trial(made: Stack, mix: Method = method("equal"), **other: Any) -> Trial:  # noqa: B008 - frozen
    standing = {"limit": float(STEPS), "every": share(0.05), "stack": made}
    return Trial(law(segment(mix=mix), **standing, **other), sizes=(40, 25, 10), order="skill_stacking")


def told(by_task: dict[str, list[float]]) -> Any:
    """Validation that says these losses, the last one for ever."""
    calls = iter(range(1000))

    def measure() -> dict[str, Measured]:
        i = next(calls)
        return {f"{t}.loss": Measured(v[min(i, len(v) - 1)], 0.01, False) for t, v in by_task.items()}

    return measure


def carried_out(made: Trial, measure: Any) -> Trial:
    made.state.enter(made.laws[0])
    opening = made.feed(0)
    made.stage(0, None, None, measure)
    verify(made.laws[0], opening, made.cursor, made.state.student.flops)
    return made


LEARNT = {"alpha": [0.9, 0.4, 0.4], "beta": [0.9], "gamma": [0.9]}
"""alpha passes its gate at the third evaluation, after 6 of 40 steps; beta never: gamma enters at 50 %."""


@pytest.fixture(scope="module")
def done() -> Trial:
    return carried_out(trial(stack(CHAIN, threshold=0.5)), told(LEARNT))


def test_entries_cut_training_into_stretches_of_constant_rates(done: Trial) -> None:
    assert [entry[:3] for entry in done.cursor.entered] == [
        ["alpha", 0, 0.0],
        ["beta", 6, 6.0],
        ["gamma", 20, 20.0],
    ]
    assert done.cursor.rates_of(0) == [
        (0, [1.0, 0.0, 0.0], 0.0),
        (6 * BATCH, [0.5, 0.5, 0.0], 0.0),
        (20 * BATCH, [1 / 3, 1 / 3, 1 / 3], 0.0),
    ]
    drawn = done.cursor.drawn
    assert drawn["alpha"] == pytest.approx(24 + 28 + 80 / 3, abs=2)
    assert drawn["gamma"] == pytest.approx(80 / 3, abs=2)
    assert sum(drawn.values()) == STEPS * BATCH
    assert "`alpha.loss` 0.4 <= 0.5" in done.cursor.promotions[0]
    assert "whatever beta shows" in done.cursor.promotions[1]


def test_no_row_of_a_task_is_drawn_before_it_enters_and_then_in_exact_passes(done: Trial) -> None:
    from currc.runtime.curriculum.pacing import Pace

    feed, seen = deepcopy(done).feed(0), {task: [] for task in TASKS}
    logged = {at: rates for at, rates, _ in done.cursor.rates_of(0)}
    first: dict[str, int] = {}
    for position in range(0, STEPS * BATCH, BATCH):
        if position in logged:
            feed = feed.turned(np.array(logged[position]), position)
        for task, rows in feed.rows(position, BATCH, Pace()).items():
            first.setdefault(task, position)
            seen[task] += rows.tolist()
    assert first["alpha"] == 0
    assert 24 <= first["beta"] < 24 + 2 * BATCH
    assert 80 <= first["gamma"] < 80 + 2 * BATCH
    assert sorted(seen["alpha"][:40]) == list(range(40))
    assert sorted(seen["gamma"][:10]) == sorted(seen["gamma"][10:20]) == list(range(10))


def test_the_mix_counts_what_was_drawn_before_an_entry() -> None:
    """unimax over 160 draws: a third each. alpha had 80 alone, more than its part, so it has no more due."""
    made = carried_out(
        trial(stack({"alpha": (), "beta": ("alpha",), "gamma": ("alpha",)}, threshold=0.0), method("unimax")),
        told({task: [0.9] for task in TASKS}),
    )
    (_, first, _), (at, second, _) = made.cursor.rates_of(0)
    assert (first, at) == ([1.0, 0.0, 0.0], 80)
    # n = 40, 25, 10 and 4 epochs: gamma at most 40, beta and alpha share the other 120.
    assert second == pytest.approx([0.0, 0.6, 0.4])


CHANGES: dict[str, Any] = {
    "another moment": lambda cursor: cursor.entered[1].__setitem__(1, 7),
    "another reason": lambda cursor: cursor.entered[1].__setitem__(3, "it was time"),
    "other rates": lambda cursor: cursor.mix[1].__setitem__(2, [0.4, 0.6, 0.0]),
    "another draw": lambda cursor: cursor.mix[1].__setitem__(1, 28),
    "other scores": lambda cursor: cursor.evaluations[2]["scores"]["alpha.loss"].__setitem__(0, 0.6),
    "no entry": lambda cursor: cursor.entered.pop(),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_record_that_does_not_follow_from_the_evaluations_is_caught(done: Trial, change: Any) -> None:
    made = deepcopy(done)
    opening = made.feed(0)
    change(made.cursor)
    with pytest.raises(OrderBroken):
        verify(made.laws[0], opening, made.cursor, made.state.student.flops)


@pytest.mark.parametrize("at", [6, 13, 20])
def test_a_stopped_trial_goes_on_to_the_same_bytes(tmp_path: Path, at: int) -> None:
    whole = trial(stack(CHAIN, threshold=1.0)).run()
    first = trial(stack(CHAIN, threshold=1.0))
    with pytest.raises(Stopped):
        first.run(stop_after=at)
    (tmp_path / "saved").mkdir()
    first.state.save(tmp_path / "saved")
    second = trial(stack(CHAIN, threshold=1.0))
    second.state.load(tmp_path / "saved")
    second.run()
    assert bytes_of(whole.state, tmp_path / "a") == bytes_of(second.state, tmp_path / "b")
    assert len(whole.cursor.entered) == 3


# In the plan

TEXT = (
    MATERIAL.replace('"{product}"', '"{product}"\n  requires = [route]')
    + "schedule stacked {\n  order = skill_stacking(threshold = 0.7)\n}\n"
    + ARMS.replace("SCHEDULE", "stacked")
)


def test_the_plan_knows_what_is_required_where_the_order_asks() -> None:
    plan = plan_of(TEXT)
    asked = {arm.name: {name: task.requires for name, task in arm.tasks.items()} for arm in plan.arms}
    assert asked["other"] == {"product": ("route",), "route": ()}
    assert not any(any(needs.values()) for name, needs in asked.items() if name != "other")
    control = plan.arm("other~all_tasks")
    assert control.schedule.order.word == "shuffled"
    assert control.yoke is not None
    assert control.yoke.what == "totals"


def test_what_a_task_requires_changes_the_work_of_arms_that_ask_alone() -> None:
    plan = plan_of(TEXT)
    other = plan_of(TEXT.replace("threshold = 0.7", "threshold = 0.8"))

    def stages(of: Any) -> dict[str, Any]:
        return {t.arm: t.stages for t in woven(of, _nominal(of)).trials if t.seed == 0}

    before, after = stages(plan), stages(other)
    assert before["baseline"] == after["baseline"]
    assert before["other"] != after["other"]


def test_validation_steers_where_tasks_wait() -> None:
    plan = plan_of(TEXT)
    assert steers(plan)
    assert not steers(plan.model_copy(update={"arms": (plan.arm("baseline"),)}))
    assert row_shares(Side(plan, plan.arm("other"), {})) is None


def test_references_wait_for_no_task_that_they_lack() -> None:
    three = TEXT.replace(
        "budget {",
        'task kind: classify {\n  train = tickets\n  gold = tickets_gold\n  prompt = "{body}"\n'
        '  target = "{kind}"\n  requires = [route, product]\n}\n\nbudget {',
    ).replace("control = baseline", "control = other\n  references = [single_task, leave_one_out]")
    found = {arm.name: arm for arm in plan_of(three).arms if arm.role == "reference"}
    without = {name: {t: p.requires for t, p in arm.tasks.items()} for name, arm in found.items()}
    assert without["leave_one_out~route"] == {"kind": ("product",), "product": ()}
    assert found["leave_one_out~route"].schedule.order.word == "skill_stacking"
    assert without["leave_one_out~kind"] == {"product": ("route",), "route": ()}
    assert without["single_task~kind"] == {"kind": ()}
    assert found["single_task~kind"].schedule.order.word == "shuffled"


def test_an_order_of_skills_opens_all_rows() -> None:
    order = Vocabulary().build("order", method("skill_stacking"))
    assert isinstance(order, Ordering)
    assert order.opens(0.2, 0.4, 0.5) == (0.0, 1.0)
