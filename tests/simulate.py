"""Experiments without any true difference, and with a known one, drawn many times at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from currc.runtime.judging.tests.crossed import analyse

Array = NDArray[np.float64]
Groups = Sequence[tuple[float, Array]]
"""Weight and differences [repeats, seeds, rows] of each task."""

CHUNK = 250
"""Repeats drawn at a time, so that the arrays stay in the processor's cache."""


@dataclass(frozen=True)
class Noise:
    """Where the noise of the differences comes from: relative standard deviations of their means."""

    seed: float
    row: float
    rest: float

    def scaled(self, seeds: int, rows: int) -> tuple[float, float, float]:
        """Standard deviations of one seed's, one row's and one cell's part.

        The mean of all cells then gets the stated share from each part, whatever the sizes.
        """
        return self.seed * seeds**0.5, self.row * rows**0.5, self.rest * (seeds * rows) ** 0.5


MIXTURES = {
    "seeds": Noise(1, 0, 0.1),
    "rows": Noise(0, 1, 0.1),
    "rest": Noise(0, 0, 1),
    "seeds and rows": Noise(1, 1, 0.1),
    "all": Noise(1, 1, 1),
    "rows and rest": Noise(0, 1, 1),
    "seeds and rest": Noise(1, 0, 1),
    "mostly rows": Noise(0.5, 1, 0.3),
}


def normal(rng: np.random.Generator, repeats: int, seeds: int, rows: int, noise: Noise) -> Array:
    """Differences with mean 0, float64 [repeats, seeds, rows]."""
    seed, row, rest = noise.scaled(seeds, rows)
    return (
        seed * rng.standard_normal((repeats, seeds, 1))
        + row * rng.standard_normal((repeats, 1, rows))
        + rest * rng.standard_normal((repeats, seeds, rows))
    )


def right_or_wrong(
    rng: np.random.Generator,
    repeats: int,
    seeds: int,
    rows: int,
    noise: Noise,
    rates: tuple[float, float] = (0.75, 0.75),
) -> Array:
    """Differences of two arms whose answers are 1 or 0, with mean `rates[0] - rates[1]`.

    An answer is right where ability + seed + row + luck > 0, all normal; rows differ
    in how hard they are for both arms and for each.
    """
    scale = (noise.seed**2 + noise.row**2 + noise.rest**2) ** 0.5
    share = 0.15  # of the latent variance, at most: seeds differ less than rows
    per_seed, per_row = share * noise.seed / scale, noise.row / scale
    shared = rng.standard_normal((repeats, 1, rows))
    spread = (1 + 0.5 + per_seed**2 + per_row**2) ** 0.5

    def arm(rate: float) -> Array:
        latent = (
            ndtri(rate) * spread
            + 0.5**0.5 * shared
            + per_row * rng.standard_normal((repeats, 1, rows))
            + per_seed * rng.standard_normal((repeats, seeds, 1))
        )
        return (rng.random((repeats, seeds, rows)) < ndtr(latent)).astype(float)

    return arm(rates[0]) - arm(rates[1])


def in_chunks(repeats: int, draw: Callable[[int], Groups]) -> Iterator[Groups]:
    """The experiments of `draw`, a few at a time."""
    for done in range(0, repeats, CHUNK):
        yield draw(min(CHUNK, repeats - done))


def refused(groups: Groups, truth: float = 0.0, alpha: float = 0.05) -> NDArray[np.bool_]:
    """Whether the interval of `crossed` misses the true difference, bool [repeats]."""
    found = analyse(groups)
    return np.abs(found.estimate - truth) > stdtrit(found.df, 1 - alpha / 2) * np.sqrt(found.variance)


def refused_by_seeds(groups: Groups, alpha: float = 0.05) -> NDArray[np.bool_]:
    """Whether a t test over the seeds' combined scores calls a winner, bool [repeats]."""
    per_seed = np.sum([weight * d.mean(axis=-1) for weight, d in groups], axis=0)
    seeds = per_seed.shape[-1]
    t = per_seed.mean(axis=-1) / (per_seed.std(axis=-1, ddof=1) / seeds**0.5)
    return 2 * stdtr(seeds - 1, -np.abs(t)) < alpha


def share(
    repeats: int, draw: Callable[[int], Groups], test: Callable[[Groups], NDArray[np.bool_]] = refused
) -> float:
    """Share of the experiments that `test` refuses."""
    return sum(int(test(groups).sum()) for groups in in_chunks(repeats, draw)) / repeats


def most(repeats: int, rate: float = 0.06) -> float:
    """`rate` plus two Monte-Carlo errors."""
    return rate + 2 * (rate * (1 - rate) / repeats) ** 0.5
