"""What `explain` says a value affects, compared with what a change of the text does to the work graph."""

from __future__ import annotations

import pytest
from specs import STAGED, TWO_ARMS, changed

from currc.compiler.affects import Effect, effect, effect_lines
from currc.compiler.compile import compiled
from currc.compiler.explain import explain
from currc.runtime.vocabulary import Vocabulary

WORDS = Vocabulary()


def effect_of(word: str, text: str = TWO_ARMS) -> Effect:
    found = compiled(text, WORDS)
    assert found.plan is not None
    known = effect(word, found.spec, found.plan, WORDS)
    assert known is not None, word
    return known


def test_a_score_reaches_arms_in_its_order_and_no_random_order() -> None:
    arms = effect_of("reading_load.score").arms
    assert set(arms) == {"other", "other~hard_first"}
    assert arms["other"] == ("score", "train", "evaluate")


def test_the_optimiser_reaches_the_training_of_every_arm_and_no_rows() -> None:
    found = effect_of("train.warmup")
    assert {"baseline", "other", "other~random_order", "single_task~route"} <= set(found.arms)
    assert set(found.arms.values()) == {("train", "evaluate")}


def test_an_override_reaches_its_arm_alone_and_hides_the_value_below_it() -> None:
    text = changed(TWO_ARMS, ("schedule = gentle", "schedule = gentle\n  train.warmup = 20%"))
    assert set(effect_of("arm.other.train.warmup", text).arms) == {
        "other",
        "other~random_order",
        "other~hard_first",
    }
    assert "other" not in effect_of("train.warmup", text).arms
    assert "baseline" in effect_of("train.warmup", text).arms


def test_what_a_child_inherits_reaches_the_child() -> None:
    assert {"baseline", "other"} <= set(effect_of("arm.baseline.mix").arms)


def test_gold_reaches_scores_and_no_training() -> None:
    found = effect_of("route.gold")
    assert found.arms
    assert not any("train" in kinds for kinds in found.arms.values())
    assert any(line.startswith("affects the gold scores of") for line in effect_lines(found))


@pytest.mark.parametrize("word", ["decide.alpha", "decide.min_gain", "decide.test"])
def test_the_rule_of_the_verdict_reaches_no_training(word: str) -> None:
    found = effect_of(word)
    assert (dict(found.arms), found.trials, found.rest) == ({}, (), True)
    assert next(effect_lines(found)) == "affects the verdict, and no training"


def test_the_number_of_seeds_reaches_which_trials_there_are() -> None:
    assert {"baseline", "other"} <= set(effect_of("train.seeds").trials)


def test_a_stage_reaches_the_arms_of_its_schedule() -> None:
    arms = effect_of("school.basics.max", STAGED).arms
    assert "other" in arms
    assert "baseline" not in arms


def test_a_block_nobody_uses_affects_nothing() -> None:
    text = TWO_ARMS + "\nschedule idle {\n  by = reading_load\n  order = hard_first\n  pacing = linear\n}\n"
    found = effect_of("idle.pacing", text)
    assert found.nothing
    assert list(effect_lines(found)) == ["affects nothing: the plan is the same with another value"]


def test_a_constant_affects_what_all_its_uses_do() -> None:
    text = changed(
        TWO_ARMS,
        ("model student", "let top = 1e-3\n\nmodel student"),
        ("schedule = gentle", "schedule = gentle\n  train.lr = top"),
    )
    assert set(effect_of("top", text).arms) == set(effect_of("arm.other.train.lr", text).arms)


def test_the_page_of_an_address_ends_with_what_it_affects() -> None:
    found = compiled(TWO_ARMS, WORDS)
    page = explain("reading_load.score", WORDS, found.spec, found.plan) or ""
    assert "written in `reading_load` at <text>:" in page
    assert "  affects the scores of difficulty, and so the training, of `other`, `other~hard_first`" in page
    assert "in its place)" in page
    alone = explain("reading_load.score", WORDS, found.spec) or ""
    assert "affects" not in alone


@pytest.mark.parametrize("text", [TWO_ARMS, STAGED], ids=["two_arms", "staged"])
def test_every_value_of_a_spec_can_be_asked(text: str) -> None:
    found = compiled(text, WORDS)
    assert found.plan is not None
    asked = [effect(key, found.spec, found.plan, WORDS) for key in list(found.spec.settings)[::3]]
    assert sum(one is not None and not one.nothing for one in asked) > 10


@pytest.mark.parametrize(
    ("word", "category"),
    [
        ("train.warmup", "learning"),
        ("reading_load.score", "learning"),
        ("route.gold", "comparison"),
        ("decide.alpha", "comparison"),
        ("train.seeds", "comparison"),
        ("decide.references", "operational"),
    ],
)
def test_a_change_is_called_what_diff_calls_it(word: str, category: str) -> None:
    assert any(line.startswith(f"a change here is `{category}`: ") for line in effect_lines(effect_of(word)))
