"""The schedule: what comes first, what runs in one process, what a failure takes with it."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from currc.compiler.graph import Node, WorkGraph
from currc.runtime.engine.schedule import Schedule


def node(name: str, *inputs: Node) -> Node:
    return Node("toy", name, {"name": name}, {one.name: one.key for one in inputs})


def nothing(key: str) -> bool:
    return False


def names(job: tuple[Node, ...]) -> list[str]:
    return [one.name for one in job]


ROWS, GOLD = node("rows"), node("gold")
FIRST = node("first", ROWS)
EASY, HARD = node("easy", FIRST), node("hard", FIRST)
EASY_SCORE, HARD_SCORE = node("easy score", EASY, GOLD), node("hard score", HARD, GOLD)
GRAPH = WorkGraph.of([ROWS, GOLD, FIRST, EASY, HARD, EASY_SCORE, HARD_SCORE])


def test_what_all_need_comes_first_and_the_callers_order_decides_the_rest() -> None:
    schedule = Schedule(GRAPH, [HARD_SCORE.key, EASY_SCORE.key], nothing)
    order = []
    while job := schedule.next_job():
        order.append(names(job))
        for one in job:
            schedule.done(one.key)
    assert order == [["rows", "first"], ["gold"], ["hard", "hard score"], ["easy", "easy score"]]


def test_a_chain_ends_where_results_are_shared_or_inputs_are_missing() -> None:
    schedule = Schedule(GRAPH, [EASY_SCORE.key, HARD_SCORE.key], nothing)
    assert names(schedule.next_job()) == ["rows", "first"]
    assert names(schedule.next_job()) == ["gold"]
    assert schedule.next_job() == ()
    schedule.done(ROWS.key)
    schedule.done(FIRST.key)
    assert names(schedule.next_job()) == ["easy"]  # gold is not there yet
    schedule.done(GOLD.key)
    assert names(schedule.next_job()) == ["hard", "hard score"]


def test_a_failure_takes_only_what_needs_it() -> None:
    schedule = Schedule(GRAPH, [EASY_SCORE.key, HARD_SCORE.key], {ROWS.key, GOLD.key, FIRST.key}.__contains__)
    (easy, score) = schedule.next_job()
    schedule.put_back([score])
    assert names(schedule.give_up(easy.key)) == ["easy score"]
    assert names(schedule.next_job()) == ["hard", "hard score"]
    schedule.done(HARD.key)
    schedule.done(HARD_SCORE.key)
    assert schedule.over


def test_nothing_outside_starts_before_the_gates() -> None:
    guard = node("guard", GOLD)
    graph = WorkGraph.of([*GRAPH.nodes.values(), guard])
    schedule = Schedule(graph, [EASY_SCORE.key], nothing, [guard.key])
    assert names(schedule.next_job()) == ["gold"]
    assert schedule.next_job() == ()
    schedule.done(GOLD.key)
    assert names(schedule.next_job()) == ["guard"]
    assert schedule.next_job() == ()
    schedule.done(guard.key)
    assert names(schedule.next_job()) == ["rows", "first", "easy", "easy score"]


def test_reused_are_the_nodes_that_someone_still_wants() -> None:
    have = {ROWS.key, FIRST.key, GOLD.key, EASY_SCORE.key}
    schedule = Schedule(GRAPH, [EASY_SCORE.key, HARD_SCORE.key], have.__contains__)
    assert names(schedule.needed) == ["hard", "hard score"]
    assert set(names(schedule.reused())) == {"easy score", "first", "gold"}


def test_a_lost_input_is_computed_again_with_what_it_needs() -> None:
    have = {FIRST.key, GOLD.key}
    schedule = Schedule(GRAPH, [EASY_SCORE.key], have.__contains__)
    job = schedule.next_job()
    have.remove(FIRST.key)
    schedule.put_back(job)
    schedule.lose(FIRST.key)
    assert names(schedule.next_job()) == ["rows", "first", "easy", "easy score"]


@given(seed=st.integers(0, 10**9), size=st.integers(1, 14), workers=st.integers(1, 4))
def test_any_graph_is_computed_once_each_inputs_first(seed: int, size: int, workers: int) -> None:
    dice = random.Random(seed)
    nodes: list[Node] = []
    for number in range(size):
        nodes.append(node(str(number), *dice.sample(nodes, min(len(nodes), dice.randrange(3)))))
    targets = [one.key for one in dice.sample(nodes, dice.randint(1, size))]
    schedule = Schedule(WorkGraph.of(nodes), targets, nothing)
    computed: list[str] = []
    jobs: list[list[Node]] = []
    while not schedule.over:
        while len(jobs) < workers and (job := schedule.next_job()):
            jobs.append(list(job))
        mine = dice.choice(jobs)
        done = mine.pop(0)
        assert set(done.inputs.values()) <= set(computed)
        computed.append(done.key)
        schedule.done(done.key)
        jobs = [one for one in jobs if one]
    assert sorted(computed) == sorted(one.key for one in schedule.needed)
