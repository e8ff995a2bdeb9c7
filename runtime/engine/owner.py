"""Who wrote this: a process, told apart from a later one that got the same number."""

from __future__ import annotations

import os
import re
from pathlib import Path

from currc.compiler.record import Record

PATTERN = r"(?P<boot>[0-9a-f]{8})-(?P<pid>\d+)-(?P<started>\d+)"
"""Matches `Owner.text`."""


class Owner(Record):
    """A process of this machine: a number alone may have been given away again."""

    boot: str
    """First 8 digits of the kernel's boot id; zeros where there is none."""
    pid: int
    started: int
    """Clock ticks from boot to the start of the process; 0 where unknown."""

    @classmethod
    def me(cls) -> Owner:
        """The process that asks."""
        pid = os.getpid()
        return cls(_boot(), pid, _started(pid) or 0)

    @classmethod
    def parse(cls, text: str) -> Owner | None:
        """The owner written as `text`; `None` if it is none of ours."""
        match = re.fullmatch(PATTERN, text)
        return cls.of_match(match) if match else None

    @classmethod
    def of_match(cls, match: re.Match[str]) -> Owner:
        """The owner in a match of a pattern that contains `PATTERN`."""
        return cls(match["boot"], int(match["pid"]), int(match["started"]))

    @property
    def text(self) -> str:
        """As it stands in file names: `BOOT-PID-STARTED`."""
        return f"{self.boot}-{self.pid}-{self.started}"

    @property
    def alive(self) -> bool:
        """Whether that very process still runs here; a zombie does not."""
        if self.boot != _boot():
            return False
        if self.started:
            return _started(self.pid) == self.started
        return _answers(self.pid)


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii")[:8]
    except OSError:
        return "0" * 8


def _started(pid: int) -> int | None:
    """Start of the process in ticks since boot; `None` if it is gone, a zombie, or not to be asked."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()  # the name before may hold spaces and brackets
    return None if fields[0] in "ZX" else int(fields[19])


def _answers(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
