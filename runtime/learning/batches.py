"""A stage's batches in turn, drawn for several steps at once."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING

from currc.runtime.learning.law import FORESEEN, Law
from currc.runtime.learning.state import Cursor

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from currc.runtime.curriculum.feed import Feed
    from currc.runtime.curriculum.pacing import Pace
    from currc.runtime.data.ragged import Ragged

    Place = tuple[int, int, float, int]

MOST_ROWS = 1024
"""Rows that lie ready at most, but for one batch; of 2,048 tokens they are 16 MB."""


class Batches:
    """What the cursor is to be fed next; nothing of it needs to be saved.

    Between two steps of training each call of numpy is several times as slow as behind
    another, because the step has used the caches. So a copy of the cursor walks ahead, as
    far as the windows follow from rows and progress. What lies ready is given out only
    where the cursor stands as the copy stood; all else is drawn anew, so a wrong guess
    costs time and no truth. A feed whose rates were just set is not trusted for long.
    """

    def __init__(self, law: Law) -> None:
        """Of one stage."""
        self._law = law
        self._feed: Feed | None = None
        self._ready: list[tuple[Place, dict[str, Ragged], Pace]] = []
        """The next one last."""
        self._steps = 1

    def next(self, cursor: Cursor, feed: Feed) -> tuple[dict[str, Ragged], Pace]:
        """The batch of the cursor's next step, as `Feed.rows` says it, and the pace it was drawn at."""
        if feed is not self._feed:
            self._feed, self._ready, self._steps = feed, [], 1
        if not self._ready or self._ready[-1][0] != self._place(cursor):
            self._ready = self._drawn(cursor, feed)[::-1]
            self._steps = min(2 * len(self._ready), FORESEEN, max(1, MOST_ROWS // self._law.batch))
        return self._ready.pop()[1:]

    def _place(self, cursor: Cursor) -> Place:
        """All that a batch depends on, beside the feed."""
        return cursor.stage_draws, cursor.steps, cursor.used(self._law.match), len(cursor.paces)

    def _drawn(self, cursor: Cursor, feed: Feed) -> list[tuple[Place, dict[str, Ragged], Pace]]:
        """The batches of the cursor's next steps in the stage, at least one."""
        law, walker = self._law, copy(cursor)
        places: list[Place] = []
        paces: list[Pace] = []
        found: list[dict[str, NDArray[np.int64]]] = []
        longest, most = law.pace(walker).longest, law.most(walker.entry(law.match))
        foreseen = self._steps if law.match != "flops" else 1  # the model alone tells what a step costs
        while not found or (len(found) < foreseen and walker.used(law.match) < most):
            pace = law.pace(walker)
            if pace.longest != longest:
                break
            rows = feed.rows(walker.stage_draws, law.batch, pace, lambda: law.coming(walker))
            places.append(self._place(walker))
            paces.append(pace)
            found.append(rows)
            counted = rows.items() if law.match == "tokens" else ()
            walker.walk(rows, sum(feed.tokens[task].count(mine) for task, mine in counted))
        return list(zip(places, feed.take(found, longest), paces, strict=True))
