"""Rows of like length together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from currc.runtime.component import parameter
from currc.runtime.curriculum.ordering import Ordering

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from currc.runtime.curriculum.passes import Turns


class LengthBuckets(Ordering):
    """Draws rows of like length one after the other, the buckets of them in seeded random order.

        bucket = `size` rows of a task that are neighbours in length; a bucket is drawn to its end
        in random order, then another comes; each pass sees each row once

    Meant for speed alone: padding is less. But it is an order, so give it to all arms or to
    none. The rows that fill no bucket come at the end of each pass, from another place each time.
    """

    windowed: ClassVar[bool] = False
    paced: ClassVar[bool] = False
    strict: ClassVar[bool] = True

    size: int = parameter(
        16, description="rows of a task that come together", unit="count", ge=2, le=1_000_000
    )

    @classmethod
    def own_score(cls, parameters: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Tokens of a row."""
        return {"word": "length", "parameters": {"of": "tokens"}}

    def opens(self, low: float, high: float, fraction: float) -> tuple[float, float]:
        """All percentiles, (0, 1)."""
        return 0.0, 1.0

    def places(self, turns: Turns) -> NDArray[np.float64]:
        """Bucket after bucket; the rest, of fewer rows, last."""
        import numpy as np

        from currc.runtime.curriculum.passes import mixed

        size, number, place = turns.split()
        rows = np.minimum(size, self.size)
        full = np.floor(size / rows)
        rest = size - full * rows
        step = np.floor(place / rows)
        of_pass = turns.keys(number, apart=True)
        # Before which of the buckets the rest lies among the ranks: another in each pass.
        gap = np.floor(of_pass[1] * 2.0**-32 * (full + 1.0))
        bucket = mixed(np.minimum(step, full - 1.0), full, of_pass)
        start = np.where(step < full, bucket * rows + rest * (bucket >= gap), gap * rows)
        own = turns.keys(number * (full + 1.0) + np.where(step < full, bucket, full))
        return start + mixed(place - step * rows, np.where(step < full, rows, rest), own)
