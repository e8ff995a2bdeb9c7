"""The verdict: each outcome, each sentence of the design, from gold scores with known differences."""

from __future__ import annotations

import json
from dataclasses import replace
from math import exp, log

import numpy as np
import pytest
from verdicts import ROWS, Array, plan, scores, task, verdict

from currc.compiler.plan import Method, MetricRef, Objective
from currc.runtime.judging.results import Difference, Totals, Verdict
from currc.runtime.judging.scores import ArmScores, Spent, gather, metrics_of, score
from currc.runtime.judging.verdict import judge
from currc.runtime.vocabulary import Vocabulary

ONE = {"route": task()}
TWO = {"route": task(), "fields": task()}


def against(found: Verdict, arm: str = "easy") -> Difference:
    difference = found.arm(arm).difference
    assert difference is not None
    return difference


def two_arms(gain: float, spread: float = 0.02, **rule: object) -> Verdict:
    return verdict(
        plan(["base", "easy"], ONE, **rule), {"base": {"route": 0.7}, "easy": {"route": 0.7 + gain}}, spread
    )


# The four outcomes.


def test_better_is_kept() -> None:
    found = two_arms(0.02)
    assert found.arm("easy").outcome == "better"
    assert against(found).estimate == pytest.approx(0.02)
    assert (found.decision.verdict, found.decision.arm) == ("keep arm", "easy")


def test_worse_leaves_the_control() -> None:
    found = two_arms(-0.02)
    assert found.arm("easy").outcome == "worse"
    assert (found.decision.verdict, found.decision.arm) == ("keep control", "base")


def test_equivalent_when_the_interval_lies_within_the_margin() -> None:
    found = two_arms(0.0, equivalent=0.01)
    assert found.arm("easy").outcome == "equivalent"
    assert two_arms(0.0, spread=0.5, equivalent=0.01).arm("easy").outcome == "undecided"


def test_undecided_when_nothing_is_sure() -> None:
    found = two_arms(0.02, spread=0.5)
    assert found.arm("easy").outcome == "undecided"
    assert against(found).corrected > 0.05
    assert found.decision.verdict == "keep control"


def test_without_a_margin_nothing_is_equivalent() -> None:
    assert two_arms(0.0, spread=0.0001).arm("easy").outcome == "undecided"


# The rule: `min_gain`, `protect`, alpha and correction, `on_tie`.


@pytest.mark.parametrize(
    ("gain", "outcome"), [(0.02, "better"), (0.01, "undecided"), (-0.01, "undecided"), (-0.02, "worse")]
)
def test_a_sure_gain_must_reach_min_gain(gain: float, outcome: str) -> None:
    assert two_arms(gain, spread=0.005, min_gain=0.02).arm("easy").outcome == outcome


def test_a_violated_protection_is_never_better() -> None:
    means = {"base": {"route": 0.7, "fields": 0.5}, "easy": {"route": 0.68, "fields": 0.6}}
    found = verdict(plan(["base", "easy"], TWO, protect={"route.accuracy": 0.01}), means, spread=0.005)
    (guard,) = found.arm("easy").protect
    assert (guard.metric, guard.status) == ("route.accuracy", "violated")
    assert guard.difference.estimate == pytest.approx(-0.02)
    assert against(found).corrected < 0.05
    assert found.arm("easy").outcome == "undecided"
    assert found.decision.verdict == "keep control"


@pytest.mark.parametrize(
    ("route", "spread", "status"),
    [(0.70, 0.005, "protected"), (0.695, 0.5, "not shown"), (0.68, 0.005, "violated")],
)
def test_a_protection_that_the_interval_crosses_is_not_shown(
    route: float, spread: float, status: str
) -> None:
    means = {"base": {"route": 0.7, "fields": 0.5}, "easy": {"route": route, "fields": 0.9}}
    found = verdict(plan(["base", "easy"], TWO, protect={"route.accuracy": 0.01}), means, spread)
    assert [guard.status for guard in found.arm("easy").protect] == [status]
    assert (found.arm("easy").outcome == "better") == (status != "violated")


def test_a_metric_that_is_only_watched_can_be_protected() -> None:
    watched = {"route": task(also=["macro_f1"])}
    means = {"base": {"route": 0.7}, "easy": {"route.accuracy": 0.75, "route.macro_f1": 0.6}}
    found = verdict(plan(["base", "easy"], watched, protect={"route.macro_f1": 0.01}), means)
    assert [guard.status for guard in found.arm("easy").protect] == ["violated"]


def test_the_family_is_the_users_arms_against_the_control() -> None:
    arms = ["base", "easy", "staged", "easy~random_order", "single_task~route"]
    means = {name: {"route": 0.7 + 0.005 * i} for i, name in enumerate(arms)}
    found = verdict(plan(arms, ONE), means, spread=0.1)
    assert found.rule.family == ("easy", "staged")
    raw = [against(found, name).p for name in ("easy", "staged")]
    assert min(raw) == raw[1]
    assert against(found, "staged").corrected == pytest.approx(min(1.0, 2 * raw[1]))
    assert against(found, "easy").corrected == pytest.approx(max(raw[0], min(1.0, 2 * raw[1])))
    assert against(found, "easy~random_order").corrected == against(found, "easy~random_order").p
    assert found.arm("easy~random_order").outcome is None
    assert found.arm("base").difference is None


def test_a_control_arm_is_never_kept() -> None:
    means = {"base": {"route": 0.7}, "easy": {"route": 0.7}, "easy~random_order": {"route": 0.9}}
    found = verdict(plan(list(means), ONE), means)
    assert found.decision.arm == "base"


def test_the_best_of_the_better_arms_is_kept() -> None:
    means = {"base": {"route": 0.7}, "a": {"route": 0.75}, "b": {"route": 0.80}, "c": {"route": 0.6}}
    found = verdict(plan(list(means), ONE), means)
    assert [found.arm(name).outcome for name in "abc"] == ["better", "better", "worse"]
    assert found.decision.arm == "b"


def test_on_tie_can_leave_no_decision() -> None:
    found = two_arms(0.0, on_tie="no_decision")
    assert (found.decision.verdict, found.decision.arm) == ("no decision", None)


def test_alpha_sets_the_interval_and_the_bar() -> None:
    narrow, wide = two_arms(0.02, spread=0.1, alpha=0.2), two_arms(0.02, spread=0.1, alpha=0.01)
    assert against(narrow).p == against(wide).p
    assert against(narrow).low > against(wide).low


def test_the_permutation_test_can_be_asked_for() -> None:
    found = two_arms(0.02, test=Method(word="permutation"))
    assert against(found).p == 2 / 64
    assert found.arm("easy").outcome == "better"


def test_one_seed_decides_nothing() -> None:
    means = {"base": {"route": 0.2}, "easy": {"route": 0.9}}
    found = verdict(plan(["base", "easy"], ONE, seeds=1), means)
    gap = against(found)
    assert (gap.low, gap.high, gap.se, gap.p, gap.detectable) == (None, None, None, 1.0, None)
    assert found.arm("easy").outcome == "undecided"
    assert found.detectable is None


# Objectives.


def objective(kind: str, *parts: str) -> Objective:
    refs = [part.split(".") for part in parts]
    return Objective(kind=kind, parts=tuple(MetricRef(task=t, metric=Method(word=w)) for t, w in refs))


PARTS = ("route.accuracy", "fields.accuracy")
MEANS = {"base": {"route": 0.8, "fields": 0.2}, "easy": {"route": 0.7, "fields": 0.3}}


@pytest.mark.parametrize(
    ("kind", "base", "easy"), [("mean", 0.5, 0.5), ("worst", 0.2, 0.3), ("geometric_mean", 0.4, 0.21**0.5)]
)
def test_an_objective_of_several_tasks(kind: str, base: float, easy: float) -> None:
    found = verdict(plan(["base", "easy"], TWO, objective=objective(kind, *PARTS)), MEANS)
    assert (found.arm("base").objective, found.arm("easy").objective) == pytest.approx((base, easy))
    assert against(found).estimate == pytest.approx(easy - base)


def test_the_worst_task_is_judged_by_its_own_rows() -> None:
    given = plan(["base", "easy"], TWO, objective=objective("worst", *PARTS))
    alone = plan(["base", "easy"], TWO, objective=objective("mean", "fields.accuracy"))
    one, other = against(verdict(given, MEANS, 0.1)), against(verdict(alone, MEANS, 0.1))
    assert (one.estimate, one.se, one.p) == pytest.approx((other.estimate, other.se, other.p))


def test_the_geometric_mean_enters_through_its_slopes() -> None:
    given = plan(["base", "easy"], TWO, objective=objective("geometric_mean", *PARTS))
    drawn = scores(given, MEANS, spread=0.05)
    means = np.array([[s.values[t]["accuracy"].mean() for t in TWO] for s in drawn])
    level = np.exp(np.log(means).mean(axis=1))
    slope = level[:, None] / (2 * means)
    rows = [
        slope[1, k] * drawn[1].values[name]["accuracy"] - slope[0, k] * drawn[0].values[name]["accuracy"]
        for k, name in enumerate(TWO)
    ]
    variance = sum(d.var() * d.size / 5 / 39 / d.size for d in rows)  # noise here is all rest
    assert against(judge(given, drawn, Vocabulary())).se == pytest.approx(variance**0.5)


def test_a_geometric_mean_of_zero_has_no_measurable_doubt() -> None:
    means = {"base": {"route": 0.0, "fields": 0.2}, "easy": {"route": 0.7, "fields": 0.3}}
    found = verdict(
        plan(["base", "easy"], TWO, objective=objective("geometric_mean", *PARTS)), means, spread=0.0
    )
    assert against(found).estimate == pytest.approx(exp((log(0.7) + log(0.3)) / 2))
    assert against(found).low is None
    assert found.arm("easy").outcome == "undecided"


def test_lower_is_better_metrics_are_negated() -> None:
    lower = {"route": task("loss")}
    means = {"base": {"route": 2.0}, "easy": {"route": 1.8}, "bad": {"route": 2.2}}
    found = verdict(plan(list(means), lower, protect={"route.loss": 0.1}), means)
    assert against(found).estimate == pytest.approx(0.2)
    assert found.arm("easy").outcome == "better"
    assert found.arm("bad").outcome == "worse"
    assert [guard.status for guard in found.arm("bad").protect] == ["violated"]
    assert found.arm("easy").mean("route", "loss") == pytest.approx(1.8)
    assert found.arm("easy").objective == pytest.approx(-1.8)


def test_a_mean_over_metrics_of_different_range_is_an_error() -> None:
    mixed = {"route": task(), "fields": task("loss")}
    with pytest.raises(ValueError, match="same range"):
        verdict(
            plan(["base", "easy"], mixed), {name: {"route": 0.5, "fields": 1.0} for name in ("base", "easy")}
        )


def test_two_metrics_of_one_task_share_its_rows() -> None:
    both = {"route": task(also=["exact_match"])}
    given = plan(["base", "easy"], both, objective=objective("mean", "route.accuracy", "route.exact_match"))
    drawn = scores(given, {"base": {"route": 0.5}, "easy": {"route": 0.6}}, spread=0.1)
    same = [
        replace(arm, values={"route": {"accuracy": v, "exact_match": v}})
        for arm in drawn
        for v in [arm.values["route"]["accuracy"]]
    ]
    alone = plan(["base", "easy"], both, objective=objective("mean", "route.accuracy"))
    one, other = (against(judge(rule, same, Vocabulary())) for rule in (given, alone))
    assert (one.se, one.df) == pytest.approx((other.se, other.df))


# Trials that are not there are never averaged away.


def test_a_missing_trial_leaves_no_decision_and_no_number() -> None:
    means = {"base": {"route": 0.7}, "easy": {"route": 0.8}, "staged": {"route": 0.8}}
    found = verdict(plan(list(means), ONE), means, without={"easy": [3]})
    easy = found.arm("easy")
    assert (easy.standing, easy.missing, easy.objective, easy.difference) == ("missing", (3,), None, None)
    assert easy.mean("route", "accuracy") is None
    assert len(easy.scores[0].per_seed) == 5
    assert found.decision.verdict == "no decision"
    assert found.decision.reason == "trials are missing: `easy` seed 3"


def test_an_arm_without_all_its_trials_keeps_its_place_in_the_family() -> None:
    means = {"base": {"route": 0.7}, "easy": {"route": 0.71}, "staged": {"route": 0.8}}
    found = verdict(plan(list(means), ONE), means, spread=0.2, without={"staged": [1, 2]})
    assert against(found).corrected == pytest.approx(min(1.0, 2 * against(found).p))


def test_missing_control_arms_do_not_hold_up_the_decision() -> None:
    means = {"base": {"route": 0.7}, "easy": {"route": 0.8}, "easy~random_order": {"route": 0.8}}
    found = verdict(plan(list(means), ONE), means, without={"easy~random_order": [1]})
    assert found.decision.arm == "easy"
    assert found.arm("easy~random_order").standing == "missing"
    assert found.explanations == ()


def test_an_arm_that_never_ran_is_missing() -> None:
    found = verdict(plan(["base", "easy"], ONE), {"base": {"route": 0.7}})
    assert found.arm("easy").missing == (1, 2, 3, 4, 5, 6)
    assert found.decision.verdict == "no decision"


def diverge(arm: ArmScores, seed: int) -> ArmScores:
    values = arm.values["route"]["accuracy"].copy()
    values[arm.seeds.index(seed), 0] = np.nan
    return replace(arm, values={"route": {"accuracy": values}})


def test_a_diverged_arm_cannot_be_kept_and_the_others_are_judged() -> None:
    means = {"base": {"route": 0.7}, "easy": {"route": 0.9}, "staged": {"route": 0.8}}
    given = plan(list(means), ONE)
    base, easy, staged = scores(given, means)
    found = judge(given, [base, diverge(easy, 2), staged], Vocabulary())
    assert (found.arm("easy").standing, found.arm("easy").diverged) == ("diverged", (2,))
    assert found.arm("easy").objective is None
    assert found.arm("easy").outcome is None
    assert found.decision.arm == "staged"


def test_a_diverged_control_leaves_no_decision() -> None:
    means = {"base": {"route": 0.7}, "easy": {"route": 0.9}}
    given = plan(list(means), ONE)
    base, easy = scores(given, means)
    found = judge(given, [diverge(base, 4), easy], Vocabulary())
    assert found.decision.verdict == "no decision"
    assert found.decision.reason == "the control `base` diverged with seed 4"
    assert found.arm("easy").difference is None


def test_arms_are_paired_by_seed_whatever_their_order() -> None:
    means = {"base": {"route": 0.7}, "easy": {"route": 0.72}}
    given = plan(list(means), ONE)
    rng = np.random.default_rng(0)
    base, easy = (
        replace(arm, values={"route": {"accuracy": arm.values["route"]["accuracy"] + shift}})
        for arm, shift in zip(scores(given, means), [rng.normal(size=(6, 1))] * 2, strict=True)
    )
    turned = replace(
        easy, seeds=easy.seeds[::-1], values={"route": {"accuracy": easy.values["route"]["accuracy"][::-1]}}
    )
    one, other = (against(judge(given, [base, arm], Vocabulary())) for arm in (easy, turned))
    assert one == other
    assert one.estimate == pytest.approx(0.02)


def test_arms_scored_on_different_rows_cannot_be_compared() -> None:
    means = {"base": {"route": 0.7}, "easy": {"route": 0.8}}
    given = plan(list(means), ONE)
    base, easy = scores(given, means)
    other = replace(easy, rows={"route": tuple(f"x{i}" for i in range(ROWS))})
    with pytest.raises(ValueError, match="different rows of `route`"):
        judge(given, [base, other], Vocabulary())


# Why, and interference.


@pytest.mark.parametrize(
    ("without_order", "shown"), [(0.72, "matters"), (0.80, "not shown"), (0.88, "hurts")]
)
def test_a_gain_is_taken_apart_by_its_control_arm(without_order: float, shown: str) -> None:
    means = {"base": {"route": 0.7}, "easy": {"route": 0.8}, "easy~random_order": {"route": without_order}}
    (told,) = verdict(plan(list(means), ONE), means).explanations
    assert (told.arm, told.kind, told.shown) == ("easy", "random_order", shown)
    assert told.gain.estimate == pytest.approx(without_order - 0.7)
    assert told.added.estimate == pytest.approx(0.8 - without_order)


def test_an_arm_that_stands_in_for_a_control_arm_takes_the_gain_apart() -> None:
    means = {"base": {"route": 0.7}, "easy": {"route": 0.8}, "mixed": {"route": 0.72}}
    stand_ins = {"easy~random_order": "mixed", "mixed~equal": "base"}
    (told,) = verdict(plan(list(means), ONE, stand_ins=stand_ins), means).explanations
    assert (told.arm, told.control, told.kind, told.shown) == ("easy", "mixed", "random_order", "matters")
    assert told.added.estimate == pytest.approx(0.08)


def test_a_control_arm_that_scored_all_as_another_is_called_alike() -> None:
    means = {"base": {"route": 0.7}, "easy": {"route": 0.8}, "easy~hard_first": {"route": 0.7}}
    given = plan(list(means), ONE)
    base, easy, hard = scores(given, means)
    assert judge(given, [base, easy, hard], Vocabulary()).alike == ()
    same = replace(hard, values=base.values)
    assert judge(given, [base, easy, same], Vocabulary()).alike == (("easy~hard_first", "base"),)


def test_interference_is_the_control_against_each_task_alone() -> None:
    means = {
        "base": {"route": 0.7, "fields": 0.5},
        "easy": {"route": 0.7, "fields": 0.5},
        "single_task~route": {"route": 0.8},
        "single_task~fields": {"fields": 0.4},
    }
    route, fields = verdict(plan(list(means), TWO), means).interference
    assert (route.task, route.shown, fields.task, fields.shown) == ("route", "harmed", "fields", "helped")
    assert (route.difference.estimate, fields.difference.estimate) == pytest.approx((-0.1, 0.1))


def test_the_list_of_harmed_tasks_is_corrected() -> None:
    tasks = {name: task() for name in "abcd"}
    means = {"base": dict.fromkeys(tasks, 0.7), "easy": dict.fromkeys(tasks, 0.7)}
    means |= {f"single_task~{name}": {name: 0.7 + 0.01 * i} for i, name in enumerate(tasks)}
    found = verdict(plan(list(means), tasks), means, spread=0.1).interference
    raw = [one.difference.p for one in found]
    assert [one.difference.corrected for one in found] != raw
    assert all(one.difference.corrected >= p for one, p in zip(found, raw, strict=True))


def test_a_missing_reference_is_said() -> None:
    arms = ["base", "easy", "single_task~route"]
    (one,) = verdict(plan(arms, ONE), {"base": {"route": 0.7}, "easy": {"route": 0.8}}).interference
    assert one.difference is None


THREE = {name: task() for name in ("route", "fields", "topic")}
EQUAL = dict.fromkeys(THREE, 0.7)


def test_what_a_left_out_task_does_to_the_others() -> None:
    """`topic` helps `route` by 0.1 and harms `fields` by 0.2; `route` does nothing to either."""
    means = {
        "base": EQUAL,
        "easy": EQUAL,
        "leave_one_out~topic": {"route": 0.6, "fields": 0.9},
        "leave_one_out~route": {"fields": 0.7, "topic": 0.7},
    }
    found = verdict(plan(list(means), THREE), means)
    assert found.interference == ()
    told = {(one.other, one.task): (round(one.difference.estimate, 6), one.shown) for one in found.transfer}
    assert told == {
        ("topic", "route"): (0.1, "helped"),
        ("topic", "fields"): (-0.2, "harmed"),
        ("route", "fields"): (0.0, "not shown"),
        ("route", "topic"): (0.0, "not shown"),
    }
    assert {one.reference for one in found.transfer} == {"leave_one_out"}


def test_what_a_pair_has_over_all_tasks_together() -> None:
    means = {"base": EQUAL, "easy": EQUAL, "pairs~fields~route": {"route": 0.9, "fields": 0.6}}
    found = verdict(plan(list(means), THREE), means)
    told = {(one.task, one.other): (round(one.difference.estimate, 6), one.shown) for one in found.transfer}
    assert told == {("route", "fields"): (0.2, "helped"), ("fields", "route"): (-0.1, "harmed")}


def test_a_pair_without_its_trials_is_told_of_without_a_number() -> None:
    names = ["base", "easy", "pairs~fields~route"]
    found = verdict(plan(names, THREE), {"base": EQUAL, "easy": EQUAL})
    assert [(one.task, one.difference, one.shown) for one in found.transfer] == [
        ("route", None, "not shown"),
        ("fields", None, "not shown"),
    ]


def test_the_totals_of_an_arm_are_means_and_its_overshoot_the_largest() -> None:
    given = plan(["base", "easy"], TWO, seeds=2)
    found = [
        replace(one, spent={1: Spent({"route": 40, "fields": 60}, 101.0), 2: Spent({"route": 42}, 104.0)})
        for one in scores(given, {"base": EQUAL, "easy": EQUAL})
    ]
    one = judge(given, found, Vocabulary())
    assert one.limit == (100, "steps")
    totals = one.arm("base").totals
    assert totals == Totals(drawn={"route": 41.0, "fields": 30.0}, used=102.5, past=4.0)


# The document.


def test_the_results_hold_everything_and_read_back() -> None:
    arms = ["base", "easy", "easy~random_order", "single_task~route"]
    given = plan(arms, ONE, min_gain=0.01, protect={"route.accuracy": 0.0})
    found = verdict(given, {name: {"route": 0.7} for name in arms})
    text = found.model_dump_json()
    assert Verdict.model_validate_json(text) == found
    document = json.loads(text)
    assert document["format"] == 1
    assert document["plan"] == given.hash()
    assert document["rule"]["family"] == ["easy"]
    assert document["rule"]["test"] == {"word": "crossed", "parameters": {}}
    easy = document["arms"][1]
    assert len(easy["scores"][0]["per_seed"]) == len(easy["seeds"]) == 6
    assert {"p", "corrected", "low", "high", "se", "df", "detectable"} <= set(easy["difference"])
    assert document["gold_rows"] == ROWS


def test_gold_rows_that_tasks_share_are_counted_once() -> None:
    given = plan(["base", "easy"], TWO)
    same = [
        replace(arm, rows=dict.fromkeys(TWO, tuple(map(str, range(ROWS)))))
        for arm in scores(given, {name: {"route": 0.5, "fields": 0.5} for name in ("base", "easy")})
    ]
    assert judge(given, same, Vocabulary()).gold_rows == ROWS


def test_one_arm_has_values_and_nothing_to_decide() -> None:
    found = verdict(plan(["only"], ONE), {"only": {"route": 0.7}})
    assert found.rule is None
    assert found.arm("only").mean("route", "accuracy") == pytest.approx(0.7)
    assert found.decision.reason == "one arm, nothing to compare"


def test_the_detectable_effect_is_corrected_for_the_family() -> None:
    means = {"base": {"route": 0.7}, "easy": {"route": 0.7}, "staged": {"route": 0.7}}
    alone = verdict(plan(["base", "easy"], ONE), means, spread=0.1)
    family = verdict(plan(list(means), ONE), means, spread=0.1)
    assert against(alone).se == against(family).se
    assert against(alone).detectable < against(family).detectable
    assert family.detectable == max(against(family, name).detectable for name in ("easy", "staged"))


def test_trials_are_gathered_by_seed_and_those_without_scores_are_missing() -> None:
    given = plan(["base", "easy"], ONE).arm("easy")
    trials: dict[int, dict[str, dict[str, Array]]] = {
        seed: {"route": {"accuracy": np.full(3, float(seed))}} for seed in (5, 2)
    }
    found = gather(given, trials, {"route": ("a", "b", "c")}, diverged=[3])
    assert (found.arm, found.role, found.seeds, found.diverged) == ("easy", "arm", (2, 5), (3,))
    assert found.values["route"]["accuracy"].tolist() == [[2.0] * 3, [5.0] * 3]
    assert gather(given, {}, {}).seeds == ()


def test_outcomes_are_scored_by_every_metric_of_the_task() -> None:
    from currc.runtime.judging.metrics import Outcome

    metrics = metrics_of(task("macro_f1", also=["accuracy"]), Vocabulary())
    assert list(metrics) == ["macro_f1", "accuracy"]
    found = score([Outcome("a", "a", 0.0), Outcome("a", "b", 0.0)], metrics)
    assert found["accuracy"].tolist() == [1.0, 0.0]
    assert found["macro_f1"].mean() == pytest.approx((2 / 3 + 0) / 2)
