"""What holds of any two plans: order and form of a text are no change, and each change has two sides."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from specs import STAGED, TWO_ARMS, changed, plan_of, spec_of, with_arm

from currc.compiler.categories import Category
from currc.compiler.diagnostic import Complaints
from currc.compiler.difference import Difference, Version, difference
from currc.compiler.format import format_text
from currc.compiler.parse import parse
from currc.compiler.plan import Method, Plan, PlanNode, Quantity
from currc.compiler.record import fields_of
from currc.compiler.source import Source

GOOD = sorted((Path(__file__).parent / "golden" / "good").glob("*.curr"))


def between(before: Plan, after: Plan) -> Difference:
    return difference(Version("before", before), Version("after", after))


def told(before: str, after: str) -> Difference:
    """The difference of two texts, with their places."""
    sides = (Version(name, plan_of(text), spec_of(text)) for name, text in (("a", before), ("b", after)))
    return difference(*sides)


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_a_plan_does_not_differ_from_itself(path: Path) -> None:
    text = path.read_text()
    one = plan_of(text, path.parent)
    found = between(one, Plan.model_validate_json(one.canonical()))
    assert (found.category, found.items, found.arms, found.renamed, found.doubts) == (
        Category.COSMETIC, (), (), (), ()
    )  # fmt: skip


def blocks(text: str) -> list[str]:
    """The blocks of a spec with the comments above them, without its edition."""
    file = parse(Source("x", text), Complaints())
    starts = [block.span.start for block in file.blocks]
    return [text[start:end].rstrip() for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]


@given(order=st.randoms(use_true_random=False), text=st.sampled_from([TWO_ARMS, STAGED]))
@settings(max_examples=15, deadline=None)
def test_blocks_in_another_order_and_form_are_no_change(order: random.Random, text: str) -> None:
    mixed = blocks(text)
    order.shuffle(mixed)
    loose = "edition 2026\n\n# moved about\n" + "\n\n\n".join(mixed).replace(" = ", "=") + "\n"
    assert told(text, loose).category == Category.COSMETIC
    assert told(text, format_text(Source("x", loose))).category == Category.COSMETIC


LEFT_OUT = ("format", "arms", "name", "role", "of", "stage", "moved", "factors", "stand_ins", "waived")
"""Names, by which parts are told apart, and what follows from other fields."""
OTHER = {"root": "linear", "unimax": "proportional", "sum": "pcgrad"}


def another(value: Any) -> Any:
    """A value of the same type that is not the same; `None` where none is at hand."""
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case float():
            return value / 2 if value else 0.25
        case Method():
            return Method(word=OTHER.get(value.word, "loss"))
        case Quantity():
            return value.model_copy(update={"amount": another(value.amount)})
        case str():
            return f"{value}_other"
        case tuple() if value and isinstance(value[0], str | int):
            return (*value, another(value[-1]))
        case _:
            return None


def perturbed(node: PlanNode, path: str = "") -> Iterator[tuple[str, PlanNode]]:
    """The node with each field of it, and of its parts, changed in turn."""
    for name, value in fields_of(node).items():
        here = f"{path}.{name}"
        if name in LEFT_OUT:
            continue
        if isinstance(value, PlanNode) and not isinstance(value, Method | Quantity):
            inner = perturbed(value, here)
        elif isinstance(value, dict) and value and all(isinstance(one, PlanNode) for one in value.values()):
            key, one = next(iter(value.items()))
            inner = ((place, {**value, key: new}) for place, new in perturbed(one, f"{here}.{key}"))  # type: ignore[misc]
        elif isinstance(value, tuple) and value and isinstance(value[0], PlanNode):
            inner = ((place, (new, *value[1:])) for place, new in perturbed(value[0], f"{here}.0"))  # type: ignore[misc]
        else:
            new = another(value)
            inner = iter([(here, new)] if new is not None else [])
        for place, new in inner:
            yield place, node.model_copy(update={name: new})


def variants() -> list[tuple[str, Plan]]:
    """A plan with stages, guards and protection; each value of it, and of one arm, changed in turn."""
    text = changed(
        STAGED,
        ("control = baseline", "control = baseline\n  protect {\n    route.macro_f1 = -1%\n  }"),
        ("limit = 400 steps", "limit = 400 steps\n  time = 9 min"),
    )
    plan = plan_of(text)
    found = [("", plan), *((place, one) for place, one in perturbed(plan))]
    at = next(i for i, arm in enumerate(plan.arms) if arm.name == "other")
    for place, arm in perturbed(plan.arms[at], "other"):
        arms = (*plan.arms[:at], arm, *plan.arms[at + 1 :])
        found.append((place, plan.model_copy(update={"arms": arms})))
    return found  # type: ignore[return-value]


VARIANTS = variants()


def test_there_are_variants_of_nearly_every_value() -> None:
    assert len(VARIANTS) > 60


@pytest.mark.parametrize(("place", "plan"), VARIANTS[1:], ids=[place for place, _ in VARIANTS[1:]])
def test_no_changed_value_is_cosmetic_and_both_directions_agree(place: str, plan: Plan) -> None:
    base = VARIANTS[0][1]
    assert plan.hash() != base.hash()
    there, back = between(base, plan), between(plan, base)
    assert there.category == back.category > Category.COSMETIC
    assert [item.address for item in there.items] == [item.address for item in back.items]
    assert len(there.items) >= 1
    first, last = there.items[0].change, back.items[0].change
    assert (first.before, first.after) == (last.after, last.before)


def test_a_change_is_pointed_at_in_both_texts() -> None:
    after = changed(
        TWO_ARMS, ("edition 2026", "edition 2026\n\n# a line more"), ("start = 20%", "start = 30%")
    )
    (item,) = told(TWO_ARMS, after).items
    assert item.address == "gentle.pacing"
    assert item.before_at is not None
    assert item.after_at is not None
    assert item.before_at.text == "root(start = 20%, full_at = 60%)"
    assert item.after_at.text == "root(start = 30%, full_at = 60%)"
    assert item.change.arms == ("other", "other~random_order", "other~hard_first")


def test_a_value_that_one_arm_overrides_is_that_arm_s() -> None:
    before, after = (with_arm(f"  train.lr = {lr}") for lr in ("1e-3", "2e-3"))
    (item,) = told(before, after).items
    assert (item.address, item.change.arms) == ("train.lr", ("third",))
    assert item.after_at is not None
    assert item.after_at.text == "2e-3"


def test_a_changed_constant_is_pointed_at_where_its_value_is_used() -> None:
    constant = ("edition 2026", "edition 2026\n\nlet first = 20%")
    text = changed(TWO_ARMS, constant, ("start = 20%", "start = first"))
    (item,) = told(text, changed(text, ("let first = 20%", "let first = 25%"))).items
    assert item.address == "gentle.pacing"
    assert item.after_at is not None
    assert item.after_at.text == "root(start = first, full_at = 60%)"


def test_renames_are_told_and_matched_in_both_directions() -> None:
    after = TWO_ARMS.replace("task route", "task queue") + "\nmoved {\n  from = route\n  to = queue\n}\n"
    there, back = told(TWO_ARMS, after), told(after, TWO_ARMS)
    assert [tuple(one) for one in there.renamed] == [("task", "route", "queue")]
    assert [tuple(one) for one in back.renamed] == [("task", "queue", "route")]
    assert there.items == back.items == ()
    assert there.category == back.category == Category.OPERATIONAL


def test_a_renamed_task_that_changes_as_well_is_compared_with_itself() -> None:
    renamed = TWO_ARMS.replace("task route", "task queue").replace('"{body}"', '"Sort: {body}"', 1)
    found = told(TWO_ARMS, renamed + "\nmoved {\n  from = route\n  to = queue\n}\n")
    (item,) = found.items
    assert item.address == "queue.prompt"
    assert item.before_at is not None
    assert item.before_at.text == '"{body}"'
    assert found.category == Category.LEARNING


def test_a_doubt_is_no_rename() -> None:
    found = told(TWO_ARMS, TWO_ARMS.replace("arm other", "arm ordered"))
    assert [tuple(one) for one in found.doubts] == [("arm", "other", "ordered")]
    assert found.renamed == ()
    assert {one.arm.name for one in found.arms if one.arm.role == "arm"} == {"other", "ordered"}


def test_arms_that_only_share_everything_are_no_doubt() -> None:
    """Another combiner is another arm, however much the two have in common."""
    before, after = (
        with_arm("  combine = pcgrad"),
        with_arm("  weights = uncertainty").replace("third", "fourth"),
    )
    assert told(before, after).doubts == ()
