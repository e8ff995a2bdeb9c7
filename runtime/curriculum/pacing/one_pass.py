"""Goes through the rows bucket by bucket."""

from __future__ import annotations

from currc.runtime.component import parameter
from currc.runtime.curriculum.pacing import Pacing, bucket


class OnePass(Pacing):
    """Goes through the rows bucket by bucket; a bucket closes when the next one opens.

        open = (k - 1) / buckets .. k / buckets,   k = 1 + floor(buckets * progress), at most buckets

    Buckets are equal shares of the window, each open for an equal part of the time. What
    was learnt from the first ones may be forgotten: `baby_steps` keeps them.

    Source: Bengio et al. 2009; named as in Cirik, Hovy and Morency 2016 (arXiv:1611.06204).

    >>> OnePass(buckets=4).closed(0.6), OnePass(buckets=4).fraction(0.6)
    (0.5, 0.75)
    """

    buckets: int = parameter(5, description="parts of the window", unit="count", ge=2, le=10_000)

    def fraction(self, progress: float) -> float:
        """Where the open bucket ends."""
        return bucket(progress, self.buckets) / self.buckets

    def closed(self, progress: float) -> float:
        """Where the open bucket begins."""
        return (bucket(progress, self.buckets) - 1) / self.buckets
