"""How small a difference an experiment can see, before and after training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

POWER = 0.8
"""Probability with which a difference of the detectable size is found."""


class Doubt(NamedTuple):
    """How sure an estimate is."""

    se: float
    """Standard error, in the metric's unit."""
    df: float
    """Degrees of freedom of `se`."""


@dataclass(frozen=True, slots=True)
class Assumed:
    """What is taken for granted before training about two arms that are alike on average.

    In the units of a [0, 1] metric whose per-row scores are 0 or 1.
    """

    disagreement: float = 0.15
    """Share of the gold rows that the two arms judge differently under one seed."""
    steady: float = 0.5
    """Part of that disagreement that is the same under every seed."""
    seed_sd: float = 0.01
    """Standard deviation over seeds of the difference of the arms' combined score."""

    def __str__(self) -> str:
        return (
            f"assuming that two arms differ on {self.disagreement:.0%} of the gold rows, "
            f"{self.steady:.0%} of that under every seed alike, and by ±{self.seed_sd:.1%} from seed to seed"
        )


def detectable(doubt: Doubt, alpha: float, family: int = 1) -> float | None:
    """Smallest true difference that is found with probability 0.8.

    Found means: Student's t refuses at alpha / family, which is what Holm asks of the
    first of `family` arms. Exact by the noncentral t; the other tail is neglected.

    Returns:
        A difference in the unit of `se`; `None` where the doubt cannot be measured.

    >>> round(detectable(Doubt(1 / 5**0.5, 4), 0.05), 2), round(detectable(Doubt(1 / 10**0.5, 9), 0.05), 2)
    (1.68, 1.0)
    """
    from math import isfinite

    from scipy.special import nctdtrinc, stdtrit

    if not isfinite(doubt.se) or doubt.df <= 0:
        return None
    critical = stdtrit(doubt.df, 1 - alpha / family / 2)
    return float(nctdtrinc(doubt.df, 1 - POWER, critical)) * doubt.se


def expected_doubt(seeds: int, rows: Sequence[int], assumed: Assumed) -> Doubt | None:
    """Standard error and degrees of freedom that the test `crossed` will find if the assumptions hold.

    Args:
        seeds: Seeds an arm.
        rows: Gold rows of each task; the tasks count alike and share no rows.
        assumed: The variance of the differences and where it comes from.

    Returns:
        `None` with fewer than two seeds or two rows, or without any doubt at all.
    """
    if seeds < 2 or not rows or min(rows) < 2:
        return None
    row = assumed.disagreement * assumed.steady
    rest = assumed.disagreement - row
    scales = [1 / len(rows) ** 2 / (seeds * n) for n in rows]
    of_seeds = assumed.seed_sd**2 / seeds + sum(scale * rest for scale in scales)
    variance = of_seeds + sum(scale * seeds * row for scale in scales)
    spread = of_seeds**2 / (seeds - 1)
    for scale, n in zip(scales, rows, strict=True):
        spread += (scale * (rest + seeds * row)) ** 2 / (n - 1)
        spread += (scale * rest) ** 2 / ((seeds - 1) * (n - 1))
    return Doubt(variance**0.5, variance**2 / spread) if spread else None


def expected_effect(
    seeds: int, rows: Sequence[int], alpha: float, family: int, assumed: Assumed | None = None
) -> float | None:
    """Smallest difference that the planned experiment will likely find; `None` if it can find none.

    The assumption belongs beside the number wherever it is shown: `str(assumed)`.
    """
    doubt = expected_doubt(seeds, rows, assumed or Assumed())
    return detectable(doubt, alpha, family) if doubt else None
