"""Easy to hard again and again, in short windows."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from currc.runtime.component import parameter
from currc.runtime.curriculum.ordering import Strict

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from currc.runtime.curriculum.passes import Turns


class Interleaved(Strict):
    """Goes from easy to hard within every `window` draws of a task, then begins again.

        bucket s = rows of rank n s / window .. n (s + 1) / window
        draw j = a row of bucket j mod window, drawn without replacement within a pass

    The round through the buckets keeps each of them alive; every pass over the n rows sees
    each row once. Buckets differ by one row at most, the larger ones come first.

    Source: the round-robin over buckets of difficulty; ours in this closed form.
    """

    sorts: ClassVar[bool] = True

    window: int = parameter(
        64, description="draws of a task that go once from easy to hard", unit="count", ge=2, le=1_000_000
    )

    def places(self, turns: Turns) -> NDArray[np.float64]:
        """A row of bucket after bucket, each bucket permuted anew in each pass."""
        import numpy as np

        from currc.runtime.curriculum.passes import mixed

        size, number, place = turns.split()
        buckets = np.minimum(size, self.window)
        round_ = np.floor(place / buckets)
        bucket = place - round_ * buckets
        rows = np.floor(size / buckets)
        larger = size - rows * buckets
        start = bucket * rows + np.minimum(bucket, larger)
        inside = mixed(round_, rows + (bucket < larger), turns.keys(number * buckets + bucket))
        found: NDArray[np.float64] = start + inside
        return found
