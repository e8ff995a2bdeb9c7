"""Results by the hash of what they were made from: complete and intact, or not there."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from currc.runtime.engine import manifest, writer
from currc.runtime.engine.checkpoints import Checkpoints
from currc.runtime.engine.lock import Lock
from currc.runtime.engine.manifest import Damaged, Manifest


class Missing(Exception):
    """A result that was asked for is not in the store, or no longer intact."""

    def __init__(self, key: str) -> None:
        super().__init__(f"not in the store: {key}")
        self.key = key


class Store:
    """A folder of finished results.

    `nodes/KEY[:2]/KEY` holds a node's files and their manifest, `checkpoints/KEY`
    what an unfinished node saved, `attempts` the requests, outcomes and logs of
    workers, `costs` what each node took, `damaged` whatever failed its digest.
    """

    def __init__(self, root: Path, warn: Callable[[str], None] = lambda message: None) -> None:
        """A store at `root`, which is made when something is first written.

        Args:
            root: A folder of its own.
            warn: Hears, in one line each, what was found damaged.
        """
        self.root = root.absolute()
        self.warn = warn
        self._intact: set[str] = set()

    def path(self, key: str) -> Path:
        """Where a node's files are, or would be."""
        return self.root / "nodes" / key[:2] / key

    def has(self, key: str) -> bool:
        """Whether the node is finished: its manifest is sound and every size is right."""
        try:
            self._manifest(key).check_sizes(self.path(key))
        except Damaged:
            return False
        return True

    def open(self, key: str) -> Path:
        """The folder of a node, every byte of it verified once in this process.

        Raises:
            Missing: It is not there; one found damaged is moved aside and counts as not there.
        """
        path = self.path(key)
        if key in self._intact and path.exists():
            return path
        if not path.exists():
            raise Missing(key)
        try:
            self._manifest(key).check_digests(path)
        except Damaged as damaged:
            self._set_aside(damaged)
            raise Missing(key) from None
        self._intact.add(key)
        return path

    def about(self, key: str) -> Mapping[str, Any]:
        """What the manifest says the node is: `key`, `kind`, `name`, `versions`.

        Raises:
            Missing: It is not there.
        """
        try:
            return self._manifest(key).about
        except Damaged:
            raise Missing(key) from None

    def publish(
        self, key: str, build: Callable[[Path], None], about: Mapping[str, Any] | None = None
    ) -> Path:
        """Let `build` fill a folder and make it the node's; returns where it is.

        The same node published meanwhile by someone else stays: equal keys are equal
        bytes. The node's checkpoints are removed.

        Raises:
            CannotWrite: Nothing is left behind.
        """
        path = self.path(key)
        self.prepare()
        writer.make_folder(path.parent)
        if path.exists() and not self.has(key):
            self._set_aside(Damaged(path, "sizes or manifest are not as written"))
        try:
            with writer.folder(path, {**(about or {}), "key": key}) as folder:
                build(folder)
        except FileExistsError:
            if not self.has(key):
                raise
        self.checkpoints(key).clear()
        return path

    def checkpoints(self, key: str) -> Checkpoints:
        """What an unfinished node saved on its way."""
        return Checkpoints(self.root / "checkpoints" / key, self.root / "damaged", self.warn)

    def attempts(self, key: str) -> Path:
        """The folder of the attempts at a job that starts with this node."""
        return self.root / "attempts" / key[:16]

    def record_cost(self, key: str, cost: Mapping[str, float]) -> None:
        """Keep what a node took (`seconds`, `cpu` seconds, `peak_rss` bytes); never part of a result."""
        path = self._cost(key)
        writer.make_folder(path.parent)
        writer.write_json(path, dict(cost))

    def cost(self, key: str) -> Mapping[str, float]:
        """What `record_cost` kept; empty where it kept nothing."""
        try:
            cost: dict[str, float] = json.loads(self._cost(key).read_bytes())
        except (OSError, ValueError):
            return {}
        return cost

    def lock(self, command: str, wait: float = 0.0) -> Lock:
        """The right to write here; see `Lock`."""
        return Lock(self.root / "lock", command, wait)

    def prepare(self) -> None:
        """Make the store's own folders where they are missing.

        Raises:
            CannotWrite: They cannot be made.
        """
        for name in ("nodes", "checkpoints", "attempts", "costs"):
            writer.make_folder(self.root / name)

    def recover(self) -> None:
        """Remove what dead processes left: half-built folders, checkpoints of finished nodes.

        Only the holder of the lock may call this.
        """
        self.prepare()
        writer.sweep(self.root)
        for place in sorted((self.root / "checkpoints").iterdir()):
            if self.has(place.name):
                self.checkpoints(place.name).clear()

    def _cost(self, key: str) -> Path:
        return self.root / "costs" / key[:2] / f"{key}.json"

    def _manifest(self, key: str) -> Manifest:
        found = manifest.read(self.path(key))
        if found.about.get("key") != key:
            raise Damaged(self.path(key), "it belongs to another key")
        return found

    def _set_aside(self, damaged: Damaged) -> None:
        self._intact.discard(damaged.folder.name)
        now = writer.set_aside(damaged.folder, self.root / "damaged")
        self.warn(f"{damaged}; moved to `{now.relative_to(self.root)}`, it will be computed again")
