"""What is waved through without Pydantic is what Pydantic takes, and nothing else is."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from copy import copy
from pathlib import Path
from typing import Any

import pytest
from contracts.every import method
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from currc.compiler.plan import Method, Plan, Quantity, TaskPlan
from currc.compiler.validated import as_data, as_key, surely_fits
from currc.runtime.component import Component
from currc.runtime.curriculum.pacing.fixed_discrete import FixedDiscrete
from currc.runtime.vocabulary import FOLDERS, Vocabulary

WORDS = [(slot, word) for slot in FOLDERS for word in Vocabulary().words(slot)]
CLASSES = [Vocabulary().component(slot, word) for slot, word in WORDS]
ODD = [None, True, False, 0, 1, -1, 3, 0.0, 0.5, 1.0, 1.5, -0.5, 1e9, math.inf, -math.inf, math.nan]
ODD += ["", "x", "auto", "tokens", "harder", "3", "0.5", [], [0.5], [0.2, 0.5], [1, 2], ["x"], [None], {}]
ODD += [{"a": 0.5}, {"a": -1}, {"a": "x"}, {"word": "length", "parameters": {}}, [{"word": "x"}], (0.5,)]
values = st.sampled_from(ODD) | st.floats() | st.integers(-2000, 2000) | st.lists(st.floats(0, 1), max_size=3)


def accepted(kind: type[Component], given: dict[str, Any]) -> bool:
    try:
        kind.model_validate(given)
    except ValidationError:
        return False
    return True


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(CLASSES), st.data())
def test_what_takes_takes_pydantic_takes_unchanged(kind: type[Component], data: st.DataObject) -> None:
    names = st.sampled_from([*kind.model_fields, "no_such_parameter"])
    given = data.draw(st.dictionaries(names, values, max_size=3))
    if kind.takes(given):
        made = json.loads(json.dumps(kind.model_validate(given).model_dump()))
        assert {name: made[name] for name in given} == json.loads(json.dumps(given))


@pytest.mark.parametrize(("slot", "word"), WORDS, ids=lambda value: value)
def test_plain_parameters_need_no_pydantic(slot: str, word: str) -> None:
    """Or `check` would wait for it each time; a class with conditions of its own may."""
    kind = Vocabulary().component(slot, word)
    assert kind.takes(method(slot, word)["parameters"]) or kind.agree is not Component.agree


@pytest.mark.parametrize(("slot", "word"), WORDS, ids=lambda value: value)
def test_bounds_are_kept_on_both_ways(slot: str, word: str) -> None:
    kind = Vocabulary().component(slot, word)
    good = method(slot, word)["parameters"]
    assert accepted(kind, good)
    for name, one in kind.model_fields.items():
        for limit, beyond in (("ge", -1e-6), ("gt", 0.0), ("le", 1e-6), ("lt", 0.0)):
            if limit in one.limits:
                bad = {**good, name: one.limits[limit] + beyond}
                assert not kind.takes(bad), (name, limit)
                assert not accepted(kind, bad), (name, limit)


@pytest.mark.parametrize("annotation", [dict[int, str], tuple[int, str], set[str], bytes, object])
@pytest.mark.parametrize("value", [{1: "a"}, [1, "a"], {"a"}, b"a", "a"])
def test_of_a_type_that_it_does_not_know_it_is_not_sure(annotation: Any, value: Any) -> None:
    assert not surely_fits(value, annotation)


def test_pydantic_speaks_of_the_class_s_own_conditions() -> None:
    with pytest.raises(ValidationError, match="3 levels need 2 ends") as caught:
        FixedDiscrete(levels=[0.1, 0.2, 0.3], until=[0.5])
    assert caught.value.errors()[0]["type"] == "value_error"


def test_a_part_of_the_plan_is_made_as_it_is_and_validated_when_asked() -> None:
    odd = Quantity(amount="3", unit="years")  # type: ignore[arg-type]
    with pytest.raises(ValidationError) as caught:
        Quantity.model_validate(odd.model_dump())
    assert [error["loc"] for error in caught.value.errors()] == [("unit",)]
    assert Quantity.model_validate({"amount": "3", "unit": "s"}) == Quantity(amount=3.0, unit="s")


def test_parts_within_parts_are_validated_too() -> None:
    whole = {
        "kind": "classify",
        "train": None,
        "gold": "g",
        "prompt": "",
        "target": "",
        "metric": {"word": 3},
    }
    with pytest.raises(ValidationError) as caught:
        TaskPlan.model_validate(whole)
    assert [error["loc"] for error in caught.value.errors()] == [("metric", "word")]
    task = TaskPlan.model_validate({**whole, "metric": {"word": "accuracy"}, "labels": ["a"]})
    assert task.metric == Method(word="accuracy")
    assert task.labels == ("a",)
    assert TaskPlan.model_validate_json(task.model_dump_json()) == task
    assert list(task.model_dump(include={"labels", "kind"})) == ["kind", "labels"]


def test_a_part_of_the_plan_can_stand_in_a_class_of_pydantic_s() -> None:
    adapter = TypeAdapter(list[Method])
    assert adapter.validate_python([{"word": "a"}]) == [Method(word="a")]
    assert json.loads(adapter.dump_json([Method(word="a")])) == [{"word": "a", "parameters": {}}]


@given(
    st.recursive(
        st.integers() | st.text(max_size=3) | st.none(),
        lambda v: st.lists(v) | st.dictionaries(st.text(max_size=2), v),
        max_leaves=8,
    )
)
def test_a_key_is_equal_where_data_is(data: Any) -> None:
    twin = json.loads(json.dumps(data))
    assert hash(as_key(data)) == hash(as_key(twin))
    assert as_key(data) == as_key(twin)
    assert as_key([data]) != as_key([data, data])
    assert as_key({"a": data}) != as_key({"b": data})


def test_two_and_two_point_zero_have_one_key_and_text_has_another() -> None:
    assert as_key({"a": [2]}) == as_key({"a": [2.0]})
    assert as_key({"a": ["2"]}) != as_key({"a": [2]})
    assert as_data((Method(word="a"), 1)) == [{"word": "a", "parameters": {}}, 1]


PLANS = [
    json.loads(file.read_text(encoding="utf-8"))
    for file in sorted((Path(__file__).parent / "golden" / "good").glob("*.json"))
]


def places(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where a plan's JSON holds something, from the whole down to the leaves."""
    for key in data if isinstance(data, dict) else range(len(data)) if isinstance(data, list) else ():
        yield (*path, key)
        yield from places(data[key], (*path, key))


def put(data: Any, path: tuple[Any, ...], value: Any) -> Any:
    """The data with another value in one place."""
    if not path:
        return value
    other = copy(data)
    other[path[0]] = put(data[path[0]], path[1:], value)
    return other


@pytest.mark.parametrize("data", PLANS, ids=lambda data: next(iter(data["sources"])))
def test_a_plan_of_the_compiler_s_own_needs_no_pydantic(data: dict[str, Any]) -> None:
    assert Plan.takes(data)
    assert Plan.model_validate(data).model_dump_json() == json.dumps(
        data, separators=(",", ":"), ensure_ascii=False
    )


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(PLANS), st.data())
def test_a_plan_that_was_tampered_with_is_not_waved_through(
    whole: dict[str, Any], data: st.DataObject
) -> None:
    path = data.draw(st.sampled_from(list(places(whole))))
    other = put(whole, path, data.draw(values.filter(lambda value: value == value)))
    if Plan.takes(other):
        assert json.loads(Plan.model_validate(other).model_dump_json()) == json.loads(json.dumps(other))
