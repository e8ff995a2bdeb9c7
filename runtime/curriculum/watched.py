"""Scores that are read from one training, as it learns the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from currc.runtime.component import parameter
from currc.runtime.curriculum.difficulty import Difficulty, ScoreRows

if TYPE_CHECKING:
    from currc.compiler.observers import Observer
    from currc.runtime.curriculum.seen import Seen


class Watched(Difficulty):
    """A score of a training with the arm's own model and settings on shuffled rows.

    It looks at every row at `looks` evenly spaced moments, the last at its end. All such scores of as
    many looks read one training.
    """

    needs: ClassVar[frozenset[str]] = frozenset({"models", "labels"})

    looks: int = parameter(
        5, description="evenly spaced moments at which the rows are looked at", unit="count", ge=2, le=100
    )

    def observers(self) -> tuple[Observer, ...]:
        """The one training."""
        from currc.compiler.observers import Proxy

        return (Proxy(looks=self.looks),)

    def training(self, rows: ScoreRows) -> Seen:
        """What the training saw; its arrays have one line a look."""
        return rows.by(*self.observers())
