"""What a run tells its listeners; the engine prints nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from currc.compiler.graph import Node


@dataclass(frozen=True, slots=True)
class RunStarted:
    """The work is known: what will be computed and what is there already."""

    needed: tuple[Node, ...]
    reused: tuple[Node, ...]
    """Nodes found in the store; what only they were made from is not looked at."""
    workers: int
    """How many jobs run at once; 0 where nothing is needed."""


@dataclass(frozen=True, slots=True)
class NodeReused:
    """A node was found in the store."""

    node: Node


@dataclass(frozen=True, slots=True)
class NodeStarted:
    """A worker has begun with a node."""

    node: Node
    attempt: int
    """1 for the first in this store."""


@dataclass(frozen=True, slots=True)
class Progress:
    """A node is so far."""

    node: Node
    fraction: float
    """In [0, 1]."""
    numbers: Mapping[str, float]
    """What the executor measures, as `loss` or `tokens_per_s`."""


@dataclass(frozen=True, slots=True)
class Noted:
    """A node tells people something that belongs to its record, as why a stage was left."""

    node: Node
    message: str


@dataclass(frozen=True, slots=True)
class NodeFinished:
    """A node is in the store."""

    node: Node
    seconds: float
    cpu: float
    """CPU seconds."""
    peak_rss: int
    """Largest resident memory of its process so far, bytes."""


@dataclass(frozen=True, slots=True)
class NodeRetried:
    """A worker was lost; its node will be tried again from its last checkpoint."""

    node: Node
    reason: str


@dataclass(frozen=True, slots=True)
class NodeFailed:
    """A node is given up; the rest of the run goes on."""

    node: Node
    code: int
    """Exit code that says whose fault it is: 1, 65, 69, 70, 73."""
    cause: str
    """`data`, `extra`, `diverged`, `memory`, `disk`, `bug` or `lost`."""
    message: str
    help: str = ""
    place: str = ""
    """`file:line` of the user's input, where that is to blame."""
    complaint: str = ""
    """Code of the diagnostic, as `C0402`; empty where there is none."""
    log: Path | None = None


@dataclass(frozen=True, slots=True)
class NodeBlocked:
    """A node cannot be computed because one that it needs was given up."""

    node: Node
    by: Node


@dataclass(frozen=True, slots=True)
class Stopping:
    """A signal came; workers save and stop. Another Ctrl-C leaves at once."""

    signal: int


@dataclass(frozen=True, slots=True)
class Warned:
    """Something people should know, and the run goes on."""

    message: str


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed; told a few times a second."""


@dataclass(frozen=True, slots=True)
class RunEnded:
    """Nothing runs any more."""

    code: int
    """Exit code of the run as a whole."""
    seconds: float


Event = (
    RunStarted
    | NodeReused
    | NodeStarted
    | Progress
    | Noted
    | NodeFinished
    | NodeRetried
    | NodeFailed
    | NodeBlocked
    | Stopping
    | Warned
    | Tick
    | RunEnded
)
