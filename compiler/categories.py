"""What a change of each field of a plan means for numbers before and after it: one table.

The rule behind it: what two arms of one experiment may differ in is `LEARNING`, because
their numbers are compared all the same; what no arm may override, because it would make
the comparison unfair, is `COMPARISON`, because two experiments that differ in it are no
more comparable than two such arms would be; what no trained weight depends on is
`OPERATIONAL`. A field that is missing here fails `tests/test_categories.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from types import MappingProxyType

from currc.compiler.record import Record


class Category(IntEnum):
    """How much a change matters; of several changes the greatest counts."""

    COSMETIC = 0
    OPERATIONAL = 1
    LEARNING = 2
    COMPARISON = 3

    @property
    def word(self) -> str:
        """As reports and `--fail-on` call it."""
        return self.name.lower()


MEANING: Mapping[Category, str] = MappingProxyType(
    {
        Category.COSMETIC: "the plan is the same",
        Category.OPERATIONAL: "the same learning, at another cost or stored otherwise",
        Category.LEARNING: "results of some arm will differ; numbers stay comparable",
        Category.COMPARISON: "numbers before and after must not be compared",
    }
)
"""What a reader may conclude, in one line."""


class Rule(Record):
    """The category of one field, and why a reviewer should care."""

    category: Category
    why: str = ""
    judge: str = ""
    """Names the question that decides where the field alone does not: see `compare.JUDGES`."""


INSIDE = Rule(Category.COSMETIC, judge="inside")
"""The field holds parts with rules of their own, or follows from other fields."""


def _cost(why: str = "") -> Rule:
    return Rule(Category.OPERATIONAL, why)


def _learns(why: str = "") -> Rule:
    return Rule(Category.LEARNING, why)


def _breaks(why: str) -> Rule:
    return Rule(Category.COMPARISON, why)


def _rows(why: str) -> Rule:
    return Rule(Category.LEARNING, why, judge="gold rows")


LEARNS, COSTS = _learns(), _cost()
VERDICT = _breaks("the rule of the verdict is another")

RULES: Mapping[str, Mapping[str, Rule]] = MappingProxyType(
    {
        "Plan": {
            "format": COSTS,
            "edition": _breaks("the same text may mean something else"),
            "sources": INSIDE,
            "arms": INSIDE,
            "budget": INSIDE,
            "evaluate": INSIDE,
            "decide": INSIDE,
            "moved": COSTS,
        },
        "SourcePlan": {
            "path": _rows("other rows"),
            "hub": _rows("other rows"),
            "columns": _rows("rows are read otherwise"),
            "sample": _rows("other rows"),
            "dedup": _rows("other rows"),
            "sha256": Rule(Category.LEARNING, "other bytes are demanded", judge="digest"),
        },
        "ArmPlan": {
            "name": INSIDE,
            "role": LEARNS,
            "of": COSTS,
            "parent": _cost("extends another arm"),
            "factors": INSIDE,
            "model": INSIDE,
            "tasks": INSIDE,
            "schedule": INSIDE,
            "train": INSIDE,
            "yoke": LEARNS,
            "goals": _learns("what tasks are measured against while they train"),
        },
        "ModelPlan": {
            "kind": _breaks("another model"),
            "base": _breaks("another model"),
            "revision": _breaks("the model's weights may be others"),
            "init": _breaks("the model starts from other weights"),
            "adapter": LEARNS,
            "freeze": LEARNS,
            "max_tokens": _learns("longer or shorter inputs, gold rows included"),
            "precision": LEARNS,
        },
        "TaskPlan": {
            "kind": _breaks("another kind of answer"),
            "train": LEARNS,
            "gold": _breaks("scores are of other gold rows"),
            "validation": _learns("other rows train and steer"),
            "prompt": LEARNS,
            "target": _breaks("other answers count as right"),
            "labels": _learns("the model chooses among other answers"),
            "metric": _breaks("scores are of another metric"),
            "also": _cost("only what is reported beside the metric"),
            "requires": LEARNS,
            "weight": LEARNS,
            "lr_scale": LEARNS,
            "classes": LEARNS,
            "max_new_tokens": _breaks("answers are cut elsewhere"),
        },
        "SchedulePlan": {
            "by": INSIDE,
            "order": LEARNS,
            "pacing": LEARNS,
            "lengthens": LEARNS,
            "balance_by": LEARNS,
            "retire": LEARNS,
            "segments": INSIDE,
        },
        "DifficultyPlan": {"score": LEARNS, "within": LEARNS, "refresh": LEARNS, "observers": INSIDE},
        "Segment": {
            "stage": INSIDE,
            "tasks": LEARNS,
            "window": LEARNS,
            "min": LEARNS,
            "max": LEARNS,
            "promote": INSIDE,
            "replay": LEARNS,
            "mix": LEARNS,
            "weights": LEARNS,
            "combine": LEARNS,
            "lr_scale": LEARNS,
            "freeze": LEARNS,
            "max_tokens": LEARNS,
            "reset_optimizer": LEARNS,
        },
        "Promote": {"when": LEARNS, "plateau": LEARNS, "keep": LEARNS, "hold": LEARNS},
        "TrainPlan": {
            "batch": LEARNS,
            "lr": LEARNS,
            "optimizer": LEARNS,
            "lr_schedule": LEARNS,
            "warmup": LEARNS,
            "weight_decay": LEARNS,
            "clip": LEARNS,
            "example_weights": LEARNS,
            "seeds": _breaks("means are over other trials"),
            "packing": _cost("the same losses, computed another way"),
            "compile": _cost("the same losses, computed another way"),
        },
        "BudgetPlan": {
            "match": _breaks("arms are equal in something else"),
            "limit": _breaks("trials train for another length"),
            "time": _cost("when a trial is given up"),
            "memory": _cost("when a trial is given up"),
            "total": _cost("when the experiment is given up"),
        },
        "EvaluatePlan": {
            "every": Rule(Category.LEARNING, "validation steers training", judge="steering"),
            "subset": Rule(Category.LEARNING, "validation steers training", judge="steering"),
            "keep": _breaks("another state of each trial is scored"),
        },
        "Yoke": {"arm": LEARNS, "what": LEARNS},
        "DecidePlan": {
            "control": _breaks("differences are taken to another arm"),
            "metric": INSIDE,
            "test": VERDICT,
            "alpha": VERDICT,
            "correct": VERDICT,
            "min_gain": VERDICT,
            "equivalent": VERDICT,
            "on_tie": VERDICT,
            "protect": INSIDE,
            "waived": Rule(Category.LEARNING, "control arms come or go", judge="waived"),
            "stand_ins": INSIDE,
        },
        "Objective": {
            "kind": _breaks("the deciding number is another"),
            "parts": _breaks("the deciding number is another"),
        },
        "Protection": {"metric": INSIDE, "loss": VERDICT},
    }
)
"""The rule of each field by the name of its class in `plan.py`."""

STEERLESS = frozenset(
    {
        *("none", "linear", "quadratic", "root", "exponential", "logarithmic", "step", "competence"),
        *("fixed_linear", "fixed_root", "fixed_discrete", "baby_steps", "one_pass"),
        *("proportional", "equal", "capped", "temperature", "alpha", "unimax", "shares", "upsample"),
        *("fixed", "uncertainty"),
    }
)
"""Pacings, mixes and weightings that never look at validation rows; any other word may, so that
evaluations may change training."""
