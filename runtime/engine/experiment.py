"""One experiment on disk: its work graph, its store, and what its finished trials scored."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from currc.compiler import __version__
from currc.compiler.graph import Node, WorkGraph
from currc.compiler.plan import ArmPlan, ModelPlan, Plan, canonical
from currc.compiler.share import Facts, Shared, Trial, share
from currc.runtime.engine import events
from currc.runtime.engine.drive import Ended, drive
from currc.runtime.engine.facts import facts, known_digests
from currc.runtime.engine.local import LocalEngine, Setup
from currc.runtime.engine.nodes import SCORES
from currc.runtime.engine.store import Store

if TYPE_CHECKING:
    from currc.runtime.judging.scores import ArmScores

Listen = Callable[[events.Event], None]
DATA = ("guard", "read")
"""Kinds of nodes that read data and need no model."""


@dataclass(frozen=True, slots=True)
class TrialRecord:
    """What is known of one finished trial, as its evaluate node left it."""

    trial: Trial
    status: str
    """`done`, `diverged`, `out_of_time` or `out_of_memory`."""
    cursor: Mapping[str, Any]
    """The trial's last cursor: totals, evaluations, stage ends, hash of the realised order."""
    scores: Mapping[str, Mapping[str, list[float]]]
    rows: Mapping[str, list[str]]

    @property
    def validation(self) -> float | None:
        """The objective on validation that the kept student had; `None` without validation."""
        read = self.cursor["evaluations"]
        best: float | None = self.cursor["best"]
        return best if best is not None else read[-1]["objective"] if read else None


@dataclass(frozen=True)
class Experiment:
    """A plan with the folder of its spec and the folder that its runs go to."""

    plan: Plan
    name: str
    """The spec's file name without its ending."""
    root: Path
    """The folder of the spec, absolute."""
    runs: Path
    """Where runs and the store lie, absolute."""
    facts: Facts

    @classmethod
    def of(cls, plan: Plan, spec: Path, runs: Path) -> Experiment:
        """The experiment of a spec; reads the digests of its data and models.

        Raises:
            DataError, ModelError, CannotWrite: As `facts`.
        """
        root, runs = spec.resolve().parent, runs.absolute()
        return cls(plan, spec.stem, root, runs, facts(plan, root, runs / ".store"))

    @cached_property
    def shared(self) -> Shared:
        """The work graph."""
        return share(self.plan, self.facts)

    @cached_property
    def store(self) -> Store:
        """Where results lie, shared by all experiments under `runs`."""
        return Store(self.runs / ".store")

    @property
    def folder(self) -> Path:
        """The folder of this plan's run: table, results, winner."""
        return self.runs / self.name / self.plan.hash()[:8]

    def carry_out(
        self,
        listen: Listen,
        *,
        workers: int | None = None,
        only: Callable[[Trial], bool] = lambda trial: True,
        watched: Mapping[str, str] = MappingProxyType({}),
    ) -> Ended:
        """Compute what is missing; arms before controls before references.

        Args:
            listen: Hears every event.
            workers: Jobs at once.
            only: Which trials.
            watched: Nodes that hold the state after a stage, by the key of its `train` node.

        Raises:
            Locked, CannotWrite: As `drive`.
        """
        wanted = [trial for trial in self.shared.trials if only(trial)]
        targets = [trial.scores for trial in wanted]
        return self.compute(
            self.shared.graph,
            targets,
            listen,
            gates=self.gates(wanted),
            workers=workers,
            watched=watched,
        )

    def gates(self, wanted: Sequence[Trial]) -> list[str]:
        """What comes before any training: the gold guard, windows, and scores that ask no model."""
        targets = [trial.scores for trial in wanted]
        missing = {trial.arm for trial in wanted if not self.store.has(trial.scores)}
        windows = [key for arm, key in self.shared.windows.items() if arm in missing]
        needed = self.shared.graph.needed(targets, self.store.has)
        scores = [
            node.key
            for node in needed
            if node.kind == "score" and not any(role.startswith("seen:") for role in node.inputs)
        ]
        return [self.shared.guard, *scores, *windows]

    def export(self, trial: Trial, listen: Listen) -> Path | None:
        """A folder of the store with a trained student in Hugging Face's form; `None` if that failed."""
        scored = self.shared.graph.nodes[trial.scores]
        name = f"{trial.arm} seed {trial.seed} as a folder"
        parameters = {**scored.parameters}
        if self.shared.called:
            parameters["called"] = self.shared.called
        node = Node("export", name, parameters, scored.inputs)
        graph = WorkGraph.of([*self.shared.graph.nodes.values(), node])
        ended = self.compute(graph, [node.key], listen, workers=1)
        return self.store.open(node.key) if ended.code == 0 else None

    def compute(
        self,
        graph: WorkGraph,
        targets: Sequence[str],
        listen: Listen,
        *,
        gates: Sequence[str] = (),
        workers: int | None = None,
        watched: Mapping[str, str] = MappingProxyType({}),
    ) -> Ended:
        """Compute what is missing for some nodes of a graph over the store; `watched` as `TrialLogs` says.

        Raises:
            Locked, CannotWrite: As `drive`.
        """
        settings = {
            "root": str(self.root),
            "cache": str(self.store.root / "models"),
            "known": known_digests(self.store.root),
            "watched": dict(watched),
        }
        models = [arm.model for arm in self.plan.arms] + self._references(graph)
        bases = {canonical(base): base for base in map(_base, models)}
        kinds = {node.kind for node in graph.nodes.values()}
        setup = Setup(
            preload=("torch", "transformers", *map(_executor, sorted(kinds))),
            cold=DATA,
            early=tuple(map(_executor, DATA)),
            warm="currc.runtime.engine.nodes.trial:warm",
            request={**settings, "models": list(bases.values())},
        )
        log = self.store.root / "server.log"
        with LocalEngine(log, setup, workers) as engine:
            return drive(
                graph,
                targets,
                self.store,
                engine,
                listen,
                settings=settings,
                gates=gates,
                command=f"currc run {self.name}",
            )

    def _references(self, graph: WorkGraph) -> list[ModelPlan]:
        """The models that scores ask and whose answers are not there yet."""
        looks = [node for node in graph.nodes.values() if node.kind == "look"]
        return [
            ModelPlan.model_validate(one.parameters["model"]) for one in looks if not self.store.has(one.key)
        ]

    @property
    def judgement(self) -> Node:
        """The node that holds the verdict once every trial is there; its inputs are the gold scores."""
        scores = {f"{trial.arm}/{trial.seed}": trial.scores for trial in self.shared.trials}
        parameters = {"plan": self.plan.model_dump(mode="json"), "currc": __version__}
        return Node("judge", f"verdict of {self.name}", parameters, scores)

    def records(self, arm: str | None = None) -> list[TrialRecord]:
        """The finished trials, of all arms or of one, in the order of the plan; others are left out."""
        return [
            self._record(trial)
            for trial in self.shared.trials
            if arm in (None, trial.arm) and self.store.has(trial.scores)
        ]

    def _record(self, trial: Trial) -> TrialRecord:
        found = json.loads((self.store.open(trial.scores) / SCORES).read_text(encoding="utf-8"))
        names = self.shared.called
        scores, rows = (_called(found[part], names) for part in ("scores", "rows"))
        return TrialRecord(trial, found["status"], _cursor(found["cursor"], names), scores, rows)

    def scores(self, records: Sequence[TrialRecord]) -> list[ArmScores]:
        """Gold scores by arm, for judging."""
        unit = self.plan.budget.match
        return [
            _of_arm(arm, [record for record in records if record.trial.arm == arm.name], unit)
            for arm in self.plan.arms
        ]


OF_TASKS = ("drawn", "weight_sums", "weight_steps", "losses", "first")
"""What of a cursor is held by task."""


def _cursor(found: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """A cursor with the present names of its tasks."""
    now = dict(found) | {key: _called(found[key], names) for key in OF_TASKS}
    if found["at_entry"]:
        now["at_entry"] = {**found["at_entry"], "drawn": _called(found["at_entry"]["drawn"], names)}
    now["stream"] = [[_called(drawn, names), *window] for drawn, *window in found.get("stream", ())]
    now["evaluations"] = [{**one, "scores": _called(one["scores"], names)} for one in found["evaluations"]]
    return now


def _called(values: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Values by the present name of their task, or of the task of their metric, as `route.macro_f1`."""
    found = {}
    for key, value in values.items():
        task, dot, metric = key.partition(".")
        found[names.get(task, task) + dot + metric] = value
    return found


def _executor(kind: str) -> str:
    return f"currc.runtime.engine.nodes.{kind}"


def _base(model: ModelPlan) -> dict[str, Any]:
    return model.model_dump(mode="json", include={"kind", "base", "revision", "init"})


def _stages(cursor: Mapping[str, Any]) -> tuple[tuple[float, str], ...]:
    """The end of each stage: what was used by then, and why, with the numbers."""
    said = (line.partition(": ") for line in cursor["promotions"])
    reasons = [reason.rpartition(" at ")[0] for head, _, reason in said if head.startswith("stage ")]
    return tuple(zip(cursor["ends"], reasons, strict=False))


def _stream(cursor: Mapping[str, Any]) -> tuple[tuple[dict[str, float], float, float], ...]:
    """The log of the stream; empty for a trial in the store that kept none."""
    return tuple((drawn, low, high) for drawn, low, high in cursor.get("stream", ()))


def _of_arm(arm: ArmPlan, records: Sequence[TrialRecord], unit: str) -> ArmScores:
    import numpy as np

    from currc.runtime.judging.scores import Spent, gather

    done = [record for record in records if record.status == "done"]
    trials = {
        record.trial.seed: {
            task: {word: np.array(values) for word, values in of_task.items()}
            for task, of_task in record.scores.items()
        }
        for record in done
    }
    rows = {task: tuple(keys) for task, keys in done[0].rows.items()} if done else {}
    diverged = [record.trial.seed for record in records if record.status == "diverged"]
    spent = {
        record.trial.seed: Spent(
            record.cursor["drawn"], record.cursor[unit], _stages(record.cursor), _stream(record.cursor)
        )
        for record in done
    }
    return gather(arm, trials, rows, diverged, spent)
