"""Rates that go where the loss is, as a bandit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from currc.runtime.component import parameter
from currc.runtime.curriculum.adaptive import Seen, Started
from currc.runtime.curriculum.balancing import MixState

if TYPE_CHECKING:
    from currc.runtime.curriculum.adaptive import Floats, Memory


class Odm(Started):
    """Draws tasks with a high training loss more often; Exp3 with a falling rate of exploration.

        R[i] += (loss[i] / 10) / rate[i]                  of each task in the step
        eps = min(1 / K, sqrt(ln K / (K step)))
        rate[i] = (1 - K eps) * softmax(eps before * R)[i] + eps

    The exponent takes the eps of the update before, 1 / K at the first, and rewards are
    divided by 10: both as in the authors' code, and both change the rates. `step` counts
    from the beginning of training. Until `warmup` the rates are those of `begin`, and no
    reward is counted. With `every` above 1 only the loss of each `every`-th step is looked at.

    Costs nothing: the losses are there already. A high loss may also mean noise, which
    this rule cannot tell from what is still to be learnt.

    Source: Albalak et al. 2023, algorithm 1 (arXiv:2312.02406), and
    alon-albalak/online-data-mixing, `Exp3WeightUpdater.group_update`.
    """

    warmup: float = parameter(
        0.02, description="share of the limit before the first change", unit="share", ge=0.0, le=1.0
    )
    every: int = parameter(1, description="steps between two changes", unit="steps", ge=1)

    def start(self, state: MixState) -> Memory:
        """Rewards `reward`, float64 [K], and the last `eps`, float64 [1]."""
        import numpy as np

        tasks = len(state.tasks)
        return {
            "weights": self.opening(state),
            "reward": np.zeros(tasks),
            "eps": np.array([1.0 / tasks]),
        }

    def learn(self, memory: Memory, seen: Seen) -> bool:
        """Count the rewards of one step, and weigh anew."""
        import numpy as np

        if seen.progress <= self.warmup or seen.step % self.every:
            return False
        drawn = seen.rows > 0
        memory["reward"][drawn] += seen.losses[drawn] / 10.0 / seen.rates[drawn]
        before = float(memory["eps"][0])
        eps = epsilon(len(drawn), seen.step)
        memory["eps"][0] = eps
        heat: Floats = np.exp(before * (memory["reward"] - memory["reward"].max()))
        memory["weights"] = (1.0 - len(drawn) * eps) * heat / heat.sum() + eps
        return True


def epsilon(tasks: int, step: int) -> float:
    """The share that every task is explored with: min(1 / K, sqrt(ln K / (K step)))."""
    from math import log, sqrt

    return min(1.0 / tasks, sqrt(log(tasks) / (tasks * step)))
