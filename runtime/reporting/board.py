"""What a run's events add up to: what runs, how far, how fast, how long still."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from currc.compiler.graph import Node
from currc.runtime.engine import events

TRIALS = ("train", "dynamics", "proxy", "weigh")
"""Nodes of this kind are what takes the time, so they are what the overall bar counts."""


@dataclass(slots=True)
class Running:
    """A node that a worker is at."""

    node: Node
    began: float
    """When it was heard of first, in seconds of the board's clock."""
    first: tuple[float, float, float] | None = None
    """Time, fraction and tokens of the first report: speed is measured from there."""
    now: float = 0.0
    fraction: float = 0.0
    numbers: Mapping[str, float] = field(default_factory=dict)

    def report(self, now: float, fraction: float, numbers: Mapping[str, float]) -> None:
        """Take in a report."""
        self.now, self.fraction, self.numbers = now, fraction, numbers
        if self.first is None:
            self.first = (now, fraction, numbers.get("tokens", 0.0))

    @property
    def tokens_per_s(self) -> float | None:
        """Tokens a second since the first report; `None` before there are two."""
        if self.first is None or self.now <= self.first[0] or "tokens" not in self.numbers:
            return None
        return (self.numbers["tokens"] - self.first[2]) / (self.now - self.first[0])

    def seconds_left(self, now: float) -> float | None:
        """Seconds until it is done at its pace so far; `None` before there is a pace."""
        if self.first is None or self.fraction <= self.first[1]:
            return None
        pace = (self.now - self.first[0]) / (self.fraction - self.first[1])
        return max(0.0, pace * (1.0 - self.fraction) - (now - self.now))


@dataclass(slots=True)
class Board:
    """The run so far; `take` folds one event in."""

    workers: int = 1
    needed: dict[str, Node] = field(default_factory=dict)
    reused: list[Node] = field(default_factory=list)
    running: dict[str, Running] = field(default_factory=dict)
    done: dict[str, events.NodeFinished] = field(default_factory=dict)
    failed: dict[str, events.NodeFailed] = field(default_factory=dict)
    blocked: list[Node] = field(default_factory=list)

    def take(self, event: events.Event, now: float) -> None:
        """Fold in an event that happened at `now`, in seconds of any steady clock."""
        if isinstance(event, events.RunStarted):
            self.workers = max(1, event.workers)
            self.needed = {node.key: node for node in event.needed}
        elif isinstance(event, events.NodeReused):
            self.reused.append(event.node)
        elif isinstance(event, events.NodeStarted):
            self.running[event.node.key] = Running(event.node, now)
        elif isinstance(event, events.Progress) and event.node.key in self.running:
            self.running[event.node.key].report(now, event.fraction, event.numbers)
        elif isinstance(event, events.NodeFinished):
            self.running.pop(event.node.key, None)
            self.done[event.node.key] = event
        elif isinstance(event, events.NodeRetried | events.NodeFailed):
            self.running.pop(event.node.key, None)
            if isinstance(event, events.NodeFailed):
                self.failed[event.node.key] = event
        elif isinstance(event, events.NodeBlocked):
            self.blocked.append(event.node)

    @property
    def total(self) -> int:
        """Trainings that this run had to do when it started, or nodes if it had to train nothing."""
        return sum(map(self._counts, self.needed.values()))

    @property
    def finished(self) -> int:
        """How many of them are done."""
        return sum(self._counts(event.node) for event in self.done.values())

    @property
    def fraction(self) -> float:
        """Share of the work that is done, the running ones by their own share; in [0, 1]."""
        parts = sum(one.fraction for one in self.running.values() if self._counts(one.node))
        return min(1.0, (self.finished + parts) / self.total) if self.total else 1.0

    def seconds_left(self, now: float) -> float | None:
        """Seconds until all trainings are done, by those done and running; `None` before there is a pace."""
        lasting = [event.seconds for event in self.done.values() if self._counts(event.node)]
        lasting = lasting or [left / (1.0 - one.fraction) for one, left in self._paced(now)]
        if not lasting:
            return None
        each = sum(lasting) / len(lasting)
        known = [left for _, left in self._paced(now)]
        given_up = sum(map(self._counts, [*(event.node for event in self.failed.values()), *self.blocked]))
        unknown = self.total - self.finished - len(known) - given_up
        return (sum(known) + each * unknown) / self.workers

    def _paced(self, now: float) -> list[tuple[Running, float]]:
        """Running trainings whose pace is known, with the seconds that they still need."""
        pairs = [(one, one.seconds_left(now)) for one in self.running.values() if self._counts(one.node)]
        return [(one, left) for one, left in pairs if left is not None and one.fraction < 1.0]

    def _counts(self, node: Node) -> bool:
        trains = any(other.kind in TRIALS for other in self.needed.values())
        return node.kind in TRIALS or not trains
