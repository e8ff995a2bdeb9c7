"""Row-wise numbers for metrics that are not means over rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def around(value: float, left_out: NDArray[np.float64]) -> NDArray[np.float64]:
    """The value plus each row's centred jackknife influence, float64 [n].

        x_i = value + (n - 1) * (mean(left_out) - left_out_i)

    The mean is `value`, and the variance of the mean of `x` is the jackknife's
    variance of the metric.

    Args:
        value: The metric over all n rows.
        left_out: The metric without row i, float64 [n].

    Source: Efron and Stein 1981; Miller 1974 ("The jackknife: a review").
    """
    influence: NDArray[np.float64] = (len(left_out) - 1) * (left_out.mean() - left_out)
    return value + influence
