"""Mixes: the share of each task in the drawn rows."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from currc.compiler.record import Record, replaced
from currc.runtime.component import Component, parameter

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class MixState(Record, eq=False):
    """What a mix may look at when a stage of K tasks begins."""

    tasks: tuple[str, ...]
    """The stage's tasks, in the order of all arrays here."""
    sizes: NDArray[np.int64]
    """Training rows of each task, at least 1; int64 [K]."""
    tokens: NDArray[np.float64]
    """Mean input tokens of a row of each task; float64 [K]."""
    units: NDArray[np.float64]
    """Mean units of the budget's limit that a row of each task uses; float64 [K]. Ones where
    the limit counts rows or steps, `tokens` where it counts tokens."""
    budget: float
    """The arm's whole limit, in units of `units`: rows for a limit in steps, which is steps x batch."""
    drawn: NDArray[np.int64]
    """Rows of each task drawn in earlier stages; int64 [K]."""
    before: NDArray[np.float64] | None = None
    """The mean rate of each task in the stage before, NaN where that had no such task; float64 [K].
    `None` in the first stage."""

    def of(self, tasks: Sequence[str]) -> MixState:
        """The same for some of the tasks."""
        chosen = [self.tasks.index(task) for task in tasks]
        return replaced(
            self,
            tasks=tuple(tasks),
            sizes=self.sizes[chosen],
            tokens=self.tokens[chosen],
            units=self.units[chosen],
            drawn=self.drawn[chosen],
            before=None if self.before is None else self.before[chosen],
        )


class Balancing(Component):
    """Says how often each task is drawn.

    `weigh` gives each task's weight; `rates` makes shares of them, keeps each
    between `floor` and `cap`, and turns shares of tokens into shares of rows.
    """

    unit: Literal["examples", "tokens"] = parameter(
        "examples", description="what sizes, rates and limits are counted in", unit="word"
    )
    floor: float = parameter(0.0, description="smallest share a task may have", unit="share", ge=0.0, le=1.0)
    cap: float = parameter(1.0, description="largest share a task may have", unit="share", gt=0.0, le=1.0)

    @abstractmethod
    def weigh(self, state: MixState) -> NDArray[np.float64]:
        """The weight of each task in `unit`, finite, >= 0, not all 0; float64 [K]."""

    def rates(self, state: MixState) -> NDArray[np.float64]:
        """The share of each task in the drawn rows; float64 [K], >= 0, sums to 1."""
        return self.shared(self.weigh(state), state)

    def shared(self, weights: NDArray[np.float64], state: MixState) -> NDArray[np.float64]:
        """The rates that those weights mean, within the bounds; float64 [K], >= 0, sums to 1."""
        shares = bounded(weights, self.floor, self.cap)
        rows = shares / state.tokens if self.unit == "tokens" else shares
        result: NDArray[np.float64] = rows / rows.sum()
        return result

    def mass(self, state: MixState) -> NDArray[np.float64]:
        """The size of each task in `unit`; float64 [K]."""
        import numpy as np

        sizes: NDArray[np.float64] = state.sizes.astype(np.float64)
        return sizes * state.tokens if self.unit == "tokens" else sizes


def bounded(weights: NDArray[np.float64], floor: float, cap: float) -> NDArray[np.float64]:
    """Shares proportional to `weights`, but each in [floor, cap]; float64 [K], sums to 1.

    A floor above 1/K is read as 1/K, and a cap below it too: no shares could obey them.
    A weight of 0 stays at the floor; where all others meet the cap, the cap gives way.
    """
    import numpy as np

    shares: NDArray[np.float64] = weights / weights.sum()
    low, high = min(floor, 1.0 / len(weights)), max(cap, 1.0 / len(weights))
    if shares.min() >= low and shares.max() <= high:
        return shares

    # sum(clip(s * scale)) grows with the scale and bends where a task meets a bound:
    # the scale that makes it 1 lies between two bends, where the sum is a straight line.
    drawn = shares > 0.0
    bends = np.unique(np.concatenate([low / shares[drawn], high / shares[drawn]]))
    sums = np.clip(bends[:, None] * shares, low, high).sum(axis=1)
    scale = np.interp(1.0, sums, bends)
    clipped: NDArray[np.float64] = np.clip(scale * shares, low, high)
    clipped /= clipped.sum()
    return clipped


def expected_epochs(rates: NDArray[np.float64], state: MixState, share: float = 1.0) -> NDArray[np.float64]:
    """How often each task's rows are repeated over `share` of the arm's limit; float64 [K], in passes.

    epochs = draws * rate / size,   draws = share * budget / mean units of a drawn row
    """
    draws = share * state.budget / float(rates @ state.units)
    epochs: NDArray[np.float64] = draws * rates / state.sizes
    return epochs
