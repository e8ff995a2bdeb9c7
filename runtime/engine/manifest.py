"""What a finished folder holds: size and SHA-256 of every file, sealed, written last."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from currc.compiler.record import Record

NAME = "manifest.json"


class Damaged(Exception):
    """A folder is not what its manifest says; such a folder counts as absent."""

    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(f"`{folder}`: {reason}")
        self.folder = folder
        self.reason = reason


class Stamp(Record):
    """A file's content in short."""

    size: int
    """Bytes."""
    sha256: str


class Manifest(Record):
    """All files of a folder by relative path, and what the folder is."""

    files: Mapping[str, Stamp]
    about: Mapping[str, Any]

    def text(self) -> str:
        """Canonical JSON with a seal over the rest, so that no bit of it can change unseen."""
        from currc.compiler.plan import canonical, digest  # the plan's classes, which no check needs

        body = {
            "about": dict(self.about),
            "files": {name: {"sha256": s.sha256, "size": s.size} for name, s in self.files.items()},
        }
        return canonical({**body, "seal": digest(body)}) + "\n"

    def check_sizes(self, folder: Path) -> None:
        """Return if every file is there with its size.

        Raises:
            Damaged: One is not.
        """
        for name, stamp in self.files.items():
            try:
                found = os.lstat(folder / name)
            except OSError:
                raise Damaged(folder, f"`{name}` is missing") from None
            if not stat.S_ISREG(found.st_mode) or found.st_size != stamp.size:
                raise Damaged(folder, f"`{name}` has {found.st_size} bytes, not {stamp.size}")

    def check_digests(self, folder: Path) -> None:
        """Return if every file is there, byte for byte.

        Raises:
            Damaged: One is not.
        """
        self.check_sizes(folder)
        for name, stamp in self.files.items():
            if sha256(folder / name) != stamp.sha256:
                raise Damaged(folder, f"`{name}` has changed since it was written")


def read(folder: Path) -> Manifest:
    """The manifest of a finished folder; its files are not looked at.

    Raises:
        Damaged: It is missing, or a byte of it is not as written.
    """
    try:
        raw = (folder / NAME).read_bytes()
        value = json.loads(raw)
        files = {name: Stamp(entry["size"], entry["sha256"]) for name, entry in value["files"].items()}
        manifest = Manifest(files, value["about"])
        if manifest.text().encode() == raw:
            return manifest
    except FileNotFoundError:
        raise Damaged(folder, "no manifest: it was never finished") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        pass  # whatever is unreadable about it, the answer is the same
    raise Damaged(folder, "the manifest has changed since it was written")


def files_of(folder: Path) -> Iterator[str]:
    """Relative POSIX paths of all files below a folder but its manifest, sorted.

    Raises:
        ValueError: Something below is neither a folder nor a regular file.
    """
    for path in sorted(folder.rglob("*")):
        mode = path.lstat().st_mode
        if stat.S_ISDIR(mode):
            continue
        if not stat.S_ISREG(mode):
            raise ValueError(f"neither a file nor a folder: `{path}`")
        name = path.relative_to(folder).as_posix()
        if name != NAME:
            yield name


def sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
