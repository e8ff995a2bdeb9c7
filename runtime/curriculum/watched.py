"""Scores that are read from one training, as it learns the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from currc.runtime.component import parameter
from currc.runtime.curriculum.difficulty import Difficulty, ScoreRows

if TYPE_CHECKING:
    from currc.compiler.observers import Observer
    from currc.runtime.curriculum.seen import Seen

LOOKS = 5
"""Where neither `looks` nor a log says how many."""


class Watched(Difficulty):
    """A score of a training with the arm's own model and settings on shuffled rows, or of an earlier trial.

    The training looks at every row at `looks` evenly spaced moments, the last at its end. All such scores of
    as many looks read one training. With `from_run` nothing is trained: the looks are those that an
    earlier trial logged.
    """

    needs: ClassVar[frozenset[str]] = frozenset({"models", "labels"})

    looks: int | None = parameter(
        None,
        description="evenly spaced moments at which the rows are looked at: 5 if absent, and with `from_run` "
        "as many as were logged",
        unit="count",
        ge=2,
        le=100,
    )
    from_run: str | None = parameter(
        None,
        description="a file that `currc run --log-dynamics` wrote, below the spec's folder; "
        "its looks stand in place of a training",
        unit="text",
        min_length=1,
    )

    def observers(self) -> tuple[Observer, ...]:
        """The one training, or the log of an earlier one."""
        from currc.compiler.observers import Log, Proxy

        if self.from_run is not None:
            return (Log(path=self.from_run),)
        return (Proxy(looks=self.looks or LOOKS),)

    def training(self, rows: ScoreRows) -> Seen:
        """What the training saw; its arrays have one line a look."""
        return rows.by(*self.observers())
