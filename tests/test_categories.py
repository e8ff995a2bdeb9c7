"""Every field of the plan has a category, and the category is the one that its change gets."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import get_args

import pytest
from specs import STAGED, changed, plan_of, with_arm

from currc.compiler import plan as plans
from currc.compiler.categories import MEANING, RULES, Category
from currc.compiler.compare import JUDGES
from currc.compiler.difference import Version, difference
from currc.compiler.plan import Plan, PlanNode

VALUES = {"Method", "Quantity", "Window", "Guard", "MetricRef", "PlanNode"}
"""Classes that are compared as one value."""


def parts() -> dict[str, type[PlanNode]]:
    """Every class of the plan that has fields of its own to compare."""
    found = {
        name: cls
        for name, cls in vars(plans).items()
        if inspect.isclass(cls) and issubclass(cls, PlanNode) and name not in VALUES
    }
    assert len(found) >= 16
    return found


def fields() -> Iterator[tuple[str, str]]:
    for name, cls in parts().items():
        for field in cls.__match_args__:
            yield name, field


@pytest.mark.parametrize(("part", "field"), list(fields()))
def test_a_field_has_a_category(part: str, field: str) -> None:
    rule = RULES[part][field]
    assert rule.judge in ("", "inside", *JUDGES)
    # What is not compared by itself must be walked into, or follow from other fields.
    assert (rule.category == Category.COSMETIC) == (rule.judge == "inside")


def test_the_table_names_no_field_that_is_gone() -> None:
    assert {(part, field) for part, of_part in RULES.items() for field in of_part} == set(fields())


def test_every_part_is_reached() -> None:
    """A class that no field of the plan leads to would have rules that nobody asks for."""
    reached: set[type] = set()
    waiting: list[object] = [Plan]
    while waiting:
        one = waiting.pop()
        waiting += get_args(one)
        if inspect.isclass(one) and issubclass(one, PlanNode) and one not in reached:
            reached.add(one)
            waiting += [field.annotation for field in one.declared()]
    assert set(parts().values()) <= reached


def test_a_field_without_a_rule_breaks_the_comparison() -> None:
    from currc.compiler.compare import rule_of

    assert rule_of("TaskPlan", "invented").category == Category.COMPARISON


def test_the_categories_are_four_and_say_what_they_mean() -> None:
    assert [category.word for category in Category] == ["cosmetic", "operational", "learning", "comparison"]
    assert set(MEANING) == set(Category)
    assert MEANING[Category.COMPARISON] == "numbers before and after must not be compared"


ALL = with_arm(
    "  combine = pcgrad",
    changed(
        STAGED,
        ("budget {", "train {\n  seeds = 9\n}\n\nevaluate {\n  every = 10%\n}\n\nbudget {"),
        ("limit = 400 steps", "limit = 400 steps\n  time = 10 min"),
        ("control = baseline", "control = baseline\n  controls = auto\n  min_gain = 1%"),
        ("unimax(epochs = 4)", "shares(route = 50%, product = 50%)"),
    ),
)
EDITS = {
    # what is edited: old text, new text, category
    "base": ('"bundled:minilm-l6/2"', '"bundled:minilm-l6/3"', "comparison"),
    "adapter": ('/2"', '/2"\n  adapter = lora(rank = 4)', "learning"),
    "model type": ("student: encoder", "student: causal", "comparison"),
    "max_tokens": ('/2"', '/2"\n  max_tokens = 64 tokens', "learning"),
    "precision": ('/2"', '/2"\n  precision = fp32', "learning"),
    "init": ('/2"', '"\n  init = random(layers = 1, width = 32, heads = 2)', "comparison"),
    "training path": ("data/tickets/*.jsonl", "data/may/*.jsonl", "learning"),
    "gold path": ("data/gold.jsonl", "data/may.jsonl", "comparison"),
    "gold dedup": ('data/gold.jsonl"', 'data/gold.jsonl"\n  dedup = none', "comparison"),
    "prompt": ('prompt = "{body}"', 'prompt = "Read: {body}"', "learning"),
    "target": ('target = "{queue}"', 'target = "{queue}!"', "comparison"),
    "metric": ('target = "{product}"', 'target = "{product}"\n  metric = exact_match', "comparison"),
    "also": ("metric = macro_f1", "metric = macro_f1\n  also = [accuracy]", "operational"),
    "validation": ("metric = macro_f1", "metric = macro_f1\n  validation = 20%", "learning"),
    "weight": ("metric = macro_f1", "metric = macro_f1\n  weight = 2", "learning"),
    "task lr_scale": ("metric = macro_f1", "metric = macro_f1\n  lr_scale = 2", "learning"),
    "score": ("mean_of(length, rarity)", "length", "learning"),
    "within": ("mean_of(length, rarity)", "length\n  within = all", "learning"),
    "take": ("0% .. 40%", "0% .. 50%", "learning"),
    "max": ("max = 30%", "max = 31%", "learning"),
    "min": ("max = 30%", "max = 30%\n    min = 10%", "learning"),
    "guard": (">= 0.70", ">= 0.71", "learning"),
    "hold": (">= 0.70", ">= 0.70\n      hold = 3 evals", "learning"),
    "stage tasks": ("tasks = [route]", "tasks = [product]", "learning"),
    "replay": ("after = basics", "after = basics\n    replay = 10%", "learning"),
    "reset": ("after = basics", "after = basics\n    reset_optimizer = true", "learning"),
    "seeds": ("seeds = 9", "seeds = 8", "comparison"),
    "batch": ("seeds = 9", "seeds = 9\n  batch = 8", "learning"),
    "clip": ("seeds = 9", "seeds = 9\n  clip = 2.0", "learning"),
    "lr_schedule": ("seeds = 9", "seeds = 9\n  lr_schedule = cosine", "learning"),
    "packing": ("seeds = 9", "seeds = 9\n  packing = off", "operational"),
    "limit": ("limit = 400 steps", "limit = 500 steps", "comparison"),
    "match": ("match = steps\n  limit = 400 steps", "match = examples\n  limit = 400 examples", "comparison"),
    "time": ("time = 10 min", "time = 20 min", "operational"),
    "every": ("every = 10%", "every = 5%", "learning"),
    "keep": ("every = 10%", "every = 10%\n  keep = best", "comparison"),
    "mix": ("route = 50%", "route = 60%", "learning"),
    "combine": ("combine = pcgrad", "weights = uncertainty", "learning"),
    "control": ("control = baseline", "control = third", "comparison"),
    "alpha": ("min_gain = 1%", "alpha = 0.01", "comparison"),
    "min_gain": ("min_gain = 1%", "min_gain = 2%", "comparison"),
    "on_tie": ("min_gain = 1%", "min_gain = 1%\n  on_tie = no_decision", "comparison"),
    "equivalent": ("min_gain = 1%", "min_gain = 1%\n  equivalent = 1%", "comparison"),
    "test": ("min_gain = 1%", "min_gain = 1%\n  test = permutation", "comparison"),
    "deciding metric": ("min_gain = 1%", "min_gain = 1%\n  metric = route.macro_f1", "comparison"),
    "protect": ("min_gain = 1%", "min_gain = 1%\n  protect {\n    route.macro_f1 = -1%\n  }", "comparison"),
    "controls": ("controls = auto", "controls = none", "learning"),
    "references": ("controls = auto", "references = none", "operational"),
}


@pytest.mark.parametrize("edit", EDITS)
def test_the_category_of_an_edit(edit: str) -> None:
    old, new, category = EDITS[edit]
    before, after = plan_of(ALL), plan_of(changed(ALL, (old, new)))
    there = difference(Version("a", before), Version("b", after))
    back = difference(Version("b", after), Version("a", before))
    assert before.hash() != after.hash()
    assert there.category.word == category
    assert back.category == there.category
    assert there.items or there.arms
    # Whatever moved can be pointed at: as many changes one way as the other, at the same addresses.
    assert sorted(item.address for item in there.items) == sorted(item.address for item in back.items)
