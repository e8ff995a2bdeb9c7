"""From hard to easy."""

from __future__ import annotations

from typing import ClassVar

from currc.runtime.curriculum.ordering import Ordering, opened


class HardFirst(Ordering):
    """The hardest rows first; the pacing opens the easier ones. The mirror of `easy_first`.

        window = 1 - (low + (high - low) * fraction) .. 1 - low

    `take = 0% .. 40%` is the hardest 40 %, so that a stage without pacing differs from
    its easy twin too. A control: if it gains as much as `easy_first`, the order is not the reason.

    Source: the anti-curriculum of Wu, Dyer and Neyshabur 2021 (arXiv:2012.03107).
    """

    sorts: ClassVar[bool] = True

    @property
    def mirrored(self) -> bool:
        """Always."""
        return True

    def opens(self, low: float, high: float, fraction: float) -> tuple[float, float]:
        """The window of `easy_first`, seen from the hard end."""
        first, last = opened(low, high, fraction)
        return 1.0 - last, 1.0 - first
