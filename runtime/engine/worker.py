"""One job: a chain of nodes computed in order in one process, from a request file to an outcome file."""

from __future__ import annotations

import importlib
import json
import os
import resource
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from currc.compiler.graph import Node
from currc.runtime.engine import writer
from currc.runtime.engine.context import Context, Executor, Fenced, Stopped
from currc.runtime.engine.stopping import StopRequest
from currc.runtime.engine.store import Missing, Store

Send = Callable[[Mapping[str, Any]], None]
OUTCOME = "outcome.json"


@dataclass(frozen=True, slots=True)
class Request:
    """What a worker is asked to do; JSON, so that any engine can carry it."""

    store: str
    """Absolute path of the store."""
    attempt: int
    executors: str
    """Package that holds a module per kind of node."""
    nodes: tuple[Node, ...]
    settings: Mapping[str, Any]

    def as_json(self) -> dict[str, Any]:
        """The request as JSON values."""
        return {
            "store": self.store,
            "attempt": self.attempt,
            "executors": self.executors,
            "nodes": [node.as_json() for node in self.nodes],
            "settings": dict(self.settings),
        }

    @classmethod
    def read(cls, path: Path) -> Request:
        """The request in a file."""
        value = json.loads(path.read_bytes())
        value["nodes"] = tuple(Node.from_json(node) for node in value["nodes"])
        return cls(**value)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended; written last, so it is there only when it is true."""

    code: int
    """Exit code of the worker: 0, 1, 65, 69, 70, 73, 75, 130."""
    cause: str = ""
    """`data`, `extra`, `diverged`, `memory`, `disk`, `bug`, `stopped`, `missing` or `fenced`."""
    message: str = ""
    help: str = ""
    place: str = ""
    complaint: str = ""
    missing: str = ""
    """Key of an input that was not intact."""

    @classmethod
    def read(cls, folder: Path) -> Outcome | None:
        """The outcome of an attempt; `None` if it never wrote one."""
        try:
            return cls(**json.loads((folder / OUTCOME).read_bytes()))
        except (OSError, ValueError, TypeError):
            return None


def work(path: Path, send: Send) -> int:
    """Carry out the request at `path`; returns the exit code. Nothing is raised."""
    with StopRequest() as stop:
        try:
            outcome = _carry_out(Request.read(path), path.parent, stop, send)
        except BaseException as error:  # whatever it is, the driver must hear of it
            outcome = explain(error, stop)
            if outcome.code == 70:
                traceback.print_exc()
        try:
            writer.write_json(path.parent / OUTCOME, asdict(outcome))
        except writer.CannotWrite:
            traceback.print_exc()
            return outcome.code or 73
        return outcome.code


def explain(error: BaseException, stop: StopRequest) -> Outcome:
    """What an exception means for the run: whose fault, which exit code."""
    text = str(error) or type(error).__name__
    if isinstance(error, Stopped):
        return Outcome(stop.code or 75, "stopped", "asked to stop")
    if isinstance(error, Missing):
        return Outcome(75, "missing", text, missing=error.key)
    if isinstance(error, Fenced):
        return Outcome(75, "fenced", text)
    if hasattr(error, "exit_code"):
        return _users(error)
    if writer.no_room(error):
        return Outcome(73, "disk", text, help="free some space or choose another folder, then run again")
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return Outcome(1, "memory", "not enough memory", help="lower `train.batch` or `max_tokens`")
    return Outcome(70, "bug", f"{type(error).__name__}: {text}")


def _users(error: BaseException) -> Outcome:
    """An exception that names its own exit code: the user's to solve."""
    code = int(getattr(error, "exit_code", 65))
    said = getattr(error, "code", "")
    return Outcome(
        code=code,
        cause=getattr(error, "cause", {65: "data", 69: "extra", 73: "disk"}.get(code, "data")),
        message=str(getattr(error, "message", "") or error),
        help=str(getattr(error, "help", "")),
        place=str(getattr(error, "place", "")),
        complaint=str(getattr(said, "value", said)),
    )


def _carry_out(request: Request, attempt: Path, stop: StopRequest, send: Send) -> Outcome:
    def fence() -> None:
        numbers = [int(other.name) for other in attempt.parent.iterdir() if other.name.isdigit()]
        if max(numbers, default=0) > request.attempt:
            raise Fenced(f"attempt {request.attempt} was given up on; a newer one has taken over")

    store = Store(Path(request.store), lambda message: send({"event": "warned", "message": message}))
    memory: dict[str, Any] = {}
    for node in request.nodes:
        if stop.first is not None:
            raise Stopped
        context = Context(
            node, store, Path(), memory, request.settings, send, lambda: stop.first is not None, fence
        )
        _compute(context, importlib.import_module(f"{request.executors}.{node.kind}"))
    return Outcome(0)


def _compute(context: Context, executor: Executor) -> None:
    """Compute and publish one node, and tell what it took."""
    node = context.node
    context.send({"event": "started", "key": node.key})
    wall, cpu = time.monotonic(), time.process_time()

    def build(folder: Path) -> None:
        context.folder = folder
        executor.run(node, context)
        context.fence()

    context.store.publish(node.key, build, {"kind": node.kind, "name": node.name})
    context.send(
        {
            "event": "finished",
            "key": node.key,
            "seconds": time.monotonic() - wall,
            "cpu": time.process_time() - cpu,
            "peak_rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        }
    )


def main(arguments: list[str]) -> int:
    """`currc worker REQUEST.json`: events go to standard output, one JSON object a line."""

    def send(event: Mapping[str, Any]) -> None:
        sys.stdout.write(json.dumps(event) + "\n")
        sys.stdout.flush()

    os.environ.setdefault("OMP_NUM_THREADS", "1")
    return work(Path(arguments[0]).absolute(), send)
