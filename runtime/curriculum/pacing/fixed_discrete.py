"""Opens the rows at levels and times as written."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from itertools import pairwise
from typing import Annotated, Any, ClassVar

from currc.compiler.validated import Limits
from currc.runtime.component import parameter
from currc.runtime.curriculum.pacing import Pacing

Level = Annotated[float, Limits(gt=0.0, le=1.0)]


class FixedDiscrete(Pacing):
    """Opens the rows at levels and times as written.

        fraction = levels[i] while until[i - 1] <= progress < until[i]; the last level from then on

    `until` has one entry less than `levels`: `fixed_discrete(levels = [20%, 50%, 100%],
    until = [10%, 30%])`. DeepSpeed's `max_step` is the last step of a level, its
    `difficulty` is here a percentile of the window.

    Source: DeepSpeed 0.16, `curriculum_scheduler.py`.

    >>> FixedDiscrete(levels=(0.2, 0.5, 1.0), until=(0.1, 0.3)).fraction(0.1)
    0.5
    """

    example: ClassVar[Mapping[str, Any]] = {"levels": [0.2, 0.5, 1.0], "until": [0.1, 0.3]}

    levels: tuple[Level, ...] = parameter(
        description="shares of the rows that are open, one after the other, rising", unit="share",
        min_length=2,
    )  # fmt: skip
    until: tuple[Level, ...] = parameter(
        description="progress at which each level but the last ends, rising", unit="share", min_length=1
    )

    def agree(self) -> None:
        """One end less than levels, and both rising."""
        if len(self.until) != len(self.levels) - 1:
            raise ValueError(f"{len(self.levels)} levels need {len(self.levels) - 1} ends in `until`")
        for name in ("levels", "until"):
            if any(after <= before for before, after in pairwise(getattr(self, name))):
                raise ValueError(f"`{name}` must rise from one entry to the next")

    def fraction(self, progress: float) -> float:
        """The open share: one of the levels."""
        return self.levels[bisect_right(self.until, progress)]
