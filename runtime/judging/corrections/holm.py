"""`holm`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from currc.runtime.judging.corrections import Correction


class Holm(Correction):
    """Step-down Bonferroni: the chance of any false winner in the family stays below alpha.

    The smallest of m p values is multiplied by m, the next by m - 1, and so on; an
    adjusted value is never below the one before it. Valid for any dependence between
    the comparisons, so also for arms that share a control.

    Source: Holm 1979 (A simple sequentially rejective multiple test procedure).
    """

    title: ClassVar[str] = "Holm"

    def adjust(self, p: Sequence[float]) -> list[float]:
        """The adjusted p values in the order given."""
        adjusted = [0.0] * len(p)
        highest = 0.0
        for rank, i in enumerate(sorted(range(len(p)), key=lambda i: p[i])):
            highest = max(highest, min(1.0, p[i] * (len(p) - rank)))
            adjusted[i] = highest
        return adjusted
