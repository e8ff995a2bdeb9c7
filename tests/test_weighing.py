"""Searches that follow the weights of tasks: the formulas, dynamics whose end is known, and real proxies."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from scipy.optimize import brentq, minimize
from searching import Here, asked, desk_in
from tiny import causal_plan, encoder_plan, llama, made, rows, task
from toys import Trial, law, method, segment

from currc.compiler.plan import ModelPlan
from currc.runtime.command import search as command
from currc.runtime.curriculum.search.doge import Doge
from currc.runtime.curriculum.search.doremi import Doremi
from currc.runtime.engine.context import Stopped
from currc.runtime.engine.nodes import WEIGHTS
from currc.runtime.learning.models.base import load_base
from currc.runtime.learning.weighing import FOUND, ByAlignment, ByExcess, weights_of
from currc.runtime.streams import generator


def test_doremi_moves_weights_by_the_excess() -> None:
    """exp(0.6) to exp(0.2) to exp(0) over equal weights, then a tenth of it is equal again."""
    total = math.exp(0.6) + math.exp(0.2) + 1.0
    expected = [0.9 * part / total + 0.1 / 3 for part in (math.exp(0.6), math.exp(0.2), 1.0)]
    found = Doremi(eta=2.0, smoothing=0.1).update(np.full(3, 1 / 3), np.array([0.3, 0.1, 0.0]), 0.5)
    assert found == pytest.approx(expected)


def test_doge_moves_weights_by_gains_within_bounds() -> None:
    """With rate 0.01 and mu 0.02 a gain of 1 is a factor exp(0.5); gains are within 0 and `most`."""
    weights = np.array([0.2, 0.3, 0.4, 0.1])
    moved = weights * np.exp([0.5, 0.0, 1.0, 2.0])
    found = Doge(mu=0.02, most=4.0).update(weights, np.array([1.0, -3.0, 2.0, 9.0]), 0.01)
    assert found == pytest.approx(moved / moved.sum())


def test_shares_are_the_mean_over_the_steps() -> None:
    assert Doremi().found(np.array([[0.2, 0.8], [0.4, 0.6], [0.6, 0.4]])) == pytest.approx([0.4, 0.6])


def test_doremi_ends_at_the_weights_of_the_worst_case() -> None:
    """Quadratic losses over a plane: the weights under which descent stops where excesses are equal.

    That saddle is found apart, by minimising the largest excess and solving for its multipliers.
    """
    steep, middle = np.array([1.0, 1.5, 1.2]), np.array([[0.0, 0.0], [1.0, 0.0], [0.5, 1.0]])
    reference = np.array([0.02, 0.05, 0.03])

    def excess(point: np.ndarray) -> np.ndarray:
        found: np.ndarray = 0.5 * steep * ((point - middle) ** 2).sum(axis=1) - reference
        return found

    worst = minimize(
        lambda x: x[2],
        [0.5, 0.3, 1.0],
        constraints={"type": "ineq", "fun": lambda x: x[2] - excess(x[:2])},
    ).x[:2]
    pulls = np.vstack([(steep[:, None] * (worst - middle)).T, np.ones(3)])
    best = np.linalg.solve(pulls, [0.0, 0.0, 1.0])
    assert best.min() > 0.2

    search, point, weights = Doremi(), np.zeros(2), np.full(3, 1 / 3)
    course = []
    for _ in range(1500):
        weights = search.update(weights, np.maximum(excess(point), 0.0), 0.05)
        course.append(weights)
        point = point - 0.05 * (weights * steep) @ (point - middle)
    found = search.found(np.array(course))
    assert np.abs(found - best).max() < 0.05
    assert np.abs(best - 1 / 3).max() > 0.05, "equal weights would not do"


@pytest.mark.parametrize(("steps", "rate"), [(400, 0.02), (2000, 0.01)])
def test_doge_ends_at_the_shares_that_lower_the_mean_loss_most(steps: int, rate: float) -> None:
    """Losses k x^2 / 2 of separate parameters: a share w of T = steps * rate leaves x exp(-k w T).

    The best shares make every task's last gain, k^2 x^2 exp(-2 k w T), equal: found by bisection.
    """
    steep, start = np.array([1.0, 2.0, 0.5]), np.array([2.0, 3.0, 4.0])
    whole = steps * rate

    def shares(level: float) -> np.ndarray:
        gains = 2 * np.log(steep * start) - level
        found: np.ndarray = np.maximum(gains / (2 * steep * whole), 0.0)
        return found

    best = shares(brentq(lambda level: float(shares(level).sum()) - 1.0, -100.0, 20.0))
    search, place, weights = Doge(), start, np.full(3, 1 / 3)
    course = []
    for _ in range(steps):
        gradients = np.diag(steep * place)
        gain = gradients @ gradients.mean(axis=0) / np.linalg.norm(gradients, axis=1).mean()
        weights = search.update(weights, gain, rate)
        course.append(weights)
        place = place - rate * weights @ gradients
    found = search.found(np.array(course))
    assert np.abs(found - best).max() < 0.05
    assert np.abs(best - 1 / 3).max() > 0.15


def flat(trial: Trial) -> torch.Tensor:
    return torch.cat([p.grad.reshape(-1) for _, p in trial.state.student.trainable()])  # type: ignore[union-attr]


def at_first_step(**other: Any) -> tuple[Trial, Any, dict[str, Any]]:
    """A toy trial before its first step, its law, and the rows of that step."""
    one = law(segment(mix=method("equal")), batch=9, warmup=0.0, **other)
    trial = Trial(one, dropout=0.0)
    trial.state.enter(one)
    trial.state.memories[FOUND] = {}
    tokens = {name: part.take(np.arange(3)) for name, part in trial.tokens.items()}
    return trial, one, tokens


def test_a_step_by_excess_is_the_gradient_of_the_weighted_losses() -> None:
    trial, one, batches = at_first_step()
    reference = Trial(law(segment(), seed=8), dropout=0.0).state.student
    search = Doremi(eta=3.0)
    found = ByExcess(search, reference)(one, trial.state, batches)
    ours, theirs = (student.unit_losses(batches) for student in (trial.state.student, reference))
    excess = [float((ours[name] - theirs[name]).detach().clamp(min=0).mean()) for name in one.tasks]
    assert max(excess) > 0
    weights = search.update(np.full(3, 1 / 3), np.array(excess), 0.0)
    assert weights_of(trial.state) == pytest.approx(weights[None], rel=1e-6)
    got = flat(trial)
    total = sum(w * ours[name].mean() for w, name in zip(weights.tolist(), one.tasks, strict=True))
    wanted = torch.autograd.grad(total, [p for _, p in trial.state.student.trainable()])
    assert torch.allclose(got, torch.cat([part.reshape(-1) for part in wanted]), atol=1e-6)
    assert found == pytest.approx({name: float(loss.detach().mean()) for name, loss in ours.items()})


def test_a_task_that_a_step_lacks_keeps_its_excess() -> None:
    trial, one, batches = at_first_step()
    step = ByExcess(Doremi(eta=3.0), Trial(law(segment(), seed=8), dropout=0.0).state.student)
    step(one, trial.state, batches)
    before = trial.state.memories[FOUND]["excess"]
    step(one, trial.state, {name: batches[name] for name in one.tasks[:2]})
    assert trial.state.memories[FOUND]["excess"][2] == before[2] > 0


def test_a_step_by_alignment_follows_the_weighted_gradients() -> None:
    trial, one, batches = at_first_step(clip=0.5)
    student, search = trial.state.student, Doge()
    parameters = [p for _, p in student.trainable()]

    def gradient(loss: torch.Tensor) -> torch.Tensor:
        parts = torch.autograd.grad(loss, parameters, allow_unused=True)
        whole = torch.cat(
            [
                (torch.zeros_like(p) if g is None else g).reshape(-1)
                for p, g in zip(parameters, parts, strict=True)
            ]
        )
        return whole * min(1.0, 0.5 / (float(whole.norm()) + 1e-6))

    own = torch.stack([gradient(student.losses({name: batches[name]})[name]) for name in one.tasks])
    held_out = {}
    for name, part in trial.held_out.items():
        chosen = generator(one.seed, "target", name, 0).choice(len(part), 3, replace=False)
        held_out[name] = part.take(np.sort(chosen))
    target = gradient(torch.stack(list(student.losses(held_out).values())).mean())
    gains = (own @ target / (own.norm(dim=1).mean() + 1e-6)).double().numpy()
    weights = search.update(np.full(3, 1 / 3), gains, one.rate(0.0))
    ByAlignment(search, trial.held_out)(one, trial.state, batches)
    assert weights_of(trial.state) == pytest.approx(weights[None], rel=1e-5)
    assert np.ptp(weights) > 0
    assert torch.allclose(flat(trial), torch.from_numpy(weights).float() @ own, atol=1e-6)


@pytest.mark.parametrize("kind", ["encoder", "causal"])
def test_units_are_what_losses_are_means_of(desk: Path, kind: str) -> None:
    """A decoder counts each token of an answer and its end; a head counts rows."""
    plan: ModelPlan = encoder_plan() if kind == "encoder" else causal_plan()
    if kind == "causal":
        llama(desk / "llama")
    tasks = {"colour": task("classify", ("red", "green", "blue thing"))}
    base = load_base(plan, desk, desk / "cache")
    part = rows("colour", [("a cat", "red"), ("one dog sat", "blue thing")], tasks["colour"], base)
    student = made(plan, desk, tasks)
    batch = part.take(np.arange(2))
    each = student.unit_losses({"colour": batch}, training=False)["colour"].detach().double().numpy()
    counts = [1, 1] if kind == "encoder" else (batch.lengths - batch.answers).tolist()
    assert len(each) == sum(counts)
    means = [part.mean() for part in np.split(each, np.cumsum(counts)[:-1])]
    assert means == pytest.approx(student.row_losses(part, np.arange(2)).tolist(), rel=1e-5)
    assert kind == "encoder" or counts[1] > counts[0] > 1


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return desk_in(tmp_path_factory.mktemp("desk"))


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> Here:
    return Here.of(monkeypatch)


@pytest.mark.parametrize(("word", "before"), [("doremi", ["reference of proxy seed 0"]), ("doge", [])])
def test_weights_of_real_proxies_are_followed_and_go_on_where_they_stopped(
    desk: Path, tmp_path: Path, here: Here, capsys: pytest.CaptureFixture[str], word: str, before: list[str]
) -> None:
    words = {"method": word, "proxies": 2, "steps": 5, "json": True}
    options = asked(desk / "spec.curr", runs=tmp_path / "whole", **words)
    assert command.run(options) == 0
    found = json.loads(capsys.readouterr().out)
    trained = [name for name in here.names if "proxy" in name]
    assert trained[: len(before) + 1] == [*before, "proxy seed 0"]
    assert len(trained) == 2 * (len(before) + 1)
    weights = np.array([np.load(file) for file in (tmp_path / "whole").rglob(WEIGHTS)])
    assert weights.shape == (2, 5, 2)
    assert weights.sum(axis=2) == pytest.approx(np.ones((2, 5)))
    assert np.ptp(weights[0], axis=0).min() > 0, "weights move"
    shares = [found["tasks"][name]["share"] for name in ("colour", "thing")]
    assert shares == pytest.approx(weights.mean(axis=(0, 1)))
    errors = weights.mean(axis=1).std(axis=0, ddof=1) / math.sqrt(2)
    assert [found["tasks"][name]["standard_error"] for name in ("colour", "thing")] == pytest.approx(errors)

    looks = iter(range(100))
    here.stop = lambda: next(looks) == (5 * len(before)) + 2
    hurt = asked(desk / "spec.curr", runs=tmp_path / "hurt", **words)
    with pytest.raises(Stopped):
        command.run(hurt)
    here.stop = lambda: False
    assert command.run(hurt) == 0
    assert json.loads(capsys.readouterr().out) == found
    ended = {file.parent.name: file.read_bytes() for file in (tmp_path / "hurt").rglob(WEIGHTS)}
    assert ended == {file.parent.name: file.read_bytes() for file in (tmp_path / "whole").rglob(WEIGHTS)}
