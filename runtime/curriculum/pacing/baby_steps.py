"""Opens the rows bucket by bucket."""

from __future__ import annotations

from currc.runtime.component import parameter
from currc.runtime.curriculum.pacing import Pacing, bucket


class BabySteps(Pacing):
    """Opens the rows bucket by bucket; what was opened stays.

        fraction = k / buckets,   k = 1 + floor(buckets * progress), at most buckets

    Buckets are equal shares of the window, and each is the newest for an equal part of
    the time. A bucket that is to last until a metric stands still is a stage of its own,
    with `take` and `promote { plateau = ... }`.

    Source: Spitkovsky, Alshawi and Jurafsky 2010; equal times as in Cirik, Hovy and
    Morency 2016 (arXiv:1611.06204).

    >>> BabySteps(buckets=5).fraction(0.5)
    0.6
    """

    buckets: int = parameter(5, description="parts of the window", unit="count", ge=2, le=10_000)

    def fraction(self, progress: float) -> float:
        """The open share, a multiple of 1 / buckets."""
        return bucket(progress, self.buckets) / self.buckets
