"""How often a test calls a winner where there is none: trials of one arm, split at random."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from currc.runtime.judging.tests import Paired, Test


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """Gold scores of all trials of one arm on one task."""

    task: str
    weight: float
    rows: tuple[str, ...]
    values: NDArray[np.float64]
    """float64 [trials, examples]."""


def winners_called(
    parts: Sequence[Scored], test: Test, *, alpha: float = 0.05, repeats: int = 1000, seed: int = 0
) -> float:
    """Share of random splits of one arm's trials into two arms in which a winner is called.

    An A/A check: half of the trials plays the arm, the other half the control, paired in
    random order. All splits use the same trials and rows, so the shares of repeated checks vary
    more than independent experiments would.

    Args:
        parts: The arm's scores on each task, with an even number of trials.
        test: The test to check.
        alpha: Its level.
        repeats: Number of splits.
        seed: Of the splits.

    Raises:
        ValueError: The number of trials is odd or differs between tasks.
    """
    trials = {len(part.values) for part in parts}
    if len(trials) != 1 or (count := trials.pop()) % 2:
        raise ValueError("every task needs the same even number of trials")
    rng = np.random.default_rng(seed)
    called = 0
    for _ in range(repeats):
        one, other = np.split(rng.permutation(count), 2)
        pairs = [
            Paired(part.task, part.weight, part.rows, part.values[one] - part.values[other]) for part in parts
        ]
        called += test.compare(pairs, alpha).p < alpha
    return called / repeats
