"""Corrections for lists that describe and do not decide."""

from __future__ import annotations

from collections.abc import Sequence


def benjamini_hochberg(p: Sequence[float]) -> list[float]:
    """The p values adjusted so that a list cut at q holds at most a share q of false entries.

        adjusted = min over all larger p_(j) of p_(j) * m / j, at most 1

    Holds for independent and positively dependent comparisons.

    Source: Benjamini and Hochberg 1995 (Controlling the false discovery rate).
    """
    adjusted = [0.0] * len(p)
    lowest = 1.0
    for rank, i in sorted(enumerate(sorted(range(len(p)), key=lambda i: p[i]), start=1), reverse=True):
        lowest = min(lowest, p[i] * (len(p) / rank))
        adjusted[i] = lowest
    return adjusted
