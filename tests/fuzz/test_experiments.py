"""Random experiments: however one is written, and also from what was understood, its plan is the same."""

from __future__ import annotations

from random import Random

import attack
import pytest
from experiments import Experiment, spelt_out

from currc.compiler.compile import compile_text, compiled
from currc.compiler.plan import Plan


def same_plan(seed: int, number: int) -> None:
    """Of one experiment: any order of its parts, its values written out, and its JSON give the same plan."""
    drawn = Experiment(Random(f"{seed} {number}"))
    text = drawn.text()
    plan, spec, complaints = compiled(text, attack.VOCABULARY)
    assert plan is not None, (text, complaints.errors)
    other_order, in_full = drawn.text(), spelt_out(spec, attack.VOCABULARY)
    assert compile_text(other_order, attack.VOCABULARY) == plan, (text, other_order)
    assert compile_text(in_full, attack.VOCABULARY) == plan, (text, in_full)
    assert Plan.model_validate_json(plan.model_dump_json()) == plan, text


def test_one_experiment_has_one_plan() -> None:
    for number in range(80):
        same_plan(2026, number)


@pytest.mark.nightly
def test_one_experiment_has_one_plan_at_night() -> None:
    seed, times = attack.night()
    for number in range(500 * times):
        same_plan(seed, number)
