"""Where nodes are computed: the seam that every engine satisfies (ecosystem.md, 1.3)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from currc.compiler.record import Record


class Said(Record):
    """A running job told something."""

    job: str
    event: Mapping[str, Any]


class JobEnded(Record):
    """A job's process is gone; whether it finished is for its outcome file to say."""

    job: str
    code: int | None
    """Its exit code; `None` where a signal ended it or the engine lost it."""
    signal: int | None = None
    cpu: float = 0.0
    """CPU seconds of the process, user and system."""
    peak_rss: int = 0
    """Largest resident memory in bytes."""
    lost: str = ""
    """Why the engine lost it, where it was the engine that failed."""


class Noticed(Record):
    """The engine itself has something to say to people."""

    message: str


class Engine(Protocol):
    """Runs jobs, each a request file, in processes of their own; never retries by itself."""

    @property
    def slots(self) -> int:
        """How many jobs may run at once."""

    def submit(self, job: str, request: Path, log: Path) -> None:
        """Start a job; its standard streams go to `log`."""

    def poll(self, timeout: float) -> list[Said | JobEnded | Noticed]:
        """What has happened since the last call, waiting at most `timeout` seconds for something to."""

    def signal(self, job: str, number: int) -> None:
        """Send a signal to a job; nothing happens if it has ended."""

    def close(self, *, now: bool = False) -> None:
        """End everything; `now` kills jobs instead of letting them save."""
