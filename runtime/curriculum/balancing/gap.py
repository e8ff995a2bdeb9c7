"""Rates that go where most is left to gain."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from currc.runtime.curriculum.adaptive import Seen, Started
from currc.runtime.curriculum.balancing import MixState

if TYPE_CHECKING:
    from currc.runtime.curriculum.adaptive import Floats, Memory


class Gap(Started):
    """Draws tasks more often that lag behind what the model reaches on them alone.

        rate[i] proportional to max(1 / (10 K), goal[i] - score[i])

    The goal is the validation score of the `single_task` reference with the same seed, where
    the plan trains one and it does not depend on this arm itself; else the best value of the
    metric. Gold is never looked at. A task beyond its goal keeps the least share.

    Rates change at each evaluation.

    Source: dynamic sampling of Gottumukkala et al. 2020 (ACL 2020, "Dynamic Sampling Strategies
    for Multi-Task Reading Comprehension").
    """

    needs: ClassVar[frozenset[str]] = frozenset({"validation", "goals"})

    def start(self, state: MixState) -> Memory:
        """Nothing but the weights."""
        return {"weights": self.opening(state)}

    def learn(self, memory: Memory, seen: Seen) -> bool:
        """Take in an evaluation."""
        if seen.scores is None:
            return False
        memory["weights"] = by_gap(seen.goals, seen.scores)
        return True


def by_gap(goals: Floats, scores: Floats) -> Floats:
    """What each task lacks, at least 1 / (10 K); float64 [K]."""
    import numpy as np

    gaps: Floats = np.maximum(goals - scores, 1.0 / (10 * len(goals)))
    return gaps
