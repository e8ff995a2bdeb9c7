"""How long training took before, told by `plan`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from currc.compiler.graph import Node
from currc.runtime.engine.store import Store
from currc.runtime.engine.timed import timed
from currc.runtime.engine.worker import Request
from currc.runtime.reporting.numbers import rough


def trained(store: Store, stage: int, base: str = "small", *, seconds: float = 2.0) -> Node:
    """A stored stage of a trial whose stages cost 1,000 operations each."""
    node = Node("train", f"stage {stage}", {"model": {"base": base}, "stage": stage}, {})
    cursor = {"flops": 1000.0 * (stage + 1), "at_entry": {"used": {"flops": 1000.0 * stage}}}

    def build(folder: Path) -> None:
        (folder / "cursor.json").write_text(json.dumps(cursor))

    store.publish(node.key, build)
    store.record_cost(node.key, {"seconds": seconds})
    asked = store.attempts(node.key) / "0001"
    asked.mkdir(parents=True)
    request = Request(str(store.root), 1, "nodes", (node,), {})
    (asked / "request.json").write_text(json.dumps(request.as_json()))
    return node


def test_stages_count_what_they_added(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for stage in range(3):
        trained(store, stage)
    trained(store, 0, "large", seconds=50.0)
    assert timed(store, "small")[:3] == (3, 3000.0, 6.0)
    assert timed(store, "large")[:3] == (1, 1000.0, 50.0)
    assert timed(store, "unknown")[:3] == (0, 0.0, 0.0)
    assert timed(Store(tmp_path / "none"), "small").trainings == 0


@pytest.mark.parametrize("lost", ["request", "cost", "node"])
def test_what_cannot_be_read_is_left_out(tmp_path: Path, lost: str) -> None:
    store = Store(tmp_path)
    trained(store, 0)
    gone = trained(store, 1)
    if lost == "request":
        (store.attempts(gone.key) / "0001" / "request.json").write_text("{")
    if lost == "cost":
        (tmp_path / "costs" / gone.key[:2] / f"{gone.key}.json").unlink()
    if lost == "node":
        (store.path(gone.key) / "cursor.json").write_text("[]")
    assert timed(store, "small")[:3] == (1, 1000.0, 2.0)


def test_rough_times() -> None:
    assert [rough(seconds) for seconds in (44.7, 200, 9000)] == ["45 s", "3 min", "2.5 h"]
