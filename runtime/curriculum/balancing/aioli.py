"""Rates by a law of mixing that is fitted while training."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from currc.runtime.component import parameter
from currc.runtime.curriculum.adaptive import Adaptive, Seen
from currc.runtime.curriculum.balancing import MixState

if TYPE_CHECKING:
    from currc.runtime.curriculum.adaptive import Floats, Memory


class Aioli(Adaptive):
    """Draws tasks more often whose share lowers the validation losses most, by a law fitted as it goes.

        W[i, i] = focus, W[i, j] = (1 - focus) / (K - 1)
        D[j, i] = mean fall of the validation loss of j over bursts at the rates of row i of W
        A[j] = solution of W A[j] = D[j]; less its least entry where that is below 0; over its sum
        rate[i] proportional to rate[i] * exp(eta * sum over j of A[j, i])

    `updates` times in the course of the limit, the first after one step, training goes through
    `sweeps` orders by chance of the tasks, with a burst of `burst` steps focused on each;
    nothing of it is undone. Between these the rates stand still. They begin equal. A burst that
    a new stage interrupts is lost.

    Reads validation before the first burst and after each.

    Source: Chen et al. 2024, algorithm 1 (arXiv:2411.05735), and HazyResearch/aioli with its
    normalisation and without its moving average.
    """

    needs: ClassVar[frozenset[str]] = frozenset({"validation", "validation_loss"})

    updates: int = parameter(5, description="how often the law is fitted anew", unit="count", ge=1)
    sweeps: int = parameter(4, description="orders of the tasks that bursts go through", unit="count", ge=1)
    burst: int = parameter(4, description="steps of a burst", unit="steps", ge=1)
    focus: float = parameter(
        0.625, description="share of the task that a burst is about", unit="share", gt=0.0, le=1.0
    )
    eta: float = parameter(0.2, description="how sharply rates follow the law", ge=0.0)

    def start(self, state: MixState) -> Memory:
        """The `rates` between bursts and where the bursts are; see `_begin` and `_go_on`."""
        import numpy as np

        tasks = len(state.tasks)
        return {
            "weights": np.full(tasks, 1.0 / tasks),
            "rates": np.full(tasks, 1.0 / tasks),
            "order": np.zeros(0, np.int64),
            "left": np.zeros(1, np.int64),
            "fitted": np.zeros(1, np.int64),
            "before": np.zeros(tasks),
            "fall": np.zeros((tasks, tasks)),
        }

    def learn(self, memory: Memory, seen: Seen) -> bool:
        """Begin to fit where it is due, end a burst, or stand still."""
        if len(seen.rows) < 2:
            return False
        if not len(memory["order"]):
            return self._begin(memory, seen)
        memory["left"] -= 1
        return memory["left"][0] == 0 and self._go_on(memory, seen)

    def _begin(self, memory: Memory, seen: Seen) -> bool:
        """Draw the `order` of bursts, read the losses `before` them; `left` steps of the first."""
        import numpy as np

        if seen.progress * self.updates < memory["fitted"][0]:
            return False
        tasks = range(len(seen.rows))
        memory["order"] = np.concatenate([seen.chance.permutation(tasks) for _ in range(self.sweeps)])
        memory["before"], memory["fall"] = seen.held_out(), np.zeros((len(tasks), len(tasks)))
        self._focus(memory)
        return True

    def _go_on(self, memory: Memory, seen: Seen) -> bool:
        """Note the `fall` of the losses over a burst; after the last, `rates` by the law `fitted`."""
        now, task = seen.held_out(), int(memory["order"][0])
        memory["fall"][:, task] += (memory["before"] - now) / self.sweeps
        memory["before"], memory["order"] = now, memory["order"][1:].copy()
        if len(memory["order"]):
            self._focus(memory)
            return True
        memory["fitted"] += 1
        memory["rates"] = by_law(memory["rates"], law(memory["fall"], self.focus), self.eta)
        memory["weights"] = memory["rates"].copy()
        return True

    def _focus(self, memory: Memory) -> None:
        memory["left"][0] = self.burst
        memory["weights"] = focused(len(memory["rates"]), self.focus)[memory["order"][0]]


def focused(tasks: int, focus: float) -> Floats:
    """The rates of a burst on each task, by row; float64 [K, K], K >= 2."""
    import numpy as np

    rates = np.full((tasks, tasks), (1.0 - focus) / (tasks - 1))
    np.fill_diagonal(rates, focus)
    return rates


def law(fall: Floats, focus: float) -> Floats:
    """How much a share of each task, by column, lowers the loss of each, by row; float64 [K, K], sums to 1.

    Rates that all bursts have in common (`focus` = 1 / K) tell nothing: then all entries are equal.
    """
    import numpy as np

    tasks = len(fall)
    solved: Floats = fall.copy()
    if abs(focus - 1.0 / tasks) > 1e-9:
        solved = np.linalg.solve(focused(tasks, focus), fall.T).T.astype(np.float64)
    solved = solved - min(float(solved.min()), 0.0)
    total = float(solved.sum())
    return solved / total if total > 0.0 else np.full((tasks, tasks), 1.0 / tasks**2)


def by_law(rates: Floats, effect: Floats, eta: float) -> Floats:
    """The rates after one more fit; float64 [K], sums to 1."""
    import numpy as np

    heat = eta * effect.sum(axis=0)
    weights = rates * np.exp(heat - heat.max())
    result: Floats = weights / weights.sum()
    return result
