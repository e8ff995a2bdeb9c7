"""Every row in strict order, once."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from currc.runtime.curriculum.ordering import Strict

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from currc.runtime.curriculum.passes import Turns


class SortedOnce(Strict):
    """Each task's rows one after the other from easy to hard; a second pass comes shuffled.

        row of draw j = the j-th easiest of n while j < n, then passes in seeded random order

    A stage begins with the easiest row of its window. What the last rows teach weighs
    most, so this is no default. `first = hard` goes the other way.

    Source: the strict order that the growing pools of Bengio et al. 2009 stand in place of.
    """

    sorts: ClassVar[bool] = True

    def places(self, turns: Turns) -> NDArray[np.float64]:
        """The turn itself in the first pass."""
        import numpy as np

        from currc.runtime.curriculum.passes import passes

        _, number, place = turns.split()
        return np.where(number == 0.0, place, passes(turns).astype(np.float64))
