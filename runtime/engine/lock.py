"""One writer per store: a lock of the operating system, and a record of who holds it."""

from __future__ import annotations

import fcntl
import getpass
import json
import os
import secrets
import socket
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from currc.compiler.plan import canonical
from currc.runtime.engine import writer
from currc.runtime.engine.owner import Owner

_PAUSE = 0.05  # s between two tries while waiting


@dataclass(frozen=True, slots=True)
class Record:
    """Who holds a lock, since when, for what."""

    id: str
    owner: str
    """`Owner.text`: boot id, process number, start."""
    host: str
    user: str
    since: str
    """UTC, ISO 8601; for people, nothing is decided by it."""
    command: str

    @property
    def pid(self) -> int:
        """The process number; 0 if the record is unreadable."""
        owner = Owner.parse(self.owner)
        return owner.pid if owner else 0


class Locked(Exception):
    """Someone else is writing to this store; says who, since when, and their process."""

    exit_code = 73
    help = "wait until that run has ended, or give this one a folder of its own with --runs"

    def __init__(self, path: Path, record: Record | None) -> None:
        super().__init__(f"`{path.parent}` is in use by {_describe(record)}")
        self.record = record


class Lock:
    """Held while its `with` block runs, and not a moment longer than its process lives.

    The operating system drops the lock with its holder, however that dies, so a
    stale one needs no cleaning up: its record is left over and `stale` holds it.
    """

    def __init__(self, path: Path, command: str, wait: float = 0.0) -> None:
        """The lock at `path`, not yet taken; `wait` is how many seconds to try for it."""
        self.path = path
        self.command = command
        self.wait = wait
        self.stale: Record | None = None
        self._handle = -1

    def __enter__(self) -> Lock:
        """Take it.

        Raises:
            Locked: Someone else has it, and kept it for all of `wait`.
            CannotWrite: The store cannot be written to.
        """
        writer.make_folder(self.path.parent)
        handle = writer.open_lock(self.path)
        try:
            self._take(handle)
            self.stale = _read(handle)
            _write(handle, canonical(asdict(_record(self.command))))
        except BaseException:
            os.close(handle)
            raise
        self._handle = handle
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give it back. The file stays: removing it would let two hold a lock of one name."""
        os.ftruncate(self._handle, 0)
        os.close(self._handle)
        self._handle = -1

    def _take(self, handle: int) -> None:
        end = time.monotonic() + self.wait
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= end:
                    raise Locked(self.path, _read(handle)) from None
                time.sleep(_PAUSE)
            except OSError as error:
                raise writer.CannotWrite(self.path, f"no locks here: {error.strerror}") from error
            else:
                return


def _record(command: str) -> Record:
    since = datetime.now(UTC).isoformat(timespec="seconds")
    return Record(secrets.token_hex(4), Owner.me().text, socket.gethostname(), _user(), since, command)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def _read(handle: int) -> Record | None:
    try:
        value: dict[str, Any] = json.loads(os.pread(handle, 65536, 0))
        return Record(**value)
    except (ValueError, TypeError):
        return None  # empty, or the holder is just writing it


def _write(handle: int, text: str) -> None:
    os.ftruncate(handle, 0)
    os.pwrite(handle, text.encode(), 0)
    os.fsync(handle)


def _describe(record: Record | None) -> str:
    if record is None:
        return "another run that is just starting"
    return (
        f"`{record.command}` (process {record.pid} of {record.user} on {record.host}, "
        f"since {record.since}, lock {record.id})"
    )
