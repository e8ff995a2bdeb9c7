"""The engine on toy trials: what fails, fails alone; what was computed is never computed again."""

from __future__ import annotations

import functools
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import lab
import pytest

from currc.compiler.graph import Node, WorkGraph
from currc.runtime.engine import events
from currc.runtime.engine.drive import Ended, Rules
from currc.runtime.engine.local import EngineBroken
from currc.runtime.engine.lock import Locked
from currc.runtime.engine.store import Store
from currc.runtime.engine.worker import Outcome, Request, work

Go = Callable[..., Ended]


@pytest.fixture(scope="module")
def go(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Go]:
    """`lab.go` on one warm engine for all tests of this file, as it serves one run after another."""
    with lab.LocalEngine(tmp_path_factory.mktemp("engine") / "log", lab.SETUP, 2) as engine:
        yield functools.partial(lab.go, engine=engine)


def test_a_run_computes_every_node_once_and_a_second_run_nothing(go: Go, tmp_path: Path) -> None:
    graph, targets = lab.trials(3, stages=2)
    heard = lab.Heard()
    ended = go(tmp_path / "s", graph, targets, heard)
    assert (ended.code, ended.computed, ended.failed) == (0, 11, {})
    assert sorted(heard.names(events.NodeFinished)) == sorted(node.name for node in graph.order)
    assert len({*lab.scores(tmp_path / "s", targets)}) == 3
    again = lab.Heard()
    assert go(tmp_path / "s", graph, targets, again).computed == 0
    assert [type(event) for event in again] == [
        events.RunStarted,
        *[events.NodeReused] * 3,
        events.RunEnded,
    ]


def test_the_costs_of_a_node_are_measured(go: Go, tmp_path: Path) -> None:
    graph, targets = lab.trials(1, pause=0.01)
    heard = lab.Heard()
    go(tmp_path / "s", graph, targets, heard)
    (train,) = [event for event in heard.of(events.NodeFinished) if event.node.kind == "train"]
    assert train.seconds >= 0.12
    assert 0 < train.cpu < train.seconds
    assert 1e6 < train.peak_rss < 1e9
    assert Store(tmp_path / "s").cost(train.node.key)["cpu"] == train.cpu


def test_a_chain_runs_in_one_process_and_hands_on_its_memory(go: Go, tmp_path: Path) -> None:
    graph, targets = lab.trials(1, stages=3)
    first = [node.key for node in graph.order if node.kind == "read"]
    go(tmp_path / "s", graph, first, lab.Heard())
    heard = lab.Heard()
    go(tmp_path / "s", graph, targets, heard)
    assert heard.of(events.Warned) == []  # "read from the store" is what the score says otherwise
    assert len({event.numbers["pid"] for event in heard.of(events.Progress)}) == 1


def test_the_number_of_workers_changes_no_byte(tmp_path: Path) -> None:
    graph, targets = lab.trials(3, stages=2)
    for workers in (1, 3):
        lab.go(tmp_path / str(workers), graph, targets, lab.Heard(), workers=workers)
    assert lab.scores(tmp_path / "1", targets) == lab.scores(tmp_path / "3", targets)
    assert lab.listing(tmp_path / "1") == lab.listing(tmp_path / "3")


def test_new_targets_compute_only_what_is_new(go: Go, tmp_path: Path) -> None:
    go(tmp_path / "s", *lab.trials(2), lab.Heard())
    heard = lab.Heard()
    go(tmp_path / "s", *lab.trials(3), heard)
    assert heard.names(events.NodeFinished) == ["trial 2 stage 0", "gold of 2"]
    assert set(heard.names(events.NodeReused)) == {"gold of 0", "gold of 1", "rows", "gold"}


def test_bad_data_is_told_with_its_place_and_the_rest_goes_on(go: Go, tmp_path: Path) -> None:
    graph, targets = lab.trials(2)
    bad = Node("read", "bad rows", {"rows": [], "bad": True}, {})
    lost = Node("train", "lost trial", {"seed": 9, "steps": 3}, {"rows": bad.key})
    heard = lab.Heard()
    both = WorkGraph.of([*graph.nodes.values(), bad, lost])
    ended = go(tmp_path / "s", both, [lost.key, *targets], heard)
    assert ended.code == 65
    (failure,) = ended.failed.values()
    assert (failure.node.name, failure.code, failure.cause) == ("bad rows", 65, "data")
    assert (failure.message, failure.place, failure.help) == ("not JSON", "rows.jsonl:7", "fix the line")
    assert heard.names(events.NodeBlocked) == ["lost trial"]
    assert heard.names(events.NodeRetried) == []
    assert len(lab.scores(tmp_path / "s", targets)) == 2


@pytest.mark.parametrize(
    ("fault", "code", "cause", "message"),
    [
        ("diverge", 1, "diverged", "the loss is not finite"),
        ("bug", 70, "bug", "RuntimeError: we did not think of that"),
        ("memory", 1, "memory", "not enough memory"),
        ("leave", 70, "bug", "SystemExit: 3"),
    ],
)
def test_a_failure_of_its_own_is_not_repeated(
    go: Go, tmp_path: Path, fault: str, code: int, cause: str, message: str
) -> None:
    heard = lab.Heard()
    ended = go(tmp_path / "s", *lab.trials(2, fault=fault, at=5), heard)
    (failure,) = ended.failed.values()
    assert (ended.code, failure.code, failure.cause, failure.message) == (code, code, cause, message)
    assert heard.names(events.NodeRetried) == []
    assert heard.names(events.NodeBlocked) == ["gold of 0"]
    assert "gold of 1" in heard.names(events.NodeFinished)
    if code == 70:
        assert failure.log is not None
        assert "Traceback" in failure.log.read_text()


@pytest.mark.parametrize(("fault", "tries"), [("SIGKILL", 3), ("SIGSEGV", 2)])
def test_a_worker_that_always_dies_is_given_up_with_its_reason(
    go: Go, tmp_path: Path, fault: str, tries: int
) -> None:
    heard = lab.Heard()
    ended = go(tmp_path / "s", *lab.trials(2, fault=fault, at=5), heard)
    (failure,) = ended.failed.values()
    assert (ended.code, failure.cause) == (1, "lost")
    assert f"signal {int(getattr(signal, fault))}" in failure.message
    assert f"{tries} times" in failure.message
    assert len(heard.names(events.NodeRetried)) == tries - 1
    assert len(list(Store(tmp_path / "s").attempts(failure.node.key).iterdir())) == tries
    assert "gold of 1" in heard.names(events.NodeFinished)


def test_a_hung_worker_is_stopped_and_tried_again(go: Go, tmp_path: Path) -> None:
    go(tmp_path / "warm", *lab.trials(1), lab.Heard())  # so that no start of a server is waited for
    heard = lab.Heard()
    rules = Rules(retries=1, patience=0.8, grace=0.3)
    ended = go(tmp_path / "s", *lab.trials(1, fault="hang", at=5), heard, rules=rules)
    (failure,) = ended.failed.values()
    assert failure.cause == "lost"
    assert "has been silent" in heard.of(events.Warned)[0].message
    assert len(heard.names(events.NodeRetried)) == 1


def test_a_full_disk_fails_one_trial_with_73_and_leaves_nothing_half_written(tmp_path: Path) -> None:
    """`RLIMIT_FSIZE` stands in for the disk: a checkpoint of 50 MB does not fit, others do."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000_000, before[1]))
    try:
        heard = lab.Heard()
        graph, targets = lab.trials(2, fault="fill", at=7)
        ended = lab.go(tmp_path / "s", graph, targets, heard)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    (failure,) = ended.failed.values()
    assert (ended.code, failure.cause) == (73, "disk")
    assert "free some space" in failure.help
    assert not [name for name in lab.listing(tmp_path / "s") if ".tmp-" in name]
    kept = Store(tmp_path / "s").checkpoints(failure.node.key).latest()
    assert kept is not None
    assert kept.step == 6
    assert "gold of 1" in heard.names(events.NodeFinished)


def test_gates_come_before_everything_that_they_do_not_need(go: Go, tmp_path: Path) -> None:
    graph, targets = lab.trials(2)
    guard = Node("read", "guard", {"rows": ["guard"]}, {})
    heard = lab.Heard()
    both = WorkGraph.of([*graph.nodes.values(), guard])
    go(tmp_path / "s", both, targets, heard, gates=(guard.key,))
    assert heard.names(events.NodeFinished)[0] == "guard"
    assert heard.names(events.NodeStarted)[:1] == ["guard"]


def test_a_failed_gate_stops_everything(go: Go, tmp_path: Path) -> None:
    graph, targets = lab.trials(2)
    guard = Node("read", "guard", {"rows": [], "bad": True}, {})
    both = WorkGraph.of([*graph.nodes.values(), guard])
    heard = lab.Heard()
    ended = go(tmp_path / "s", both, targets, heard, gates=(guard.key,))
    assert ended.code == 65
    assert ended.computed == 0
    assert set(heard.names(events.NodeBlocked)) == {node.name for node in graph.order}


def test_a_damaged_input_is_computed_again(go: Go, tmp_path: Path) -> None:
    graph, targets = lab.trials(1)
    root = tmp_path / "s"
    go(root, graph, targets, lab.Heard())
    clean = lab.scores(root, targets)
    store = Store(root)
    (train,) = [node for node in graph.order if node.kind == "train"]
    state = store.path(train.key) / "state.bin"
    state.write_bytes(b"y" + state.read_bytes()[1:])
    (store.path(targets[0]) / "score.txt").write_text("0" * 64)
    heard = lab.Heard()
    ended = go(root, graph, targets, heard)
    assert ended.code == 0
    assert heard.names(events.NodeFinished) == ["trial 0 stage 0", "gold of 0"]
    assert lab.scores(root, targets) == clean
    assert any("has changed since it was written" in event.message for event in heard.of(events.Warned))


def test_a_damaged_result_is_computed_again(go: Go, tmp_path: Path) -> None:
    graph, targets = lab.trials(2)
    root = tmp_path / "s"
    go(root, graph, targets, lab.Heard())
    clean = lab.scores(root, targets)
    for key in targets:
        (Store(root).path(key) / "score.txt").write_text("0" * 64)
    heard = lab.Heard()
    go(root, graph, targets, heard)
    assert sorted(heard.names(events.NodeFinished)) == ["gold of 0", "gold of 1"]
    assert lab.scores(root, targets) == clean


def test_leftovers_of_the_dead_are_swept_at_the_start(go: Go, tmp_path: Path) -> None:
    root = tmp_path / "s"
    go(root, *lab.trials(1), lab.Heard())
    left = root / "nodes" / "ab" / ".abc.tmp-00000000-1-1-0"
    left.mkdir(parents=True)
    go(root, *lab.trials(2), lab.Heard())
    assert not left.exists()


def test_a_second_run_on_a_store_is_told_who_is_there(tmp_path: Path) -> None:
    with Store(tmp_path / "s").lock("currc run a.curr"), pytest.raises(Locked, match=r"currc run a\.curr"):
        lab.go(tmp_path / "s", *lab.trials(1), lab.Heard())


def test_a_server_that_cannot_start_is_told_by_its_last_words(tmp_path: Path) -> None:
    setup = lab.Setup(preload=("no_such_module",))
    with (
        lab.LocalEngine(tmp_path / "log", setup, 1) as engine,
        pytest.raises(EngineBroken, match="No module named 'no_such_module'"),
    ):
        lab.go(tmp_path / "s", *lab.trials(1), lab.Heard(), engine=engine)


def test_a_warm_up_that_fails_is_told_and_the_jobs_go_on(tmp_path: Path) -> None:
    setup = lab.Setup(preload=(), paths=lab.SETUP.paths, warm="json:loads", request={"not": "a text"})
    heard = lab.Heard()
    with lab.LocalEngine(tmp_path / "log", setup, 1) as engine:
        assert lab.go(tmp_path / "s", *lab.trials(1), heard, engine=engine).code == 0
    assert "warming up failed" in heard.of(events.Warned)[0].message


def test_a_finished_run_is_recognised_without_torch_or_numpy() -> None:
    """Everything that a second run needs of the engine is imported in a fresh process."""
    modules = ("drive", "local", "store", "writer", "lock", "schedule", "events", "context", "worker")
    code = f"""
import importlib, sys
for name in {modules!r}:
    importlib.import_module("currc.runtime.engine." + name)
importlib.import_module("currc.runtime.reporting.progress")
print([name for name in ("torch", "numpy", "transformers", "scipy") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_an_older_attempt_writes_nothing_once_a_newer_one_exists(tmp_path: Path) -> None:
    """A worker that was cut off, given up and comes back."""
    graph, _ = lab.trials(1)
    rows = next(node for node in graph.order if node.name == "rows")
    store = Store(tmp_path / "s")
    request = Request(str(store.root), 1, "sham", (rows,), {})
    for number in (1, 2):
        folder = store.attempts(rows.key) / f"{number:04d}"
        folder.mkdir(parents=True)
    (store.attempts(rows.key) / "0001" / "request.json").write_text(lab.json.dumps(request.as_json()))
    assert work(store.attempts(rows.key) / "0001" / "request.json", lambda event: None) == 75
    outcome = Outcome.read(store.attempts(rows.key) / "0001")
    assert outcome is not None
    assert outcome.cause == "fenced"
    assert not store.has(rows.key)


def test_a_worker_writes_only_in_the_folder_it_was_handed(tmp_path: Path) -> None:
    """Every file opened for writing lies under a temporary name of ours, or is the outcome's."""
    code = f"""
import os, sys
sys.path.insert(0, {str(lab.HERE)!r})
import lab
from pathlib import Path
from currc.runtime.engine.store import Store
from currc.runtime.engine.worker import Request, work
graph, targets = lab.trials(1, every=2)
folder = Path({str(tmp_path)!r}) / "attempts" / "x" / "0001"
folder.mkdir(parents=True)
request = Request({str(tmp_path)!r}, 1, "sham", graph.order, {{}})
(folder / "request.json").write_text(lab.json.dumps(request.as_json()))
wrong = []
def watch(name, args):
    if name == "open" and not isinstance(args[0], int) and args[2] & (os.O_WRONLY | os.O_RDWR):
        if ".tmp-" not in os.fsdecode(args[0]):
            wrong.append(args[0])
sys.dont_write_bytecode = True
sys.addaudithook(watch)
code = work(folder / "request.json", lambda event: None)
print(code, wrong)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "0 []", done.stderr
