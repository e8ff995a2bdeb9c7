"""`retire`: the rows of a task that leave the pool before anything trains, and those that stay."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from currc.compiler.graph import Node
from currc.runtime.data.tokens import TokenRows
from currc.runtime.engine.context import Context
from currc.runtime.engine.retired import demand_labels, demand_leaving, noisy_of
from currc.runtime.engine.store import Store

STAYS = "stays.npy"
"""The rows that stay, ascending; int64."""

Array = np.ndarray[Any, np.dtype[Any]]


def run(node: Node, context: Context) -> None:
    """Write which rows stay, and say how many leave.

    Raises:
        DataError: No row leaves, or all rows of a label would.
    """
    task = node.parameters["task"]
    rows = TokenRows.open(context.input("tokens") / "train")
    doubt = np.load(context.input("score") / f"{task}.npy")
    noisy = noisy_of(node.parameters["retire"])
    demand_leaving(noisy, task, len(rows))
    stays = noisy.stays(doubt, rows.keys)
    demand_labels(noisy, task, rows.targets_text, stays)
    np.save(context.folder / STAYS, stays, allow_pickle=False)
    context.note(
        f"{len(rows) - len(stays):,} of {len(rows):,} rows of `{task}` leave: most likely mislabelled"
    )


def stays_of(node: Node, store: Store, task: str) -> Array | None:
    """The rows of a task that stay for a `train` node; `None` where all do."""
    key = node.inputs.get(f"stays:{task}")
    return None if key is None else np.load(store.open(key) / STAYS)


def scores_of(node: Node, context: Context, tasks: Iterable[str]) -> dict[str, Array]:
    """The difficulty of the rows of each task that stay, as a node's inputs have it; float64 [n]."""
    found = {}
    for task in tasks:
        stays = stays_of(node, context.store, task)
        scores = np.load(context.input(f"score:{task}") / f"{task}.npy")
        found[task] = scores if stays is None else scores[stays]
    return found


def that_stay(node: Node, store: Store, tokens: dict[str, TokenRows]) -> dict[str, TokenRows]:
    """The training rows of each task without those that have left."""
    found = {}
    for task, rows in tokens.items():
        stays = stays_of(node, store, task)
        found[task] = rows if stays is None else rows.part(stays)
    return found
