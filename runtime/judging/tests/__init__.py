"""What a test is: paired differences of two arms, turned into an estimate with its doubt."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from currc.compiler.record import Record
from currc.runtime.component import Component

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Paired(Record, eq=False):
    """Differences of two arms on one task, paired by seed and by gold row."""

    task: str
    weight: float
    """What the task's mean difference counts in the combined one."""
    rows: tuple[str, ...]
    """Key of the source row of each example; equal keys in two tasks are one row."""
    values: NDArray[np.float64]
    """Arm minus control, float64 [seeds, examples], turned so that more is better."""


class Comparison(Record):
    """A difference between two arms, in the metric's own unit."""

    estimate: float
    low: float
    high: float
    """Ends of the interval; infinite where the doubt cannot be measured."""
    p: float
    """Two-sided, not adjusted for other comparisons."""
    se: float
    """Standard error of the estimate; infinite where it cannot be measured."""
    df: float
    """Degrees of freedom of `se`; 0 where it cannot be measured."""


class Test(Component):
    """Decides how sure a difference between two arms is."""

    __test__: ClassVar[bool] = False  # no test case, whatever pytest thinks of the name

    @abstractmethod
    def compare(self, parts: Sequence[Paired], alpha: float) -> Comparison:
        """The weighted sum of the tasks' mean differences, with its interval of level 1 - alpha.

        Raises:
            ValueError: There is no part, a part is empty, or parts differ in their seeds.
        """

    @abstractmethod
    def seeds_needed(self, alpha: float, family: int) -> int:
        """The fewest seeds with which one of `family` corrected comparisons can fall below alpha."""


def undecidable(estimate: float) -> Comparison:
    """An estimate whose doubt cannot be measured from so little data."""
    from math import inf

    return Comparison(estimate, -inf, inf, p=1.0, se=inf, df=0.0)


def required(parts: Sequence[Paired]) -> Sequence[Paired]:
    """The same parts, which a test can work on.

    Raises:
        ValueError: There is no part, a part is empty, or parts differ in their seeds.
    """
    if not parts or any(part.values.size == 0 for part in parts):
        raise ValueError("a comparison needs at least one task, one seed and one example of each task")
    if len({len(part.values) for part in parts}) > 1:
        raise ValueError("the tasks of a comparison were scored with different numbers of seeds")
    return parts
