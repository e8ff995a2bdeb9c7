"""Small experiments on toy executors, and a driver that runs as a process of its own.

`python lab.py STORE JSON` drives the graph of `trials(**JSON)` and prints each event.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from currc.compiler.graph import Node, WorkGraph
from currc.runtime.engine import events
from currc.runtime.engine.drive import Ended, Rules, drive
from currc.runtime.engine.local import LocalEngine, Setup
from currc.runtime.engine.lock import Locked
from currc.runtime.engine.store import Store

HERE = Path(__file__).parent
SETUP = Setup(preload=(), paths=(str(HERE),))


def trials(count: int = 2, stages: int = 1, **training: Any) -> tuple[WorkGraph, list[str]]:
    """Trials of `stages` trainings in a row and a score each; returns their graph and the scores' keys."""
    rows, gold = (Node("read", name, {"rows": [name]}, {}) for name in ("rows", "gold"))
    nodes, targets = [rows, gold], []
    for seed in range(count):
        inputs = {"rows": rows.key}
        for stage in range(stages):
            train = Node("train", f"trial {seed} stage {stage}", wrong(training, seed), inputs)
            nodes.append(train)
            inputs = {"rows": rows.key, "state": train.key}
        score = Node("evaluate", f"gold of {seed}", {}, {"state": train.key, "rows": gold.key})
        nodes.append(score)
        targets.append(score.key)
    return WorkGraph.of(nodes), targets


def wrong(training: dict[str, Any], seed: int) -> dict[str, Any]:
    """Parameters of one training; a fault strikes trial 0 alone."""
    kept = {key: value for key, value in training.items() if seed == 0 or key not in ("fault", "at")}
    return {"steps": 12, **kept, "seed": seed}


class Heard(list[events.Event]):
    """All events of a run but ticks."""

    def __call__(self, event: events.Event) -> None:
        if not isinstance(event, events.Tick):
            self.append(event)

    def of(self, kind: type[Any]) -> list[Any]:
        return [event for event in self if isinstance(event, kind)]

    def names(self, kind: type[Any]) -> list[str]:
        return [event.node.name for event in self.of(kind)]


def go(
    root: Path,
    graph: WorkGraph,
    targets: Iterable[str],
    listen: Callable[[events.Event], None],
    *,
    workers: int = 2,
    rules: Rules | None = None,
    gates: tuple[str, ...] = (),
    engine: LocalEngine | None = None,
) -> Ended:
    """Drive a graph in this process, with an engine that is warm already or one of its own."""
    root.mkdir(exist_ok=True)
    if engine is None:
        with LocalEngine(root / "server.log", SETUP, workers) as mine:
            return go(root, graph, targets, listen, rules=rules, gates=gates, engine=mine)
    return drive(
        graph,
        list(targets),
        Store(root),
        engine,
        listen,
        executors="sham",
        gates=gates,
        rules=rules or Rules(),
    )


def scores(root: Path, targets: Iterable[str]) -> list[str]:
    """What the trials came to; the state's every byte is in it."""
    store = Store(root)
    return [(store.open(key) / "score.txt").read_text() for key in targets]


def listing(root: Path) -> list[str]:
    """Every file of the store whose name or content may not depend on luck."""
    places = [path for part in ("nodes", "checkpoints") for path in (root / part).rglob("*")]
    return sorted(path.relative_to(root).as_posix() for path in places)


def show(event: events.Event) -> None:
    """Print an event as `Kind node`."""
    node = getattr(event, "node", None)
    numbers = json.dumps(getattr(event, "numbers", {}))
    if not isinstance(event, events.Tick):
        print(type(event).__name__, numbers, node.name if node else "", flush=True)


if __name__ == "__main__":
    experiment = trials(**json.loads(sys.argv[2]))
    try:
        sys.exit(go(Path(sys.argv[1]), *experiment, show).code)
    except Locked as locked:
        sys.exit(f"{locked}")
