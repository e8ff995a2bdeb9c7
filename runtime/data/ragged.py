"""Some rows of one task as a step sees them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Ragged:
    """Some rows of one task, one after the other without padding."""

    task: str
    rows: Array
    """int64 [b]: positions in the `TokenRows` they come from."""
    ids: Array
    """int64 [sum of lengths]."""
    lengths: Array
    """int64 [b]."""
    answers: Array | None
    """int32 [b]: see `TokenRows.answers`."""
    targets: Array | None
    """See `TokenRows.targets`; of these rows only."""

    def split(self, counts: Sequence[int]) -> list[Ragged]:
        """Its rows in parts of so many, each at least 1, in all `b`; the parts are views."""
        ends = np.cumsum(counts)
        stops = np.cumsum(self.lengths)[ends - 1]
        answers, targets = self.answers, self.targets
        each_token = targets is not None and len(targets) == len(self.ids)
        found, first, start = [], 0, 0
        for end, stop in zip(ends.tolist(), stops.tolist(), strict=True):
            rows, tokens = slice(first, end), slice(start, stop)
            found.append(
                Ragged(
                    self.task,
                    self.rows[rows],
                    self.ids[tokens],
                    self.lengths[rows],
                    None if answers is None else answers[rows],
                    None if targets is None else targets[tokens if each_token else rows],
                )
            )
            first, start = end, stop
        return found
