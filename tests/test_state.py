"""Resumed is uninterrupted, byte for byte, for every word that decides or remembers anything."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from toys import TASKS, Trial, bytes_of, law, method, segment, share

from currc.compiler.plan import Method, Window
from currc.runtime.curriculum.feed import Split
from currc.runtime.learning.law import Law
from currc.runtime.learning.loop import Stopped
from currc.runtime.learning.state import CURSOR, TENSORS, Cursor
from currc.runtime.learning.weighting import Weighting
from currc.runtime.vocabulary import Vocabulary

FIRST, ALL = 7, 16
"""Steps of the first stage, and of the trial."""
STOPS = (1, 5, FIRST, FIRST + 1, 12, ALL)
"""In the middle of both stages, at the end of each, one behind the boundary."""


def methods(slot: str) -> list[Any]:
    """Every word of a slot with the parameters of its example, tasks named as here."""
    found = []
    for word in Vocabulary().words(slot):
        kind = Vocabulary().component(slot, word)
        parameters = dict(kind.example)
        if kind.open_keywords:
            parameters[kind.open_keywords] = {task: 1.0 + i for i, task in enumerate(TASKS)}
        found.append(pytest.param(Method(word=word, parameters=parameters), id=f"{slot} {word}"))
    return found


def laws(**words: Any) -> tuple[Law, Law]:
    """Two stages: the first over two tasks, the second over all with a window and replay."""
    rest = {name: words.pop(name) for name in ("mix", "weights", "combine") if name in words}
    window = Window(low=0.0, high=0.6)
    first = segment(TASKS[:2], max=share(FIRST / ALL), window=window, **rest)
    second = segment(replay=0.2, lr_scale=0.5, **rest)
    standing = {"limit": float(ALL), "every": share(0.25), **words}
    return law(first, last=False, **standing), law(second, index=1, **standing)


def uninterrupted(stages: Sequence[Law], folder: Path, **other: Any) -> dict[str, bytes]:
    return bytes_of(Trial(*stages, **other).run().state, folder)


def resumed(
    stages: Sequence[Law], folder: Path, stops: Sequence[int] = STOPS, **other: Any
) -> dict[str, bytes]:
    """The same trial, put away and taken up by new objects at each stop and between the stages."""
    trial = Trial(*stages, **other)
    for stop in stops:
        with pytest.raises(Stopped):
            trial.run(stop_after=stop)
        saved = folder / f"at {stop}"
        bytes_of(trial.state, saved)
        torch.rand(3)
        np.random.default_rng().random()
        trial = Trial(*stages, **other)
        trial.state.load(saved)
        if trial.cursor.steps == FIRST:
            trial.stage(0, None, None, None)
            between = folder / "between"
            bytes_of(trial.state, between)
            trial = Trial(*stages, **other)
            trial.state.load(between)
            assert trial.cursor.ends
    return bytes_of(trial.run().state, folder / "end")


def assert_resumable(stages: Sequence[Law], folder: Path, **other: Any) -> None:
    whole = uninterrupted(stages, folder / "whole", **other)
    parts = resumed(stages, folder, **other)
    assert json.loads(parts[CURSOR]) == json.loads(whole[CURSOR])
    assert parts == whole


@pytest.mark.parametrize("word", [*methods("weights"), *methods("combine"), *methods("mix")])
def test_words_of_a_stage(word, request, tmp_path):
    slot = request.node.callspec.id.split()[0]
    if word.word == "learned":
        pytest.skip("it follows another mix: see below")
    assert_resumable(laws(**{slot: word}), tmp_path)


def test_rates_learnt_in_the_stage_before(tmp_path):
    first, second = laws(mix=method("odm"))
    learned = second.segment.model_copy(update={"mix": method("learned"), "tasks": TASKS[:2], "replay": 0.0})
    built = Vocabulary().build("mix", learned.mix)
    assert_resumable((first, replace(second, segment=learned, mixing=built)), tmp_path)


def test_a_mix_that_goes_on_in_the_next_stage(tmp_path):
    """The same word over the same tasks keeps what it has learnt, in memory and from disk alike."""
    first, second = laws(mix=method("exp3s", eta=0.5))
    goes_on = second.segment.model_copy(update={"tasks": TASKS[:2], "replay": 0.0})
    stages = first, replace(second, segment=goes_on)
    assert_resumable(stages, tmp_path)
    cursor = Trial(*stages).run().cursor
    assert cursor.rates_of(1)[0][1] == pytest.approx(cursor.rates_of(0)[-1][1])
    assert cursor.rates_of(1)[0][1] != pytest.approx([0.5, 0.5])


def test_classes_drawn_apart(tmp_path):
    words = Trial(*laws()).tokens["alpha"].targets
    splits = {"alpha": Split(words, np.array([0.25, 0.25, 0.5]))}
    assert_resumable(laws(mix=method("odm")), tmp_path, splits=splits, order="easy_first")


@pytest.mark.parametrize("word", methods("pacing"))
def test_pacings(word, tmp_path):
    pacing = Vocabulary().build("pacing", word)
    assert_resumable(laws(pacing=pacing), tmp_path, order="easy_first")


@pytest.mark.parametrize("order", Vocabulary().words("order"))
@pytest.mark.parametrize("within", ["task", "all"])
def test_orders(order, within, tmp_path):
    pacing = Vocabulary().build("pacing", method("root"))
    assert_resumable(laws(pacing=pacing), tmp_path, order=order, within=within)


@pytest.mark.parametrize("word", methods("lr_schedule"))
def test_learning_rate_schedules(word, tmp_path):
    assert_resumable(laws(lr_schedule=Vocabulary().build("lr_schedule", word)), tmp_path)


@pytest.mark.parametrize("unit", ["examples", "tokens", "flops"])
def test_units(unit, tmp_path):
    per_step = {"examples": 4.0, "tokens": 12.5, "flops": 120.0}[unit]
    stages = laws(match=unit, limit=ALL * per_step, pacing=Vocabulary().build("pacing", method("linear")))
    whole = uninterrupted(stages, tmp_path / "whole", order="hard_first")
    assert resumed(stages, tmp_path, (1, 5, 9), order="hard_first") == whole


def test_the_best_student_so_far(tmp_path):
    assert_resumable(laws(keep_best=True, lr=0.5), tmp_path)


def test_moments_forgotten_between_stages(tmp_path):
    first, second = laws()
    forgets = second.segment.model_copy(update={"reset_optimizer": True})
    assert_resumable((first, replace(second, segment=forgets)), tmp_path)


def test_another_weighting_in_the_second_stage(tmp_path):
    """In memory and from disk alike: what the first stage's word remembers is gone."""
    first, second = laws(weights=method("uncertainty"))
    for i, other in enumerate((method("equal"), method("uncertainty", lr=0.1))):
        changed = second.segment.model_copy(update={"weights": other})
        built = Vocabulary().build("weights", other)
        assert_resumable((first, replace(second, segment=changed, weighting=built)), tmp_path / str(i))


class Forgetful(Weighting):
    """Remembers where no memory is: the mistake that the tests above are there to find."""

    def weights(self, losses, memory, stream):
        COUNT.append(1)
        return np.full(len(losses), 1.0 + 0.01 * len(COUNT))


COUNT: list[int] = []


def test_a_word_that_remembers_outside_its_memory_is_found(tmp_path):
    first, second = laws()
    stages = replace(first, weighting=Forgetful()), replace(second, weighting=Forgetful())
    whole = uninterrupted(stages, tmp_path / "whole")
    assert resumed(stages, tmp_path)[TENSORS] != whole[TENSORS]


# What is saved


@pytest.fixture(scope="module")
def halfway() -> Trial:
    trial = Trial(*laws(weights=method("uncertainty"), keep_best=True))
    with pytest.raises(Stopped):
        trial.run(stop_after=12)
    return trial


def test_every_memory_is_saved(halfway, tmp_path):
    from safetensors.numpy import load_file

    bytes_of(halfway.state, tmp_path / "saved")
    tensors = load_file(tmp_path / "saved" / TENSORS)
    for slot, memory in halfway.state.memories.items():
        for name, values in memory.items():
            assert tensors[f"memory/{slot}/{name}"].tobytes() == np.asarray(values).tobytes()
    assert {name.split("/")[0] for name in tensors} == {"model", "optimizer", "memory", "best"}


def test_the_optimisers_moments_come_back_with_type_and_step(halfway, tmp_path):
    bytes_of(halfway.state, tmp_path / "saved")
    again = Trial(*halfway.laws)
    again.state.load(tmp_path / "saved")
    for (_, old), (_, new) in zip(
        halfway.state.student.trainable(), again.state.student.trainable(), strict=True
    ):
        before, after = halfway.state.optimizer.state[old], again.state.optimizer.state[new]
        assert before.keys() == after.keys() == {"step", "exp_avg", "exp_avg_sq"}
        for name in before:
            assert before[name].dtype == after[name].dtype
            assert before[name].shape == after[name].shape
            assert torch.equal(before[name], after[name])


def test_the_cursor_comes_back_as_it_was(halfway):
    cursor = halfway.cursor
    again = Cursor(**json.loads(json.dumps(asdict(cursor))))
    assert again == cursor

    def kinds(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: kinds(inner) for key, inner in value.items()}
        return [kinds(inner) for inner in value] if isinstance(value, list) else type(value)

    assert kinds(asdict(again)) == kinds(asdict(cursor))


def test_equal_states_give_equal_bytes(halfway, tmp_path):
    assert bytes_of(halfway.state, tmp_path / "1") == bytes_of(halfway.state, tmp_path / "2")


def test_a_finished_trial_can_be_saved_without_moments(halfway, tmp_path):
    (tmp_path / "small").mkdir()
    halfway.state.save(tmp_path / "small", moments=False)
    again = Trial(*halfway.laws)
    again.state.load(tmp_path / "small")
    assert not again.state.optimizer.state
    for name, tensor in halfway.state.student.state().items():
        assert torch.equal(tensor, again.state.student.state()[name])


def test_a_saved_state_shares_nothing_with_the_living_one(halfway, tmp_path):
    bytes_of(halfway.state, tmp_path / "saved")
    again = Trial(*halfway.laws)
    again.state.load(tmp_path / "saved")
    before = again.state.memories["weights"]["s"].copy()
    halfway.state.memories["weights"]["s"] += 1.0
    np.testing.assert_array_equal(again.state.memories["weights"]["s"], before)
    halfway.state.memories["weights"]["s"] -= 1.0
