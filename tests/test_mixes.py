"""The recursions of adaptive mixes against numbers worked out by hand or by a second writing of the rule."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from currc.runtime.curriculum.adaptive import Adaptive, Seen
from currc.runtime.curriculum.balancing import aioli, exp3s, gap, marginal_gain, odm, progress, transfer
from currc.runtime.streams import generator
from currc.runtime.vocabulary import Vocabulary
from tests.contracts.test_adaptive import story, told
from tests.contracts.test_balancing import state_of


def mix(name: str, **parameters: object) -> Adaptive:
    built = Vocabulary().build("mix", {"word": name, "parameters": parameters})
    assert isinstance(built, Adaptive)
    return built


def seen(**given: object) -> Seen:
    blank = {
        "step": 1,
        "progress": 0.5,
        "rates": np.array([0.5, 0.5]),
        "rows": np.array([2, 2]),
        "tokens": np.array([10, 10]),
        "losses": np.array([1.0, 1.0]),
        "scores": None,
        "goals": np.ones(2),
        "after": lambda: np.array([1.0, 1.0]),
        "affinity": lambda: np.zeros((2, 2)),
        "graph": lambda steps: np.eye(2),
        "held_out": lambda: np.ones(2),
        "chance": generator(1, "mix"),
    }
    return Seen(**{**blank, **given})  # type: ignore[arg-type]


TWO = state_of([300, 100])


# Online data mixing


def test_odm_by_hand() -> None:
    """K = 2, step 10, losses 3 and 1 at rates 0.75 and 0.25.

    R = (0.3 / 0.75, 0.1 / 0.25) = (0.4, 0.4): equal, so the rates are. Then at step 11 only the
    second task, with loss 2: R = (0.4, 0.4 + 0.2 / 0.5) = (0.4, 0.8). The exponent takes the eps of
    step 10, sqrt(ln 2 / 20) = 0.186165: softmax(0.074466, 0.148932) = (0.481392, 0.518608); with
    eps = sqrt(ln 2 / 22) = 0.177501 the rates are (1 - 0.355003) times that, + 0.177501.
    """
    rule, rates = mix("odm", warmup=0.0), np.array([0.75, 0.25])
    memory = rule.start(TWO)
    assert memory["weights"] == pytest.approx([0.75, 0.25])
    assert rule.learn(memory, seen(step=10, rates=rates, losses=np.array([3.0, 1.0])))
    assert memory["reward"] == pytest.approx([0.4, 0.4])
    assert memory["weights"] == pytest.approx([0.5, 0.5])
    later = seen(step=11, rows=np.array([0, 4]), losses=np.array([np.nan, 2.0]))
    assert rule.learn(memory, later)
    assert memory["reward"] == pytest.approx([0.4, 0.8])
    assert memory["weights"] == pytest.approx([0.487998, 0.512002], abs=1e-6)


class Exp3:
    """The authors' updater for batches of several data sets, in plain numbers and words of our own."""

    def __init__(self, rates: list[float]) -> None:
        self.count, self.rates = len(rates), rates
        self.gathered, self.eps = [0.0] * len(rates), 1.0 / len(rates)

    def update(self, losses: dict[int, float], iteration: int) -> list[float]:
        before = self.eps
        self.eps = min(1 / self.count, math.sqrt(math.log(self.count) / (self.count * iteration)))
        for name, loss in losses.items():
            self.gathered[name] += loss / 10 / self.rates[name]
        total = sum(math.exp(reward * before) for reward in self.gathered)
        part = (1 - self.count * self.eps) / total
        weights = [math.exp(reward * before) * part + self.eps for reward in self.gathered]
        self.rates = [weight / sum(weights) for weight in weights]
        return self.rates


def test_odm_agrees_with_the_authors_rule_over_a_whole_training() -> None:
    state = state_of([500, 90, 2000])
    rule = mix("odm", warmup=0.1)
    memory, rates = rule.start(state), rule.rates(state)
    theirs, compared = Exp3(rates.tolist()), 0
    for moment in story(11, 60):
        changed = rule.learn(memory, told(moment, rates))
        assert changed == (moment["step"] > 6)
        if changed:
            rates, compared = rule.shared(memory["weights"], state), compared + 1
            losses = {i: float(x) for i, x in enumerate(moment["losses"]) if not np.isnan(x)}
            assert rates == pytest.approx(theirs.update(losses, moment["step"]), rel=1e-9)
    assert compared == 54


def test_odm_looks_at_every_so_manyth_step_only() -> None:
    rule = mix("odm", warmup=0.0, every=3)
    memory = rule.start(TWO)
    changes = [rule.learn(memory, seen(step=step, losses=np.array([step, 1.0]))) for step in range(1, 7)]
    assert changes == [False, False, True, False, False, True]
    assert memory["reward"][0] == pytest.approx((3 + 6) / 10 / 0.5)


def test_odm_does_not_overflow_when_rewards_have_piled_up() -> None:
    rule = mix("odm", warmup=0.0)
    memory = rule.start(TWO)
    memory["reward"][:] = [1e6, 1e6 - 1.0]
    rule.learn(memory, seen(step=5, losses=np.array([1.0, 1.0])))
    assert np.isfinite(memory["weights"]).all()
    assert memory["weights"][0] > memory["weights"][1]


# Exp3.S


def test_exp3s_by_hand() -> None:
    """x = (0.3, 0, 0), t = 2: each w is the log of half its own exp(x) and a quarter of each other's."""
    found = exp3s.moved(np.zeros(3), np.array([0.3, 0.0, 0.0]), 2)
    own, rest = math.exp(0.3), 1.0
    expected = [math.log(0.5 * own + 0.25 * 2), math.log(0.5 * rest + 0.25 * (own + rest))]
    assert found == pytest.approx([*expected, expected[1]])
    assert exp3s.policy(found, 0.0)[0] == pytest.approx(
        math.exp(expected[0]) / (math.exp(expected[0]) + 2 * math.exp(expected[1]))
    )
    assert exp3s.policy(found, 1.0) == pytest.approx([1 / 3] * 3)


def test_exp3s_at_clock_one_would_move_all_weight_away() -> None:
    """The trap that the clock avoids: a = 1 leaves a rewarded task with what the others had."""
    found = exp3s.moved(np.zeros(3), np.array([1.0, 0.0, 0.0]), 1)
    assert found[0] == pytest.approx(0.0)
    assert found[0] < found[1]
    begun = mix("exp3s", eta=1.0)
    memory = begun.start(state_of([1, 1, 1]))
    memory["gains"] = np.array([-1.0, 0.0, 1.0])
    begun.learn(
        memory,
        seen(
            rates=np.full(3, 1 / 3),
            rows=np.array([4, 0, 0]),
            tokens=np.array([4, 0, 0]),
            losses=np.array([9.0, np.nan, np.nan]),
            after=lambda: np.array([1.0, np.nan, np.nan]),
            goals=np.ones(3),
        ),
    )
    assert memory["weights"][0] > memory["weights"][1]


def test_gains_are_scaled_between_their_percentiles() -> None:
    """Of 0, 1, .., 10 the 20th and 80th percentile are 2 and 8."""
    history = np.arange(11.0)
    assert exp3s.scaled(np.array([-5.0, 2.0, 5.0, 6.5, 8.0, 99.0]), history) == pytest.approx(
        [-1.0, -1.0, 0.0, 0.5, 1.0, 1.0]
    )
    assert exp3s.scaled(np.array([3.0]), np.full(5, 3.0)) == pytest.approx([0.0])


def test_exp3s_agrees_with_a_second_writing() -> None:
    """Graves et al. 2017, equations of sections 2 and 4, one task at a time in plain numbers."""
    state = state_of([500, 90, 2000])
    rule = mix("exp3s", eta=0.3, eps=0.05, beta=0.01)
    memory, rates, history, w = rule.start(state), rule.rates(state), [], [0.0] * 3
    assert rates == pytest.approx([1 / 3] * 3)
    for t, moment in enumerate(story(4, 30), 2):
        rule.learn(memory, told(moment, rates))
        reward = [0.0] * 3
        drawn = [i for i in range(3) if moment["rows"][i]]
        gains = {
            i: (moment["losses"][i] - moment["after"][i]) / (moment["tokens"][i] / moment["rows"][i])
            for i in drawn
        }
        history += [gains[i] for i in drawn]
        low, high = np.percentile(history, [20, 80])
        for i in drawn:
            if high > low:
                clipped = min(max(gains[i], low), high)
                reward[i] = (2 * (clipped - low) / (high - low) - 1) * moment["rows"][i] / 8
        x = [w[i] + 0.3 * (reward[i] + 0.01) / rates[i] for i in range(3)]
        w = [
            math.log((1 - 1 / t) * math.exp(x[i]) + sum(math.exp(x[j]) for j in range(3) if j != i) / t / 2)
            for i in range(3)
        ]
        heat = [math.exp(value) for value in w]
        rates = np.array([0.95 * value / sum(heat) + 0.05 / 3 for value in heat])
        assert rule.shared(memory["weights"], state) == pytest.approx(rates, rel=1e-9)


def test_a_full_sample_of_gains_is_a_fair_one() -> None:
    """Of 400 gains each stays in a sample of 20 with probability 1/20."""
    kept = np.zeros(400)
    for seed in range(150):
        rule = mix("exp3s", memory=20)
        memory = rule.start(TWO)
        for step in range(200):
            found = np.array([2 * step, 2 * step + 1], np.float64)
            rule.learn(
                memory,
                seen(
                    step=step + 1,
                    losses=found,
                    after=lambda: np.zeros(2),
                    tokens=np.array([2, 2]),
                    chance=generator(seed, "mix", step),
                ),
            )
        assert len(memory["gains"]) == 20
        kept[memory["gains"].astype(int)] += 1
    assert kept.sum() == 150 * 20
    quarters = kept.reshape(4, 100).sum(axis=1)
    # Binomial about 750 with a standard deviation of 24.
    assert np.abs(quarters - 750).max() < 120


# Learning progress


def test_progress_goes_by_the_absolute_slope() -> None:
    """Slopes 0.1, -0.3 and 0 an evaluation: a quarter, three quarters and none of 90 %."""
    scores = np.array([[0.1, 0.9, 0.5], [0.2, 0.6, 0.5], [0.3, 0.3, 0.5]])
    assert progress.by_slope(scores, 0.1) == pytest.approx([0.225 + 1 / 30, 0.675 + 1 / 30, 1 / 30])
    assert progress.by_slope(np.ones((4, 2)), 0.1) == pytest.approx([0.5, 0.5])


def test_the_slope_is_that_of_least_squares() -> None:
    scores = np.random.default_rng(0).random((6, 4))
    slopes = np.abs(np.polyfit(np.arange(6), scores, 1)[0])
    assert progress.by_slope(scores, 0.0) == pytest.approx(slopes / slopes.sum())


def test_progress_looks_back_over_its_window_only() -> None:
    rule = mix("progress", window=2, eps=0.0)
    memory = rule.start(TWO)
    changes = [
        rule.learn(memory, seen(scores=np.array(scores))) for scores in ([0.0, 0.0], [0.5, 0.1], [0.6, 0.4])
    ]
    assert changes == [False, True, True]
    assert memory["weights"] == pytest.approx([0.25, 0.75])


# Gap


def test_gap_goes_by_what_is_missing() -> None:
    """Gaps 0.1, 0.5 and none; the least is 1 / 30."""
    goals, scores = np.array([0.9, 0.8, 0.7]), np.array([0.8, 0.3, 0.75])
    assert gap.by_gap(goals, scores) == pytest.approx([0.1, 0.5, 1 / 30])
    rule = mix("gap")
    memory = rule.start(state_of([1, 1, 1]))
    assert not rule.learn(memory, seen())
    assert rule.learn(memory, seen(goals=goals, scores=scores))
    rates = rule.shared(memory["weights"], state_of([1, 1, 1]))
    assert rates == pytest.approx(np.array([3, 15, 1]) / 19)


# Marginal gain


def test_marginal_gain_by_hand() -> None:
    """Scores rise by 0.2 for 4,000 tokens and by 0.1 for 500: 0.05 and 0.2 a 1,000, so 1/4 and 1.

    At the first change t = 1, so there is no bonus. Then 0.2 for 4,000 again and 0 for 500: the
    means are 0.05 and 0.1, so 1/2 and 1; t = 2 and n = (1.6, 0.4), since 80 % of the rows were of
    the first, and the bonus is 0.1 sqrt(2 ln 2 / n).
    """
    rule = mix("marginal_gain")
    memory = rule.start(TWO)

    def step(scores: list[float] | None) -> bool:
        given = None if scores is None else np.array(scores)
        return rule.learn(memory, seen(rows=np.array([4, 1]), tokens=np.array([2000, 250]), scores=given))

    assert not step([0.1, 0.3])
    assert not step(None)
    assert step([0.3, 0.4])
    assert memory["gain"] == pytest.approx([0.05, 0.2])
    assert memory["weights"] == pytest.approx([0.25, 1.0])
    assert not step(None)
    assert step([0.5, 0.4])
    assert memory["gain"] == pytest.approx([0.05, 0.1])
    bonus = [0.1 * math.sqrt(2 * math.log(2) / n) for n in (1.6, 0.4)]
    assert memory["weights"] == pytest.approx([0.5 + bonus[0], 1.0 + bonus[1]])


def test_marginal_gain_without_gains_tries_what_was_hardly_drawn() -> None:
    weights = marginal_gain.by_gain(np.array([-0.1, 0.0]), np.array([7.0, 1.0]), 0.1)
    bonus = [0.1 * math.sqrt(2 * math.log(8) / n) for n in (7.0, 1.0)]
    assert weights == pytest.approx([1 / 20 + bonus[0], 1 / 20 + bonus[1]])


def test_marginal_gain_changes_at_every_so_manyth_evaluation() -> None:
    rule = mix("marginal_gain", every=2)
    memory = rule.start(TWO)
    changes = [rule.learn(memory, seen(scores=np.array([0.1 * i, 0.2]))) for i in range(6)]
    assert changes == [False, False, False, True, False, True]


def test_a_task_that_was_not_drawn_keeps_what_is_known_of_it() -> None:
    rule = mix("marginal_gain")
    memory = rule.start(TWO)
    for scores in ([0.0, 0.0], [0.1, 0.1]):
        rule.learn(memory, seen(scores=np.array(scores), tokens=np.array([1000, 1000])))
    known = memory["gain"].copy()
    idle = seen(rows=np.array([4, 0]), tokens=np.array([1000, 0]), scores=np.array([0.1, 0.9]))
    rule.learn(memory, idle)
    assert memory["gain"] == pytest.approx([known[0] / 2, known[1]])


# Transfer


def test_transfer_by_hand() -> None:
    """Gaps 0.4 and 0.1: a step on the first helps 0.01 * 0.4 - 0.02 * 0.1 = 0.002, on the second
    0.03 * 0.4 + 0.02 * 0.1 = 0.014; with eta 100 the exponents are 0.2 and 1.4."""
    affinity = np.array([[0.01, -0.02], [0.03, 0.02]])
    rates = transfer.by_help(affinity, np.array([0.4, 0.1]), 100.0)
    assert rates == pytest.approx([1 / (1 + math.exp(1.2)), 1 / (1 + math.exp(-1.2))])


def test_transfer_looks_at_its_steps_and_waits_for_scores() -> None:
    rule, looks = mix("transfer", every=2, fresh=0.5), []
    memory = rule.start(TWO)

    def look(value: float) -> Any:
        return lambda: looks.append(value) or np.full((2, 2), value)  # type: ignore[func-returns-value]

    told = [
        rule.learn(
            memory,
            seen(step=step, affinity=look(0.01 * step), scores=np.array([0.9, 1.5]) if step == 3 else None),
        )
        for step in range(1, 5)
    ]
    assert told == [False, False, False, True]
    assert looks == [0.02, 0.04]
    assert memory["affinity"] == pytest.approx(np.full((2, 2), 0.03))
    assert memory["gap"] == pytest.approx([0.1, 0.0])


# Skill-it


GRAPH = [[1.0, 0.5], [0.0, 1.0]]
"""The first task helps the second half as much as itself."""


def test_skill_it_by_hand() -> None:
    """First exp(eta A 1), A 1 = (1.5, 1). Losses (2, 1), then (1, 4): sums (3, 5), A times them (5.5, 5)."""
    rule = mix("skill_it", graph=GRAPH, eta=0.5)
    memory = rule.start(TWO)
    assert memory["weights"] == pytest.approx([1 / (1 + math.exp(-0.25)), 1 / (1 + math.exp(0.25))])
    for losses in ([2.0, 1.0], [1.0, 4.0]):
        told = seen(scores=np.zeros(2), held_out=lambda losses=losses: np.array(losses))
        assert rule.learn(memory, told)
    assert memory["weights"] == pytest.approx([1 / (1 + math.exp(-0.25)), 1 / (1 + math.exp(0.25))])
    assert not rule.learn(memory, seen())


def test_skill_it_adds_up_its_window_only() -> None:
    rule = mix("skill_it", graph=GRAPH, eta=1.0, window=2)
    memory = rule.start(TWO)
    for losses in ([9.0, 0.0], [0.0, 1.0], [0.0, 3.0]):
        told = seen(scores=np.zeros(2), held_out=lambda losses=losses: np.array(losses))
        rule.learn(memory, told)
    assert memory["weights"] == pytest.approx([1 / (1 + math.exp(2.0)), 1 / (1 + math.exp(-2.0))])


def test_skill_it_learns_its_graph_once() -> None:
    rule, asked = mix("skill_it", probe=7, eta=0.5), []
    memory = rule.start(TWO)
    assert memory["weights"] == pytest.approx([0.5, 0.5])

    def graph(steps: int) -> np.ndarray:
        asked.append(steps)
        return np.array(GRAPH)

    assert rule.learn(memory, seen(graph=graph))
    assert memory["weights"] == pytest.approx([1 / (1 + math.exp(-0.25)), 1 / (1 + math.exp(0.25))])
    assert not rule.learn(memory, seen(graph=graph))
    assert asked == [7]


def test_a_graph_is_square_and_of_the_stages_tasks() -> None:
    with pytest.raises(ValueError, match="2 rows"):
        mix("skill_it", graph=[[1.0, 0.5], [0.0]])
    with pytest.raises(ValueError, match="3 tasks"):
        mix("skill_it", graph=np.eye(3).tolist()).start(TWO)


# Aioli


def test_the_law_of_aioli_is_solved_for() -> None:
    """Falls made of a known law, A at rates W, are taken apart again."""
    true = np.array([[0.5, 0.1, 0.0], [0.2, 0.4, 0.1], [0.0, 0.1, 0.6]])
    fall = true @ aioli.focused(3, 0.625).T
    assert aioli.law(fall, 0.625) == pytest.approx(true / true.sum())


def test_a_law_below_nothing_is_lifted() -> None:
    """Least entry -0.1: lifted to (0.4, 0; 0.1, 0.3), over 0.8."""
    true = np.array([[0.3, -0.1], [0.0, 0.2]])
    found = aioli.law(true @ aioli.focused(2, 0.75).T, 0.75)
    assert found == pytest.approx(np.array([[0.4, 0.0], [0.1, 0.3]]) / 0.8)
    assert aioli.law(np.zeros((2, 2)), 0.75) == pytest.approx(np.full((2, 2), 0.25))
    assert aioli.law(true, 0.5).sum() == pytest.approx(1.0)


def test_rates_by_a_law() -> None:
    """Column sums 0.7 and 0.3 at eta 2, from rates (0.2, 0.8)."""
    found = aioli.by_law(np.array([0.2, 0.8]), np.array([[0.5, 0.1], [0.2, 0.2]]), 2.0)
    weights = [0.2 * math.exp(1.4), 0.8 * math.exp(0.6)]
    assert found == pytest.approx(np.array(weights) / sum(weights))


def test_aioli_goes_through_its_bursts_and_rests() -> None:
    """One sweep of two bursts of two steps, after the first step; then the rates of the law stand still."""
    rule = mix("aioli", updates=2, sweeps=1, burst=2, focus=0.75, eta=1.0)
    memory, levels = rule.start(TWO), iter([[4.0, 4.0], [3.0, 4.0], [3.0, 2.0]])
    changes, rates = [], []
    for step in range(1, 8):
        told = seen(step=step, progress=0.05 * step, held_out=lambda: np.array(next(levels)))
        changes.append(rule.learn(memory, told))
        rates.append(memory["weights"].copy())
    assert changes == [True, False, True, False, True, False, False]
    first, second = (0, 1) if rates[0][0] > 0.5 else (1, 0)
    assert rates[0][first] == rates[2][second] == 0.75
    fall = np.zeros((2, 2))
    fall[:, first], fall[:, second] = [1.0, 0.0], [0.0, 2.0]
    assert rates[4] == pytest.approx(aioli.by_law(np.full(2, 0.5), aioli.law(fall, 0.75), 1.0))
    assert (rates[6] == rates[4]).all()
    later = seen(step=8, progress=0.5, held_out=lambda: np.ones(2))
    assert rule.learn(memory, later)


# Learned


def test_learned_takes_the_rates_of_the_stage_before() -> None:
    rule = Vocabulary().build("mix", {"word": "learned", "parameters": {}})
    state = state_of([300, 100])
    assert rule.rates(state) == pytest.approx([0.75, 0.25])  # type: ignore[attr-defined]


def test_epsilon_falls_with_the_root_of_the_steps() -> None:
    assert odm.epsilon(4, 1) == 0.25
    assert odm.epsilon(4, 400) == pytest.approx(math.sqrt(math.log(4) / 1600))
