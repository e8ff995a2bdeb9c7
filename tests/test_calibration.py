"""The A/A check."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from currc.runtime.judging.calibration import Scored, winners_called
from currc.runtime.judging.tests import Comparison, Paired, Test
from currc.runtime.judging.tests.crossed import Crossed


class Reckless(Test):
    """Calls a winner whenever two means differ."""

    def compare(self, parts: Sequence[Paired], alpha: float) -> Comparison:
        gap = float(parts[0].values.mean())
        return Comparison(gap, gap, gap, float(gap == 0.0), 0.0, 1.0)

    def seeds_needed(self, alpha: float, family: int) -> int:
        return 1


def trials(count: int = 20, rows: int = 60) -> list[Scored]:
    rng = np.random.default_rng(0)
    ability = rng.normal(size=(count, 1)) * 0.05
    right = rng.random((count, rows)) < np.clip(rng.random((1, rows)) + ability, 0, 1)
    return [Scored("t", 1.0, tuple(map(str, range(rows))), right.astype(float))]


def test_splits_of_one_arm_call_few_winners() -> None:
    assert winners_called(trials(), Crossed(), repeats=300) <= 0.06


def test_a_reckless_test_is_caught() -> None:
    assert winners_called(trials(), Reckless(), repeats=100) > 0.8


def test_a_check_can_be_repeated() -> None:
    shares = [winners_called(trials(), Crossed(), alpha=0.5, repeats=100, seed=seed) for seed in (1, 1, 2)]
    assert shares[0] == shares[1] != shares[2]


def test_an_odd_number_of_trials_cannot_be_split() -> None:
    with pytest.raises(ValueError, match="even number"):
        winners_called(trials(count=5), Crossed())
