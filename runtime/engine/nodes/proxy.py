"""`proxy`: a training that looks at the training rows, for the scores that are made of what it saw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from currc.compiler.codes import Code
from currc.compiler.graph import Node
from currc.compiler.observers import Proxy
from currc.runtime.curriculum.promotion import Measured
from currc.runtime.curriculum.seen import compared
from currc.runtime.data.rows import DataError
from currc.runtime.data.tokens import TokenRows
from currc.runtime.engine.context import Context, Diverged
from currc.runtime.engine.nodes import seen
from currc.runtime.engine.nodes.train import Stage
from currc.runtime.learning.models import Student
from currc.runtime.learning.state import TrialState
from currc.runtime.streams import key

Array = np.ndarray[Any, np.dtype[Any]]
SEEN = "seen"
"""The memory of what was seen so far; it is saved with the rest of the state."""


def run(node: Node, context: Context) -> None:
    """Write what the training saw of each task's rows, and what it cost.

    Raises:
        DataError: There are fewer rows than parts, or fewer steps than looks.
        Diverged: The training did not come to its end.
        Stopped: A signal came; the state is saved.
    """
    stage = _stage(node, context)
    state = stage.start()
    if state.cursor.status == "running":
        stage.carry_out(state)
    if state.cursor.status not in ("running", "done"):
        why = state.cursor.promotions[-1] if state.cursor.promotions else state.cursor.status
        raise Diverged(f"a model that the score asks did not learn: {why}")
    stage.finish(state)


@dataclass(slots=True)
class Watching(Stage):
    """The training with the rows that it looks at."""

    proxy: Proxy = field(default_factory=Proxy)
    whole: dict[str, TokenRows] = field(default_factory=dict)
    """All training rows, also those that are not trained."""
    places: dict[str, Array] = field(default_factory=dict)
    """The rows that are looked at."""

    def memories(self) -> dict[str, dict[str, Any]]:
        """Those of a trial, and what was seen."""
        return self.law.memories() | {SEEN: {}}

    def validation(self, state: TrialState) -> Any:
        """At each point of the grid the rows are looked at; there is nothing to judge by."""
        return _Watcher(self, state)

    def finish(self, state: TrialState) -> None:
        """Write what was seen, and what the training and its looks have cost."""
        memory = state.memories[SEEN]
        flops = state.cursor.flops
        for task, rows in self.whole.items():
            arrays = {name: memory[f"{task}/{name}"] for name in _names(rows)}
            looks = len(arrays["losses"])
            if looks < self.proxy.looks:
                raise DataError(
                    Code.BAD_SCORE,
                    task,
                    f"a training of {state.cursor.steps} steps is too short for {self.proxy.looks} looks",
                    "ask for fewer `looks`, or raise the limit",
                )
            own = {"own": np.asarray(rows.targets, np.int64)} if rows.kind == "classify" else {}
            seen.put(self.context.folder, task, arrays | own)
            lengths = rows.lengths[self.places[task]]
            # A forward pass is a third of a training step.
            flops += looks * state.student.flops({task: lengths}) / 3 if len(lengths) else 0.0
        seen.put_cost(self.context.folder, flops)


@dataclass(frozen=True, slots=True)
class _Watcher:
    """Stands where a trial has its validation: looks, and says nothing that could steer."""

    stage: Watching
    state: TrialState

    def read(self, student: Student) -> dict[str, Measured]:
        memory = self.state.memories[SEEN]
        for task, rows in self.stage.whole.items():
            for name, found in looked_at(student, rows, self.stage.places[task]).items():
                if name == "labels":  # the last look's alone
                    memory[f"{task}/{name}"] = found
                else:
                    before = memory.get(f"{task}/{name}", np.zeros((0, len(rows))))
                    memory[f"{task}/{name}"] = np.concatenate([before, found[None]])
        return {}

    def objective(self, found: Mapping[str, Measured]) -> float:
        raise ValueError("a proxy is not judged")


def looked_at(student: Student, rows: TokenRows, places: Array) -> dict[str, Array]:
    """What the model thinks of some rows of one task, by the names of `Seen`; NaN for the others."""
    look = student.look(rows, places)
    parts = {"losses": look.losses}
    if look.logits is not None:
        own = np.asarray(rows.targets, np.int64)[places]
        names = ("labels", "gold", "margins", "errors")
        parts |= dict(zip(names, compared(look.logits, own), strict=True))
    found = {}
    for name, part in parts.items():
        found[name] = np.full((len(rows), *part.shape[1:]), np.nan)
        found[name][places] = part
    return found


def dealt(keys: Sequence[str], parts: int) -> Array:
    """The part of each row, from 0; equal parts by chance from the rows' keys, int64 [n]."""
    drawn = np.array([key(0, "parts", name) for name in keys], dtype=np.uint64)
    part = np.empty(len(keys), np.int64)
    part[np.argsort(drawn, kind="stable")] = np.arange(len(keys)) % parts
    return part


def _names(rows: TokenRows) -> tuple[str, ...]:
    return (*seen.LOOKED, "labels") if rows.kind == "classify" else ("losses",)


def _stage(node: Node, context: Context) -> Watching:
    stage = Watching.of(node, context)
    stage.proxy = Proxy.model_validate(node.parameters["proxy"])
    stage.whole = stage.tokens
    stage.tokens, stage.places = {}, {}
    for task, rows in stage.whole.items():
        trained, looked = _split(task, rows, stage.proxy)
        stage.tokens[task] = rows if stage.proxy.trains == "all" else rows.part(trained)
        stage.places[task] = looked
    return stage


def _split(task: str, rows: TokenRows, proxy: Proxy) -> tuple[Array, Array]:
    """The rows that are trained, and those that are looked at; int64."""
    everything = np.arange(len(rows))
    if proxy.trains == "all":
        return everything, everything
    if len(rows) < proxy.parts:
        raise DataError(
            Code.BAD_SCORE,
            task,
            f"task `{task}` has {len(rows)} training rows, too few for {proxy.parts} parts",
            "ask for fewer parts, or give the task more rows",
        )
    mine = dealt(rows.keys, proxy.parts) == proxy.part
    part, rest = everything[mine], everything[~mine]
    return (part, rest) if proxy.trains == "part" else (rest, part)
