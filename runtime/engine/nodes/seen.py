"""What `proxy` and `look` nodes leave on disk, and how a score reads it back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from currc.compiler.codes import Code
from currc.compiler.graph import Node
from currc.compiler.observers import Log, Observer, Proxy
from currc.runtime.curriculum.seen import Seen, Vectors
from currc.runtime.data import shelf
from currc.runtime.data.dynamics import SEEN, log_digest, read_log
from currc.runtime.data.rows import DataError
from currc.runtime.engine.context import Context

COST = "cost.json"
LOOKED = ("losses", "gold", "margins", "errors")
"""Arrays with one line a look, as in `Seen`."""

Array = np.ndarray[Any, np.dtype[Any]]


def put(folder: Path, task: str, arrays: Mapping[str, Array]) -> None:
    """Write the arrays of one task into an existing folder."""
    for name, array in arrays.items():
        np.save(_file(folder, task, name), array, allow_pickle=False)


def put_cost(folder: Path, flops: float) -> None:
    """Write what the node has cost, as `match = flops` counts it."""
    (folder / COST).write_text(json.dumps({"flops": flops}), encoding="utf-8")


def scoring_flops(node: Node, context: Context) -> float:
    """Floating point operations of all models that a trial's score asks; 0 where they are not charged."""
    roles = [role for role in node.inputs if role.startswith("cost:")]
    return sum(float(json.loads((context.input(role) / COST).read_text())["flops"]) for role in roles)


def logged(node: Node, context: Context, keys: Mapping[str, Sequence[str]]) -> dict[str, Seen]:
    """What earlier trials logged of the rows with these keys, one task after the other, by the log's path.

    Raises:
        DataError: A log cannot be read, is no longer what the node's key was made from, or does not know
            a task, its labels or one of its rows.
    """
    root = Path(context.settings["root"])
    found = {}
    for path, digest in node.parameters.get("logs", {}).items():
        if log_digest(path, root) != digest:
            raise DataError(
                Code.DATA_CHANGED, path, f"`{path}` changed while the run was under way", "run again"
            )
        log = read_log(path, root)
        parts = [
            log.of(task, of_task, shelf.take_labels(context.input(f"tokens:{task}")))
            for task, of_task in keys.items()
        ]
        looked = {name: np.concatenate([np.array(part[name]) for part in parts]).T for name in SEEN}
        unknown = np.full_like(looked["losses"], np.nan)
        size = unknown.shape[1]
        found[path] = Seen(
            **looked, errors=unknown, labels=np.zeros((size, 0)), own=np.full(size, -1, np.int64)
        )
    return found


def seen_by(
    observers: Sequence[Observer],
    context: Context,
    tasks: Sequence[str],
    logs: Mapping[str, Seen] = MappingProxyType({}),
) -> list[tuple[Observer, Seen | Vectors]]:
    """What the models of a score node saw in the rows of the node's tasks, one task after the other."""
    found: list[tuple[Observer, Seen | Vectors]] = []
    for place, observer in enumerate(observers):
        if isinstance(observer, Log):
            found.append((observer, logs[observer.path]))
            continue
        if isinstance(observer, Proxy):
            folders = dict.fromkeys(tasks, context.input(f"seen:{place}"))
        else:
            folders = {task: context.input(f"seen:{place}:{task}") for task in tasks}
        vectors = not isinstance(observer, Proxy) and observer.what == "vectors"
        found.append((observer, _vectors(folders) if vectors else _seen(folders)))
    return found


def _vectors(folders: Mapping[str, Path]) -> Vectors:
    rows, aims = (
        np.concatenate([np.load(_file(folder, task, name)) for task, folder in folders.items()])
        for name in ("rows", "aims")
    )
    return Vectors(rows, aims)


def _seen(folders: Mapping[str, Path]) -> Seen:
    losses = {task: np.load(_file(folder, task, "losses")) for task, folder in folders.items()}
    arrays = {
        name: np.concatenate([_looked(folders[task], task, name, losses[task]) for task in folders], axis=1)
        for name in LOOKED
    }
    labels, own = _labels(folders, {task: one.shape[1] for task, one in losses.items()})
    return Seen(**arrays, labels=labels, own=own)


def _looked(folder: Path, task: str, name: str, like: Array) -> Array:
    """An array of one task; NaN where its kind has none."""
    file = _file(folder, task, name)
    found: Array = np.load(file) if file.exists() else np.full_like(like, np.nan)
    return found


def _labels(folders: Mapping[str, Path], sizes: Mapping[str, int]) -> tuple[Array, Array]:
    """The labels' probabilities [n, labels of all tasks], and the place of each row's own [n]."""
    known = {
        task: np.load(_file(folder, task, "labels"))
        for task, folder in folders.items()
        if _file(folder, task, "labels").exists()
    }
    labels = np.zeros((sum(sizes.values()), sum(one.shape[1] for one in known.values())))
    own = np.full(len(labels), -1, np.int64)
    row = column = 0
    for task, size in sizes.items():
        if task in known:
            width = known[task].shape[1]
            labels[row : row + size, column : column + width] = known[task]
            own[row : row + size] = column + np.load(_file(folders[task], task, "own"))
            column += width
        row += size
    return labels, own


def _file(folder: Path, task: str, name: str) -> Path:
    return folder / f"{task}.{name}.npy"
