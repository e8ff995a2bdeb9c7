"""The order that reached training is the planned one, or the trial is worth nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import test_looks
import test_stacking
from toys import TASKS, Trial, law, method, segment, share

from currc.compiler.plan import Window
from currc.runtime.curriculum.feed import Feed
from currc.runtime.curriculum.promotion import Measured
from currc.runtime.learning.looking import look_before
from currc.runtime.learning.loop import Stopped, train
from currc.runtime.learning.proof import OrderBroken, verify
from currc.runtime.vocabulary import Vocabulary

LIMITS = {"steps": 16.0, "examples": 64.0, "tokens": 200.0, "flops": 1900.0}
ORDERS = [
    ("shuffled", "none"),
    ("easy_first", "root"),
    ("hard_first", "linear"),
    ("random_order", "step"),
    ("hard_first", "one_pass"),
    ("shuffled", "sequence_length"),
    ("easy_first", "adaptive_competence"),
    ("sorted_once", "none"),
    ("interleaved", "none"),
    ("coarse_to_fine", "none"),
    ("length_buckets", "none"),
]
PACED = {
    "sequence_length": {"start": 2, "grain": 1, "full_at": 0.8},
    "adaptive_competence": {
        "metric": {"task": "beta", "metric": {"word": "loss"}}, "goal": 1.0, "base": 1.2, "start": 0.3,
    },
}  # fmt: skip


def trial(unit: str = "steps", order: str = "shuffled", pacing: str = "none", mix: str = "equal") -> Trial:
    moves = Vocabulary().build("pacing", method(pacing, **PACED.get(pacing, {})))
    standing = {"match": unit, "limit": LIMITS[unit], "pacing": moves, "every": share(0.1)}
    first = segment(TASKS[:2], max=share(0.4), window=Window(low=0.0, high=0.5), mix=method(mix))
    return Trial(
        law(first, last=False, **standing), law(segment(replay=0.3), index=1, **standing), order=order
    )


def carry_out(trial: Trial, index: int, feed: Feed) -> None:
    """One stage with that feed, then the proof with the stage's true one."""
    trial.state.enter(trial.laws[index])
    true = trial.feed(index)
    train(
        trial.laws[index],
        trial.state,
        feed,
        trial.measure,
        lambda found: 0.0,
        lambda cursor: (False, ""),
        tell=trial.told.append,
        pause=lambda state: False,
    )
    seen = trial.state.memories["looks"]
    verify(trial.laws[index], true, trial.cursor, trial.state.student.flops, looks=seen)


class Loader:
    """A feed that does something to each step's rows on their way."""

    def __init__(self, feed: Feed, spoil) -> None:
        self.feed, self.spoil = feed, spoil

    def __getattr__(self, name: str):
        return getattr(self.feed, name)

    def turned(self, *settings):
        return Loader(self.feed.turned(*settings), self.spoil)

    def renewed(self, *settings):
        return Loader(self.feed.renewed(*settings), self.spoil)

    def rows(self, *asked):
        return self.spoil(self.feed.rows(*asked))


@pytest.mark.parametrize("unit", LIMITS)
@pytest.mark.parametrize(("order", "pacing"), ORDERS)
def test_what_was_planned_passes_in_both_stages(unit, order, pacing):
    made = trial(unit, order, pacing)
    for index in (0, 1):
        made.state.enter(made.laws[index])
        feed = made.feed(index)
        made.state.cursor.stage_draws = 0
        made.stage(index, None, None, None)
        verify(made.laws[index], feed, made.cursor, made.state.student.flops)
    assert made.cursor.drawn["gamma"] > 0


def shuffled_within(rows):
    return {task: np.random.default_rng(0).permutation(chosen) for task, chosen in rows.items()}


def tasks_swapped(rows):
    return dict(reversed(rows.items()))


def one_row_twice(rows):
    return {task: np.concatenate([chosen[:1], chosen[:-1]]) for task, chosen in rows.items()}


def one_row_lost(rows):
    return {task: chosen[1:] if len(chosen) > 1 else chosen for task, chosen in rows.items()}


@pytest.mark.parametrize("spoil", [shuffled_within, tasks_swapped, one_row_twice, one_row_lost])
def test_a_loader_that_gives_other_rows_is_caught(spoil):
    made = trial()
    made.state.enter(made.laws[0])
    with pytest.raises(OrderBroken):
        carry_out(made, 0, Loader(made.feed(0), spoil))


@pytest.mark.parametrize("mix", ["equal", "odm"])
@pytest.mark.parametrize(("order", "pacing"), ORDERS)
def test_a_shuffling_loader_is_caught_whatever_the_order(order, pacing, mix):
    """As a data loader with `shuffle = True` behind the curriculum would do."""
    made = trial("steps", order, pacing, mix)
    made.state.enter(made.laws[0])
    calls: list[int] = []

    def shuffled(rows):
        calls.append(1)
        return {task: np.random.default_rng(len(calls)).permutation(chosen) for task, chosen in rows.items()}

    with pytest.raises(OrderBroken, match="not the planned one"):
        carry_out(made, 0, Loader(made.feed(0), shuffled))
    assert len(calls) >= made.cursor.steps == 7
    assert (len(made.cursor.rates_of(0)) > 1) is (mix == "odm")


@pytest.mark.parametrize("mix", ["equal", "odm"])
@pytest.mark.parametrize(("order", "pacing"), ORDERS)
def test_the_same_loader_passes_where_it_leaves_the_rows_alone(order, pacing, mix):
    made = trial("steps", order, pacing, mix)
    made.state.enter(made.laws[0])
    carry_out(made, 0, Loader(made.feed(0), dict))


def entering() -> Trial:
    """Tasks enter one after another."""
    return test_stacking.trial(test_stacking.stack(test_stacking.CHAIN))


def ranked_anew() -> Trial:
    return test_looks.trial(test_looks.looks(share(0.25)))


def leaving() -> Trial:
    """Rows leave their pools."""
    return test_looks.trial(test_looks.looks(loss=1.08), order="shuffled", pacing="none")


@pytest.mark.parametrize("make", [entering, ranked_anew, leaving])
def test_a_shuffling_loader_is_caught_where_the_trial_itself_changes_what_comes(make):
    def looked() -> Trial:
        made = make()
        look_before(made.laws[0], made.state, made.tokens)
        made.state.enter(made.laws[0])
        return made

    chance = np.random.default_rng(0)

    def shuffled(rows):
        return {task: chance.permutation(chosen) for task, chosen in rows.items()}

    made = looked()
    carry_out(made, 0, Loader(made.feed(0), dict))
    assert len(made.cursor.looks) + len(made.cursor.entered) > 2
    made = looked()
    with pytest.raises(OrderBroken, match="not the planned one"):
        carry_out(made, 0, Loader(made.feed(0), shuffled))


def test_a_single_wrong_row_in_one_step_is_caught():
    made = trial("tokens", "easy_first", "root")
    made.state.enter(made.laws[0])
    calls = []

    def once(rows):
        calls.append(1)
        if len(calls) != 3:
            return rows
        task = next(iter(rows))
        return {**rows, task: (rows[task] + 1) % 10}

    with pytest.raises(OrderBroken, match="not the planned one"):
        carry_out(made, 0, Loader(made.feed(0), once))


def test_a_pace_that_its_evaluations_do_not_give_is_caught():
    made = trial("steps", "easy_first", "adaptive_competence")
    made.state.enter(made.laws[0])
    feed = made.feed(0)
    made.stage(0, None, None, lambda: {"beta.loss": Measured(1.2 - 0.02 * made.cursor.steps, 0.1, False)})
    assert [round(opened, 2) for _, _, opened in made.cursor.paces] == [0.3, 0.4, 0.5, 0.7]
    verify(made.laws[0], feed, made.cursor, made.state.student.flops)
    made.cursor.paces[-1][2] += 0.01
    with pytest.raises(OrderBroken, match="its evaluations"):
        verify(made.laws[0], feed, made.cursor, made.state.student.flops)


def test_a_control_opens_what_its_parent_opened_at_the_same_part_of_the_budget():
    pacing = Vocabulary().build("pacing", method("adaptive_competence", **PACED["adaptive_competence"]))
    one = law(segment(), match="tokens", limit=200.0, pacing=pacing, paces=[[9, 50.0, 0.4], [12, 80.0, 0.7]])
    made = Trial(one, order="random_order")
    made.state.enter(one)
    for tokens, expected in ((0, 0.3), (49, 0.3), (50, 0.4), (79, 0.4), (90, 0.7)):
        made.cursor.tokens = tokens
        assert one.pace(made.cursor).opened == expected
    made.cursor.tokens = 0
    made.run()
    assert made.cursor.paces == []
    verify(one, made.feed(0), made.cursor, made.state.student.flops)


def test_an_order_of_another_seed_is_caught():
    made = trial()
    made.state.enter(made.laws[0])
    made.laws = (replace(made.laws[0], seed=99), made.laws[1])
    other = made.feed(0)
    made.laws = (replace(made.laws[0], seed=3), made.laws[1])
    with pytest.raises(OrderBroken):
        carry_out(made, 0, other)


@pytest.mark.parametrize("unit", ["tokens", "flops"])
def test_a_wrong_count_is_caught_where_the_order_is_right(unit):
    made = trial(unit)
    made.state.enter(made.laws[0])
    feed = made.feed(0)
    made.stage(0, None, None, None)
    cursor = made.cursor
    setattr(cursor, unit, cursor.used(unit) + 1)
    with pytest.raises(OrderBroken, match=unit):
        verify(made.laws[0], feed, cursor, made.state.student.flops)


def test_the_proof_holds_over_a_resume(tmp_path):
    made = trial("tokens", "easy_first", "root")
    with pytest.raises(Stopped):
        made.run(stop_after=3)
    made.state.save(tmp_path)
    again = trial("tokens", "easy_first", "root")
    again.state.load(tmp_path)
    feed = again.feed(0)
    again.stage(0, None, None, None)
    verify(again.laws[0], feed, again.cursor, again.state.student.flops)


def test_the_proof_changes_nothing():
    made = trial()
    made.state.enter(made.laws[0])
    feed = made.feed(0)
    made.stage(0, None, None, None)
    before = repr(made.cursor)
    verify(made.laws[0], feed, made.cursor, made.state.student.flops)
    assert repr(made.cursor) == before
