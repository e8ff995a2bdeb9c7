"""Looks of a trial at its training rows: ranks that follow the model, rows that leave, and the proof."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from toys import TASKS, Trial, bytes_of, law, method, segment, share

from currc.compiler.plan import Quantity, Window
from currc.runtime.curriculum.feed import Feed, Split
from currc.runtime.curriculum.looks import Look, Looks
from currc.runtime.curriculum.pacing import Pace
from currc.runtime.curriculum.ranking import rankings, remaining
from currc.runtime.learning.looking import look_before
from currc.runtime.learning.loop import Diverged, Stopped
from currc.runtime.learning.proof import OrderBroken, verify
from currc.runtime.vocabulary import Vocabulary

LIMITS = {"steps": 24.0, "examples": 96.0, "tokens": 330.0, "flops": 9000.0}
SIZES = (40, 25, 18)


def looks(
    refresh: Quantity | None = None, *, loss: float | None = None, evals: int = 1, within: Any = "task"
) -> Looks:
    own = Vocabulary().build("score", method("own_loss")) if refresh is not None else None
    retiring = Vocabulary().build("retire", method("mastered", loss=loss, evals=evals)) if loss else None
    return Looks(own, refresh, retiring, within, 3, 4)  # type: ignore[arg-type]


def trial(
    seen: Looks | None, unit: str = "steps", *, stages: int = 1, pacing: str = "root", **other: Any
) -> Trial:
    moves = Vocabulary().build("pacing", method(pacing))
    standing = {"match": unit, "limit": LIMITS[unit], "pacing": moves, "every": share(0.125), "looks": seen}
    order = other.pop("order", "easy_first")
    mix = other.pop("mix", method("equal"))
    if stages == 1:
        return Trial(law(segment(mix=mix), **standing), sizes=SIZES, order=order, **other)
    first = segment(TASKS[:2], max=share(0.4), window=Window(low=0.0, high=0.5), mix=mix)
    second = law(segment(replay=0.3, mix=mix), index=1, **standing)
    return Trial(law(first, last=False, **standing), second, sizes=SIZES, order=order, **other)


def proved(made: Trial) -> Trial:
    """The trial after its end, each stage's order proved."""
    look_before(made.laws[0], made.state, made.tokens)
    for index, one in enumerate(made.laws):
        made.state.enter(one)
        opening = made.feed(index)
        made.stage(index, None, None, None)
        check(made, index, opening)
    return made


def check(made: Trial, index: int, opening: Feed) -> None:
    memory = made.state.memories["looks"]
    verify(made.laws[index], opening, made.cursor, made.state.student.flops, looks=memory)


BOTH = [
    (share(0.25), None),
    (Quantity(amount=5, unit="steps"), None),
    (None, 1.08),
    (share(0.25), 1.08),
]


@pytest.mark.parametrize(("refresh", "loss"), BOTH)
@pytest.mark.parametrize("unit", LIMITS)
@pytest.mark.parametrize("stages", [1, 2])
def test_the_order_is_what_the_looks_say_in_every_unit(
    refresh: Quantity | None, loss: float | None, unit: str, stages: int
) -> None:
    made = proved(trial(looks(refresh, loss=loss), unit, stages=stages))
    assert len(made.cursor.looks) > 2


@pytest.mark.parametrize("pacing", ["none", "root"])
@pytest.mark.parametrize(("refresh", "loss"), BOTH)
def test_other_rows_are_drawn_than_without_looks(refresh: Any, loss: Any, pacing: str) -> None:
    """The rows of the beginning are the same, as they are drawn before anything was learnt."""
    order = "easy_first" if refresh is not None else "shuffled"
    made = proved(trial(looks(refresh, loss=loss), pacing=pacing, order=order))
    once = Quantity(amount=10**6, unit="steps")
    still = proved(trial(looks(once) if refresh is not None else None, pacing=pacing, order=order))
    assert made.cursor.order != still.cursor.order
    if loss is None:
        assert made.cursor.drawn == still.cursor.drawn


@pytest.mark.parametrize("mix", ["odm", "gap"])
def test_looks_and_a_mix_that_adapts_go_together(mix: str) -> None:
    made = proved(trial(looks(share(0.2), loss=1.08), "flops", stages=2, mix=method(mix)))
    assert len(made.cursor.mix) > 3
    assert len(made.cursor.looks) > 3


def test_a_look_leaves_no_trace() -> None:
    """No row is ever so well learnt: student, moments and order are those of a trial that never looked."""
    blind, looking = (
        proved(trial(seen, order="shuffled", pacing="none")) for seen in (None, looks(loss=1e-9))
    )
    assert len(looking.cursor.looks) == 7
    assert looking.cursor.order == blind.cursor.order
    assert looking.cursor.flops > blind.cursor.flops
    for name, tensor in blind.state.student.state().items():
        assert torch.equal(tensor, looking.state.student.state()[name]), name
    both = zip(blind.state.student.trainable(), looking.state.student.trainable(), strict=True)
    for (name, one), (_, other) in both:
        for key, value in blind.state.optimizer.state[one].items():
            assert torch.equal(value, looking.state.optimizer.state[other][key]), (name, key)


def test_a_look_costs_a_forward_pass_over_the_rows_that_are_left() -> None:
    made = proved(trial(looks(share(0.25), loss=1.08)))
    memory = made.state.memories["looks"]
    for number, one in enumerate(Look(*entry) for entry in made.cursor.looks):
        read = {task: ~np.isnan(memory[task][number]) for task in TASKS}
        lengths = {task: made.tokens[task].lengths[read[task]] for task in TASKS}
        assert one.spent == pytest.approx(made.state.student.flops(lengths) / 3)
    assert made.cursor.looks[-1][3] < made.cursor.looks[0][3]


@pytest.mark.parametrize("stages", [1, 2])
@pytest.mark.parametrize("stop", [1, 6, 7, 11, 15, 20])
@pytest.mark.parametrize("mix", ["equal", "odm"])
def test_a_trial_that_was_stopped_ends_byte_for_byte_as_one_that_was_not(
    stop: int, stages: int, mix: str, tmp_path: Path
) -> None:
    seen = looks(share(0.25), loss=1.08, evals=2)
    whole = trial(seen, stages=stages, mix=method(mix)).run()
    made = trial(seen, stages=stages, mix=method(mix))
    with pytest.raises(Stopped):
        made.run(stop_after=stop)
    made.state.save(tmp_path)
    again = trial(seen, stages=stages, mix=method(mix))
    again.state.load(tmp_path)
    again.run()
    assert bytes_of(again.state, tmp_path / "again") == bytes_of(whole.state, tmp_path / "whole")
    assert len(whole.cursor.looks) > 4


def spoil_memory(made: Trial) -> None:
    made.state.memories["looks"]["alpha"][1] = made.state.memories["looks"]["alpha"][1][::-1]


def drop_a_look(made: Trial) -> None:
    del made.cursor.looks[2]


def shift_a_look(made: Trial) -> None:
    made.cursor.looks[2][1] += 4


def invent_a_look(made: Trial) -> None:
    made.cursor.looks.append(made.cursor.looks[-1])


def cheapen_a_look(made: Trial) -> None:
    made.cursor.looks[2][3] /= 2


@pytest.mark.parametrize("spoil", [spoil_memory, drop_a_look, shift_a_look, invent_a_look, cheapen_a_look])
@pytest.mark.parametrize("loss", [None, 1.08])
def test_a_look_that_is_not_what_was_read_is_caught(spoil: Any, loss: float | None) -> None:
    made = trial(looks(share(0.125), loss=loss))
    look_before(made.laws[0], made.state, made.tokens)
    made.state.enter(made.laws[0])
    opening = made.feed(0)
    made.stage(0, None, None, None)
    check(made, 0, opening)
    spoil(made)
    with pytest.raises(OrderBroken):
        check(made, 0, opening)


def draws(made: Trial) -> dict[str, list[tuple[int, int]]]:
    """Of each task, every draw: the steps before it, and its row."""
    found: dict[str, list[tuple[int, int]]] = {task: [] for task in TASKS}
    steps = [0]

    def heard(rows: Any) -> None:
        for task, drawn in rows.items():
            found[task] += [(steps[0], row) for row in drawn.tolist()]
        steps[0] += 1

    look_before(made.laws[0], made.state, made.tokens)
    made.state.enter(made.laws[0])
    opening = made.feed(0)
    made.stage(0, None, None, None)
    memory = made.state.memories["looks"]
    verify(made.laws[0], opening, made.cursor, made.state.student.flops, heard, memory)
    return found


def test_between_two_looks_a_constant_window_is_drawn_in_exact_passes() -> None:
    """Half of 25 rows are open: each is drawn once before any is drawn twice, from each look on."""
    seen = looks(share(0.5))
    only = law(segment(window=Window(low=0.0, high=0.5)), limit=40.0, looks=seen)
    made = Trial(only, sizes=SIZES, order="easy_first")
    found = draws(made)
    scores = [made.state.memories["looks"]["beta"][0].astype(float)]
    scores.append(0.5 * scores[0] + 0.5 * made.state.memories["looks"]["beta"][1])
    for begin, end, score in ((0, 20, scores[0]), (20, 40, scores[1])):
        rows = [row for step, row in found["beta"] if begin <= step < end]
        easiest = set(np.argsort(score)[:12].tolist())
        assert len(rows) > 24
        assert set(rows[:12]) == set(rows[12:24]) == easiest


def test_rows_that_have_left_are_never_drawn_again_and_the_others_are_in_even_passes() -> None:
    made = trial(looks(loss=1.08), order="shuffled", pacing="none")
    found = draws(made)
    standing = made.laws[0].looks.standing  # type: ignore[union-attr]
    fixed, together = made.feed(0).fixed, made.feed(0).together
    gone = 0
    for count, one in enumerate((Look(*entry) for entry in made.cursor.looks), 1):
        stays = standing(made.cursor.looks[:count], made.state.memories["looks"], fixed, together).stays
        for task in TASKS:
            later = {row for step, row in found[task] if step >= one.steps}
            assert not later & set(np.flatnonzero(~stays[task]).tolist())
            gone += int((~stays[task]).sum())
    assert gone > 0
    assert any("leave at" in line for line in made.cursor.promotions)


def test_a_pool_never_falls_below_a_batch_and_keeps_its_hardest_rows() -> None:
    """Everything counts as learnt at once: the four hardest rows of each task stay to the end."""
    made = proved(trial(looks(loss=99.0), order="shuffled", pacing="none"))
    for task in TASKS:
        first, later = made.state.memories["looks"][task][0], made.state.memories["looks"][task][-1]
        assert set(np.flatnonzero(~np.isnan(later))) == set(np.argsort(first)[-4:])


def test_a_class_that_is_drawn_apart_keeps_rows_of_its_own() -> None:
    made = trial(looks(loss=99.0), order="shuffled", pacing="none")
    labels = np.asarray(made.tokens["alpha"].targets, np.int64)
    made.splits = {"alpha": Split(labels, np.array([0.5, 0.25, 0.25]))}
    proved(made)
    left = ~np.isnan(made.state.memories["looks"]["alpha"][-1])
    assert np.bincount(labels[left]).tolist() == [4, 4, 4]


def test_the_score_is_the_moving_mean_of_the_looks() -> None:
    own = Vocabulary().build("score", method("own_loss", decay=0.25))
    seen = np.array([[4.0, 1.0], [2.0, 1.0], [0.0, 3.0]])
    # 4 -> 0.25 * 4 + 0.75 * 2 = 2.5 -> 0.25 * 2.5 = 0.625; 1 -> 1 -> 0.25 + 2.25 = 2.5
    assert own.smoothed(seen).tolist() == [0.625, 2.5]  # type: ignore[attr-defined]


def test_a_row_is_mastered_after_so_many_looks_in_a_row() -> None:
    mastered = Vocabulary().build("retire", method("mastered", evals=2, loss=0.5))
    seen = np.array(
        [
            [0.1, 0.9, 0.4, 0.5, 0.9],
            [0.1, 0.4, 0.6, 0.5, 0.9],
            [np.nan, 0.4, 0.4, 0.5, 0.9],
            [np.nan, np.nan, 0.4, 0.5, 0.9],
        ]
    )
    pool = np.zeros(5, np.int64)
    assert mastered.leaves(seen, pool, 1).tolist() == [1, 2, 3, 4, 4]  # type: ignore[attr-defined]
    # Two rows always stay of a pool of three, one of a pool of two; where one may go, the easier one goes.
    halves = np.array([0, 0, 0, 1, 1])
    low = np.array([[0.1, 0.3, 0.2, 0.4, 0.3]] * 2)
    assert mastered.leaves(low, halves, 2).tolist() == [1, 2, 2, 2, 2]  # type: ignore[attr-defined]


@pytest.mark.parametrize("within", ["task", "all"])
def test_percentiles_are_those_among_the_rows_that_stay(within: Any) -> None:
    rng = np.random.default_rng(4)
    scores = {task: rng.normal(size=size) + size / 30 for task, size in zip(TASKS, SIZES, strict=True)}
    stays = {task: rng.random(len(one)) < 0.6 for task, one in scores.items()}
    found = remaining(rankings(scores, within, 0), stays)
    alone = rankings({task: one[stays[task]] for task, one in scores.items()}, within, 0)
    for task in TASKS:
        rows = np.flatnonzero(stays[task])
        assert found[task].index.tolist() == rows[alone[task].index].tolist()
        if within == "all":
            assert found[task].levels == pytest.approx(alone[task].levels)


def test_within_all_ranks_tasks_against_each_other_at_every_look() -> None:
    made = proved(trial(looks(share(0.25), loss=1.08, within="all"), "tokens"))
    assert made.feed(0).standing.rankings["alpha"].levels is not None


def test_a_loss_that_is_not_finite_ends_the_trial() -> None:
    made = trial(looks(share(0.25)))
    with torch.no_grad():
        made.state.student.heads["beta"].weight.fill_(float("nan"))  # type: ignore[attr-defined]
    with pytest.raises(Diverged, match="25 training rows of beta"):
        look_before(made.laws[0], made.state, made.tokens)


def test_stages_share_what_their_looks_have_in_common() -> None:
    """The feed of a stage that begins holds the looks of the stages before it, whatever came later."""
    made = proved(trial(looks(share(0.125), loss=1.08), stages=2))
    opening = made.feed(1)
    before = deepcopy(made)
    before.cursor.looks = [one for one in made.cursor.looks if one[0] < 1]
    for task in TASKS:
        memory = before.state.memories["looks"]
        memory[task] = memory[task][: len(before.cursor.looks)]
    assert 2 < len(before.cursor.looks) < len(made.cursor.looks)
    for position in range(0, 40, 4):
        mine, theirs = (one.rows(position, 4, Pace()) for one in (opening, before.feed(1)))
        assert {task: rows.tolist() for task, rows in mine.items()} == {
            task: rows.tolist() for task, rows in theirs.items()
        }
