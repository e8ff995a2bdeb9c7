"""What an unfinished node saved on its way: the newest intact one counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from currc.runtime.engine import manifest, writer
from currc.runtime.engine.manifest import Damaged

KEEP = 2
"""Checkpoints of one node that stay; the older is there for the day the newer is damaged."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A state to go on from, verified byte for byte when it was found."""

    step: int
    folder: Path
    about: Mapping[str, Any]


class Checkpoints:
    """The checkpoints of one node, a folder each, named by step."""

    def __init__(self, place: Path, shelf: Path, warn: Callable[[str], None]) -> None:
        self.place = place
        self.shelf = shelf
        self.warn = warn

    def save(self, step: int, build: Callable[[Path], None], about: Mapping[str, Any] | None = None) -> None:
        """Let `build` fill a folder with the state after `step` steps; older ones than two go.

        Raises:
            CannotWrite: The checkpoints before are untouched, nothing is left behind.
        """
        writer.make_folder(self.place)
        path = self.place / f"{step:012d}"
        if path.exists():
            if self._sound(path):
                return
            writer.set_aside(path, self.shelf)
        with writer.folder(path, {**(about or {}), "step": step}) as folder:
            build(folder)
        for old in self._newest_first()[KEEP:]:
            writer.remove(old)

    def latest(self) -> Checkpoint | None:
        """The newest checkpoint of which every byte is as written; damaged ones are moved aside."""
        for path in self._newest_first():
            try:
                found = manifest.read(path)
                found.check_digests(path)
            except Damaged as damaged:
                now = writer.set_aside(path, self.shelf)
                self.warn(f"{damaged}; moved to `{now.name}`, the checkpoint before it is used")
            else:
                return Checkpoint(int(path.name), path, found.about)
        return None

    def newest_step(self) -> int:
        """Step of the newest checkpoint, intact or not; 0 where there is none."""
        return max((int(path.name) for path in self._newest_first()), default=0)

    def clear(self) -> None:
        """Remove them all; the node is finished."""
        if self.place.exists():
            writer.remove(self.place)

    def _newest_first(self) -> list[Path]:
        if not self.place.is_dir():
            return []
        return sorted((path for path in self.place.iterdir() if path.name.isdigit()), reverse=True)

    @staticmethod
    def _sound(path: Path) -> bool:
        try:
            manifest.read(path).check_digests(path)
        except Damaged:
            return False
        return True
