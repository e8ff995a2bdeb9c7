import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from currc.compiler.codes import Code
from currc.compiler.plan import Method, SourcePlan, TaskPlan
from currc.runtime.data.prepare import Prepared, held_out, labels_of, prepare, training_rows
from currc.runtime.data.rows import DataError
from currc.runtime.data.sources import read_source
from currc.runtime.data.splits import validates
from currc.runtime.data.templates import examples

SOURCES = {
    "tickets": SourcePlan(path=("t*.jsonl",)),
    "gold": SourcePlan(path=("gold.jsonl",)),
    "extra": SourcePlan(path=("extra.jsonl",)),
}


def task(kind: str = "classify", prompt: str = "{body}", target: str = "{queue}", **other: Any) -> TaskPlan:
    given = {"train": "tickets", "gold": "gold", "metric": Method(word="accuracy"), **other}
    return TaskPlan(kind=kind, prompt=prompt, target=target, **given)


def ticket(i: int, **other: Any) -> dict[str, Any]:
    return {"body": f"ticket number {i}", "queue": ("bug", "billing")[i % 2], "title": f"title {i}", **other}


def write(root: Path, name: str, rows: list[dict[str, Any]]) -> None:
    (root / name).write_text("".join(json.dumps(row) + "\n" for row in rows))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write(tmp_path, "t1.jsonl", [ticket(i) for i in range(200)])
    write(tmp_path, "gold.jsonl", [ticket(i) for i in range(1000, 1010)])
    write(tmp_path, "extra.jsonl", [ticket(i) for i in range(2000, 2020)])
    return tmp_path


def complaint(root: Path, **tasks: TaskPlan) -> DataError:
    with pytest.raises(DataError) as caught:
        prepare(tasks, SOURCES, root)
    return caught.value


def test_each_task_has_its_three_parts(root: Path) -> None:
    ready = prepare({"route": task(), "headline": task("summarize", target="{title}")}, SOURCES, root)
    route, headline = ready.tasks["route"], ready.tasks["headline"]
    assert len(route.train) + len(route.validation) == 200
    assert 5 <= len(route.validation) <= 40
    assert [example.key for example in route.validation] == [example.key for example in headline.validation]
    assert all(validates(example.key, 0.1) for example in route.validation)
    assert [example.place for example in route.gold] == [f"gold.jsonl:{i}" for i in range(1, 11)]
    assert route.plan.labels == ("billing", "bug")
    assert headline.plan == task("summarize", target="{title}")


def test_facts_count_rows_and_labels(root: Path) -> None:
    facts = prepare({"route": task(labels=("bug", "billing", "other"))}, SOURCES, root).facts["route"]
    assert facts.train + facts.validation == 200
    assert list(facts.labels) == ["bug", "billing", "other"]
    assert sum(facts.labels.values()) == facts.train
    assert facts.labels["other"] == 0
    assert facts.gold_labels == {"bug": 5, "billing": 5, "other": 0}
    assert facts.copies == 0


def sides(ready: Prepared, name: str) -> tuple[set[str], set[str]]:
    made = ready.tasks[name]
    return {e.key for e in made.train}, {e.key for e in made.validation}


def test_the_largest_share_of_a_source_rules(root: Path) -> None:
    ready = prepare(
        {
            "a": task(validation=0.1),
            "b": task(validation=0.3),
            "none": task(validation=None),
            "apart": task(validation="extra"),
        },
        SOURCES,
        root,
    )
    train, held = sides(ready, "b")
    assert sides(ready, "a") == (train, held)
    assert sides(ready, "none") == (train, set())
    assert sides(ready, "apart")[0] == train
    assert len(ready.tasks["apart"].validation) == 20
    assert held_out(task(validation=None), [task(train="extra", validation=0.5), task(validation=0.2)]) == 0.2


def test_files_and_their_order_do_not_matter(root: Path) -> None:
    before = prepare({"route": task()}, SOURCES, root)
    rows = [ticket(i) for i in range(200)]
    random.Random(1).shuffle(rows)
    write(root, "t1.jsonl", rows[:50])
    write(root, "t2.jsonl", rows[40:])
    after = prepare({"route": task()}, SOURCES, root)
    assert sides(after, "route") == sides(before, "route")


def test_of_equal_examples_one_stays_whatever_the_order(root: Path) -> None:
    rows = [ticket(i, note=note) for i in range(50) for note in ("x", "y", "z")]
    write(root, "t1.jsonl", rows)
    before = prepare({"route": task()}, SOURCES, root)
    assert before.facts["route"].copies == 100
    assert before.facts["route"].train + before.facts["route"].validation == 50
    write(root, "t1.jsonl", rows[::-1])
    assert sides(prepare({"route": task()}, SOURCES, root), "route") == sides(before, "route")
    kept = {**SOURCES, "tickets": SourcePlan(path=("t1.jsonl",), dedup="none")}
    assert prepare({"route": task()}, kept, root).facts["route"].copies == 0


def test_validation_of_its_own_is_not_trained_on(root: Path) -> None:
    write(root, "extra.jsonl", [ticket(i, note="again") for i in range(20)])
    made = prepare({"route": task(validation="extra")}, SOURCES, root).tasks["route"]
    assert {e.prompt for e in made.train}.isdisjoint(e.prompt for e in made.validation)
    assert (len(made.train), len(made.validation), made.copies) == (180, 20, 20)


def test_tasks_that_are_only_scored(root: Path) -> None:
    ready = prepare({"route": task(), "unseen": task(train=None, prompt="{title}")}, SOURCES, root)
    unseen = ready.tasks["unseen"]
    assert (unseen.train, unseen.validation, len(unseen.gold)) == ((), (), 10)
    assert unseen.plan.labels == ("billing", "bug")


def test_gold_in_the_training_rows_of_another_task(root: Path) -> None:
    write(
        root,
        "extra.jsonl",
        [{"body": "TICKET  number 1003!", "queue": "bug"}, *(ticket(i) for i in range(2000, 2030))],
    )
    error = complaint(root, route=task(), other=task(train="extra"))
    assert error.code is Code.GOLD_IN_TRAIN
    assert error.message.splitlines() == [
        "2 of 20 gold rows are found in training data",
        "gold.jsonl:4 (gold of `route`) = extra.jsonl:1 (trains `other`): the same words",
        "gold.jsonl:4 (gold of `other`) = extra.jsonl:1 (trains `other`): the same words",
    ]


def test_gold_in_validation_is_gold_in_training(root: Path) -> None:
    chosen = next(e for e in prepare({"route": task()}, SOURCES, root).tasks["route"].validation)
    write(root, "gold.jsonl", [dict(chosen.values)])
    error = complaint(root, route=task())
    assert error.message.splitlines()[1].endswith(f"= {chosen.place} (trains `route`): the same row")


def test_gold_that_has_the_row_but_not_the_text(root: Path) -> None:
    write(root, "gold.jsonl", [ticket(3)])
    error = complaint(root, route=task(train="extra"), headline=task("summarize", "{title}", "{queue}"))
    assert "gold.jsonl:1 (gold of `route`) = t1.jsonl:4 (trains `headline`): the same row" in error.message


def test_empty_tasks(root: Path) -> None:
    write(root, "extra.jsonl", [])
    assert complaint(root, route=task(train="extra")).message == "task `route` has no rows"
    assert complaint(root, route=task(gold="extra")).code is Code.EMPTY_TASK
    write(root, "extra.jsonl", [ticket(i) for i in range(2000, 2003)])
    error = complaint(root, route=task(train="extra", validation=0.001))
    assert (error.code, error.message, error.help) == (
        Code.EMPTY_TASK,
        "task `route` has no rows to validate with: 3 rows, of which 0% are held out by their hash",
        "add rows, or change `validation`",
    )
    error = complaint(root, route=task(train="extra", validation=1.0))
    assert error.message.startswith("task `route` has no rows to train on: 3 rows, of which 100%")


def test_gold_labels_that_training_does_not_know(root: Path) -> None:
    write(root, "gold.jsonl", [ticket(1000), ticket(1001, queue="bugs")])
    error = complaint(root, route=task())
    assert (error.code, error.place, error.help) == (
        Code.LABEL_UNKNOWN,
        "gold.jsonl:2",
        "did you mean `bug`?",
    )


def test_labels_are_tags_where_the_task_tags(root: Path) -> None:
    write(root, "extra.jsonl", [{"words": ["a", "b"], "tags": ["O", "B-X"]}, {"words": "c", "tags": "I-X"}])
    plan = task("tag", "{words}", "{tags}", train="extra")
    rows = examples("t", plan, read_source(SOURCES["extra"], root))
    assert labels_of(plan, rows) == ("B-X", "I-X", "O")
    assert labels_of(task("summarize"), rows) == ()


def test_it_is_the_same_twice(root: Path) -> None:
    tasks = {"route": task(), "headline": task("summarize", target="{title}")}
    assert prepare(tasks, SOURCES, root) == prepare(tasks, SOURCES, root)
    rows = {name: read_source(plan, root) for name, plan in SOURCES.items()}
    alone = training_rows("route", task(), rows, 0.1)
    assert alone.train == prepare(tasks, SOURCES, root).tasks["route"].train


def test_reading_data_loads_nothing_heavy(root: Path) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from currc.runtime.data.prepare import prepare\n"
        "from currc.compiler.plan import *\n"
        f"task = TaskPlan.model_validate_json({task().model_dump_json()!r})\n"
        "sources = {'tickets': SourcePlan(path=('t1.jsonl',)), 'gold': SourcePlan(path=('gold.jsonl',))}\n"
        f"assert prepare({{'route': task}}, sources, Path({str(root)!r})).tasks\n"
        "assert not {'numpy', 'torch', 'transformers', 'pyarrow', 'datasets', 'scipy'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
