"""The `curr.lock` beside a spec: read, and written in one step."""

from __future__ import annotations

from pathlib import Path

from currc.compiler.codes import Code
from currc.compiler.pins import NAME, BadLock, Lock, read_lock, written
from currc.runtime.data.rows import DataError


def lock_in(folder: Path) -> Lock | None:
    """The lock of the specs in a folder; `None` where there is none.

    Raises:
        DataError: It cannot be read.
    """
    path = folder / NAME
    try:
        return read_lock(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (BadLock, OSError, UnicodeDecodeError) as problem:
        raise DataError(
            Code.DATA_CHANGED, NAME, f"`{NAME}` cannot be read: {problem}", "write it anew"
        ) from problem


def put_lock(folder: Path, lock: Lock) -> None:
    """Write the lock of the specs in a folder, in one step.

    Raises:
        CannotWrite: What was there is untouched.
    """
    from currc.runtime.engine import writer  # most locks are only read

    writer.write_bytes(folder / NAME, written(lock).encode())
