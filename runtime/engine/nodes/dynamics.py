"""`dynamics`: a stage of a trial, trained as it is, and what it thinks of its rows on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from currc.compiler.graph import Node
from currc.runtime.curriculum.promotion import Measured
from currc.runtime.data.dynamics import SEEN
from currc.runtime.engine.context import Context
from currc.runtime.engine.nodes.proxy import looked_at
from currc.runtime.engine.nodes.train import LOOKED, Stage
from currc.runtime.judging.evaluate import Validation
from currc.runtime.learning.models import Student
from currc.runtime.learning.state import TrialState

Array = np.ndarray[Any, np.dtype[Any]]


def run(node: Node, context: Context) -> None:
    """Write the state after the stage, and what was seen so far; the looks touch nothing of the training.

    The `train` node of the same stage takes the state from here instead of training again.

    Raises:
        Stopped: A signal came; the state is saved.
    """
    stage = Looking.of(node, context)
    state = stage.start()
    if state.cursor.status == "running":
        stage.carry_out(state)
    context.memory["state"] = (node.key, state, stage.seconds())
    state.save(context.folder, moments=not stage.law.last)


@dataclass(slots=True)
class Looking(Stage):
    """A stage that also looks at the training rows of its tasks of kind `classify`, at each evaluation."""

    def memories(self) -> dict[str, dict[str, Any]]:
        """Those of a trial, and what was seen."""
        return self.law.memories() | {LOOKED: {}}

    def validation(self, state: TrialState) -> Any:
        """At each point of the grid the rows are looked at, and validation is read as ever."""
        return _Watcher(self, state, Stage.validation(self, state))


@dataclass(frozen=True, slots=True)
class _Watcher:
    """Stands where a trial has its validation."""

    stage: Looking
    state: TrialState
    validation: Validation

    def read(self, student: Student) -> dict[str, Measured]:
        memory, cursor = self.state.memories[LOOKED], self.state.cursor
        before = memory.get("at", np.zeros((0, 2), np.int64))
        at = np.array([cursor.grid, cursor.steps])
        # A mix that adapts reads validation between the points of the grid, and at one in other states.
        last = before[-1] if len(before) else np.zeros(2, np.int64)
        over = cursor.used(self.stage.law.match) >= self.stage.law.limit
        if at[0] > last[0] or (over and at[1] > last[1]):
            memory["at"] = np.concatenate([before, at[None]])
            self._look(student, memory)
        return self.validation.read(student)

    def _look(self, student: Student, memory: dict[str, Array]) -> None:
        for task, rows in self.stage.tokens.items():
            if rows.kind == "classify":
                found = looked_at(student, rows, np.arange(len(rows)))
                for name in SEEN:
                    before = memory.get(f"{task}/{name}", np.zeros((0, len(rows))))
                    memory[f"{task}/{name}"] = np.concatenate([before, found[name][None]])

    def objective(self, found: Mapping[str, Measured]) -> float:
        return self.validation.objective(found)
