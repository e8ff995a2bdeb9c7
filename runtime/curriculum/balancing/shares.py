"""Rates as written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from currc.compiler.validated import Limits
from currc.runtime.component import parameter
from currc.runtime.curriculum.balancing import Balancing, MixState

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Shares(Balancing):
    """Draws the tasks at the rates that are given by name: `shares(route = 50%, fields = 50%)`.

        rate = share / all shares of the stage's tasks

    Every task of the stage needs a share; a share of 0 never draws the task.
    """

    open_keywords: ClassVar[str | None] = "shares"
    example: ClassVar[Mapping[str, Any]] = {"shares": {"route": 0.5, "fields": 0.5}}

    shares: dict[str, Annotated[float, Limits(ge=0.0, allow_inf_nan=False)]] = parameter(
        description="share of each task, by its name", unit="share", min_length=1
    )

    def weigh(self, state: MixState) -> NDArray[np.float64]:
        """The shares of the stage's tasks; float64 [K].

        Raises:
            ValueError: A task has no share, or all of them are 0.
        """
        import numpy as np

        if missing := [task for task in state.tasks if task not in self.shares]:
            raise ValueError(f"`shares` names no share for `{missing[0]}`")
        weights = np.array([self.shares[task] for task in state.tasks])
        if not weights.any():
            raise ValueError(f"`shares` gives nothing to any of {', '.join(state.tasks)}")
        return weights
