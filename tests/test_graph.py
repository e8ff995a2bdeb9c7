"""The work graph: keys are content, names are not; what exists hides what it was made from."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from currc.compiler.graph import Node, WorkGraph

READ = Node("read", "rows", {"path": "a.jsonl"}, {})
TRAIN = Node("train", "easy seed 1", {"seed": 1}, {"rows": READ.key})
GOLD = Node("evaluate", "gold of easy seed 1", {}, {"state": TRAIN.key, "rows": READ.key})


def test_a_name_is_not_part_of_a_key() -> None:
    assert Node("read", "other name", {"path": "a.jsonl"}, {}) == READ
    assert len({Node("read", "other name", {"path": "a.jsonl"}, {}), READ}) == 1


@pytest.mark.parametrize(
    "other",
    [
        Node("tokenize", "rows", {"path": "a.jsonl"}, {}),
        Node("read", "rows", {"path": "b.jsonl"}, {}),
        Node("read", "rows", {"path": "a.jsonl", "more": None}, {}),
        Node("read", "rows", {"path": "a.jsonl"}, {"role": READ.key}),
    ],
)
def test_everything_else_is(other: Node) -> None:
    assert other.key != READ.key


def test_the_order_of_parameters_and_inputs_is_not() -> None:
    one = Node("x", "", {"a": 1, "b": 2}, {"c": "1", "d": "2"})
    assert Node("x", "", {"b": 2, "a": 1}, {"d": "2", "c": "1"}).key == one.key


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(parameters=st.dictionaries(st.text(), json_values, max_size=4))
def test_a_node_survives_json_with_its_key(parameters: dict[str, object]) -> None:
    node = Node("train", "name", parameters, {"rows": READ.key})
    again = Node.from_json(json.loads(json.dumps(node.as_json())))
    assert again.key == node.key
    assert again.name == "name"


def test_order_puts_inputs_first_and_is_stable() -> None:
    graph = WorkGraph.of([GOLD, TRAIN, READ])
    place = {node.key: index for index, node in enumerate(graph.order)}
    assert place[READ.key] < place[TRAIN.key] < place[GOLD.key]
    assert WorkGraph.of([GOLD, TRAIN, READ]).order == graph.order


def test_of_equal_nodes_the_first_name_stays() -> None:
    graph = WorkGraph.of([READ, Node("read", "second", {"path": "a.jsonl"}, {})])
    assert [node.name for node in graph.order] == ["rows"]


def test_an_input_that_is_no_node_is_refused() -> None:
    with pytest.raises(ValueError, match="input `rows` of `easy seed 1`"):
        WorkGraph.of([TRAIN])


def test_consumers() -> None:
    graph = WorkGraph.of([READ, TRAIN, GOLD])
    assert graph.consumers[READ.key] == (TRAIN.key, GOLD.key)
    assert graph.consumers[GOLD.key] == ()


@pytest.mark.parametrize(
    ("have", "needed"),
    [
        (set(), ["rows", "easy seed 1", "gold of easy seed 1"]),
        ({GOLD.key}, []),
        ({TRAIN.key}, ["rows", "gold of easy seed 1"]),
        ({READ.key}, ["easy seed 1", "gold of easy seed 1"]),
        ({READ.key, TRAIN.key}, ["gold of easy seed 1"]),
    ],
)
def test_only_what_is_missing_is_needed(have: set[str], needed: list[str]) -> None:
    graph = WorkGraph.of([READ, TRAIN, GOLD])
    assert [node.name for node in graph.needed([GOLD.key], have.__contains__)] == needed
