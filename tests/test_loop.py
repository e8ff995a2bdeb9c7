"""The loop: what a step does, when it evaluates, when a stage ends, when a trial is given up."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from toys import TASKS, Toy, Trial, law, method, segment, share

from currc.compiler.plan import Quantity
from currc.runtime.curriculum.promotion import Measured
from currc.runtime.learning.events import Evaluated, StageEnded, Stepped
from currc.runtime.learning.loop import Diverged, Stopped, train, watch
from currc.runtime.learning.state import Cursor
from currc.runtime.vocabulary import Vocabulary


def bits(trial: Trial) -> dict[str, bytes]:
    return {name: tensor.numpy().tobytes() for name, tensor in trial.state.student.state().items()}


# Budget


@pytest.mark.parametrize(
    ("unit", "limit"), [("steps", 7.0), ("examples", 30.0), ("tokens", 200.0), ("flops", 3000.0)]
)
def test_a_trial_ends_at_its_limit_and_overshoots_by_less_than_a_batch(unit, limit):
    trial = Trial(law(segment(), match=unit, limit=limit)).run()
    used = trial.cursor.used(unit)
    steps = [event for event in trial.told if isinstance(event, Stepped)]
    assert limit <= used
    assert steps[-2].progress < 1.0 == steps[-1].progress
    assert trial.cursor.status == "done"
    assert trial.cursor.ends == [used]


def test_what_was_used_is_counted_from_the_rows_drawn():
    trial = Trial(law(segment()))
    trial.state.enter(trial.laws[0])
    drawn = trial.batches(*[4] * 20)
    trial.run()
    assert trial.cursor.examples == 80
    assert trial.cursor.steps == 20
    assert trial.cursor.tokens == sum(int(part.lengths.sum()) for batch in drawn for part in batch.values())
    for task in TASKS:
        assert trial.cursor.drawn[task] == sum(len(batch[task].rows) for batch in drawn if task in batch)


# Learning rate


@pytest.mark.parametrize("unit", ["steps", "tokens"])
def test_the_learning_rate_depends_on_the_used_budget_alone(unit):
    limit = 20.0 if unit == "steps" else 300.0
    whole = law(segment(), match=unit, limit=limit)
    trial = Trial(whole).run()
    used = [0.0] + [
        event.steps if unit == "steps" else event.tokens for event in trial.told if isinstance(event, Stepped)
    ]
    for rates, before in zip(trial.rates, used, strict=False):
        p = before / limit
        expected = 0.05 * (p / 0.1 if p < 0.1 else 1 - (p - 0.1) / 0.9)
        assert rates == pytest.approx([expected] * len(rates), abs=1e-12)


def test_stages_do_not_bend_the_learning_rate_and_lr_scale_multiplies_it():
    first, second = segment(TASKS[:2], max=share(0.5)), segment(lr_scale=0.25)
    staged = Trial(law(first, last=False), law(second, index=1)).run()
    whole = Trial(law(segment())).run()
    assert staged.cursor.ends == [10.0, 20.0]
    rates = [[rate for rate, *_ in trial.rates] for trial in (staged, whole)]
    assert rates[0][:10] == rates[1][:10]
    assert rates[0][10:] == [pytest.approx(0.25 * rate) for rate in rates[1][10:]]


def test_a_task_learns_at_its_own_rate():
    trial = Trial(law(segment()), lr_scales={"alpha": 0.0, "beta": 1.0, "gamma": 3.0})
    before = bits(trial)
    trial.run()
    after = bits(trial)
    assert before["heads.alpha.bias"] == after["heads.alpha.bias"]
    assert before["heads.beta.bias"] != after["heads.beta.bias"]
    scales = {group["scale"] for group in trial.state.optimizer.param_groups}
    assert scales == {0.0, 1.0, 3.0}


def test_matrices_decay_and_vectors_do_not():
    trial = Trial(law(segment()), weight_decay=0.3)
    decays = {
        id(p): group["weight_decay"] for group in trial.state.optimizer.param_groups for p in group["params"]
    }
    for name, parameter in trial.state.student.trainable():
        assert decays[id(parameter)] == (0.0 if name.endswith("bias") else 0.3)


# Evaluation


def evaluated(trial: Trial) -> list[int]:
    return [one["steps"] for one in trial.cursor.evaluations]


@pytest.mark.parametrize(
    ("every", "expected"),
    [
        (share(0.25), [5, 10, 15, 20]),
        (share(0.3), [6, 12, 18, 20]),
        (Quantity(amount=8, unit="steps"), [8, 16, 20]),
        (Quantity(amount=40, unit="examples"), [10, 20]),
        (share(0.02), list(range(1, 21))),
        (Quantity(amount=50, unit="steps"), [20]),
    ],
)
def test_validation_is_read_on_the_grid_and_once_at_the_limit(every, expected):
    assert evaluated(Trial(law(segment(), every=every)).run()) == expected


def test_a_grid_in_tokens_is_kept_under_a_budget_in_steps():
    trial = Trial(law(segment(), every=Quantity(amount=100, unit="tokens"))).run()
    tokens = [event.tokens for event in trial.told if isinstance(event, Stepped)]
    crossed = [i + 1 for i, now in enumerate(tokens) if now // 100 > (tokens[i - 1] // 100 if i else 0)]
    assert evaluated(trial) == sorted({*crossed, 20})


def test_a_long_step_over_two_points_of_the_grid_is_read_once():
    sizes = law(segment(), match="examples", limit=40.0, batch=10, every=share(0.1))
    assert evaluated(Trial(sizes).run()) == [1, 2, 3, 4]


def test_without_validation_rows_nothing_is_read_but_once_a_grid_point():
    asked = []

    def nothing():
        asked.append(1)
        return {}

    trial = Trial(law(segment(), keep_best=True)).run(measure=nothing)
    assert trial.cursor.evaluations == []
    assert len(asked) == 4
    assert trial.cursor.best is None


def test_probes_leave_no_trace():
    often, never = (Trial(law(segment(), every=share(part))).run() for part in (0.05, 1.0))
    assert len(often.cursor.evaluations) == 20
    assert bits(often) == bits(never)


def test_the_best_student_is_kept():
    values = iter([0.2, 0.9, math.nan, 0.4])
    states = []

    def measure():
        states.append(bits(trial))
        return {"alpha.accuracy": Measured(next(values))}

    trial = Trial(law(segment(), keep_best=True))
    trial.state.enter(trial.laws[0])
    train(
        trial.laws[0],
        trial.state,
        trial.feed(0),
        measure,
        lambda found: found["alpha.accuracy"].value,
        lambda cursor: (False, ""),
        tell=trial.told.append,
        pause=lambda state: False,
    )
    assert trial.cursor.best == 0.9
    assert bits(trial) == states[1] != states[3]
    assert trial.state.best == {}


def test_a_value_that_is_no_number_is_never_the_best():
    values = iter([math.nan, 0.1, 0.0, 0.05])
    trial = Trial(law(segment(), keep_best=True))
    trial.run(measure=lambda: {"x.loss": Measured(next(values), 0.0, False)})
    assert trial.cursor.best == 0.0


# Stages


def two(**first) -> tuple:
    standing = {"max": share(0.5), **first}
    return law(segment(TASKS[:1], **standing), last=False), law(segment(), index=1)


def test_a_stage_ends_at_its_max_and_the_last_at_the_limit():
    trial = Trial(*two()).run()
    ended = [event for event in trial.told if isinstance(event, StageEnded)]
    assert [(event.stage, event.progress, event.reason) for event in ended] == [
        ("stage 1", 0.5, "its max"),
        ("stage 2", 1.0, "the limit"),
    ]
    assert trial.cursor.promotions == ["stage 1: its max at 50.0%", "stage 2: the limit at 100.0%"]
    assert trial.cursor.drawn["alpha"] > 40 > trial.cursor.drawn["beta"] > 5


def test_a_quantity_is_counted_from_the_stages_beginning():
    units = law(segment(TASKS[:1], max=Quantity(amount=6, unit="steps")), last=False)
    middle = law(segment(TASKS[1:2], max=Quantity(amount=3, unit="steps")), last=False, index=1)
    trial = Trial(units, middle, law(segment(), index=2)).run()
    assert trial.cursor.ends == [6.0, 9.0, 20.0]


def test_a_promotion_hands_the_rest_to_the_next_stage():
    trial = Trial(*two()).run(promoted=lambda cursor: (len(cursor.evaluations) == 1, "it holds"))
    assert trial.cursor.ends == [5.0, 20.0]
    assert trial.cursor.promotions[0] == "stage 1: it holds at 25.0%"


def test_min_holds_a_promotion_back_until_the_next_evaluation():
    laws = two(min=share(0.3), max=share(0.8))
    trial = Trial(*laws).run(promoted=lambda cursor: (True, "it holds"))
    assert trial.cursor.ends == [10.0, 20.0]


def test_the_last_stage_is_never_promoted():
    trial = Trial(law(segment())).run(promoted=lambda cursor: (True, "it holds"))
    assert trial.cursor.ends == [20.0]


def test_a_yoked_stage_ends_where_the_other_did_and_asks_no_guard():
    first, last = two(max=share(0.9))
    trial = Trial(replace(first, end=7.0), replace(last, end=20.0))
    trial.run(promoted=lambda cursor: (True, "never asked"))
    assert trial.cursor.ends == [7.0, 20.0]
    assert trial.cursor.promotions[0] == "stage 1: its yoke at 35.0%"


def test_a_yoked_trial_does_not_add_its_own_overshoot_to_that_of_the_other():
    limit, beyond = 200.0, 219.0
    whole = law(segment(), match="tokens", limit=limit, end=beyond)
    trial = Trial(whole).run()
    steps = [event for event in trial.told if isinstance(event, Stepped)]
    assert steps[-2].tokens < limit <= trial.cursor.tokens


def test_a_task_that_the_other_trial_never_drew_is_a_trial_of_no_steps():
    trial = Trial(law(segment(), match="examples", limit=0.0)).run()
    assert (trial.cursor.steps, trial.cursor.status) == (0, "done")
    assert trial.cursor.promotions == ["stage 1: the limit at 100.0%"]


def test_the_moments_are_forgotten_where_the_stage_says_so():
    first = law(segment(max=share(0.5)), last=False)
    for forgets in (True, False):
        trial = Trial(first, law(segment(reset_optimizer=forgets), index=1))
        with pytest.raises(Stopped):
            trial.run(stop_after=11)
        counted = {int(value["step"]) for value in trial.state.optimizer.state.values()}
        assert max(counted) == (1 if forgets else 11)


def test_a_weighting_goes_on_through_stages_and_another_begins_anew():
    learnt = segment(weights=method("uncertainty"), max=share(0.5))
    same, other = segment(weights=method("uncertainty")), segment(weights=method("uncertainty", lr=0.1))
    first = law(learnt, last=False)
    going_on = Trial(first, law(same, index=1)).run()
    assert going_on.state.memories["weights"]["steps"].sum() > 40
    anew = Trial(first, law(other, index=1)).run()
    assert anew.state.memories["weights"]["steps"].sum() < 31
    plain = Trial(first, law(segment(), index=1)).run()
    assert plain.state.memories["weights"] == {}
    begins = Trial(law(segment(max=share(0.5)), last=False), law(same, index=1)).run()
    assert begins.state.memories["weights"]["steps"].max() <= 10


# Losses and gradients


def first_gradients(built, dropout=0.0, **other) -> dict[str, torch.Tensor]:
    trial = Trial(law(built, clip=0.0, batch=12, **other), dropout=dropout)
    with pytest.raises(Stopped):
        trial.run(stop_after=1)
    return {name: p.grad.clone() for name, p in trial.state.student.trainable() if p.grad is not None}


def manual_gradients(factors: dict[str, float]) -> dict[str, torch.Tensor]:
    """Of the sum over tasks of (rows of the task / rows) * factor * mean loss, by autograd alone."""
    trial = Trial(law(segment(), batch=12), dropout=0.0)
    trial.state.enter(trial.laws[0])
    (batches,) = trial.batches(12)
    losses = trial.state.student.losses(batches)
    assert len(losses) == 3
    total = sum(len(batches[task].rows) / 12 * factors[task] * loss for task, loss in losses.items())
    total.backward()
    return {name: p.grad for name, p in trial.state.student.trainable()}


def assert_same(found, expected):
    assert found.keys() == expected.keys()
    for name, gradient in found.items():
        torch.testing.assert_close(gradient, expected[name], rtol=1e-5, atol=1e-7)


def test_a_steps_loss_weighs_tasks_by_their_rows():
    assert_same(first_gradients(segment()), manual_gradients(dict.fromkeys(TASKS, 1.0)))


def test_weight_and_weighting_multiply():
    built = segment(weights=method("fixed", by_task={"alpha": 3.0, "gamma": 0.5}))
    found = first_gradients(built, task_weights={"alpha": 1.0, "beta": 4.0, "gamma": 2.0})
    assert_same(found, manual_gradients({"alpha": 3.0, "beta": 4.0, "gamma": 1.0}))


class Adding(type(Vocabulary().build("combine", method("sum")))):
    """A sum that asks for the gradient of each task."""

    needs = frozenset({"per_task_gradients"})


def test_gradients_task_by_task_add_up_to_the_joint_one():
    built = segment(weights=method("fixed", by_task={"alpha": 3.0, "gamma": 0.5}))
    weights = {"alpha": 1.0, "beta": 4.0, "gamma": 2.0}
    found = first_gradients(built, task_weights=weights, combining=Adding())
    assert_same(found, first_gradients(built, task_weights=weights))


def test_a_combiner_sees_the_inner_products_of_the_weighted_gradients_of_shared_tensors():
    seen = []

    class Watching(Adding):
        def solve(self, gramian, memory, stream, alive):
            seen.append((gramian.copy(), alive.copy()))
            return np.array([2.0, 0.0, -1.0])

    found = first_gradients(segment(), combining=Watching())
    alone = {task: manual_gradients({t: float(t == task) for t in TASKS}) for task in TASKS}
    shared = [name for name in found if name.startswith("trunk")]
    flat = torch.stack([torch.cat([alone[task][name].flatten() for name in shared]) for task in TASKS])
    np.testing.assert_allclose(seen[0][0], (flat @ flat.T).numpy(), rtol=1e-4)
    mixed = 2.0 * flat[0] - flat[2]
    torch.testing.assert_close(
        torch.cat([found[name].flatten() for name in shared]), mixed, rtol=1e-4, atol=1e-7
    )
    for task in TASKS:  # a head keeps its own gradient, whatever the combiner says
        torch.testing.assert_close(found[f"heads.{task}.weight"], alone[task][f"heads.{task}.weight"])


def test_a_combiner_meets_absent_tasks_as_zeros():
    seen = []

    class Watching(Adding):
        def solve(self, gramian, memory, stream, alive):
            seen.append(tuple(alive))
            return np.ones(len(gramian))

    Trial(law(segment(), batch=2, combining=Watching())).run()
    assert {len(alive) for alive in seen} == {2}
    assert len(set(seen)) > 1


def test_mean_weights_are_those_of_the_other_trial():
    parent = Trial(law(segment(weights=method("uncertainty")))).run()
    cursor = parent.cursor
    mean = {task: cursor.weight_sums[task] / cursor.weight_steps[task] for task in TASKS}
    assert all(0.3 < weight < 0.7 for weight in mean.values())
    fixed = segment(weights=method("fixed", by_task=mean))
    yoked = Trial(law(segment(), mean_weights=mean)).run()
    assert bits(yoked) == bits(Trial(law(fixed)).run()) != bits(parent)


def test_arms_of_one_seed_see_the_same_dropout_and_another_seed_another():
    alike = [bits(Trial(law(segment())).run()) for _ in range(2)]
    assert alike[0] == alike[1]
    torch.rand(7)  # the global stream has no part in it
    assert bits(Trial(law(segment())).run()) == alike[0]
    assert bits(Trial(law(segment(), seed=4)).run()) != alike[0]


def test_clipping_bounds_the_norm():
    for clip, expected in ((1e-3, 1e-3), (0.0, None)):
        trial = Trial(law(segment(), clip=clip))
        with pytest.raises(Stopped):
            trial.run(stop_after=1)
        norm = math.hypot(
            *(float(p.grad.norm()) for _, p in trial.state.student.trainable() if p.grad is not None)
        )
        assert norm == pytest.approx(expected, rel=1e-3) if expected else norm > 0.01


# Divergence


def given_up(trial: Trial, inject) -> tuple[Exception, dict, dict]:
    """Run to the injection at step 6; the state before that step, and after."""
    with pytest.raises(Stopped):
        trial.run(stop_after=5)
    inject(trial.state.student)
    before = bits(trial)
    with pytest.raises(Diverged) as reason:
        trial.run()
    return reason.value, before, bits(trial)


def nan_loss(student: Toy) -> None:
    plain = student.losses
    student.losses = lambda batches: {  # type: ignore[method-assign]
        task: loss * (math.nan if task == "beta" else 1.0) for task, loss in plain(batches).items()
    }


def nan_gradient(student: Toy) -> None:
    student.layer.weight.register_hook(lambda gradient: gradient * math.nan)


def infinite_gradient(student: Toy) -> None:
    student.heads["beta"].weight.register_hook(lambda gradient: gradient / 0.0)


def nan_weight(student: Toy) -> None:
    with torch.no_grad():
        student.layer.weight[0, 0] = math.nan


def nan_head(student: Toy) -> None:
    with torch.no_grad():
        student.heads["beta"].bias[1] = math.nan


@pytest.mark.parametrize("combine", ["sum", "pcgrad"])
@pytest.mark.parametrize("inject", [nan_loss, nan_gradient, infinite_gradient, nan_weight, nan_head])
def test_what_is_not_finite_ends_the_trial_in_the_same_step_and_is_not_applied(inject, combine):
    trial = Trial(law(segment(combine=method(combine)), batch=12))
    reason, before, after = given_up(trial, inject)
    assert "not finite" in str(reason)
    assert trial.cursor.steps == 5
    assert before == after
    assert trial.cursor.ends == []


def test_the_reason_names_the_task():
    reason, *_ = given_up(Trial(law(segment(), batch=12)), nan_loss)
    assert str(reason) == "the loss of beta is not finite"


def exploding(after: int, factor: float, **other) -> Trial:
    trial = Trial(law(segment(), limit=200.0, every=share(1.0), **other))
    plain = trial.state.student.losses
    trial.state.student.losses = lambda batches: {
        task: loss * (factor if trial.cursor.steps >= after else 1.0) for task, loss in plain(batches).items()
    }
    return trial


def test_a_loss_that_explodes_ends_the_trial_after_20_high_steps():
    trial = exploding(after=30, factor=100.0, lr=1e-5)
    with pytest.raises(Diverged, match="20 steps"):
        trial.run()
    assert trial.cursor.steps == 50


def test_a_learning_rate_far_too_high_is_an_explosion():
    calm, wild = segment(max=share(0.3)), segment(lr_scale=1e4)
    trial = Trial(law(calm, limit=100.0, last=False, batch=24), law(wild, limit=100.0, index=1, batch=24))
    with pytest.raises(Diverged, match="median"):
        trial.run()
    assert 50 <= trial.cursor.steps < 80


def test_new_rows_and_new_tasks_with_higher_losses_are_no_explosion():
    cursor = Cursor()
    for loss in [1.1] * 20 + [0.01] * 80 + [1.5] * 60 + [0.01] * 80:  # learnt by heart, then the window opens
        watch(cursor, {"alpha": loss})
    for loss in [50.0] * 60:  # a task whose loss is of another size
        watch(cursor, {"beta": loss})
    for _ in range(19):
        watch(cursor, {"beta": 700.0})
    with pytest.raises(Diverged):
        watch(cursor, {"beta": 700.0})


def test_events_tell_the_whole_course():
    trial = Trial(*two()).run()
    kinds = [type(event) for event in trial.told]
    assert kinds.count(Stepped) == 20
    assert kinds.count(Evaluated) == 4
    assert kinds.count(StageEnded) == 2
    assert [event.progress for event in trial.told if isinstance(event, Evaluated)] == [0.25, 0.5, 0.75, 1.0]
