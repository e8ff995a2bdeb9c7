"""Rates by a graph of which skill helps which, and by what is still to be learnt."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from currc.runtime.component import parameter
from currc.runtime.curriculum.adaptive import Adaptive, Seen, by_help
from currc.runtime.curriculum.balancing import MixState

if TYPE_CHECKING:
    from currc.runtime.curriculum.adaptive import Memory


class SkillIt(Adaptive):
    """Draws tasks more often that help tasks whose validation loss is still high.

        rate[i] proportional to exp(eta * sum over j of A[i, j] * L[j])
        L[j] = sum of the last `window` validation losses of task j, 1 before the first

    A is the graph of skills: how much training on i helps j. Losses are added up, not
    averaged, as in the authors' code, so `eta` goes with `window`. Where `graph` is given,
    its rows and columns are the stage's tasks in alphabetical order; the authors write 1 on
    the diagonal and 0.5 for an edge. Without it, A is learnt after the first step, drawn at
    equal rates: each task is trained alone for `probe` steps, which are undone, and

        A[i, j] = max(0, (loss of j before - loss of j after) / loss of j before)

    Rates change at each evaluation. The authors publish no code that learns the graph; the
    relative fall is ours.

    Source: Chen et al. 2023 (arXiv:2307.14430), and HazyResearch/skill-it.
    """

    needs: ClassVar[frozenset[str]] = frozenset({"validation", "validation_loss"})

    eta: float = parameter(0.2, description="how sharply rates follow the graph", ge=0.0)
    window: int = parameter(3, description="evaluations whose losses are added up", unit="evals", ge=1)
    graph: tuple[tuple[float, ...], ...] = parameter(
        (), description="help of each task, by row, for each, by column; learnt where it is empty"
    )
    probe: int = parameter(20, description="steps on each task alone to learn the graph", unit="steps", ge=1)

    def agree(self) -> None:
        """Refuse a graph that is not square."""
        if any(len(row) != len(self.graph) for row in self.graph):
            raise ValueError(f"`graph` has {len(self.graph)} rows, and not as many numbers in each")

    def start(self, state: MixState) -> Memory:
        """The `graph`, float64 [K, K], NaN until it is learnt; the last `losses`, float64 [.., K]."""
        import numpy as np

        tasks = len(state.tasks)
        graph = np.array(self.graph) if self.graph else np.full((tasks, tasks), np.nan)
        if graph.shape != (tasks, tasks):
            raise ValueError(f"`graph` is for {len(graph)} tasks, and the stage has {tasks}")
        known = by_help(graph, np.ones(tasks), self.eta) if self.graph else np.full(tasks, 1.0 / tasks)
        return {"weights": known, "graph": graph, "losses": np.zeros((0, tasks))}

    def learn(self, memory: Memory, seen: Seen) -> bool:
        """Learn the graph where it is not given; take in an evaluation."""
        import numpy as np

        learnt = bool(np.isnan(memory["graph"]).any())
        if learnt:
            memory["graph"] = seen.graph(self.probe)
        if seen.scores is not None:
            memory["losses"] = np.vstack([memory["losses"], seen.held_out()])[-self.window :]
        elif not learnt:
            return False
        lost = memory["losses"].sum(axis=0) if len(memory["losses"]) else np.ones(len(seen.rows))
        memory["weights"] = by_help(memory["graph"], lost, self.eta)
        return True
