"""The number that is decided on, and how it moves with each task's metric."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

Kind = Literal["mean", "worst", "geometric_mean"]


def level(kind: Kind, means: Array) -> float:
    """The objective of the tasks' mean scores, float64 [K], already turned so that more is better.

    Raises:
        ValueError: A geometric mean of a negative score.
    """
    import numpy as np

    if kind == "mean":
        return float(means.mean())
    if kind == "worst":
        return float(means.min())
    if (means < 0).any():
        raise ValueError("a geometric mean needs scores that are not negative")
    return float(np.exp(np.log(means).mean())) if means.all() else 0.0


def slopes(kind: Kind, means: Array) -> Array | None:
    """How fast the objective grows with each task's mean, float64 [K].

    1/K for the mean; 1 for the lowest task and 0 for the others (the first of several
    equally low ones); G / (K m_k) for the geometric mean G, which has none (`None`)
    where a mean is 0.
    """
    import numpy as np

    if kind == "mean":
        return np.full(len(means), 1 / len(means))
    if kind == "worst":
        lowest: Array = np.eye(len(means))[means.argmin()]
        return lowest
    if not means.all():
        return None
    rising: Array = np.divide(level(kind, means) / len(means), means)
    return rising
