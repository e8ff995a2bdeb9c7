"""Weights as written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from currc.compiler.validated import Limits
from currc.runtime.component import parameter
from currc.runtime.learning.weighting import Weighting

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from currc.runtime.learning.weighting import Memory


class Fixed(Weighting):
    """Weights by name that never change: `fixed(route = 2, fields = 1)`; others count 1.

        loss = sum over tasks of weight * loss of the task

    A few of these trace the front that dynamic rules have to beat.

    Source: Xin et al. 2022 (arXiv:2209.11379).
    """

    open_keywords: ClassVar[str | None] = "by_task"
    example: ClassVar[Mapping[str, Any]] = {"by_task": {"route": 2.0, "fields": 1.0}}

    by_task: dict[str, Annotated[float, Limits(ge=0.0, allow_inf_nan=False)]] = parameter(
        description="weight of each task, by its name", min_length=1
    )

    def start(self, tasks: Sequence[str]) -> Memory:
        """`weights`: float64 [K]."""
        import numpy as np

        return {"weights": np.array([self.by_task.get(task, 1.0) for task in tasks])}

    def weights(
        self, losses: NDArray[np.float64], memory: Memory, stream: np.random.Generator
    ) -> NDArray[np.float64]:
        """The weights as written; float64 [K]."""
        return memory["weights"].copy()
