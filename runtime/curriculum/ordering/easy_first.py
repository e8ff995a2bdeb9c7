"""From easy to hard."""

from __future__ import annotations

from typing import ClassVar

from currc.runtime.curriculum.ordering import Ordering, opened


class EasyFirst(Ordering):
    """The easiest rows first; the pacing opens the harder ones.

        window = low .. low + (high - low) * fraction

    Evidence: helps with short training or noisy labels, seldom otherwise.

    Source: Bengio et al. 2009; Wu, Dyer and Neyshabur 2021 (arXiv:2012.03107).
    """

    sorts: ClassVar[bool] = True

    def opens(self, low: float, high: float, fraction: float) -> tuple[float, float]:
        """The easy end of `low .. high`."""
        return opened(low, high, fraction)
