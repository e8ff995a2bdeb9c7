"""How fast models were trained on this machine before, by what the store keeps of finished trainings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from currc.runtime.engine.local import cores

if TYPE_CHECKING:
    from currc.compiler.graph import Node
    from currc.runtime.engine.store import Store

MOST_JOBS = 200
"""The newest jobs that are looked at: a machine is as fast as it was lately."""


class Timed(NamedTuple):
    """Finished trainings of one base model, together."""

    trainings: int
    flops: float
    seconds: float
    """Of a worker, with its evaluations, while others ran beside it."""
    cores: int
    """As many workers run at once."""


def timed(store: Store, base: str) -> Timed:
    """What the newest trainings of a base model in the store came to; zeros where there are none."""
    flops = seconds = 0.0
    count = 0
    for node in _trained(store, base):
        took = store.cost(node.key).get("seconds", 0.0)
        spent = _spent(store.path(node.key))
        if took and spent:
            count, flops, seconds = count + 1, flops + spent, seconds + took
    return Timed(count, flops, seconds, cores())


def _trained(store: Store, base: str) -> Iterator[Node]:
    """The stages of trials that the newest jobs were asked for."""
    from currc.runtime.engine.worker import Request

    requests = list((store.root / "attempts").glob("*/*/request.json"))
    for file in sorted(requests, key=_age)[:MOST_JOBS]:
        try:
            nodes = Request.read(file).nodes
        except (OSError, ValueError, KeyError, TypeError):
            continue
        for node in nodes:
            if node.kind == "train" and node.parameters["model"]["base"] == base:
                yield node


def _age(file: Path) -> float:
    try:
        return -file.stat().st_mtime
    except OSError:
        return 0.0


def _spent(folder: Path) -> float:
    """The operations of one stage by its cursor, without those of the stages before; 0 without one."""
    from currc.runtime.learning.state import CURSOR

    try:
        cursor = json.loads((folder / CURSOR).read_bytes())
        return float(cursor["flops"] - cursor["at_entry"]["used"]["flops"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0.0
