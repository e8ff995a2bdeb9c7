"""The order's control: the same windows over rows sorted by chance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from currc.runtime.curriculum.ordering import Ordering, opened


class RandomOrder(Ordering):
    """Opens the rows like `easy_first`, but in a seeded random order.

        window = low .. low + (high - low) * fraction,   percentiles of the score `random`

    The mandatory control of a curriculum: the pool grows in the same way, so a
    gain over it is due to the order and not to the smaller pool.

    Source: Wu, Dyer and Neyshabur 2021 (arXiv:2012.03107).
    """

    @classmethod
    def own_score(cls, parameters: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Chance."""
        return {"word": "random", "parameters": {}}

    def opens(self, low: float, high: float, fraction: float) -> tuple[float, float]:
        """The window of `easy_first`."""
        return opened(low, high, fraction)
