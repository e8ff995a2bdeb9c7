"""The engine of one machine: jobs forked from a warm server, one thread each."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from currc.runtime.engine import JobEnded, Noticed, Said, writer

ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "GOMP_SPINCOUNT": "0",
    "TOKENIZERS_PARALLELISM": "false",
}
"""As many trials as cores, a thread each: more trials an hour than threads give (quality.md, section 6)."""


class EngineBroken(Exception):
    """The fork server cannot even start; no job can, so none is tried again. Exit code 70."""

    exit_code = 70


@dataclass(frozen=True, slots=True)
class Setup:
    """What the server does once: before the first job, or before the first that is not `cold`."""

    preload: tuple[str, ...] = ("torch", "transformers")
    """Modules to import."""
    cold: tuple[str, ...] = ()
    """Kinds of nodes that need none of that: bad data is told before the slow part begins."""
    early: tuple[str, ...] = ()
    """Modules that those need, imported at the start."""
    warm: str = ""
    """`module:function`, called with `request`; it may load what jobs share, and start no thread."""
    request: Mapping[str, Any] | None = None
    paths: tuple[str, ...] = ()
    """Put before `sys.path`."""

    def line(self) -> bytes:
        """The set-up as the server reads it."""
        warm = {"call": self.warm, "request": dict(self.request or {})} if self.warm else None
        modules = {"preload": self.preload, "cold": self.cold, "early": self.early, "paths": self.paths}
        value = {**modules, "warm": warm}
        return json.dumps(value).encode() + b"\n"


class LocalEngine:
    """Starts its server with the first job, so that a run with nothing to do costs nothing."""

    def __init__(self, log: Path, setup: Setup | None = None, workers: int | None = None) -> None:
        """An engine that has started nothing yet.

        Args:
            log: Where the server's own standard streams go.
            setup: What the server warms up with.
            workers: Jobs at once; the number of cores this process may use by default.
        """
        self.log = log
        self.setup = setup or Setup()
        self._workers = workers or cores()
        self._server: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None
        self._heard = b""
        self._ready = False
        self._running: set[str] = set()

    @property
    def slots(self) -> int:
        """How many jobs may run at once."""
        return self._workers

    def submit(self, job: str, request: Path, log: Path) -> None:
        """Start a job; the first one starts the server."""
        if self._channel is None:
            self._start()
        self._running.add(job)
        self._send({"do": "start", "job": job, "request": str(request), "log": str(log)})

    def poll(self, timeout: float) -> list[Said | JobEnded | Noticed]:
        """What has happened, waiting at most `timeout` seconds for something to.

        Raises:
            EngineBroken: The server gave up while it was warming up.
        """
        if self._channel is None:
            return []
        if not select.select([self._channel], [], [], timeout)[0]:
            return []
        try:
            data = self._channel.recv(1 << 20)
        except ConnectionError:
            data = b""
        if not data:
            return self._lose()
        *lines, self._heard = (self._heard + data).split(b"\n")
        return [message for line in lines for message in self._understand(json.loads(line))]

    def signal(self, job: str, number: int) -> None:
        """Send a signal to a job."""
        if job in self._running:
            self._send({"do": "signal", "job": job, "signal": int(number)})

    def close(self, *, now: bool = False) -> None:
        """End the server and its jobs: `now` by SIGKILL, else after they could save."""
        if self._server is None or self._channel is None:
            return
        if now:
            self._kill()
        self._channel.close()
        self._server.wait()
        self._server = self._channel = None
        self._running.clear()

    def __enter__(self) -> LocalEngine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close(now=kind is not None)

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        log = writer.open_log(self.log)
        # -P: a file `torch.py` beside the spec is not torch.
        command = [sys.executable, "-P", "-m", "currc.runtime.engine.server", str(theirs.fileno())]
        try:
            self._server = subprocess.Popen(  # noqa: S603 - our own interpreter, no shell
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **ONE_THREAD},
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # Ctrl-C reaches the driver alone; it decides what workers do
            )
        finally:
            theirs.close()
            os.close(log)
        self._channel, self._heard, self._ready = ours, b"", False
        ours.sendall(self.setup.line())

    def _send(self, order: Mapping[str, Any]) -> None:
        with suppress(OSError):  # a dead server is noticed by `poll`
            if self._channel is not None:
                self._channel.sendall(json.dumps(order).encode() + b"\n")

    def _understand(self, message: Mapping[str, Any]) -> list[Said | JobEnded | Noticed]:
        if "said" in message:
            return [Said(message["job"], message["said"])]
        if "ended" in message:
            self._running.discard(message["job"])
            return [JobEnded(message["job"], **message["ended"])]
        self._ready = self._ready or "ready" in message
        return [Noticed(message["noticed"])] if "noticed" in message else []

    def _lose(self) -> list[Said | JobEnded | Noticed]:
        """The server is gone, and with it every job; the next `submit` starts another."""
        lost = sorted(self._running)
        code = self._server.wait() if self._server is not None else 0
        if code > 0 and not self._ready:
            self.close(now=True)
            raise EngineBroken(f"the workers cannot start: {_last_line(self.log)} (see `{self.log}`)")
        reason = "the fork server died"
        self.close(now=True)
        return [JobEnded(job, code=None, lost=reason) for job in lost]

    def _kill(self) -> None:
        """Kill the server's whole process group, so that no job outlives it."""
        if self._server is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._server.pid, signal.SIGKILL)


def cores() -> int:
    """The cores that this process may use: as many jobs run at once by default."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


def _last_line(log: Path) -> str:
    """The last line of a log, which of a traceback is the one that says what happened."""
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    except OSError:
        lines = []
    return lines[-1] if lines else f"nothing in `{log.name}`"
