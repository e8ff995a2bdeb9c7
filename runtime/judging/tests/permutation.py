"""`permutation`."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import TYPE_CHECKING

from currc.runtime.judging.tests import Comparison, Paired, Test, required

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

_EXACT = 20
"""Up to so many seeds all sign patterns are counted, about a million."""
_DRAWS = 100_000


class Permutation(Test):
    """Exact sign flips over seeds: if the arms were alike, each seed's difference could as well be negative.

    p is the share of all 2^S sign patterns whose mean is as far from 0 as the one
    observed. The interval holds every difference that the same test does not refuse; its
    ends are means of subsets of the seeds, and its level is at least 1 - alpha. The answer
    holds for new seeds on these gold rows; it says nothing about new rows.

    Assumes nothing about the shape of the noise but symmetry. The smallest p is
    2 / 2^S, so 6 seeds are needed for one arm at 5 %, 8 for a family of four. Above 20 seeds
    100,000 patterns are drawn, always the same ones.

    Source: Fisher 1935 (The design of experiments); the interval: Hartigan 1969 (Using
    subsample values as typical values).
    """

    def compare(self, parts: Sequence[Paired], alpha: float) -> Comparison:
        """The weighted sum of the tasks' mean differences, with its interval of level 1 - alpha."""
        import numpy as np

        d = np.sum([part.weight * part.values.mean(axis=1) for part in required(parts)], axis=0)
        low, high = _interval(d, alpha)
        seeds = len(d)
        se = float(d.std(ddof=1)) / seeds**0.5 if seeds > 1 else inf
        return Comparison(float(d.mean()), low, high, _p_value(d), se, float(seeds - 1))

    def seeds_needed(self, alpha: float, family: int) -> int:
        """The fewest seeds S with family * 2 / 2^S below alpha."""
        seeds = 1
        while family * 2 / 2**seeds >= alpha:
            seeds += 1
        return seeds


def _p_value(d: Array) -> float:
    """Share of the sign patterns whose sum is at least as far from 0; the observed one counts."""
    import numpy as np

    reach = np.abs(d).sum()
    sums = np.abs(_sums(d, -d))
    as_far = int((sums >= abs(d.sum()) - 1e-12 * reach).sum())
    return as_far / len(sums) if len(d) <= _EXACT else (as_far + 1) / (len(sums) + 1)


def _interval(d: Array, alpha: float) -> tuple[float, float]:
    """The j-th smallest and largest mean of a subset of the seeds, j = floor(alpha / 2 * 2^S)."""
    import numpy as np

    sums, counts = _sums(d, np.zeros_like(d)), _sums(np.ones_like(d), np.zeros_like(d))
    means = np.sort(sums[counts > 0] / counts[counts > 0])
    j = int(alpha / 2 * len(sums) + 1e-9)
    return (float(means[j - 1]), float(means[-j])) if j else (-inf, inf)


def _sums(one: Array, other: Array) -> Array:
    """Sums over all ways to take each entry from one or other, float64 [2^S]; above 20 seeds, random ways."""
    import numpy as np

    if len(one) <= _EXACT:
        sums = np.zeros(1)
        for a, b in zip(one, other, strict=True):
            sums = np.concatenate([sums + a, sums + b])
        return sums
    bits = np.random.default_rng(0).integers(0, 2, size=(_DRAWS, len(one)), dtype=np.int8)
    return bits @ one + (1 - bits) @ other
