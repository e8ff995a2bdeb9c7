"""The path guard: data files under the project's folder and nothing else."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from io import BufferedReader
from pathlib import Path, PurePosixPath

from currc.compiler.codes import Code
from currc.runtime.data.rows import DataError, closest

MOST_ENTRIES = 100_000
"""Folder entries that one glob may look at (reliability.md, T8)."""


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file that passed the guard."""

    name: str
    """As written in the spec or found by a glob, relative to the root, with `/`."""
    path: Path
    """Absolute, with every link resolved."""


def find(patterns: Sequence[str], root: Path) -> list[DataFile]:
    """The files of a source: patterns in the order written, matches of a glob sorted, each file once.

    `*`, `?` and `[...]` match inside one name, `**` any number of folders; neither
    matches hidden names nor follows a link to a folder. `~` and `$` are not expanded.

    Raises:
        DataError: A path is absolute or leads outside `root` (links resolved), a file is
            missing or not a regular file, or a glob looks at more than 100,000 entries.
    """
    home = root.resolve()
    found: dict[Path, DataFile] = {}
    for pattern in patterns:
        for name in _names(pattern, home):
            file = _guarded(name, home)
            found.setdefault(file.path, file)
    return list(found.values())


def open_file(file: DataFile) -> BufferedReader:
    """The open bytes of a file that is still the regular file that the guard saw."""
    # without O_NONBLOCK, opening a FIFO that took the file's place would wait for ever
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        number = os.open(file.path, flags | getattr(os, "O_BINARY", 0))
    except OSError as error:
        raise DataError(Code.FILE_MISSING, file.name, f"it cannot be opened: {error.strerror}") from None
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        raise _not_regular(file.name)
    return os.fdopen(number, "rb")


def _names(pattern: str, home: Path) -> list[str]:
    """The relative names that a pattern stands for; a plain path stands for itself."""
    parts = PurePosixPath(pattern).parts
    if "\0" in pattern or PurePosixPath(pattern).is_absolute():
        raise _outside(pattern)
    if not any(_is_wild(part) for part in parts):
        return [str(PurePosixPath(pattern))]
    names = sorted(set(_Glob(pattern, home).walk(home, "", parts)))
    if not names:
        raise DataError(
            Code.FILE_MISSING,
            pattern,
            f"no file matches `{pattern}`",
            "paths are relative to the folder of the spec; `~` and `$` are not expanded",
        )
    return names


@dataclass(slots=True)
class _Glob:
    """One walk through the folders below the root, with its entries counted."""

    pattern: str
    home: Path
    seen: int = field(default=0)

    def walk(self, folder: Path, name: str, parts: tuple[str, ...]) -> Iterator[str]:
        """Names of files below `folder` that match the rest of the pattern."""
        part, rest = parts[0], parts[1:]
        if part == "**":
            yield from self.walk(folder, name, rest or ("*",))
            for entry in self.entries(folder):
                if entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
                    yield from self.walk(Path(entry.path), f"{name}{entry.name}/", parts)
        elif not _is_wild(part):
            yield from self.step(folder / part, f"{name}{part}", rest)
        else:
            for entry in self.entries(folder):
                if _matches(entry.name, part):
                    yield from self.step(Path(entry.path), f"{name}{entry.name}", rest)

    def step(self, path: Path, name: str, rest: tuple[str, ...]) -> Iterator[str]:
        """The name itself at the pattern's end, else what lies below it; folders are no files."""
        if not rest:
            if os.path.lexists(path) and not path.is_dir():
                yield name
        elif path.is_dir() and path.resolve().is_relative_to(self.home):
            yield from self.walk(path, f"{name}/", rest)

    def entries(self, folder: Path) -> Iterator[os.DirEntry[str]]:
        """Entries of a folder, each counted; a folder that cannot be read has none."""
        try:
            listing = os.scandir(folder)
        except OSError:
            return
        with listing:
            for entry in listing:
                self.seen += 1
                if self.seen > MOST_ENTRIES:
                    raise DataError(
                        Code.FILE_MISSING,
                        self.pattern,
                        f"`{self.pattern}` looks at more than {MOST_ENTRIES:,} folder entries",
                        "name the folder more exactly",
                    )
                yield entry


def _guarded(name: str, home: Path) -> DataFile:
    """The file of that name, or the reason why it is none."""
    try:
        path = (home / name).resolve()
        inside = path.is_relative_to(home)
        mode = path.stat().st_mode if inside else 0
    except (OSError, RuntimeError):  # RuntimeError: links that form a ring, before Python 3.13
        raise _missing(name, home) from None
    if not inside:
        raise _outside(name)
    if not stat.S_ISREG(mode):
        raise _not_regular(name, folder=stat.S_ISDIR(mode))
    return DataFile(name, path)


def _is_wild(part: str) -> bool:
    return any(sign in part for sign in "*?[")


def _matches(name: str, part: str) -> bool:
    return fnmatchcase(name, part) and (not name.startswith(".") or part.startswith("."))


def _missing(name: str, home: Path) -> DataError:
    folder = (home / name).parent
    try:
        inside = folder.resolve().is_relative_to(home)
        names = [path.name for path in folder.iterdir()] if inside else []
        near = closest(Path(name).name, names)
    except (OSError, RuntimeError):
        near = ""
    help = near or "paths are relative to the folder of the spec; `~` and `$` are not expanded"
    return DataError(Code.FILE_MISSING, name, f"there is no file `{name}`", help)


def _outside(name: str) -> DataError:
    return DataError(
        Code.OUTSIDE_ROOT,
        name.replace("\0", "\\0"),
        "the path leads outside the folder of the spec",
        "data lies below the folder of the spec; write a relative path without `..`",
    )


def _not_regular(name: str, *, folder: bool = False) -> DataError:
    what = "a folder" if folder else "no regular file"
    help = f"for the files in it write `{name}/*.jsonl`" if folder else "pipes and devices are not read"
    return DataError(Code.NOT_A_FILE, name, f"`{name}` is {what}", help)
