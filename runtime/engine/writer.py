"""The only place that writes files: whole, or not at all.

Everything is built under a temporary name beside its goal, synced, renamed, and
the folder synced. A reader sees the old content or the new, never a part. Code
elsewhere writes inside a folder that `folder` handed to it, and nowhere else
(`tests/test_writer.py` reads the sources for that).
"""

from __future__ import annotations

import errno
import hashlib
import itertools
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from currc.runtime.engine import manifest
from currc.runtime.engine.manifest import Manifest, Stamp
from currc.runtime.engine.owner import PATTERN, Owner

PRIVATE_FOLDER = 0o700
PRIVATE_FILE = 0o600

_LEFTOVER = re.compile(rf"\.(?P<name>.+)\.(?P<what>tmp|old)-{PATTERN}-\d+")
_count = itertools.count()
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG})
# numpy and safetensors lose the number of the error on their way to Python.
_NO_ROOM_TEXT = re.compile(r"os error (28|122|30|27)\b|No space left|\d+ requested and \d+ written")


class CannotWrite(Exception):
    """The disk is full, read-only, gone or closed to us."""

    exit_code = 73
    help = "free some space or choose another folder, then run again"

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"cannot write `{path}`: {reason}")
        self.path = path
        self.reason = reason


def no_room(error: BaseException) -> bool:
    """Whether an error, raised by any library, means that the disk took no more."""
    if isinstance(error, CannotWrite):
        return True
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        return True
    return _NO_ROOM_TEXT.search(str(error)) is not None


def write_bytes(path: Path, data: bytes) -> None:
    """Put `data` at `path`, replacing what was there in one step.

    Raises:
        CannotWrite: What was there is untouched and nothing is left behind.
    """
    temporary = _beside(path, "tmp")
    with _removing(temporary), _speaking_of(path):
        _create(temporary, data)
        temporary.replace(path)
        _sync_folder(path.parent)


def write_json(path: Path, value: Any) -> None:
    """Put canonical JSON and a line end at `path`, as `write_bytes` does.

    Raises:
        CannotWrite: As `write_bytes`.
        ValueError: A number is NaN or infinite.
    """
    from currc.compiler.plan import canonical  # the plan's classes, which no check needs

    write_bytes(path, (canonical(value) + "\n").encode())


def make_folder(path: Path) -> None:
    """Make a private folder and its parents where they are missing.

    Raises:
        CannotWrite: It cannot be made.
    """
    with _speaking_of(path):
        missing = [place for place in (path, *path.parents) if not place.exists()]
        for place in reversed(missing):
            with suppress(FileExistsError):
                place.mkdir(PRIVATE_FOLDER)
                _sync_folder(place.parent)


@contextmanager
def folder(path: Path, about: Mapping[str, Any] | None = None, *, replace: bool = False) -> Iterator[Path]:
    """A new folder to fill; it appears at `path`, with its manifest, when the block ends well.

    Args:
        path: Where it will be; the parent must exist.
        about: What it is, for the manifest; JSON values.
        replace: Take the place of a folder that is there already.

    Raises:
        FileExistsError: Something is at `path` already, and `replace` is false.
        CannotWrite: Nothing is left behind; what was there is untouched.
    """
    temporary = _beside(path, "tmp")
    with _removing(temporary):
        with _speaking_of(path):
            temporary.mkdir(PRIVATE_FOLDER)
        yield temporary
        with _speaking_of(path):
            _seal(temporary, about or {})
            _place(temporary, path, replace=replace)


def remove(path: Path) -> None:
    """Remove a file or folder: it is gone under its name at once, whatever happens after."""
    old = _beside(path, "tmp")
    with _speaking_of(path), suppress(FileNotFoundError):
        path.rename(old)
        _delete(old)


def set_aside(path: Path, shelf: Path) -> Path:
    """Move something damaged onto `shelf` under a name not yet taken; returns where it lies now."""
    make_folder(shelf)
    with _speaking_of(path):
        for number in itertools.count():
            goal = shelf / f"{path.name}.{number}"
            if not goal.exists():
                path.rename(goal)
                return goal
    raise AssertionError  # the loop above has no end but its return


def open_log(path: Path) -> int:
    """A descriptor that appends to a log; logs are the one thing not written whole."""
    with _speaking_of(path):
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, PRIVATE_FILE)


def open_lock(path: Path) -> int:
    """A descriptor of a lock file, made where missing; its bytes are the holder's to write."""
    with _speaking_of(path):
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)


def sweep(root: Path) -> tuple[Path, ...]:
    """Remove what dead processes left below `root`; returns what was found.

    Only our own names, only of dead owners. A folder that was being replaced when
    its process died is put back if the new one had not arrived.
    """
    found: list[Path] = []
    for place, folders, files in os.walk(root):
        for name in (*folders, *files):
            match = _LEFTOVER.fullmatch(name)
            if match and not Owner.of_match(match).alive:
                path = Path(place, name)
                found.append(path)
                _clear(path, Path(place, match["name"]), restore=match["what"] == "old")
        sealed = manifest.NAME in files
        folders[:] = [] if sealed else [name for name in folders if not _LEFTOVER.fullmatch(name)]
    return tuple(found)


def _clear(path: Path, goal: Path, *, restore: bool) -> None:
    if restore and not goal.exists():
        path.rename(goal)
    else:
        _delete(path)


def _beside(path: Path, what: str) -> Path:
    """A name next to `path` that no one else uses and that tells who we are."""
    return path.with_name(f".{path.name}.{what}-{Owner.me().text}-{next(_count)}")


@contextmanager
def _removing(temporary: Path) -> Iterator[None]:
    """Leave nothing at `temporary`, whatever happens inside."""
    try:
        yield
    except BaseException:
        _delete(temporary)
        raise


@contextmanager
def _speaking_of(path: Path) -> Iterator[None]:
    """Errors of the file system, told as what could not be written."""
    try:
        yield
    except FileExistsError:
        raise
    except OSError as error:
        raise CannotWrite(path, error.strerror or str(error)) from error


def _delete(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        from shutil import rmtree  # loads zlib, bz2 and lzma, which no check needs

        rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()


def _create(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE_FILE)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(handle, rest) :]
        os.fsync(handle)
    finally:
        os.close(handle)


def _seal(place: Path, about: Mapping[str, Any]) -> None:
    """Sync every file, write the manifest over them last, sync the folders."""
    files = {name: _stamp(place / name) for name in manifest.files_of(place)}
    _create(place / manifest.NAME, Manifest(files, about).text().encode())
    for inner in sorted(path for path in place.rglob("*") if path.is_dir()):
        inner.chmod(PRIVATE_FOLDER)
        _sync_folder(inner)
    _sync_folder(place)


def _stamp(path: Path) -> Stamp:
    path.chmod(PRIVATE_FILE)
    with path.open("rb") as file:
        os.fsync(file.fileno())
        return Stamp(os.fstat(file.fileno()).st_size, hashlib.file_digest(file, "sha256").hexdigest())


def _place(temporary: Path, path: Path, *, replace: bool) -> None:
    old = _beside(path, "old") if replace and path.exists() else None
    if old:
        path.rename(old)
    try:
        _rename_new(temporary, path)
    except BaseException:
        if old:
            old.rename(path)
        raise
    _sync_folder(path.parent)
    if old:
        _delete(old)


def _rename_new(temporary: Path, path: Path) -> None:
    try:
        temporary.rename(path)
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
            raise FileExistsError(error.errno, "is there already", str(path)) from None
        raise


def _sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno != errno.EINVAL:  # some file systems have no such call for folders
            raise
    finally:
        os.close(handle)
