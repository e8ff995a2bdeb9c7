"""Walks the work graph: starts jobs, hears them, tries lost ones again, and goes on around failures."""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from currc.compiler.graph import Node, WorkGraph
from currc.runtime.engine import Engine, JobEnded, Noticed, Said, events, writer
from currc.runtime.engine.schedule import Schedule
from currc.runtime.engine.stopping import StopRequest
from currc.runtime.engine.store import Missing, Store
from currc.runtime.engine.worker import Outcome, Request

Listen = Callable[[events.Event], None]
_CRASHES = {signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT, signal.SIGILL, signal.SIGFPE}
_WORST_FIRST = (73, 70, 69, 65, 1)
_PAUSE = 0.2  # s between two looks at signals and clocks


@dataclass(frozen=True, slots=True)
class Rules:
    """How patient a run is."""

    retries: int = 2
    """Times that a lost worker's node is tried again; data errors, our bugs and divergence never are."""
    patience: float = 1800.0
    """Seconds without a word from a worker, after which it counts as hung."""
    grace: float = 30.0
    """Seconds that a worker has to save after it was asked to stop."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended."""

    code: int
    """0; the exit code of the worst failure; 75 or 130 where a signal stopped it."""
    computed: int
    """Nodes computed by this run."""
    failed: Mapping[str, events.NodeFailed]
    """Nodes given up, by key; what needed them was not computed either."""


@dataclass(slots=True)
class _Job:
    """A chain of nodes that a worker computes."""

    name: str
    nodes: tuple[Node, ...]
    folder: Path
    heard: float
    ask_until: float = 0.0
    """When it is killed, if it was asked to stop."""


def drive(
    graph: WorkGraph,
    targets: Sequence[str],
    store: Store,
    engine: Engine,
    listen: Listen,
    *,
    executors: str = "currc.runtime.engine.nodes",
    settings: Mapping[str, Any] | None = None,
    gates: Sequence[str] = (),
    command: str = "currc run",
    wait: float = 0.0,
    rules: Rules = Rules(),
) -> Ended:
    """Compute what is missing for the targets; returns when nothing runs any more.

    Args:
        graph: All nodes.
        targets: Keys that are wanted, the most urgent first.
        store: Where results lie. Where nothing is missing it is only read.
        engine: Runs the jobs; the caller closes it.
        listen: Hears every event; an exception of a listener ends the run.
        executors: Package with a module per kind of node.
        settings: Where things are on this machine, handed to every executor.
        gates: Keys that must exist before anything starts that they do not need.
        command: What the lock's record says we are doing.
        wait: Seconds to wait for another run on the same store.
        rules: How patient the run is.

    Raises:
        Locked: Another run writes to this store.
        CannotWrite: The store cannot be written to.
    """
    start = time.monotonic()
    if _complete(targets, gates, store):
        return _nothing_to_do(graph, (*gates, *targets), listen, start)
    with store.lock(command, wait), StopRequest() as stop:
        store.recover()
        schedule = Schedule(graph, targets, store.has, gates)
        run = _Run(schedule, store, engine, listen, stop, executors, settings or {}, rules)
        ended = run.walk()
    listen(events.RunEnded(ended.code, time.monotonic() - start))
    return ended


def _complete(targets: Sequence[str], gates: Sequence[str], store: Store) -> bool:
    """Whether every target is there and intact to the byte; a damaged one is moved aside on the way."""

    def intact(key: str) -> bool:
        try:
            store.open(key)
        except (Missing, writer.CannotWrite):
            return False
        return True

    lacking = [key for key in (*gates, *targets) if not intact(key)]  # every one is looked at
    return not lacking


def _nothing_to_do(graph: WorkGraph, targets: Sequence[str], listen: Listen, start: float) -> Ended:
    reused = tuple(graph.nodes[key] for key in dict.fromkeys(targets))
    listen(events.RunStarted((), reused, 0))
    for node in reused:
        listen(events.NodeReused(node))
    listen(events.RunEnded(0, time.monotonic() - start))
    return Ended(0, 0, {})


@dataclass(slots=True)
class _Run:
    """One walk over one graph; what changes while it goes."""

    schedule: Schedule
    store: Store
    engine: Engine
    listen: Listen
    stop: StopRequest
    executors: str
    settings: Mapping[str, Any]
    rules: Rules
    jobs: dict[str, _Job] = field(default_factory=dict)
    losses: Counter[str] = field(default_factory=Counter)
    crashes: set[tuple[str, int, int | None]] = field(default_factory=set)
    failed: dict[str, events.NodeFailed] = field(default_factory=dict)
    computed: set[str] = field(default_factory=set)
    stopping: bool = False

    def walk(self) -> Ended:
        reused = self.schedule.reused()
        self.listen(events.RunStarted(self.schedule.needed, reused, self.engine.slots))
        for node in reused:
            self.listen(events.NodeReused(node))
        while self.jobs or not (self.stopping or self.schedule.over):
            self._start_jobs()
            for message in self.engine.poll(_PAUSE):
                self._hear(message)
            self._look_at_signals()
            self._look_at_clocks()
            self.listen(events.Tick())
            if self.stop.count > 1:
                self.engine.close(now=True)
                break
        return Ended(self._code(), len(self.computed), self.failed)

    def _code(self) -> int:
        codes = {failure.code for failure in self.failed.values()}
        return self.stop.code or next((code for code in _WORST_FIRST if code in codes), 0)

    def _start_jobs(self) -> None:
        while not self.stopping and len(self.jobs) < self.engine.slots:
            nodes = self.schedule.next_job()
            if not nodes:
                return
            try:
                self._submit(nodes)
            except writer.CannotWrite as error:
                self.schedule.put_back(nodes)
                self._give_up(nodes[0], Outcome(73, "disk", str(error)), None)

    def _submit(self, nodes: tuple[Node, ...]) -> None:
        attempts = self.store.attempts(nodes[0].key)
        writer.make_folder(attempts)
        attempt = 1 + max((int(past.name) for past in attempts.iterdir() if past.name.isdigit()), default=0)
        folder = attempts / f"{attempt:04d}"
        writer.make_folder(folder)
        request = Request(str(self.store.root), attempt, self.executors, nodes, self.settings)
        writer.write_json(folder / "request.json", request.as_json())
        name = f"{attempts.name}/{folder.name}"
        self.jobs[name] = _Job(name, nodes, folder, time.monotonic())
        self.engine.submit(name, folder / "request.json", folder / "log.txt")

    def _hear(self, message: Said | JobEnded | Noticed) -> None:
        if isinstance(message, Noticed):
            self.listen(events.Warned(message.message))
        elif message.job in self.jobs:
            if isinstance(message, Said):
                self._said(self.jobs[message.job], message.event)
            else:
                self._ended(self.jobs.pop(message.job), message)

    def _said(self, job: _Job, said: Mapping[str, Any]) -> None:
        job.heard = time.monotonic()
        if said["event"] == "warned":
            self.listen(events.Warned(said["message"]))
            return
        node = self.schedule.graph.nodes[said["key"]]
        if said["event"] == "started":
            self.listen(events.NodeStarted(node, int(job.folder.name)))
        elif said["event"] == "progress":
            self.listen(events.Progress(node, said["fraction"], said["numbers"]))
        elif said["event"] == "noted":
            self.listen(events.Noted(node, said["message"]))
        elif self.store.has(node.key):
            self._finish(node, said)

    def _finish(self, node: Node, took: Mapping[str, Any]) -> None:
        self.schedule.done(node.key)
        self.computed.add(node.key)
        cost = {name: took.get(name, 0.0) for name in ("seconds", "cpu", "peak_rss")}
        try:
            self.store.record_cost(node.key, cost)
        except writer.CannotWrite as error:
            self.listen(events.Warned(f"{error}; the cost of `{node.name}` is not recorded"))
        self.listen(events.NodeFinished(node, cost["seconds"], cost["cpu"], int(cost["peak_rss"])))

    def _ended(self, job: _Job, ended: JobEnded) -> None:
        """Settle a job: the outcome file and the store decide, the engine's word is a hint."""
        rest = [node for node in job.nodes if node.key not in self.computed]
        while rest and self.store.has(rest[0].key):  # published, and died before it could say so
            self._finish(rest.pop(0), {})
        self.schedule.put_back(rest)
        if not rest or self.stopping:
            return
        outcome = Outcome.read(job.folder) or _without_outcome(ended)
        if outcome.cause == "missing":
            self.schedule.lose(outcome.missing)
        if outcome.cause in ("missing", "lost", "stopped", "fenced") and self._may_retry(rest[0], ended):
            self.listen(events.NodeRetried(rest[0], outcome.message))
        else:
            self._give_up(rest[0], outcome, job.folder / "log.txt")

    def _may_retry(self, node: Node, ended: JobEnded) -> bool:
        """At most `retries` times, and not after two equal crashes without a checkpoint between them."""
        self.losses[node.key] += 1
        place = (node.key, self.store.checkpoints(node.key).newest_step(), ended.signal)
        if ended.signal in _CRASHES and place in self.crashes:
            return False
        self.crashes.add(place)
        return self.losses[node.key] <= self.rules.retries

    def _give_up(self, node: Node, outcome: Outcome, log: Path | None) -> None:
        tries = self.losses[node.key]
        failure = events.NodeFailed(
            node,
            outcome.code if outcome.code in _WORST_FIRST else 1,
            outcome.cause,
            (f"tried {tries} times: " if tries > 1 else "") + outcome.message,
            outcome.help,
            outcome.place,
            outcome.complaint,
            log,
        )
        self.failed[node.key] = failure
        self.listen(failure)
        for blocked in self.schedule.give_up(node.key):
            self.listen(events.NodeBlocked(blocked, node))

    def _look_at_signals(self) -> None:
        if self.stop.first is None or self.stopping:
            return
        self.stopping = True
        self.listen(events.Stopping(self.stop.first))
        for job in self.jobs.values():
            self._ask_to_stop(job, self.stop.first)

    def _look_at_clocks(self) -> None:
        now = time.monotonic()
        for job in self.jobs.values():
            if job.ask_until and now > job.ask_until:
                self.engine.signal(job.name, signal.SIGKILL)
            elif not job.ask_until and now - job.heard > self.rules.patience:
                quiet = f"`{job.nodes[0].name}` has been silent for {now - job.heard:.0f} s"
                self.listen(events.Warned(f"{quiet}; it is stopped and tried again"))
                self._ask_to_stop(job, signal.SIGTERM)

    def _ask_to_stop(self, job: _Job, number: int) -> None:
        job.ask_until = time.monotonic() + self.rules.grace
        self.engine.signal(job.name, number)


def _without_outcome(ended: JobEnded) -> Outcome:
    """What is known of a job that left no word."""
    if ended.lost:
        return Outcome(1, "lost", ended.lost)
    if ended.signal is not None:
        more = "; the system may be out of memory" if ended.signal == signal.SIGKILL else ""
        return Outcome(1, "lost", f"the worker was ended by signal {ended.signal}{more}")
    if ended.code == 73:
        return Outcome(73, "disk", "the disk took no more", help="free some space, then run again")
    return Outcome(70, "bug", f"the worker left with code {ended.code} and no outcome")
