"""Rates that go where a step gains most, as a bandit that forgets."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from currc.runtime.component import Cost, parameter
from currc.runtime.curriculum.adaptive import Adaptive, Seen
from currc.runtime.curriculum.balancing import MixState

if TYPE_CHECKING:
    from currc.runtime.curriculum.adaptive import Floats, Memory


class Exp3s(Adaptive):
    """Draws tasks more often whose loss a step on them lowers most; Exp3.S on learning progress.

        gain[i] = (loss before - loss after) / mean tokens of a row      on the same rows
        r[i] = gain[i] mapped to [-1, 1] between the 20th and 80th percentile of all gains
        x[i] = w[i] + eta * (r[i] * rows[i] / rows + beta) / rate[i]
        w[i] = log((1 - a) exp x[i] + a / (K - 1) * sum over j != i of exp x[j]),   a = 1 / t
        rate[i] = (1 - eps) * softmax(w)[i] + eps / K

    The mixing in of other arms lets the best task change while training goes on. The clock
    t starts at 2: at t = 1 all weight would leave the task just rewarded. Begins at equal
    rates. The paper draws one task a step; here a step draws each of its rows from some task,
    so the estimate of the gain is the mean over the rows, with the same expectation. What a
    step gains on one task, its rows of other tasks had a part in.

    Costs one more forward pass a step. Gains are remembered in a fair sample of `memory`.

    Source: Graves et al. 2017, sections 3 and 4 (arXiv:1704.03003), prediction gain.
    """

    eta: float = parameter(0.001, description="step size", gt=0.0)
    eps: float = parameter(0.05, description="share that is spread equally", unit="share", ge=0.0, le=1.0)
    beta: float = parameter(0.0, description="bias of the estimated rewards", ge=0.0)
    memory: int = parameter(1000, description="gains that percentiles are taken over", unit="count", ge=2)
    every: int = parameter(1, description="steps between two changes", unit="steps", ge=1)

    needs: ClassVar[frozenset[str]] = frozenset({"loss_after"})

    def cost(self, tasks: int) -> Cost:
        """One forward pass over the rows of each step that is looked at."""
        return Cost(forwards=1.0 / self.every)

    def start(self, state: MixState) -> Memory:
        """Log weights `w`, float64 [K]; a sample of `gains`; how many `updates` and gains were `met`, [1]."""
        import numpy as np

        tasks = len(state.tasks)
        return {
            "weights": np.full(tasks, 1.0 / tasks),
            "w": np.zeros(tasks),
            "gains": np.zeros(0),
            "updates": np.zeros(1, np.int64),
            "met": np.zeros(1, np.int64),
        }

    def learn(self, memory: Memory, seen: Seen) -> bool:
        """Reward the tasks of one step by their gain."""
        import numpy as np

        if seen.step % self.every or len(seen.rows) < 2:
            return False
        drawn = np.flatnonzero(seen.rows)
        gains = (seen.losses - seen.after())[drawn] * seen.rows[drawn] / seen.tokens[drawn]
        self._remember(memory, gains, seen)
        reward = np.zeros(len(seen.rows))
        reward[drawn] = scaled(gains, memory["gains"]) * seen.rows[drawn] / seen.rows.sum()
        memory["updates"] += 1
        estimate = (reward + self.beta) / seen.rates
        memory["w"] = moved(memory["w"], self.eta * estimate, int(memory["updates"][0]) + 1)
        memory["weights"] = policy(memory["w"], self.eps)
        return True

    def _remember(self, memory: Memory, gains: Floats, seen: Seen) -> None:
        """Keep a fair sample of all gains so far (Vitter 1985, algorithm R)."""
        import numpy as np

        for gain in gains.tolist():
            memory["met"] += 1
            if len(memory["gains"]) < self.memory:
                memory["gains"] = np.append(memory["gains"], gain)
            elif (place := int(seen.chance.integers(int(memory["met"][0])))) < self.memory:
                memory["gains"][place] = gain


def scaled(gains: Floats, history: Floats) -> Floats:
    """Gains mapped to [-1, 1] between the 20th and the 80th percentile of a history; float64 [n]."""
    import numpy as np

    low, high = np.quantile(history, [0.2, 0.8])
    if high <= low:
        return np.zeros(len(gains))
    result: Floats = np.clip(2.0 * (gains - low) / (high - low) - 1.0, -1.0, 1.0)
    return result


def moved(w: Floats, reward: Floats, clock: int) -> Floats:
    """The log weights after a reward, at time `clock` >= 2; float64 [K], K >= 2."""
    import numpy as np

    x, a = w + reward, 1.0 / clock
    heat = np.exp(x - x.max())
    others = heat.sum() - heat
    result: Floats = x.max() + np.log((1.0 - a) * heat + a / (len(w) - 1) * others)
    return result


def policy(w: Floats, eps: float) -> Floats:
    """(1 - eps) softmax(w) + eps / K; float64 [K]."""
    import numpy as np

    heat = np.exp(w - w.max())
    result: Floats = (1.0 - eps) * heat / heat.sum() + eps / len(w)
    return result
