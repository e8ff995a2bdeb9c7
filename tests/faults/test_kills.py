"""Kills and signals at random moments: the bytes that come out are those of a quiet run."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import lab
import pytest

from currc.runtime.engine import events
from currc.runtime.engine.drive import Rules
from currc.runtime.engine.owner import Owner
from currc.runtime.engine.store import Store

TRAINING = {"steps": 40, "every": 3, "pause": 0.002, "stages": 2}


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], list[str]]:
    """Scores and listing of a run that nobody disturbed."""
    root = tmp_path_factory.mktemp("quiet") / "s"
    graph, targets = lab.trials(**TRAINING)
    assert lab.go(root, graph, targets, lab.Heard()).code == 0
    return lab.scores(root, targets), lab.listing(root)


class Killer(lab.Heard):
    """Kills whichever worker spoke last, after a random while; `landed` counts those that it ended."""

    def __init__(self, dice: random.Random, number: int = signal.SIGKILL) -> None:
        super().__init__()
        self.dice, self.number = dice, number
        self.struck: set[int] = set()

    def __call__(self, event: events.Event) -> None:
        super().__call__(event)
        if isinstance(event, events.Progress):
            pid = int(event.numbers["pid"])
            if pid not in self.struck:
                self.struck.add(pid)
                threading.Timer(self.dice.random() * 0.08, self.strike, [pid]).start()

    def strike(self, pid: int) -> None:
        with suppress(ProcessLookupError):
            os.kill(pid, self.number)

    @property
    def landed(self) -> int:
        return len(self.names(events.NodeRetried))

    @property
    def resumed(self) -> bool:
        """Whether some worker went on from a checkpoint instead of beginning again."""
        return any(event.numbers["start"] > 0 for event in self.of(events.Progress))


def killed_until_done(root: Path, dice: random.Random, number: int) -> Killer:
    killer = Killer(dice, number)
    graph, targets = lab.trials(**TRAINING)
    ended = lab.go(root, graph, targets, killer, rules=Rules(retries=10_000))
    assert ended.code == 0
    return killer


def survive(folder: Path, quiet: tuple[list[str], list[str]], number: int, kills: int) -> list[Killer]:
    """Run the experiment anew until that many kills have landed; each run ends with the quiet bytes.

    How many kills fit into one run depends on how fast the machine is.
    """
    dice, killers = random.Random(kills), list[Killer]()
    while sum(killer.landed for killer in killers) < kills:
        root = folder / str(len(killers))
        killers.append(killed_until_done(root, dice, number))
        Store(root).recover()
        assert (lab.scores(root, lab.trials(**TRAINING)[1]), lab.listing(root)) == quiet
    return killers


@pytest.mark.parametrize(("number", "kills"), [(signal.SIGKILL, 40), (signal.SIGTERM, 20)])
def test_workers_killed_at_random_points_end_with_the_same_bytes(
    tmp_path: Path, quiet: tuple[list[str], list[str]], number: int, kills: int
) -> None:
    assert any(killer.resumed for killer in survive(tmp_path, quiet, number, kills))


@pytest.mark.nightly
def test_1000_kills(tmp_path: Path, quiet: tuple[list[str], list[str]]) -> None:
    survive(tmp_path, quiet, signal.SIGKILL, 1000)


# --- the driver as a process of its own ---


@contextmanager
def driver(root: Path, **training: object) -> Iterator[subprocess.Popen[str]]:
    """A driver of two long trials, once both workers have reported."""
    command = [sys.executable, str(lab.HERE / "lab.py"), str(root), json.dumps(training)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        yield process
        process.kill()


LONG = {"steps": 400, "every": 10_000, "pause": 0.05}


def workers_of(process: subprocess.Popen[str]) -> set[Owner]:
    """The two workers, as soon as both have reported progress."""
    assert process.stdout is not None
    pids: set[int] = set()
    for line in process.stdout:
        if line.startswith("Progress"):
            pids.add(int(json.loads(line[len("Progress ") : line.index("}") + 1])["pid"]))
        if len(pids) == 2:
            return {owner_of(pid) for pid in pids}
    raise AssertionError("the driver ended early")


def owner_of(pid: int) -> Owner:
    started = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
    return Owner(Owner.me().boot, pid, started)


def gone(owners: set[Owner], within: float) -> bool:
    end = time.monotonic() + within
    while any(owner.alive for owner in owners):
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def saved_steps(root: Path) -> list[int]:
    """Steps of the newest checkpoint of each training of `LONG`."""
    graph, _ = lab.trials(**LONG)
    found = [Store(root).checkpoints(node.key).latest() for node in graph.order if node.kind == "train"]
    return [checkpoint.step for checkpoint in found if checkpoint is not None]


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (signal.SIGINT, 130),
        (signal.SIGTERM, 75),
        (signal.SIGUSR1, 75),
        (signal.SIGUSR2, 75),
        (signal.SIGHUP, 75),
    ],
)
def test_a_signal_saves_and_leaves(tmp_path: Path, number: int, code: int) -> None:
    with driver(tmp_path / "s", **LONG) as process:
        workers = workers_of(process)
        process.send_signal(number)
        assert process.wait(30) == code
        assert gone(workers, within=0.5)
    assert all(step > 0 for step in saved_steps(tmp_path / "s"))
    assert len(saved_steps(tmp_path / "s")) == 2
    assert not [name for name in lab.listing(tmp_path / "s") if ".tmp-" in name]


def test_a_second_ctrl_c_leaves_at_once(tmp_path: Path) -> None:
    """Its workers hang, so that only killing them lets the driver leave before its grace ends."""
    with driver(tmp_path / "s", **{**LONG, "pause": 3600.0}) as process:
        assert process.stdout is not None
        while "NodeStarted {} trial" not in process.stdout.readline():
            pass
        process.send_signal(signal.SIGINT)
        while "Stopping" not in process.stdout.readline():
            pass
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 130


def test_no_worker_outlives_a_killed_driver(tmp_path: Path) -> None:
    with driver(tmp_path / "s", **LONG) as process:
        workers = workers_of(process)
        server = {
            owner_of(int(Path(f"/proc/{w.pid}/stat").read_text().rpartition(")")[2].split()[1]))
            for w in workers
        }
        process.kill()
        assert gone(workers | server, within=5.0)
    assert all(step > 0 for step in saved_steps(tmp_path / "s"))  # they even had time to save


def test_no_worker_outlives_a_killed_server_and_the_run_goes_on(tmp_path: Path) -> None:
    class Assassin(lab.Heard):
        server = 0

        def __call__(self, event: events.Event) -> None:
            super().__call__(event)
            if isinstance(event, events.Progress) and not self.server:
                pid = int(event.numbers["pid"])
                self.server = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
                os.kill(self.server, signal.SIGKILL)

    heard = Assassin()
    graph, targets = lab.trials(2, steps=30, pause=0.02)
    ended = lab.go(tmp_path / "s", graph, targets, heard)
    assert ended.code == 0
    assert heard.names(events.NodeRetried)
    assert any("the fork server died" in event.reason for event in heard.of(events.NodeRetried))


def test_a_killed_driver_is_continued_by_running_again(
    tmp_path: Path, quiet: tuple[list[str], list[str]]
) -> None:
    dice = random.Random(4)
    root = tmp_path / "s"
    for _ in range(3):
        with driver(root, **{**TRAINING, "pause": 0.02}) as process:
            time.sleep(0.8 + dice.random())
            process.kill()
    graph, targets = lab.trials(**{**TRAINING, "pause": 0.02})
    while True:
        try:
            ended = lab.go(root, graph, targets, lab.Heard())
            break
        except lab.Locked:
            time.sleep(0.1)
    assert ended.code == 0
    Store(root).recover()
    assert lab.scores(root, targets) == quiet[0]
