"""Easy rows first, by the model's own loss."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from currc.runtime.component import parameter
from currc.runtime.learning.example_weighting import ExampleWeighting

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from currc.runtime.learning.example_weighting import Memory


class SelfPaced(ExampleWeighting):
    """Trains on the rows whose loss lies below a threshold that rises with every pass.

        hard:    weight = 1 where L < threshold, else 0
        linear:  weight = max(0, 1 - L / threshold)
        threshold = (the loss that the share `start_at` of rows has at most) * growth ** passes

    The threshold is a task's own. It is found before the task's first step, from the losses of
    up to 512 of its rows; a pass is as many draws as the task has training rows. Weights
    minimise, for fixed losses, the sum of weight * L - threshold * weight (hard) or of
    weight * L + threshold * (weight ** 2 / 2 - weight) (linear).

    Source: Kumar, Packer and Koller 2010 (NeurIPS 23), hard; Jiang et al. 2014 (NeurIPS 27), linear.
    """

    kind: Literal["hard", "linear"] = parameter("hard", description="in or out, or by degrees", unit="word")
    start_at: float = parameter(0.5, description="rows that count at first", unit="share", gt=0.0, le=1.0)
    growth: float = parameter(1.3, description="factor of the threshold each pass", ge=1.0, le=100.0)

    def start(self, tasks: Sequence[str]) -> Memory:
        """By task, float64 [K] each: `threshold`, NaN where not known; `rows`; `since`, draws before."""
        import numpy as np

        blank = np.full(len(tasks), np.nan)
        return {"threshold": blank, "rows": blank.copy(), "since": blank.copy()}

    def unknown(self, memory: Memory) -> list[int]:
        """The tasks without a threshold."""
        import numpy as np

        return [int(task) for task in np.flatnonzero(np.isnan(memory["threshold"]))]

    def begin(self, task: int, losses: NDArray[np.float64], rows: int, drawn: int, memory: Memory) -> None:
        """Set the threshold just above the loss that `start_at` of the rows have at most."""
        import numpy as np

        last = max(1, math.ceil(self.start_at * len(losses))) - 1
        memory["threshold"][task] = np.nextafter(np.sort(losses)[last], np.inf)
        memory["rows"][task], memory["since"][task] = rows, drawn

    def weigh(
        self, task: int, losses: NDArray[np.float64], drawn: int, memory: Memory
    ) -> NDArray[np.float64]:
        """1 or 0, or a degree in [0, 1]; float64 [n]."""
        import numpy as np

        passes = (drawn - memory["since"][task]) // memory["rows"][task]
        # Bounded, so that a task of few rows that is drawn for ever does not overflow.
        threshold = memory["threshold"][task] * math.exp(min(passes * math.log(self.growth), 600.0))
        hard = self.kind == "hard"
        result: NDArray[np.float64] = (
            (losses < threshold).astype(np.float64) if hard else np.maximum(0.0, 1.0 - losses / threshold)
        )
        return result
