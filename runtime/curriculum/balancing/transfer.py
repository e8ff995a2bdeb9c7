"""Rates that go where a step helps the tasks that lag."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from currc.runtime.component import Cost, parameter
from currc.runtime.curriculum.adaptive import Seen, Started, by_help
from currc.runtime.curriculum.balancing import MixState

if TYPE_CHECKING:
    from currc.runtime.curriculum.adaptive import Memory


class Transfer(Started):
    """Draws tasks more often whose steps lower the losses of tasks that lag behind their goals.

        rate[j] proportional to exp(eta * sum over i of A[j, i] * gap[i])
        A[j, i] = mean over time of 1 - loss of i after a step on j / loss of i before
        gap[i] = max(0, goal[i] - score[i])

    Every `every` steps a step on each task alone is tried on fixed rows, and undone; the mean
    over time is exponential, with the newest at `fresh`. The goal is the validation score of
    the `single_task` reference with the same seed, where the plan trains one and it does not
    depend on this arm; else the best value of the metric. Gold is never looked at.

    Rates change at each look, from the first evaluation on. A look costs a step on each
    task's rows and K + 1 forward passes over those of all.

    Source: ours; the affinity is that of Fifty et al. 2021 (arXiv:2109.04617).
    """

    needs: ClassVar[frozenset[str]] = frozenset({"validation", "goals", "affinity"})

    every: int = parameter(10, description="steps between two looks", unit="steps", ge=1)
    eta: float = parameter(100.0, description="how sharply rates follow the help that a task gives", ge=0.0)
    fresh: float = parameter(
        0.3, description="weight of the newest affinity in the mean", unit="share", gt=0.0, le=1.0
    )

    def cost(self, tasks: int) -> Cost:
        """A step on a batch's worth of rows of each task, and K + 1 forward passes over as many of all."""
        part = tasks / self.every
        return Cost(forwards=part * (2 + tasks), backwards=part, floats=3.0)

    def start(self, state: MixState) -> Memory:
        """The mean `affinity`, float64 [K, K], acting task by row; the last `gap`, float64 [K]."""
        import numpy as np

        tasks = len(state.tasks)
        return {
            "weights": self.opening(state),
            "affinity": np.full((tasks, tasks), np.nan),
            "gap": np.full(tasks, np.nan),
        }

    def learn(self, memory: Memory, seen: Seen) -> bool:
        """Look where it is due, and weigh anew once there are scores."""
        import numpy as np

        if seen.scores is not None:
            memory["gap"] = np.maximum(seen.goals - seen.scores, 0.0)
        if seen.step % self.every:
            return False
        old, new = memory["affinity"], seen.affinity()
        memory["affinity"] = np.where(np.isnan(old), new, (1.0 - self.fresh) * old + self.fresh * new)
        if np.isnan(memory["gap"]).any():
            return False
        memory["weights"] = by_help(memory["affinity"], memory["gap"], self.eta)
        return True
