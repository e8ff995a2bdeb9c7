"""The realised order as Arrow: what reached training, draw by draw, over stops and stages."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
import test_trials
from test_trials import STAGED, Line, files, material

from currc.compiler.graph import WorkGraph
from currc.compiler.record import replaced
from currc.runtime.data.rows import MissingExtra
from currc.runtime.engine.context import Stopped
from currc.runtime.engine.nodes import ORDER, order
from currc.runtime.engine.order_log import demand_arrow, joined, order_nodes
from currc.runtime.learning import loop
from currc.runtime.learning.proof import OrderBroken

pa = pytest.importorskip("pyarrow")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return material(tmp_path_factory.mktemp("spec"))


@pytest.fixture
def reached(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, str, int]]:
    """Every row of every batch that a step was made of: step, task, row."""
    found: list[tuple[int, str, int]] = []
    counted = loop.count

    def heard(law: Any, state: Any, batches: Any, losses: Any) -> None:
        step = state.cursor.steps
        found.extend((step, task, row) for task, batch in batches.items() for row in batch.rows.tolist())
        counted(law, state, batches, losses)

    monkeypatch.setattr(loop, "count", heard)
    monkeypatch.setitem(test_trials.KINDS, "order", order)
    return found


def logged(line: Line, arm: str, names: dict[str, str] | None = None) -> list[dict[str, Any]]:
    nodes = order_nodes(line.shared.graph, line.trial(arm))
    wider = WorkGraph.of([*line.shared.graph.nodes.values(), *nodes])
    line.shared = replaced(line.shared, graph=wider)
    content = joined([line.compute(node.key) / ORDER for node in nodes], names or {})
    return pa.ipc.open_file(pa.BufferReader(content)).read_all().to_pylist()


FROZEN = STAGED.replace("    max = ", "    freeze = [embeddings, layers(0 .. 0)]\n    max = ", 1)
ADAPTIVE = STAGED.replace("    replay = 20%\n", "").replace("mix = equal", "mix = odm")
LOOKING = STAGED.replace("score = length", "score = own_loss\n  refresh = every(3 steps)").replace(
    "  order = easy_first", "  order = easy_first\n  retire = mastered(evals = 1, loss = 1.2)"
)


@pytest.mark.parametrize(
    "text", [STAGED, ADAPTIVE, FROZEN, LOOKING], ids=["replay", "adaptive", "frozen", "looking"]
)
def test_the_log_is_what_reached_training_over_a_stop(folder, tmp_path, reached, text):
    line = Line(folder, text, tmp_path / "store")
    steps = iter(range(1, 100))
    line.asked = lambda: next(steps) in (2, 8)
    for _ in range(2):
        with pytest.raises(Stopped):
            line.scores("staged")
    line.asked = lambda: False
    line.scores("staged")
    before = [files(line.store.open(key)) for key in line.trial("staged").stages]
    rows = logged(line, "staged")
    assert [one["position"] for one in rows] == list(range(12 * 4))
    assert [(one["step"], one["task"], one["row"]) for one in rows] == reached
    assert {one["task"] for one in rows} == {"colour", "thing"}
    # A trial that is in the store is told as it is, without a step of training.
    assert len(reached) == 12 * 4
    assert [files(line.store.open(key)) for key in line.trial("staged").stages] == before


def test_tasks_have_their_present_names(folder, tmp_path, reached):
    line = Line(folder, STAGED, tmp_path / "store")
    line.scores("plain")
    assert {one["task"] for one in logged(line, "plain", {"colour": "hue"})} == {"hue", "thing"}


def test_a_trial_whose_hash_is_another_has_no_log(folder, tmp_path, reached, monkeypatch):
    line = Line(folder, STAGED, tmp_path / "store")
    line.scores("plain")
    load = order.Stage.blank

    def other(stage):
        state = load(stage)
        read = state.load

        class Changed:
            def __getattr__(self, name):
                return getattr(state, name)

            def load(self, place):
                read(place)
                state.cursor.order = "f" * 64

        return Changed()

    monkeypatch.setattr(order.Stage, "blank", other)
    with pytest.raises(OrderBroken):
        logged(line, "plain")


def test_without_pyarrow_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtra, match="--log-order") as told:
        demand_arrow()
    assert (told.value.exit_code, told.value.help) == (69, "pip install 'currc[parquet]'")
