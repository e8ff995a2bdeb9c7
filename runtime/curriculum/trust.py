"""How far shares that were fitted can be trusted: what the fit says of proxies that it was not shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from currc.runtime.curriculum.agreement import spearman

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from currc.runtime.curriculum.search import Sampled

    Floats = NDArray[np.float64]

PARTS = 8
"""Parts that proxies are dealt into; each is left out once."""


class Fitted(NamedTuple):
    """Shares that a fit found, and what speaks for them."""

    shares: Floats
    """float64 [K], sums to 1."""
    loss: float
    """The predicted mean validation loss at these shares."""
    known: float
    """The predicted loss at the shares that they are compared with."""
    error: float
    """Root mean square error over the proxies that the fit was not shown."""
    span: float
    """Standard deviation of the proxies' own losses: an error as large means that nothing is predicted."""
    correlation: float
    """Rank correlation of predicted and real losses of those proxies, in [-1, 1]; NaN where all are equal."""
    spread: Floats
    """Standard error of each share, by leaving out each part (jackknife); float64 [K]."""


def fitted(
    search: Sampled,
    mixes: Floats,
    losses: Floats,
    compared: Floats,
    chance: Callable[[], np.random.Generator],
) -> Fitted:
    """The best shares by all proxies, and by all but each part of them.

    Args:
        search: How losses are predicted.
        mixes: Shares of each proxy; float64 [n, K].
        losses: Validation losses of each; float64 [n, K].
        compared: Shares to compare with; float64 [K].
        chance: A fresh generator of the same stream at each call, so that all parts see the same draws.
    """
    count, tasks = mixes.shape
    real = losses.mean(axis=1)
    parts = np.array_split(np.arange(count), min(PARTS, count))
    unseen, others = np.zeros(count), []
    for part in parts:
        rest = np.setdiff1d(np.arange(count), part)
        predicted = search.fit(mixes[rest], losses[rest])
        unseen[part] = predicted(mixes[part])
        others.append(search.best(predicted, tasks, chance()))
    predicted = search.fit(mixes, losses)
    shares = search.best(predicted, tasks, chance())
    away = np.array(others) - np.mean(others, axis=0)
    return Fitted(
        shares=shares,
        loss=float(predicted(shares[None])[0]),
        known=float(predicted(compared[None])[0]),
        error=float(np.sqrt(np.mean((unseen - real) ** 2))),
        span=float(real.std()),
        correlation=float(spearman([unseen, real])[0, 1]),
        spread=np.sqrt((len(parts) - 1) / len(parts) * (away**2).sum(axis=0)),
    )
