"""Kriging: a smooth surface through noisy values over mixes, and how far it misses what it was not shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

RANGES = np.geomspace(0.1, 3.0, 8)
"""Distances over which values agree; the largest between two mixes is the square root of 2."""
NOISES = np.geomspace(1e-5, 1.0, 8)
"""Variances of the noise, as multiples of that of the surface."""
AT_ONCE = 4096
"""Mixes that are predicted at once, for memory."""


class Surface(NamedTuple):
    """A linear trend in the shares plus a Gaussian process over their square roots.

        value(r) = r . slope + sum over the proxies i of pull[i] * exp(-|sqrt r - sqrt r_i|**2 / (2 range**2))

    Square roots because a loss falls steeply where a share leaves 0 and hardly where it is large.
    """

    mixes: Floats
    slope: Floats
    pull: Floats
    range: float
    error: float
    """Root mean square of the leave-one-out residuals."""

    def __call__(self, mixes: Floats) -> Floats:
        """The value of each mix; float64 [n]."""
        parts = [mixes[at : at + AT_ONCE] for at in range(0, len(mixes), AT_ONCE)]
        return np.concatenate([self._part(part) for part in parts])

    def _part(self, mixes: Floats) -> Floats:
        near = np.exp(-_squares(mixes, self.mixes) / (2.0 * self.range**2))
        found: Floats = mixes @ self.slope + near @ self.pull
        return found


def surface(mixes: Floats, values: Floats) -> Surface:
    """The surface whose range and noise miss the values least when each is left out in turn.

    Left-out residuals are exact and cost no refit: with A = C^-1 - C^-1 R (R' C^-1 R)^-1 R' C^-1,
    residual i is (A y)[i] / A[i, i]. The trend needs no constant, as shares sum to 1.

    Args:
        mixes: Shares; float64 [n, K], n > K.
        values: float64 [n].

    Source: Rasmussen & Williams 2006, equations 2.41 and 5.10 to 5.12.
    """
    squares = _squares(mixes, mixes)
    best: tuple[float, float, Floats, Floats] | None = None
    for reach in RANGES:
        strengths, vectors = np.linalg.eigh(np.exp(-squares / (2.0 * reach**2)))
        for noise in NOISES:
            inverse = (vectors / (np.maximum(strengths, 0.0) + noise)) @ vectors.T
            pulled = mixes.T @ inverse
            slope_of = np.linalg.pinv(pulled @ mixes) @ pulled
            rest = inverse - inverse @ mixes @ slope_of
            left = rest @ values / np.maximum(np.diag(rest), 1e-300)
            error = float(np.sqrt((left**2).mean()))
            if best is None or error < best[0]:
                best = (error, float(reach), slope_of @ values, rest @ values)
    if best is None:
        raise ValueError("no range and no noise to choose from")
    error, reach, slope, pull = best
    return Surface(mixes, slope, pull, reach, error)


def _squares(left: Floats, right: Floats) -> Floats:
    """Squared distances of the square roots of shares; float64 [n, m]. A line of roots has length 1."""
    found: Floats = np.maximum(2.0 - 2.0 * np.sqrt(left) @ np.sqrt(right).T, 0.0)
    return found
