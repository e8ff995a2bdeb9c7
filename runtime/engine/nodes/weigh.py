"""`weigh`: a proxy that finds the weights of its tasks while it trains."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from currc.compiler.graph import Node
from currc.compiler.plan import Method
from currc.runtime.curriculum.search import Followed
from currc.runtime.data.tokens import TokenRows
from currc.runtime.engine.context import Context
from currc.runtime.engine.nodes import WEIGHTS
from currc.runtime.engine.nodes.course import component
from currc.runtime.engine.nodes.train import Stage
from currc.runtime.engine.nodes.trial import fresh, load_into
from currc.runtime.learning.loop import Backward
from currc.runtime.learning.weighing import FOUND, ByAlignment, ByExcess, weights_of


def run(node: Node, context: Context) -> None:
    """Write the weights and the state after the training; one that diverged says so in its cursor.

    Raises:
        Stopped: A signal came; the state is saved.
    """
    stage = Weighing.of(node, context)
    state = stage.start()
    if state.cursor.status == "running":
        stage.carry_out(state)
    if "weights" in state.memories[FOUND]:
        np.save(context.folder / WEIGHTS, weights_of(state), allow_pickle=False)
    state.save(context.folder, moments=False)


@dataclass(slots=True)
class Weighing(Stage):
    """The training with its search."""

    def memories(self) -> dict[str, dict[str, np.ndarray]]:
        """Those of a trial, and what was found."""
        return self.law.memories() | {FOUND: {}}

    def backward(self) -> Backward:
        """Gradients by the weights that the search finds."""
        search: Followed = component("search", Method.model_validate(self.node.parameters["search"]))
        if "reference_model" in search.demands():
            reference = fresh(self.node, self.context, self.tasks)
            load_into(reference, self.context.input("reference"))
            return ByExcess(search, reference)
        folders = {name: self.context.input(f"tokens:{name}") / "validation" for name in self.tasks}
        return ByAlignment(search, {name: TokenRows.open(folder) for name, folder in folders.items()})
