"""An adaptive mix in training: other rows than at constant rates, a log, and the order that it gives."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch
from toys import TASKS, Trial, law, method, segment, share

from currc.runtime.curriculum.adaptive import Adaptive
from currc.runtime.curriculum.feed import Split
from currc.runtime.curriculum.pacing import Pace
from currc.runtime.curriculum.ranking import Ranking
from currc.runtime.curriculum.realised import OrderHash
from currc.runtime.engine.nodes.course import splits_of
from currc.runtime.learning.lookahead import affinity
from currc.runtime.learning.proof import OrderBroken, verify
from currc.runtime.streams import generator
from currc.runtime.vocabulary import Vocabulary

ADAPTIVE = [
    word for word in Vocabulary().words("mix") if issubclass(Vocabulary().component("mix", word), Adaptive)
]
STEPS = 40


def trial(word: str, *, unit: str = "steps", pacing: str = "none", **parameters: Any) -> Trial:
    limit = {"steps": 1.0, "tokens": 14.0, "flops": 115.0}[unit] * STEPS
    mix = method(word, **parameters)
    standing = {"match": unit, "limit": limit, "every": share(0.1)}
    moves = Vocabulary().build("pacing", method(pacing))
    return Trial(
        law(segment(mix=mix), pacing=moves, **standing),
        sizes=(400, 250, 100),
        order="shuffled" if pacing == "none" else "easy_first",
    )


def carried_out(made: Trial, measure: Any = None) -> Trial:
    """The trial after its end, and the proof of its order."""
    made.state.enter(made.laws[0])
    opening = made.feed(0)
    made.stage(0, None, None, measure)
    verify(made.laws[0], opening, made.cursor, made.state.student.flops)
    return made


SHARPER: Mapping[str, Any] = {
    "exp3s": {"eta": 0.3},
    "skill_it": {"eta": 2.0, "graph": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.5, 0.5, 1.0))},
}
"""Words whose defaults move too little in so short a training, over tasks so much alike."""


@cache
def done(word: str) -> Trial:
    """The finished trial of a word, for tests that only look at it."""
    return carried_out(trial(word, **SHARPER.get(word, {})))


def from_the_log(made: Trial) -> str:
    """The hash of the order, by constant rates from each position of the log to the next and nothing else."""
    found, feed = OrderHash(), made.feed(0)
    logged = made.cursor.rates_of(0)
    ends = [at for at, _, _ in logged[1:]] + [made.cursor.stage_draws]
    for (at, rates, _), end in zip(logged, ends, strict=True):
        feed = feed.turned(np.array(rates), at)
        for position in range(at, end, 4):
            found.step(feed.rows(position, 4, Pace()), made.laws[0].tasks)
    return found.hexdigest()


@pytest.mark.parametrize("word", ADAPTIVE)
def test_other_rows_are_drawn_than_at_the_rates_of_the_start(word: str) -> None:
    made = done(word)
    rates = made.cursor.rates_of(0)[0][1]
    constant = {"shares": dict(zip(TASKS, rates, strict=True))}
    still = carried_out(trial("shares", **constant))
    assert len(made.cursor.mix) > 3
    assert still.cursor.order != made.cursor.order
    assert still.cursor.drawn != made.cursor.drawn


@pytest.mark.parametrize("word", ADAPTIVE)
def test_the_realised_order_is_what_the_log_and_the_closed_form_give(word: str) -> None:
    made = done(word)
    assert from_the_log(made) == made.cursor.order


@pytest.mark.parametrize("word", ADAPTIVE)
@pytest.mark.parametrize("unit", ["tokens", "flops"])
def test_the_proof_holds_with_a_window_that_moves(word: str, unit: str) -> None:
    made = carried_out(trial(word, unit=unit, pacing="root", **SHARPER.get(word, {})))
    assert len(made.cursor.mix) > 2


@pytest.mark.parametrize("word", ADAPTIVE)
def test_draws_follow_the_rates_of_the_log(word: str) -> None:
    made = done(word)
    mean = made.cursor.mean_mix[0]
    assert sum(mean.values()) == pytest.approx(1.0)
    for task in TASKS:
        assert made.cursor.drawn[task] == pytest.approx(mean[task] * made.cursor.examples, abs=4.0)


def tampered(made: Trial, change: Any) -> None:
    opening = made.feed(0)
    change(made.cursor.mix)
    verify(made.laws[0], opening, made.cursor, made.state.student.flops)


def drop_one(log: list[Any]) -> None:
    del log[len(log) // 2]


def shift_one(log: list[Any]) -> None:
    log[len(log) // 2][1] += 4


def turn_one(log: list[Any]) -> None:
    log[2][2] = log[2][2][::-1]


def swinging(i: int) -> float:
    return 5.0 if i % 2 else 0.1


@pytest.mark.parametrize("change", [drop_one, shift_one, turn_one])
def test_a_log_that_is_not_what_was_drawn_is_caught(change: Any) -> None:
    told = {"alpha": swinging, "beta": lambda i: 1.0, "gamma": lambda i: 5.1 - swinging(i)}
    made = carried_out(trial("gap"), scored(told))
    with pytest.raises(OrderBroken):
        tampered(made, change)


@pytest.mark.parametrize("rates", [[0.2, 0.3, 0.5], [0.5, 0.5, 0.0]])
def test_rates_of_a_constant_mix_that_are_not_its_own_are_caught(rates: list[float]) -> None:
    made = carried_out(trial("proportional"))
    with pytest.raises(OrderBroken, match="stage's mix"):
        tampered(made, lambda log: log[0].__setitem__(2, rates))


def test_rows_of_a_task_are_the_same_whatever_its_rates() -> None:
    """Arms are paired: the j-th draw of a task is the same row under any mix."""

    def drawn(made: Trial) -> dict[str, list[int]]:
        feed, found = made.feed(0), {task: [] for task in TASKS}
        logged = {at: rates for at, rates, _ in made.cursor.rates_of(0)}
        for position in range(0, made.cursor.stage_draws, 4):
            if position in logged:
                feed = feed.turned(np.array(logged[position]), position)
            for task, rows in feed.rows(position, 4, Pace()).items():
                found[task] += rows.tolist()
        return found

    one, other = (drawn(done(word)) for word in ("odm", "equal"))
    for task in TASKS:
        common = min(len(one[task]), len(other[task]))
        assert common > 20
        assert one[task][:common] == other[task][:common]


def test_forward_passes_are_counted_and_proved() -> None:
    plain, looked = done("equal"), deepcopy(done("exp3s"))
    spent = sum(one[3] for one in looked.cursor.mix)
    steps = looked.cursor.flops - spent
    assert spent == pytest.approx(steps / 3)
    with pytest.raises(OrderBroken, match="flops"):
        tampered(looked, lambda log: log[-1].__setitem__(3, 0.0))
    assert plain.cursor.flops == pytest.approx(steps, rel=0.05)


@pytest.mark.parametrize(
    ("word", "parameters"),
    [("transfer", {"every": 3, "begin": {"word": "equal", "parameters": {}}}), ("skill_it", {"probe": 2})],
)
def test_a_look_ahead_leaves_no_trace(word: str, parameters: dict[str, Any]) -> None:
    """With eta = 0 the rates stay equal whatever is seen: student and moments are those without a look."""
    blind = trial("equal")
    looking = trial(word, eta=0.0, **parameters)
    for made in (blind, looking):
        carried_out(made)
    assert looking.cursor.order == blind.cursor.order
    assert sum(one[3] for one in looking.cursor.mix) > 0.0
    for name, tensor in blind.state.student.state().items():
        assert torch.equal(tensor, looking.state.student.state()[name]), name
    for (name, one), (_, other) in zip(
        blind.state.student.trainable(), looking.state.student.trainable(), strict=True
    ):
        for key, value in blind.state.optimizer.state[one].items():
            assert torch.equal(value, looking.state.optimizer.state[other][key]), (name, key)


def test_an_affinity_is_what_a_step_on_one_task_does_to_the_others() -> None:
    """Against the definition: a copy of the student, one step of plain gradient descent on one task."""
    made = trial("transfer")
    made.state.enter(made.laws[0])
    plain = torch.optim.SGD([p for _, p in made.state.student.trainable()], lr=0.1)
    made.state.optimizer = plain
    made.state.student.dropout = 0.0
    law = replace(made.laws[0], clip=0.0)
    found, _ = affinity(law, made.state, made.tokens)
    before = {name: value.clone() for name, value in made.state.student.state().items()}
    rows = {
        task: np.sort(generator(law.seed, "lookahead", task).choice(len(part), law.batch, replace=False))
        for task, part in made.tokens.items()
    }

    def losses() -> np.ndarray:
        return np.array([made.state.student.row_losses(made.tokens[t], rows[t]).mean() for t in TASKS])

    start = losses()
    for j, task in enumerate(TASKS):
        loss = made.state.student.losses({task: made.tokens[task].take(rows[task])})[task]
        names = [n for n, _ in made.state.student.trainable() if n in made.state.student.shared_names]
        shared = [p for n, p in made.state.student.trainable() if n in names]
        slopes = torch.autograd.grad(loss, shared)
        with torch.no_grad():
            for parameter, slope in zip(shared, slopes, strict=True):
                parameter -= 0.1 * slope
        assert found[j] == pytest.approx(1.0 - losses() / start, abs=1e-6)
        made.state.student.load_state(before)
    assert (np.diag(found) > 0.0).all()


def scored(by_task: Mapping[str, Any]) -> Any:
    """Validation that says what it is told, at each call in turn."""
    from currc.runtime.curriculum.promotion import Measured

    calls = iter(range(1000))

    def measure() -> dict[str, Measured]:
        i = next(calls)
        return {f"{task}.loss": Measured(float(value(i)), 0.01, False) for task, value in by_task.items()}

    return measure


def test_progress_follows_what_validation_says() -> None:
    """Two tasks stand still, one improves by the same each time: it gets all but the share of exploration."""
    made = trial("progress", eps=0.3)
    still = {"alpha": lambda i: 2.0, "beta": lambda i: 2.0 - 0.1 * i, "gamma": lambda i: 1.0}
    carried_out(made, scored(still))
    logged = made.cursor.rates_of(0)
    assert [at for at, _, _ in logged] == [0, 32, 48, 64, 80, 96, 112, 128, 144, 160]
    for _, rates, _ in logged[1:]:
        assert rates == pytest.approx([0.1, 0.8, 0.1])


def test_a_loss_has_a_gap_to_nothing() -> None:
    made = trial("gap")
    carried_out(made, scored({"alpha": lambda i: 3.0, "beta": lambda i: 1.0, "gamma": lambda i: 0.0}))
    assert made.cursor.rates_of(0)[-1][1] == pytest.approx(np.array([3.0, 1.0, 1 / 30]) / (4 + 1 / 30))


# Classes


@pytest.mark.parametrize("shares", [[1 / 3, 1 / 3, 1 / 3], [0.7, 0.3, 0.0], [0.05, 0.05, 0.9]])
@pytest.mark.parametrize("pacing", ["none", "root"])
def test_classes_are_drawn_at_their_shares_at_every_prefix(shares: list[float], pacing: str) -> None:
    made = trial("equal", pacing=pacing)
    labels = made.tokens["alpha"].targets
    made.splits = {"alpha": Split(labels, np.array(shares))}
    made.state.enter(made.laws[0])
    feed, seen = made.feed(0), np.zeros(3)
    for step in range(200):
        rows = feed.rows(10 * step, 10, Pace(0.4)).get("alpha", np.zeros(0, np.int64))
        seen += np.bincount(labels[rows], minlength=3)
        assert np.abs(seen - np.array(shares) * 10 * (step + 1) / 3).max() <= 3.0
    carried_out(made)


def test_a_class_is_drawn_in_exact_passes() -> None:
    made = trial("equal")
    labels = made.tokens["alpha"].targets
    made.splits = {"alpha": Split(labels, np.full(3, 1 / 3))}
    made.state.enter(made.laws[0])
    feed = made.feed(0)
    rows = np.concatenate([feed.rows(4 * i, 4, Pace()).get("alpha", np.zeros(0, int)) for i in range(900)])
    for part in range(3):
        own, mine = np.flatnonzero(labels == part), rows[labels[rows] == part]
        first = mine[: len(own)]
        assert sorted(first.tolist()) == own.tolist()
        assert sorted(mine[len(own) : 2 * len(own)].tolist()) == own.tolist()
        assert first.tolist() != mine[len(own) : 2 * len(own)].tolist()


def test_classes_stay_in_balance_among_replayed_rows() -> None:
    first, second = (
        law(segment(TASKS[:1], max=share(0.5)), last=False),
        law(segment(TASKS[1:], replay=0.5), index=1),
    )
    made = Trial(first, second)
    labels = made.tokens["alpha"].targets
    made.splits = {"alpha": Split(labels, np.array([0.5, 0.5, 0.0]))}
    made.run()
    feed, seen = made.feed(1), np.zeros(3)
    for step in range(100):
        rows = feed.rows(4 * step, 4, Pace()).get("alpha", np.zeros(0, np.int64))
        seen += np.bincount(labels[rows], minlength=3)
    assert seen == pytest.approx([100, 100, 0], abs=3)


# Windows within each class


def opened(within: bool, share: float) -> np.ndarray:
    """Rows of each class among many draws from the easiest share of a task whose classes differ in length."""
    made = trial("equal", pacing="root")
    labels = np.repeat([0, 1, 2], [300, 94, 6])
    made.splits = {"alpha": Split(labels, np.bincount(labels) / 400, within)} if within else {}
    made.state.enter(made.laws[0])
    # The classes stand in the order of their difficulty, so that the easiest 300 rows are all of class 0.
    ranks = {task: Ranking(np.arange(len(part), dtype=np.uint32), None) for task, part in made.tokens.items()}
    made.rankings = ranks
    feed, seen = made.feed(0), set()
    for step in range(600):
        seen |= set(feed.rows(10 * step, 10, Pace(share)).get("alpha", np.zeros(0, np.int64)).tolist())
    return np.bincount(labels[sorted(seen)], minlength=3)


@pytest.mark.parametrize("share", [0.01, 0.2, 0.5, 1.0])
def test_a_balanced_pool_holds_the_easiest_part_of_each_class_and_misses_none(share: float) -> None:
    sizes = np.array([300, 94, 6])
    assert opened(True, share).tolist() == np.maximum(1, (sizes * share + 1e-9).astype(int)).tolist()


@pytest.mark.parametrize(("share", "there"), [(0.01, [4, 0, 0]), (0.5, [200, 0, 0]), (0.8, [300, 20, 0])])
def test_without_balance_an_easy_pool_misses_classes(share: float, there: list[int]) -> None:
    assert opened(False, share).tolist() == there


@pytest.mark.parametrize("order", ["easy_first", "hard_first", "random_order", "sorted_once", "interleaved"])
def test_in_balance_each_class_is_drawn_at_its_own_share_at_every_prefix(order: str) -> None:
    made = trial("equal", pacing="root")
    made.ordering = Vocabulary().build("order", method(order))
    labels = made.tokens["alpha"].targets
    shares = np.bincount(labels, minlength=3) / len(labels)
    made.splits = {"alpha": Split(labels, shares, True)}
    made.state.enter(made.laws[0])
    feed, seen = made.feed(0), np.zeros(3)
    for step in range(200):
        rows = feed.rows(10 * step, 10, Pace(0.1)).get("alpha", np.zeros(0, np.int64))
        seen += np.bincount(labels[rows], minlength=3)
        assert np.abs(seen - shares * 10 * (step + 1) / 3).max() <= 3.0
    carried_out(made)


def test_the_plan_says_whether_windows_are_cut_within_classes() -> None:
    rows = {"alpha": trial("equal").tokens["alpha"]}
    natural = {"alpha": {"classes": {"word": "natural", "parameters": {}}}}
    equal = {"alpha": {"classes": {"word": "equal", "parameters": {}}}}
    assert splits_of(natural, rows, "none") == {}
    balanced = splits_of(natural, rows, "label")["alpha"]
    assert balanced.within
    assert balanced.shares == pytest.approx(np.bincount(rows["alpha"].targets) / 400)
    assert not splits_of(equal, rows, "none")["alpha"].within
    assert splits_of(equal, rows, "label")["alpha"].shares == pytest.approx(np.full(3, 1 / 3))
