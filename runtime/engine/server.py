"""A warm fork server: imports what is slow once, then forks a process per job.

`python -m currc.runtime.engine.server DESCRIPTOR` speaks JSON lines over an
inherited socket. From the driver: first the set-up, then
`{"do": "start", "job", "request", "log"}` and `{"do": "signal", "job", "signal"}`.
To the driver: `{"ready"}`, `{"job", "said"}`, `{"job", "ended"}`, `{"noticed"}`.
It has one thread, for a process forked from several may hang (reliability.md, F31).
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import selectors
import signal
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from currc.runtime.engine import worker, writer
from currc.runtime.engine.stopping import STOP_SIGNALS

GRACE = 4.0
"""Seconds that jobs have to save once the driver is gone."""
_DEATH = 1  # PR_SET_PDEATHSIG


@dataclass(slots=True)
class Child:
    """A forked job and the end of the pipe that it speaks into."""

    job: str
    pid: int
    pipe: int
    said: bytes = b""
    """A line whose end has not arrived."""


class Server:
    """Forks jobs, passes on what they say, tells how they ended."""

    def __init__(self, channel: socket.socket) -> None:
        self.channel = channel
        self.heard = b""
        self.children: dict[int, Child] = {}
        self.ending = False
        self.setup: Mapping[str, Any] = {}
        self.ready = False
        self.wake, self._woken = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self.selector = selectors.DefaultSelector()

    def serve(self, setup: Mapping[str, Any]) -> None:
        """Work until the driver closes the channel or dies."""
        self.setup = setup
        sys.path[:0] = setup["paths"]
        load(setup["early"])
        self._listen()
        while not self.ending:
            for key, _ in self.selector.select(timeout=1.0):
                self._attend(key)
        self._end()

    def _warm_up(self) -> None:
        """Import and load what is slow, once, before the first job that needs it."""
        load(self.setup["preload"])
        if trouble := warm(self.setup):
            self._send({"noticed": trouble})
        gc.collect()
        gc.freeze()  # so that forks go on sharing its pages
        self.ready = True
        self._send({"ready": True})
        if (threads := _threads()) > 1:
            self._send({"noticed": f"the fork server has {threads} threads; a job forked from it may hang"})

    def _listen(self) -> None:
        signal.set_wakeup_fd(self._woken, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        signal.signal(signal.SIGTERM, self._note_end)
        self.selector.register(self.channel, selectors.EVENT_READ, "driver")
        self.selector.register(self.wake, selectors.EVENT_READ, "signal")

    def _note_end(self, number: int, frame: object) -> None:
        self.ending = True

    def _attend(self, key: selectors.SelectorKey) -> None:
        if key.data == "driver":
            self._hear()
        elif key.data == "signal":
            with suppress(BlockingIOError):
                os.read(self.wake, 4096)
            self._reap()
        elif key.data.pid in self.children:
            self._pass_on(key.data)

    def _hear(self) -> None:
        try:
            data = self.channel.recv(65536)
        except ConnectionError:
            data = b""
        if not data:
            self.ending = True
            return
        *lines, self.heard = (self.heard + data).split(b"\n")
        for line in lines:
            self._obey(json.loads(line))

    def _obey(self, order: Mapping[str, Any]) -> None:
        if order["do"] == "start":
            self._start(order["job"], Path(order["request"]), Path(order["log"]))
            return
        for child in self.children.values():
            if child.job == order["job"]:
                os.kill(child.pid, order["signal"])

    def _start(self, job: str, request: Path, log: Path) -> None:
        if not self.ready and not is_cold(request, self.setup["cold"]):
            self._warm_up()
        read, write = os.pipe2(os.O_CLOEXEC)
        # No signal may arrive between the fork and the child's own handlers.
        signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
        pid = os.fork()
        if pid == 0:
            self._become(request, log, write)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
        os.close(write)
        os.set_blocking(read, False)
        child = Child(job, pid, read)
        self.children[pid] = child
        self.selector.register(read, selectors.EVENT_READ, child)

    def _become(self, request: Path, log: Path, pipe: int) -> NoReturn:
        """Be the job; never returns into the server's loop."""
        code = 70
        try:
            die_with_parent(signal.SIGKILL)
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            self._forget()
            streams = writer.open_log(log)
            os.dup2(streams, 1)
            os.dup2(streams, 2)
            code = worker.work(request, speaker(pipe))
        except writer.CannotWrite:
            code = 73
        finally:
            with suppress(OSError, ValueError):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(code)  # not the server's own exit: its buffers and clean-up are not ours

    def _forget(self) -> None:
        """Close what belongs to the server and to other jobs."""
        self.selector.close()
        self.channel.close()
        for child in self.children.values():
            os.close(child.pipe)

    def _pass_on(self, child: Child) -> bool:
        """Send on what a job has said; false when it has closed its end."""
        try:
            data = os.read(child.pipe, 65536)
        except BlockingIOError:
            return False
        if not data:
            self.selector.unregister(child.pipe)
            return False
        *lines, child.said = (child.said + data).split(b"\n")
        for line in lines:
            self._send({"job": child.job, "said": json.loads(line)})
        return True

    def _reap(self) -> None:
        for child in list(self.children.values()):
            pid, status, usage = os.wait4(child.pid, os.WNOHANG)
            if pid == 0:
                continue
            while child.pipe in self.selector.get_map() and self._pass_on(child):
                pass  # its last words come before its end
            with suppress(KeyError):
                self.selector.unregister(child.pipe)
            os.close(child.pipe)
            del self.children[pid]
            code = os.waitstatus_to_exitcode(status)
            ended = {
                "code": code if code >= 0 else None,
                "signal": -code if code < 0 else None,
                "cpu": usage.ru_utime + usage.ru_stime,
                "peak_rss": usage.ru_maxrss * 1024,
            }
            self._send({"job": child.job, "ended": ended})

    def _send(self, message: Mapping[str, Any]) -> None:
        try:
            self.channel.sendall(json.dumps(message).encode() + b"\n")
        except OSError:
            self.ending = True

    def _end(self) -> None:
        """Let jobs save, then make sure of their end."""
        for number, wait in ((signal.SIGTERM, GRACE), (signal.SIGKILL, 1.0)):
            for pid in self.children:
                with suppress(ProcessLookupError):
                    os.kill(pid, number)
            end = time.monotonic() + wait
            while self.children and time.monotonic() < end:
                time.sleep(0.02)
                for child in list(self.children.values()):
                    while child.pipe in self.selector.get_map() and self._pass_on(child):
                        pass  # a job whose pipe is full could not end
                self._reap()


def is_cold(request: Path, kinds: Sequence[str]) -> bool:
    """Whether all nodes of a request are of kinds that need nothing slow."""
    asked = json.loads(request.read_bytes())
    return all(node["kind"] in kinds for node in asked["nodes"])


def load(modules: Sequence[str]) -> None:
    """Import what jobs need, with one thread."""
    for name in modules:
        importlib.import_module(name)
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)
        with suppress(RuntimeError):  # it may be set only once
            sys.modules["torch"].set_num_interop_threads(1)


def warm(setup: Mapping[str, Any]) -> str:
    """Load what jobs may share; returns what went wrong, which the jobs will meet and explain themselves."""
    if setup["warm"] is None:
        return ""
    module, _, name = setup["warm"]["call"].partition(":")
    call = getattr(importlib.import_module(module), name)
    try:
        call(setup["warm"]["request"])
    except Exception as error:
        return f"warming up failed ({error}); every job loads for itself"
    return ""


def speaker(pipe: int) -> worker.Send:
    """A function that writes events into a pipe; a reader that is gone is not the job's problem."""

    def send(event: Mapping[str, Any]) -> None:
        rest = memoryview(json.dumps(event).encode() + b"\n")
        with suppress(BrokenPipeError):
            while rest:
                rest = rest[os.write(pipe, rest) :]

    return send


def die_with_parent(number: int) -> None:
    """Ask the kernel for a signal at the parent's death; other systems rely on the closed channel."""
    if sys.platform != "linux":
        return
    import ctypes

    parent = os.getppid()
    ctypes.CDLL(None).prctl(_DEATH, int(number))
    if os.getppid() != parent:
        os.kill(os.getpid(), number)


def _threads() -> int:
    try:
        return len(list(Path("/proc/self/task").iterdir()))
    except OSError:
        return 1


def main() -> int:
    """Serve the driver at the other end of the inherited socket."""
    for number in STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # until there are jobs, dying at once is right
    die_with_parent(signal.SIGTERM)
    channel = socket.socket(fileno=int(sys.argv[1]))
    channel.set_inheritable(False)
    server = Server(channel)
    with channel.makefile("rb", buffering=0) as lines:
        first = lines.readline()
    if first:
        server.serve(json.loads(first))
    return 0


if __name__ == "__main__":
    sys.exit(main())
