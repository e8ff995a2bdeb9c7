"""Where used files come from: a folder of this machine, or whatever else can be read by path."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Protocol


class Files(Protocol):
    """Files below one root, by POSIX paths relative to it."""

    def place(self, folder: str, written: str) -> str | None:
        """The path of a file that a text in `folder` names; `None` where that lies outside the root."""

    def read(self, path: str, most: int) -> bytes | None:
        """The file's bytes; `None` where they are more than `most`.

        Raises:
            FileNotFoundError: There is no such file.
            OSError: It cannot be read.
        """

    def called(self, path: str) -> str:
        """What messages call a file: the name by which whoever reads them can open it."""


class Folder:
    """A folder of this machine; links are followed, but not out of it."""

    def __init__(
        self, root: Path, texts: Mapping[Path, str] = MappingProxyType({}), before: str = ""
    ) -> None:
        """The folder.

        Args:
            root: Where it is.
            texts: What stands in for files that are being edited, by their resolved path.
            before: The way to it, as messages put it before the names of its files: `specs/`.
        """
        self.root, self.texts, self.before = root.resolve(), texts, before

    def place(self, folder: str, written: str) -> str | None:
        """As `Files.place`."""
        try:
            path = (self.root / folder / written).resolve()
        except (RuntimeError, ValueError):  # a link to itself, or a name that no file can have
            return None
        if Path(written).is_absolute() or not path.is_relative_to(self.root):
            return None
        return path.relative_to(self.root).as_posix()

    def read(self, path: str, most: int) -> bytes | None:
        """As `Files.read`."""
        file = self.root / path
        if file in self.texts:
            return self.texts[file].encode()
        if not file.is_file():
            raise FileNotFoundError(path)
        with file.open("rb") as opened:
            raw = opened.read(most + 1)
        return raw if len(raw) <= most else None

    def called(self, path: str) -> str:
        """As `Files.called`."""
        return self.before + path
