"""What the executor of a node is given besides the node."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from currc.compiler.graph import Node
from currc.runtime.engine.checkpoints import Checkpoint
from currc.runtime.engine.store import Store

_EVERY = 0.2  # s between two reports of progress


class Stopped(Exception):
    """An executor was asked to stop and has saved what it wanted to keep."""


class Diverged(Exception):
    """A training has no meaningful result; it is given up and never repeated. Exit code 1."""

    exit_code = 1
    cause = "diverged"


class Fenced(Exception):
    """A newer attempt at the same job exists; this one must write nothing more."""


class Executor(Protocol):
    """A module `NODES.KIND` with this function computes the nodes of a kind.

    An exception with an `exit_code` (65 bad data, 69 a missing extra) is the user's
    to solve; it may carry `message`, `help`, `place` and `code`. Any other is our bug.
    """

    def run(self, node: Node, context: Context) -> None:
        """Fill `context.folder` with the node's result.

        Raises:
            Stopped: `context.stop_requested()` was true and the state is saved.
        """


@dataclass(slots=True)
class Context:
    """The surroundings of one node in one attempt."""

    node: Node
    store: Store
    folder: Path
    """Empty at first; what lies in it when `run` returns is the result. Nothing is written elsewhere."""
    memory: dict[str, Any]
    """Shared by the nodes of one job, in order; what is not there must be read from the inputs."""
    settings: Mapping[str, Any]
    """Where things are on this machine, as the folder of the spec; never part of a result."""
    send: Callable[[Mapping[str, Any]], None]
    """Tells the driver one thing as JSON values."""
    asked: Callable[[], bool]
    fence: Callable[[], None]
    _reported: float = field(default=0.0)

    def input(self, role: str) -> Path:
        """The folder of an input, verified.

        Raises:
            KeyError: The node has no such role.
            Missing: It is not in the store; the driver will have it computed again.
        """
        return self.store.open(self.node.inputs[role])

    def stop_requested(self) -> bool:
        """Whether a signal asks to save a checkpoint and raise `Stopped`."""
        return self.asked()

    def progress(self, fraction: float, **numbers: float) -> None:
        """Tell how far the node is, in [0, 1]; reports less than 0.2 s apart are dropped."""
        now = time.monotonic()
        if now - self._reported >= _EVERY or fraction >= 1.0:
            self._reported = now
            self.send({"event": "progress", "key": self.node.key, "fraction": fraction, "numbers": numbers})

    def note(self, message: str) -> None:
        """Tell people something that stands in the node's record, as it happens."""
        self.send({"event": "noted", "key": self.node.key, "message": message})

    def warn(self, message: str) -> None:
        """Tell people something; the run goes on."""
        self.send({"event": "warned", "message": message})

    def save(self, step: int, build: Callable[[Path], None], about: Mapping[str, Any] | None = None) -> None:
        """Write a checkpoint: `build` fills a folder with the state after `step` steps."""
        self.fence()
        self.store.checkpoints(self.node.key).save(step, build, about)

    def latest(self) -> Checkpoint | None:
        """The newest intact checkpoint of this node, from whichever attempt."""
        return self.store.checkpoints(self.node.key).latest()
