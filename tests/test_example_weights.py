"""Example weights in real steps: the gradient is that of the formula, for every form of task."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from specs import codes
from test_encoder import TASKS as FORMS
from test_encoder import base, data, root  # noqa: F401 - fixtures
from test_state import assert_resumable, laws, methods
from tiny import causal_plan, encoder_plan, llama, made, rows
from tiny import task as written
from toys import TASKS, Trial, law, method, segment

from currc.runtime.learning.gradients import backward
from currc.runtime.learning.loop import Stopped
from currc.runtime.learning.models.base import load_base
from currc.runtime.learning.proof import verify
from currc.runtime.learning.state import TrialState
from currc.runtime.vocabulary import Vocabulary


def weighted(word: str, **parameters: object):
    return Vocabulary().build("example_weights", method(word, **parameters))


def focal(each: torch.Tensor) -> torch.Tensor:
    return ((1 - torch.exp(-each)) ** 2 * each).mean()


def superloss(each: torch.Tensor) -> torch.Tensor:
    """The minimum over sigma itself, with tau = 1 and strength 1: Newton on log sigma, then the objective."""
    gap = (each - 1.0).detach().double().clamp(min=-2 / np.e + 1e-9)
    s = torch.where(gap < 0, 0.9, -1.0) * torch.ones_like(gap)
    for _ in range(200):
        s = s - (gap * s.exp() + 2 * s) / (gap * s.exp() + 2)
    sigma = s.exp().float()
    return ((each - 1.0) * sigma + s.float() ** 2).mean()


def linear(each: torch.Tensor) -> torch.Tensor:
    """At the threshold 2: minimum over v in [0, 1] of v L + 2 (v ** 2 / 2 - v)."""
    v = (1 - each.detach() / 2).clamp(min=0)
    return (v * each + 2 * (v**2 / 2 - v)).mean()


KNOWN = {"focal": focal, "superloss": superloss, "self_paced": linear}
GIVEN = {"focal": {}, "superloss": {"tau": 1.0}, "self_paced": {"kind": "linear"}}


def begun(state: TrialState, word: str, tasks: int) -> None:
    """A threshold of 2, where there is one."""
    if word == "self_paced":
        memory = state.memories["example_weights"]
        memory["threshold"][:], memory["rows"][:], memory["since"][:] = 2.0, 1000.0, 0.0


@pytest.mark.parametrize("combine", ["sum", "pcgrad"])
@pytest.mark.parametrize("word", sorted(KNOWN))
def test_a_steps_gradient_is_that_of_the_formula_over_rows(word: str, combine: str) -> None:
    """The shares of tasks in the batch stay; pcgrad's heads, which it does not touch, stand for it."""
    rule = weighted(word, **GIVEN[word])
    trial = Trial(law(segment(combine=method(combine)), batch=12, example_weighting=rule), dropout=0.0)
    trial.state.enter(trial.laws[0])
    begun(trial.state, word, 3)
    (batches,) = trial.batches(12)
    values = backward(trial.laws[0], trial.state, batches)
    found = {name: p.grad.clone() for name, p in trial.state.student.trainable()}
    each = trial.state.student.each_loss(batches)
    assert values == {task: pytest.approx(float(mine.mean().detach())) for task, mine in each.items()}
    names = [name for name, _ in trial.state.student.trainable()]
    total = sum(len(mine) / 12 * KNOWN[word](mine) for mine in each.values())
    plain = sum(len(mine) / 12 * mine.mean() for mine in each.values())
    parameters = [p for _, p in trial.state.student.trainable()]
    expected = torch.autograd.grad(total, parameters, retain_graph=True)
    unweighted = torch.autograd.grad(plain, parameters)
    for name, gradient, other in zip(names, expected, unweighted, strict=True):
        if combine == "sum" or name.startswith("heads."):
            torch.testing.assert_close(found[name], gradient, rtol=1e-4, atol=1e-6)
            assert not torch.allclose(found[name], other, rtol=1e-2, atol=1e-5)


@pytest.mark.parametrize("word", sorted(KNOWN))
def test_every_form_of_task_has_a_loss_a_row(word: str, root, data) -> None:  # noqa: F811
    """Classify, extract, regress and tag: rows of many tokens count as one, and each by its own loss."""
    student = made(encoder_plan(), root, FORMS)
    plan = law(segment(tuple(FORMS)), tasks=tuple(FORMS), example_weighting=weighted(word, **GIVEN[word]))
    state = TrialState(student, torch.optim.SGD([p for _, p in student.trainable()], lr=0.1), plan.memories())
    begun(state, word, 4)
    batches = {name: mine.take(np.array([0, 5, 3, 11])) for name, mine in data.items()}
    backward(plan, state, batches)
    found = {name: p.grad.clone() for name, p in student.trainable()}
    each = student.each_loss(batches)
    for name, mine in each.items():
        assert mine.detach().numpy() == pytest.approx(student.row_losses(data[name], [0, 5, 3, 11]), abs=1e-5)
    total = sum(KNOWN[word](mine) for mine in each.values()) / 4
    expected = torch.autograd.grad(total, [p for _, p in student.trainable()])
    for (name, _), gradient in zip(student.trainable(), expected, strict=True):
        torch.testing.assert_close(found[name], gradient, rtol=2e-3, atol=1e-5)


def test_a_decoders_row_counts_by_the_mean_over_its_answers_tokens(tmp_path) -> None:
    """Answers of 1 to 12 tokens: each row's gradient times its weight, divided by the rows, not by tokens."""
    llama(tmp_path / "llama")
    task = written("generate", max_new_tokens=12)
    loaded = load_base(causal_plan(), tmp_path, tmp_path / "cache")
    pairs = [("say: a", "a"), ("say: red", "red cat sat on"), ("say: one", "two")]
    mine = rows("short", pairs, task, loaded)
    student = made(causal_plan(), tmp_path, {"short": task})
    plan = law(segment(("short",)), tasks=("short",), example_weighting=weighted("focal"))
    state = TrialState(student, torch.optim.SGD([p for _, p in student.trainable()], lr=0.1), plan.memories())
    backward(plan, state, {"short": mine.take(np.arange(3))})
    found = {name: p.grad.clone() for name, p in student.trainable()}
    apart = [student.each_loss({"short": mine.take(np.array([i]))})["short"] for i in range(3)]
    expected = torch.autograd.grad(focal(torch.cat(apart)), [p for _, p in student.trainable()])
    for (name, _), gradient in zip(student.trainable(), expected, strict=True):
        torch.testing.assert_close(found[name], gradient, rtol=2e-3, atol=1e-5)


@pytest.mark.parametrize("word", methods("example_weights"))
def test_resumed_is_uninterrupted_and_the_order_is_proved(word, tmp_path) -> None:
    built = Vocabulary().build("example_weights", word)
    stages = laws(example_weighting=built)
    assert_resumable(stages, tmp_path)
    trial = Trial(*stages)
    with pytest.raises(Stopped):
        trial.run(stop_after=7)
    trial.stage(0, None, None, None)
    verify(stages[0], trial.feed(0), trial.cursor, trial.state.student.flops)


@pytest.mark.parametrize("word", sorted(KNOWN))
def test_what_is_learnt_is_another_model_over_the_same_rows(word: str) -> None:
    plain, other = Trial(law(segment())).run(), Trial(law(segment(), example_weighting=weighted(word))).run()
    assert plain.cursor.order == other.cursor.order
    name = "trunk.layer.weight"
    assert not torch.equal(plain.state.student.state()[name], other.state.student.state()[name])


def test_the_first_look_is_counted_and_sees_the_model_as_it_begins() -> None:
    rule = weighted("self_paced")
    trial = Trial(law(segment(), example_weighting=rule))
    losses = {t: trial.state.student.row_losses(p, np.arange(len(p))) for t, p in trial.tokens.items()}
    plain = Trial(law(segment())).run()
    trial.run()
    thresholds = trial.state.memories["example_weights"]["threshold"]
    for task, threshold in zip(TASKS, thresholds, strict=True):
        assert (losses[task] < threshold).mean() == pytest.approx(0.5, abs=0.5 / len(losses[task]) + 1e-9)
    looks = sum(trial.state.student.flops({task: part.lengths}) for task, part in trial.tokens.items())
    assert trial.cursor.flops == pytest.approx(plain.cursor.flops + looks / 3)


def test_a_task_that_enters_later_is_looked_at_when_it_enters() -> None:
    stages = laws(example_weighting=weighted("self_paced"))
    trial = Trial(*stages)
    with pytest.raises(Stopped):
        trial.run(stop_after=3)
    memory = trial.state.memories["example_weights"]
    assert np.isnan(memory["threshold"]).tolist() == [False, False, True]
    trial = Trial(*stages).run()
    memory = trial.state.memories["example_weights"]
    assert not np.isnan(memory["threshold"]).any()
    assert memory["since"].tolist() == [0.0, 0.0, 0.0]


def test_focal_of_a_decoders_number_is_fine_and_of_a_heads_is_not() -> None:
    spec = """edition 2026

model student: KIND {
  base = "bundled:BASE"
}

source rows {
  path = "rows.jsonl"
}

source held {
  path = "held.jsonl"
}

task stars: regress {
  train = rows
  gold = held
  prompt = "{text}"
  target = "{stars}"
  metric = loss
}

train {
  example_weights = focal
}

budget {
  limit = 300 examples
}

arm only {
}
"""
    head = spec.replace("KIND", "encoder").replace("BASE", "minilm-l6/2")
    decoder = spec.replace("KIND", "causal").replace("BASE", "smollm2-135m")
    assert "C0317" in codes(head)
    assert "C0317" not in codes(decoder)
    assert "C0317" not in codes(head.replace("focal", "superloss"))
