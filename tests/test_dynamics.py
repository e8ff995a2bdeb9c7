"""Dynamics that a trial logs, and scores that are read from them: nothing of the training changes."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import test_trials
from carried_out import PROGRAM, carried_out
from specs import plan_of
from test_proxies import only_labels
from test_trials import SPEC, STAGED, Line, files, material

from currc.compiler.graph import WorkGraph
from currc.compiler.record import replaced
from currc.compiler.share import Facts
from currc.runtime.data.dynamics import SEEN, log_digest, read_log
from currc.runtime.data.rows import DataError
from currc.runtime.data.tokens import TokenRows
from currc.runtime.engine.context import Stopped
from currc.runtime.engine.dynamics_log import dynamics_nodes, log_of
from currc.runtime.engine.nodes import dynamics
from currc.runtime.engine.outlook import look
from currc.runtime.engine.pinned import pins_of
from currc.runtime.learning import loop

FROZEN = STAGED.replace("    max = ", "    freeze = [embeddings, layers(0 .. 0)]\n    max = ", 1)
ADAPTIVE = STAGED.replace("    replay = 20%\n", "").replace("mix = equal", "mix = odm")
ORDERED = only_labels(SPEC).replace("score = length", 'score = SCORE(from_run = "log.jsonl")') + (
    "schedule gentle {\n  by = size\n  order = easy_first\n  pacing = linear(start = 30%, full_at = 80%)\n}\n"
    "\narm easy extends plain {\n  schedule = gentle\n}\n"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return material(tmp_path_factory.mktemp("spec"))


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The steps that were trained, by anything."""
    steps: list[int] = []
    count = loop.count

    def heard(law: Any, state: Any, batches: Any, losses: Any) -> None:
        steps.append(state.cursor.steps)
        count(law, state, batches, losses)

    monkeypatch.setattr(loop, "count", heard)
    monkeypatch.setitem(test_trials.KINDS, "dynamics", dynamics)
    return steps


def watched(line: Line, arm: str) -> list[str]:
    """The keys of what trains an arm with looks, made part of the line."""
    nodes = dynamics_nodes(line.shared.graph, line.trial(arm))
    wider = WorkGraph.of([*line.shared.graph.nodes.values(), *nodes])
    line.shared = replaced(line.shared, graph=wider)
    line.settings["watched"] = dict(zip(line.trial(arm).stages, (node.key for node in nodes), strict=True))
    return [node.key for node in nodes]


def logged(line: Line, arm: str, names: dict[str, str] | None = None) -> str:
    keys = watched(line, arm)
    line.compute(keys[-1])
    return "".join(log_of(line.shared.graph.nodes[keys[-1]], line.store, names or {}))


@pytest.mark.parametrize("text", [STAGED, ADAPTIVE, FROZEN], ids=["replay", "adaptive", "frozen"])
def test_looks_touch_nothing_and_no_trial_is_trained_twice(
    folder: Path, tmp_path: Path, counted: list[int], text: str
) -> None:
    """The trial's own nodes have the bytes of one that nobody looked at, over stages and a stop."""
    blind, line = Line(folder, text, tmp_path / "blind"), Line(folder, text, tmp_path / "store")
    blind.scores("staged")
    assert len(counted) == 12
    keys = watched(line, "staged")
    steps = iter(range(1, 100))
    line.asked = lambda: next(steps) in (2, 8)
    for _ in range(2):
        with pytest.raises(Stopped):
            line.compute(keys[-1])
    line.asked = lambda: False
    line.compute(keys[-1])
    assert len(counted) == 24
    line.scores("staged")
    assert len(counted) == 24
    trial = blind.trial("staged")
    for key in (*trial.stages, trial.scores):
        assert files(line.store.open(key)) == files(blind.store.open(key))


def test_the_log_is_what_the_student_thinks_at_each_evaluation(
    folder: Path, tmp_path: Path, counted: list[int]
) -> None:
    line = Line(folder, STAGED, tmp_path / "store")
    text = logged(line, "staged", {"colour": "hue"})
    (tmp_path / "log.jsonl").write_text(text)
    log = read_log("log.jsonl", tmp_path)
    assert log.steps == (3, 6, 9, 12)
    memory: dict[str, Any] = {}
    line.scores("staged", memory)
    student, cursor = memory["trial"][1], line.cursor(line.trial("staged").stages[-1])
    assert log.flops == cursor["flops"]
    stage = line.shared.graph.nodes[line.trial("staged").stages[-1]]
    rows = TokenRows.open(line.compute(stage.inputs["tokens:colour"]) / "train")
    seen = log.of("hue", rows.keys, ["red", "green", "blue"])
    assert log.of("colour", rows.keys, ["blue", "green", "red"]) == seen
    last = student.look(rows, np.arange(len(rows)))
    np.testing.assert_array_equal(np.array(seen["losses"])[:, -1], last.losses)
    assert np.array(seen["gold"]) == pytest.approx(np.exp(-np.array(seen["losses"])), rel=1e-6)
    right = last.logits.argmax(1) == rows.targets
    assert ((np.array(seen["margins"])[:, -1] > 0) == right).all()
    assert "thing" not in log.tasks  # it has no labels


def made(keys: list[str], looks: int = 3, labels: tuple[str, ...] = ("blue", "green", "red")) -> str:
    """A log of these rows with numbers that each row's place gives it."""
    head = {
        "format": 1,
        "flops": 5e6,
        "steps": list(range(looks)),
        "tasks": {"colour": {"stored": "colour", "labels": labels}},
    }
    rows = [
        {"task": "colour", "key": key, "label": "red"}
        | {
            "losses": [1.0] * looks,
            "gold": [0.5 + 0.01 * (i % 7) * (-1) ** j for j in range(looks)],
            "margins": [(i % 5 - 2.5) * (j + 1) for j in range(looks)],
        }
        for i, key in enumerate(keys)
    ]
    return "".join(f"{json.dumps(line)}\n" for line in [head, *rows])


@pytest.fixture
def project(folder: Path, tmp_path: Path) -> Path:
    """A folder of its own with the rows and the small model."""
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    return tmp_path


EARLY = only_labels(SPEC)[: only_labels(SPEC).index("decide {")]
"""One arm, which is compared with nothing."""


def keys_of(project: Path) -> list[str]:
    seen = look(plan_of(EARLY, project), project, offline=True)
    return [row.key for row in seen.prepared.tasks["colour"].train]


def scored(project: Path, word: str, store: str = "store") -> tuple[str, np.ndarray]:
    """The key of the score's node, and its numbers."""
    line = Line(project, ORDERED.replace("SCORE", word), project / store)
    (key,) = [node.key for node in line.shared.graph.nodes.values() if node.kind == "score"]
    assert not any(node.kind == "proxy" for node in line.shared.graph.nodes.values())
    return key, np.load(line.compute(key) / "colour.npy")


def test_scores_are_read_by_the_rows_keys(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the order of the log, and whatever else it holds, each row has its own numbers."""
    keys = keys_of(project)
    mixed = made([*keys, "another row"]).splitlines(keepends=True)
    (project / "log.jsonl").write_text("".join([mixed[0], *mixed[:0:-1]]))
    monkeypatch.setattr(
        test_trials,
        "Facts",
        lambda *values: Facts(*values, logs={"log.jsonl": log_digest("log.jsonl", project)}),
    )
    place = np.arange(len(keys))
    _, aum = scored(project, "aum")
    assert aum == pytest.approx(-(place % 5 - 2.5) * 2.0)
    assert scored(project, "confidence")[1] == pytest.approx(0.5 - 0.01 * (place % 7) / 3)
    assert scored(project, "variability")[1] == pytest.approx(0.01 * (place % 7) * np.sqrt(8) / 3)
    assert scored(project, "forgetting")[1] == pytest.approx(np.where(place % 5 >= 3, 0.0, 3.0))
    key = scored(project, "aum")[0]
    (project / "log.jsonl").write_text(made(keys))
    assert scored(project, "aum", "anew")[0] != key
    assert pins_of(plan_of(ORDERED.replace("SCORE", "aum"), project), project).data[
        "log.jsonl"
    ] == log_digest("log.jsonl", project)


def test_a_log_that_changes_under_way_is_told(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "log.jsonl").write_text(made(keys_of(project)))
    monkeypatch.setattr(test_trials, "Facts", lambda *values: Facts(*values, logs={"log.jsonl": "another"}))
    with pytest.raises(DataError, match="changed while the run was under way"):
        scored(project, "aum")


def without_a_row(text: str) -> str:
    return "".join(text.splitlines(keepends=True)[:-2])


@pytest.mark.parametrize(
    ("change", "code", "message", "help"),
    [
        (None, "C0401", "there is no file `log.jsonl`", "did you mean `rows.jsonl`?"),
        (lambda text: "", "C0412", "no log of a trial's training", "--log-dynamics"),
        (lambda text: '{"text": "a row"}\n', "C0412", "no log of a trial's training", "--log-dynamics"),
        (
            lambda text: text.replace('"format": 1', '"format": 2'),
            "C0412",
            "format is 2, this version reads 1",
            "--log-dynamics",
        ),
        (lambda text: text[:-40], "C0402", "not JSON", "one whole JSON object"),
        (lambda text: text.replace("[1.0, 1.0, 1.0]", "[1.0, 1.0]"), "C0402", "3 numbers for each", "--log"),
        (lambda text: text.replace("[1.0, 1.0, 1.0]", "[1.0, 1e999, 1]"), "C0402", "3 numbers", "--log"),
        (without_a_row, "C0430", "2 of 51 training rows of `colour` are not among the 49", "these very rows"),
        (
            lambda text: text.replace('["blue", "green", "red"]', '["blue", "green"]'),
            "C0430",
            "has 3 labels and the log 2: it lacks `red`",
            "log a trial with these labels",
        ),
        (
            lambda text: text.replace("colour", "shape"),
            "C0430",
            "it knows no task `colour`, but `shape`",
            "trains the task",
        ),
    ],
)
def test_a_log_that_does_not_fit_is_told_by_the_plan(
    project: Path, change: Any, code: str, message: str, help: str
) -> None:
    if change is not None:
        (project / "log.jsonl").write_text(change(made(keys_of(project))))
    with pytest.raises(DataError, match=message) as told:
        look(plan_of(ORDERED.replace("SCORE", "aum"), project), project, offline=True)
    assert told.value.code.value == code
    assert help in told.value.help
    assert told.value.place.startswith("log.jsonl")


def test_a_folder_names_the_logs_in_it(project: Path) -> None:
    spec = ORDERED.replace("SCORE", "aum").replace("log.jsonl", "runs/early")
    (project / "runs/early/1a2b/dynamics").mkdir(parents=True)
    with pytest.raises(DataError, match="a folder without a trial's log"):
        look(plan_of(spec, project), project, offline=True)
    (project / "runs/early/1a2b/dynamics/plain-0.jsonl").write_text(made(keys_of(project)))
    with pytest.raises(DataError, match="the log of one trial is a file") as told:
        look(plan_of(spec, project), project, offline=True)
    assert told.value.help == "there is runs/early/1a2b/dynamics/plain-0.jsonl"
    several = plan_of(spec.replace("runs/early", "runs/early/1a2b/dynamics/*.jsonl"), project)
    (project / "runs/early/1a2b/dynamics/plain-1.jsonl").write_text(made(keys_of(project)))
    with pytest.raises(DataError, match="stands for 2 files"):
        look(several, project, offline=True)


@pytest.mark.nightly
def test_a_run_is_scored_by_the_dynamics_of_the_one_before(project: Path) -> None:
    """Both by the command: the first logs, the second orders by it and trains no proxy."""
    (project / "early.curr").write_text(EARLY)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, "run", "early.curr", "--log-dynamics"],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (log,) = (project / "runs/early").glob("*/dynamics/plain-0.jsonl")
    (project / "late.curr").write_text(
        ORDERED.replace("SCORE", "aum").replace("log.jsonl", log.relative_to(project).as_posix())
    )
    carried_out(project / "late.curr", project / "runs")
    kinds = [
        json.loads((place / "manifest.json").read_text())["about"]["kind"]
        for place in (project / "runs/.store/nodes").glob("*/*")
    ]
    assert "proxy" not in kinds
    assert sorted(kinds).count("score") == 1
    (node,) = [
        place
        for place in (project / "runs/.store/nodes").glob("*/*")
        if json.loads((place / "manifest.json").read_text())["about"]["kind"] == "score"
    ]
    rows = read_log(log.relative_to(project).as_posix(), project).of(
        "colour", keys_of(project), ["blue", "green", "red"]
    )
    assert np.load(node / "colour.npy") == pytest.approx(-np.mean(rows["margins"], axis=1))
    assert set(rows) == set(SEEN)
