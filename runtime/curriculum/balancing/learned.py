"""The rates that the stage before had on average."""

from __future__ import annotations

from typing import TYPE_CHECKING

from currc.runtime.curriculum.balancing import Balancing, MixState

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Learned(Balancing):
    """Draws the tasks at the mean rates that an adaptive mix had in the stage before.

        rate = mean over the draws of the stage before of the rate then

    Learn the mix in a short stage, then train with it held fixed.

    Source: ours; DoReMi (Xie et al. 2023, arXiv:2305.10429) takes the mean over steps too.
    """

    def weigh(self, state: MixState) -> NDArray[np.float64]:
        """The mean rates; float64 [K].

        Raises:
            ValueError: There is no stage before, or it had not all of the tasks.
        """
        import numpy as np

        if state.before is None or np.isnan(state.before).any():
            raise ValueError("`learned` needs a stage before that draws the same tasks")
        return state.before
