"""Rates by size up to a limit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from currc.runtime.component import parameter
from currc.runtime.curriculum.balancing import Balancing, MixState

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Capped(Balancing):
    """Draws each task as often as it has rows, but counts at most `limit` of them.

        rate proportional to min(size, limit)

    For a few thousand rows begin with a limit of ten times the smallest task.

    Source: examples-proportional mixing of Raffel et al. 2020 (arXiv:1910.10683);
    seqio.mixing_rate_num_examples.
    """

    example: ClassVar[Mapping[str, Any]] = {"limit": 5000}

    limit: int = parameter(
        description="size above which a task counts no more, in `unit`", unit="count", ge=1
    )

    def weigh(self, state: MixState) -> NDArray[np.float64]:
        """The capped sizes; float64 [K]."""
        import numpy as np

        return np.minimum(self.mass(state), float(self.limit))
