"""Freezing by stage: bit-equal while frozen, trained when thawed, the same when resumed at any point."""

from __future__ import annotations

import numpy as np
import pytest
from safetensors.numpy import load_file
from test_state import ALL, FIRST, assert_resumable
from test_trials import SPEC, Line, files, material
from toys import TASKS, Trial, law, method, segment, share

from currc.runtime.engine.context import Stopped
from currc.runtime.learning.loop import Stopped as Paused
from currc.runtime.learning.proof import verify
from currc.runtime.learning.state import TENSORS

WORDS, LAYER = "trunk.words.weight", "trunk.layer.weight"


def three(**other):
    """Trains all, then all but the words, then all again; 6 + 6 + 8 steps, moments kept between them."""
    first, second = segment(max=share(0.3)), segment(max=share(0.3), freeze=("embeddings",))
    return (
        law(first, last=False, **other),
        law(second, last=False, index=1, frozen=("embeddings",), **other),
        law(segment(), index=2, **other),
    )


def after(laws, steps: int) -> Trial:
    trial = Trial(*laws)
    with pytest.raises(Paused):
        trial.run(stop_after=steps)
    return trial


def test_what_is_frozen_stays_bit_for_bit_and_the_rest_goes_on() -> None:
    laws = three()
    states = {steps: after(laws, steps).state.student.state() for steps in (6, 9, 12, 13)}
    assert states[6][WORDS].equal(states[9][WORDS])
    assert states[6][WORDS].equal(states[12][WORDS])
    assert not states[12][WORDS].equal(states[13][WORDS])
    assert not states[6][LAYER].equal(states[9][LAYER])


def test_moments_of_what_is_frozen_are_forgotten_and_those_of_the_rest_kept() -> None:
    trial = after(three(), 9)
    optimizer, parameters = trial.state.optimizer, dict(trial.state.student.adjustable())
    assert parameters[WORDS] not in optimizer.state
    assert int(optimizer.state[parameters[LAYER]]["step"]) == 9
    trial = after(three(), 14)
    optimizer, parameters = trial.state.optimizer, dict(trial.state.student.adjustable())
    assert int(optimizer.state[parameters[WORDS]]["step"]) == 2
    assert int(optimizer.state[parameters[LAYER]]["step"]) == 14


def test_resumed_is_uninterrupted(tmp_path) -> None:
    first = segment(max=share(FIRST / ALL), freeze=("embeddings",))
    standing = {"limit": float(ALL), "every": share(0.25)}
    begun = law(first, last=False, frozen=("embeddings",), **standing)
    assert_resumable((begun, law(segment(), index=1, **standing)), tmp_path)


def test_the_best_state_holds_what_thaws_after_it() -> None:
    """The best is in the first stage; what only the second trains goes back to what it was then."""
    frozen = segment(max=share(0.5), freeze=("embeddings",))
    first = law(frozen, last=False, keep_best=True, frozen=("embeddings",))
    laws = (first, law(segment(), index=1, keep_best=True))
    begun = Trial(*laws).state.student.state()[WORDS]
    falling = iter(range(100))

    def measure():
        found = Trial.measure(trial)
        return {name: type(one)(float(next(falling)), one.se, False) for name, one in found.items()}

    trial = Trial(*laws)
    trial.run(measure=measure)
    assert trial.state.student.state()[WORDS].equal(begun)


def test_a_combiner_where_tasks_share_nothing_that_learns_is_the_sum(monkeypatch) -> None:
    def run(word: str):
        made = Trial(law(segment(combine=method(word))))

        def all_but_heads(what):
            for name, parameter in made.state.student.adjustable():
                parameter.requires_grad_(name.startswith("heads."))

        monkeypatch.setattr(made.state.student, "set_frozen", all_but_heads)
        return made.run().state.student.state()

    summed, projected = run("sum"), run("pcgrad")
    assert all(summed[name].equal(projected[name]) for name in summed)


COURSE = """
schedule thawing {
  stage heads {
    freeze = [embeddings, layers(0 .. 2)]
    max = 40%
  }

  stage whole {
    after = heads
    freeze = []
  }
}

arm only {
  schedule = thawing
}
"""


def text() -> str:
    """The model's own freeze leaves the upper layers; the first stage nothing but heads, the second all."""
    frozen = SPEC.replace('base = "./bert"', 'base = "./bert"\n  freeze = [embeddings, layers(0 .. 0)]')
    return frozen.split("schedule ")[0].split("arm ")[0].split("difficulty ")[0] + COURSE + BUDGET


BUDGET = """
train {
  batch = 4
  lr = 1e-3
  seeds = 1
}

budget {
  limit = 12 steps
}
"""


def test_layers_thaw_in_a_real_trial_and_resuming_gives_the_same_bytes(tmp_path) -> None:
    folder = material(tmp_path / "spec")
    whole = Line(folder, text(), tmp_path / "whole")
    memory: dict = {}
    trial = whole.trial("only")
    first, second = (load_file(whole.compute(key, memory) / TENSORS) for key in trial.stages)
    first, second = (
        {name.removeprefix("model/"): value for name, value in one.items() if name.startswith("model/")}
        for one in (first, second)
    )
    assert not any("embeddings" in name or "layer.0." in name for name in first)
    assert any("layer.0." in name for name in second)
    assert any("embeddings" in name for name in second)
    assert "only" in {one.arm for one in whole.shared.trials}
    scores = whole.scores("only", memory)

    broken = Line(folder, text(), tmp_path / "broken")
    for key in trial.stages:
        seen = iter(range(10_000))
        broken.asked = lambda seen=seen: next(seen) == 1
        with pytest.raises(Stopped):
            broken.compute(key)
        broken.asked = lambda: False
        assert files(broken.compute(key)) == files(whole.compute(key))
    assert broken.scores("only") == scores


def test_the_order_and_the_operations_of_a_frozen_stage_are_proved() -> None:
    trial = after(three(match="flops", limit=3000.0), 1)
    trial.run()
    assert trial.cursor.ends
    verify(trial.laws[2], trial.feed(2), trial.cursor, trial.state.student.flops)
    assert np.isfinite(trial.cursor.flops)
    assert set(trial.cursor.drawn) == set(TASKS)
