"""The log of the stream: what had been drawn, and what was open, each time a part of the limit was passed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from currc.runtime.learning.law import Law
from currc.runtime.learning.state import Cursor

if TYPE_CHECKING:
    from currc.runtime.data.ragged import Ragged

PARTS = 25
"""Equal parts of the limit that are told apart."""


def log_stream(
    law: Law,
    cursor: Cursor,
    batches: Mapping[str, Ragged],
    before: float,
    window: Callable[[], tuple[float, float]],
) -> None:
    """Log each end of a part that the last step has passed, as if its rows had come evenly in it.

    Args:
        law: The stage's law.
        cursor: Where the trial stands after the step; the log is its `stream`.
        batches: What the step drew of each task.
        before: Budget units that were used before the step.
        window: Gives the percentiles of difficulty that its rows came from.
    """
    used = cursor.used(law.match)
    while (part := len(cursor.stream) + 1) <= PARTS:
        point = law.limit * part / PARTS if part < PARTS else law.limit
        if used < point:
            return
        # What a mix spends on looking is counted between two steps, so a point may lie before this one.
        after = min(1.0, (used - point) / (used - before)) if used > before else 0.0
        rows = {task: len(batch.rows) for task, batch in batches.items()}
        drawn = {task: count - after * rows.get(task, 0) for task, count in cursor.drawn.items()}
        cursor.stream.append([drawn, *window()])
