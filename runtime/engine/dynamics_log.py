"""What trials thought of their training rows while they learnt them, as files, on demand.

A look cannot be told after the training, as an order can. So `dynamics` nodes train the stages of a trial and
look at the rows on the way, and the `train` nodes take the states from them: what is trained, and under which
keys it lies, is the same with and without a log.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from currc.compiler.graph import Node, WorkGraph
from currc.compiler.share import Trial
from currc.runtime.data import shelf
from currc.runtime.data.dynamics import SEEN, log_lines
from currc.runtime.data.tokens import TokenRows
from currc.runtime.engine import writer

if TYPE_CHECKING:
    import numpy as np

    from currc.runtime.engine.drive import Ended
    from currc.runtime.engine.experiment import Experiment, Listen
    from currc.runtime.engine.store import Store

FOLDER = "dynamics"


def dynamics_nodes(graph: WorkGraph, trial: Trial) -> list[Node]:
    """What trains each stage of a trial with a look at its rows; each goes on from the one before."""
    nodes: list[Node] = []
    for key in trial.stages:
        stage = graph.nodes[key]
        before = {"state": nodes[-1].key} if nodes else {}
        nodes.append(
            Node("dynamics", f"{stage.name}, looked at", stage.parameters, {**stage.inputs, **before})
        )
    return nodes


@dataclass(frozen=True)
class TrialLogs:
    """The trials of an experiment whose dynamics are logged: those of the user's arms."""

    experiment: Experiment
    trials: tuple[Trial, ...]

    @classmethod
    def of(cls, experiment: Experiment, only: Callable[[Trial], bool]) -> TrialLogs:
        """The logs of the trials that are asked for; controls and references have none."""
        arms = {arm.name for arm in experiment.plan.arms if arm.role == "arm"}
        trials = experiment.shared.trials
        return cls(experiment, tuple(one for one in trials if one.arm in arms and only(one)))

    @property
    def watched(self) -> dict[str, str]:
        """By the key of a stage's `train` node that of the node which trains it with looks."""
        graph = self.experiment.shared.graph
        return {
            stage: node.key
            for trial in self.trials
            for stage, node in zip(trial.stages, dynamics_nodes(graph, trial), strict=True)
        }

    def carry_out(self, listen: Listen, *, workers: int | None = None) -> Ended:
        """Train what has not been trained with looks.

        Raises:
            Locked, CannotWrite: As `drive`.
        """
        shared = self.experiment.shared
        nodes = [dynamics_nodes(shared.graph, trial) for trial in self.trials]
        wider = WorkGraph.of([*shared.graph.nodes.values(), *(node for mine in nodes for node in mine)])
        gates = self.experiment.gates(self.trials)
        return self.experiment.compute(
            wider, [mine[-1].key for mine in nodes], listen, gates=gates, workers=workers
        )

    def write(self) -> list[Path]:
        """Write `dynamics/ARM-SEED.jsonl` of every trial that came to its end into the run's folder."""
        experiment, files = self.experiment, []
        place = experiment.folder / FOLDER
        for trial in self.trials:
            last = dynamics_nodes(experiment.shared.graph, trial)[-1]
            if experiment.store.has(last.key):
                content = "".join(log_of(last, experiment.store, experiment.shared.called))
                if content:
                    writer.make_folder(place)
                    files.append(place / f"{trial.arm}-{trial.seed}.jsonl")
                    writer.write_bytes(files[-1], content.encode())
        return files


def log_of(node: Node, store: Store, names: Mapping[str, str]) -> Iterator[str]:
    """The log of a trial by its last stage, under the tasks' present names; none where it was given up."""
    from safetensors import safe_open

    from currc.runtime.engine.nodes.retire import that_stay
    from currc.runtime.engine.nodes.train import LOOKED
    from currc.runtime.learning.state import CURSOR, TENSORS

    folder = store.open(node.key)
    cursor = json.loads((folder / CURSOR).read_text())
    if cursor["status"] != "done":
        return
    with safe_open(folder / TENSORS, framework="numpy") as saved:
        head = f"memory/{LOOKED}/"
        mine = [name for name in saved.keys() if name.startswith(head)]  # noqa: SIM118 - it is no mapping
        looked = {name.removeprefix(head): saved.get_tensor(name) for name in mine}
    tasks = sorted({name.rpartition("/")[0] for name in looked} - {""})
    made = {task: store.open(node.inputs[f"tokens:{task}"]) for task in tasks}
    labels = {names.get(task, task): (task, shelf.take_labels(made[task])) for task in tasks}
    steps = [int(step) for _, step in looked["at"]]

    def rows() -> Iterator[tuple[str, str, str, dict[str, list[float]]]]:
        for task in tasks:
            known = that_stay(node, store, {task: TokenRows.open(made[task] / "train")})[task]
            seen = {name: looked[f"{task}/{name}"] for name in SEEN}
            for place, (key, label) in enumerate(zip(known.keys, known.targets_text, strict=True)):
                yield names.get(task, task), key, label, {name: _column(seen[name], place) for name in SEEN}

    yield from log_lines(cursor["flops"], steps, labels, rows())


def _column(looks: np.ndarray, place: int) -> list[float]:
    found: list[float] = looks[:, place].tolist()
    return found
