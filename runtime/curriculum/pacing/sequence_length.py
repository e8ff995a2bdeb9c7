"""Lengthens the inputs while training goes on."""

from __future__ import annotations

from math import ceil, floor
from typing import ClassVar

from currc.runtime.component import parameter
from currc.runtime.curriculum.pacing import Pacing, part


class SequenceLength(Pacing):
    """Cuts inputs to a length that grows; every row may be drawn from the beginning.

        longest = start + (max_tokens - start) * t**(1 / degree), cut down to a multiple of grain,
                  at least the first multiple that is not below start;   t = progress / full_at
        longest = max_tokens from full_at on

    A row that is too long loses what `max_tokens` would take from it: the prompt's values
    from their end, then its wording; never the answer nor the frame around it, so that a
    row may stay longer than said here. Raw text without a prompt is cut at its end, as in
    the paper. Steps are cheaper while inputs are short: `match = tokens` counts what is left of
    them, `match = steps` would give such an arm less.

    The authors start GPT-2 at 8 to 64 tokens and are done after about a third of the steps.

    Source: Li, Zhang and He 2022 (arXiv:2108.06084); levels as DeepSpeed 0.16 has them.

    >>> SequenceLength(start=16, full_at=0.5).longest(0.25, 100)
    56
    """

    moves: ClassVar[bool] = False
    lengthens: ClassVar[bool] = True

    start: int = parameter(
        64, description="longest input at the beginning", unit="tokens", ge=1, le=1_000_000
    )
    full_at: float = parameter(
        0.3, description="progress at which inputs are as long as `max_tokens` lets them", unit="share",
        gt=0.0, le=1.0,
    )  # fmt: skip
    grain: int = parameter(
        8, description="the length grows in multiples of this", unit="tokens", ge=1, le=4096
    )
    degree: float = parameter(1.0, description="degree of the root; 1 is a straight line", ge=1.0, le=100.0)

    def fraction(self, progress: float) -> float:
        """1: no row is closed."""
        return 1.0

    def longest(self, progress: float, most: int) -> int:
        """The longest input in tokens, at most `most`."""
        t, start = part(progress, self.full_at), min(self.start, most)
        reached = floor(start + (most - start) * t ** (1.0 / self.degree) + 1e-9)
        first = ceil(start / self.grain) * self.grain
        return most if t >= 1.0 else min(most, max(first, reached - reached % self.grain))
