"""Rates that go where a token gains most."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from currc.runtime.component import parameter
from currc.runtime.curriculum.adaptive import Seen, Started
from currc.runtime.curriculum.balancing import MixState

if TYPE_CHECKING:
    from currc.runtime.curriculum.adaptive import Floats, Memory


class MarginalGain(Started):
    """Draws tasks more often whose validation score gains most for the tokens spent on them.

        gain[i] = mean over time of (score now - score before) / 1,000 tokens of the task
        rate[i] proportional to max(1 / (10 K), gain[i] / largest gain) + c sqrt(2 ln t / n[i])

    t is the number of changes so far and n[i] how many of them task i took up, a share of each
    by its draws, so that the n sum to t. The second part is the bonus of an upper confidence
    bound: a task that was hardly drawn is tried again. The mean over time is exponential, with
    the newest gain at `fresh`. Where nothing gains, the bonus alone decides.

    Rates change at every `every`-th evaluation, from the second of them on.

    Source: ours; the bonus is that of UCB1, Auer et al. 2002.
    """

    needs: ClassVar[frozenset[str]] = frozenset({"validation"})

    every: int = parameter(1, description="evaluations between two changes", unit="evals", ge=1)
    c: float = parameter(0.1, description="weight of the bonus for tasks that were hardly drawn", ge=0.0)
    fresh: float = parameter(
        0.5, description="weight of the newest gain in the mean", unit="share", gt=0.0, le=1.0
    )

    def start(self, state: MixState) -> Memory:
        """Last `scores`, mean `gain`, `rows` and `tokens` since, `taken` (n), all [K]; `evals`, [1]."""
        import numpy as np

        tasks = len(state.tasks)
        return {
            "weights": self.opening(state),
            "scores": np.full(tasks, np.nan),
            "gain": np.full(tasks, np.nan),
            "rows": np.zeros(tasks, np.int64),
            "tokens": np.zeros(tasks, np.int64),
            "taken": np.zeros(tasks),
            "evals": np.zeros(1, np.int64),
        }

    def learn(self, memory: Memory, seen: Seen) -> bool:
        """Count the step; at an evaluation, see what the tokens since the last change have gained."""
        import numpy as np

        memory["rows"] += seen.rows
        memory["tokens"] += seen.tokens
        if seen.scores is None:
            return False
        memory["evals"] += 1
        if memory["evals"][0] % self.every:
            return False
        first = bool(np.isnan(memory["scores"]).any())
        gained = (seen.scores - memory["scores"]) / np.maximum(memory["tokens"], 1) * 1000.0
        memory["scores"] = seen.scores.copy()
        if not first:
            spent = memory["tokens"] > 0
            memory["gain"][spent] = running(memory["gain"], gained, self.fresh)[spent]
            memory["taken"] += memory["rows"] / memory["rows"].sum()
            memory["weights"] = by_gain(memory["gain"], memory["taken"], self.c)
        memory["rows"][:], memory["tokens"][:] = 0, 0
        return not first


def running(mean: Floats, new: Floats, fresh: float) -> Floats:
    """The exponential mean after one more value; the value itself where there was none; float64 [K]."""
    import numpy as np

    result: Floats = np.where(np.isnan(mean), new, (1.0 - fresh) * mean + fresh * new)
    return result


def by_gain(gain: Floats, taken: Floats, c: float) -> Floats:
    """Weights by the gain of each task, NaN where nothing was spent yet; float64 [K], above 0."""
    import numpy as np

    tasks, known = len(gain), np.nan_to_num(gain)
    best = known.max()
    part = known / best if best > 0.0 else np.zeros(tasks)
    bonus = np.sqrt(2.0 * np.log(max(taken.sum(), 1.0)) / np.maximum(taken, 1e-3))
    weights: Floats = np.maximum(part, 1.0 / (10 * tasks)) + c * bonus
    return weights
