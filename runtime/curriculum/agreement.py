"""Whether two lists of numbers put the same things first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from currc.runtime.curriculum.difficulty import percentiles

if TYPE_CHECKING:
    from numpy.typing import NDArray


def spearman(scores: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """The rank correlation of each pair, in [-1, 1]; ties have their mean rank; NaN for a constant."""
    centred = [_centred(one) for one in scores]
    sizes = [float(np.sqrt(one @ one)) for one in centred]
    return np.array(
        [
            [float(a @ b) / (m * n) if m * n > 0 else np.nan for b, n in zip(centred, sizes, strict=True)]
            for a, m in zip(centred, sizes, strict=True)
        ]
    )


def _centred(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean rank of each score, less that of all."""
    # The upper rank of a tie from either side; their difference is the mean rank, whatever the ties.
    ranks = percentiles(scores) - percentiles(-scores)
    centred: NDArray[np.float64] = ranks - ranks.mean()
    return centred
