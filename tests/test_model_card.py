"""The winner's card: front matter a hub can read, the seed that lies beside it, the whole comparison."""

from __future__ import annotations

import pytest
from huggingface_hub import ModelCard
from verdicts import plan, task, verdict

from currc.runtime.reporting.model_card import Winner, model_card
from currc.runtime.reporting.table import render

TASKS = {"route": task("macro_f1"), "fields": task()}
MEANS = {"base": {"route": 0.7, "fields": 0.5}, "easy": {"route": 0.8, "fields": 0.6}}
PLAN = plan(list(MEANS), TASKS)
VERDICT = verdict(PLAN, MEANS)


def card(**changes: object) -> ModelCard:
    facts = {"arm": "easy", "seed": 3, "validation": 0.7654, "base_model": "a/b", "license": "apache-2.0"}
    return ModelCard(model_card(VERDICT, PLAN, Winner(**{**facts, **changes})))


def test_the_front_matter_can_be_read() -> None:
    data = card().data
    assert (data.base_model, data.license, data.library_name) == ("a/b", "apache-2.0", "transformers")
    assert data.metrics == ["accuracy", "macro_f1"]
    assert "currc" in data.tags


@pytest.mark.parametrize("text", ["no", "2024-01-01", "a: b", "1e3", 'qu"ote'])
def test_a_base_model_of_any_name_stays_a_text(text: str) -> None:
    assert card(base_model=text).data.base_model == text


def test_what_is_not_known_is_left_out() -> None:
    data = card(base_model=None, license=None).data.to_dict()
    assert not {"base_model", "license"} & set(data)


def test_the_card_names_arm_seed_plan_and_base() -> None:
    text = card().text
    assert text.lstrip().startswith("# easy, seed 3")
    assert PLAN.hash() in text
    assert "`bundled:minilm-l6/2`" in text
    assert "the best validation score (0.765)" in text


def test_the_card_has_the_seeds_own_scores_and_the_mean() -> None:
    arm = VERDICT.arm("easy")
    mine = arm.scores[0].per_seed[arm.seeds.index(3)]
    assert f"- `route` (classify): macro-F1 {mine:.3f} on gold; mean over seeds 0.800" in card().text


def test_the_whole_comparison_is_in_the_card() -> None:
    assert render(VERDICT, 120) in card().text


def test_a_winner_that_was_not_planned_is_refused() -> None:
    with pytest.raises(KeyError):
        card(arm="other")
