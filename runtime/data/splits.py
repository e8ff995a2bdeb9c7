"""Which rows validate: decided by the hash of the row, so that it holds for every task."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from currc.compiler.plan import TaskPlan
from currc.runtime.data.rows import draw


class Keyed(Protocol):
    """Anything with a row's key: rows and examples."""

    @property
    def key(self) -> str:
        """The row's key."""


K = TypeVar("K", bound=Keyed)


def validates(key: str, share: float) -> bool:
    """Whether the row of that key is on the validation side at `share` in [0, 1].

    A larger share keeps the rows of a smaller one and adds to them.
    """
    return draw(key, "validation") < share


def split(rows: Iterable[K], share: float) -> tuple[list[K], list[K]]:
    """Training and validation rows, each in the order given.

    Args:
        rows: Rows or examples; only their `key` is looked at.
        share: Expected part that validates, in [0, 1]; the number is binomial around it.
    """
    train: list[K] = []
    validation: list[K] = []
    for row in rows:
        (validation if validates(row.key, share) else train).append(row)
    return train, validation


def validation_share(tasks: Sequence[TaskPlan]) -> float:
    """The share of one source that is held out of training, given all tasks that train on it.

    The largest that any of them asks for: a row that validates one task trains none,
    also where a task asks for no validation or has a source of its own for it.
    """
    return max((t.validation for t in tasks if isinstance(t.validation, float)), default=0.0)
