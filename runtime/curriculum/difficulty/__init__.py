"""Scores of difficulty: one number per row, where higher is harder."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from currc.compiler.record import Record
from currc.runtime.component import Component
from currc.runtime.curriculum.seen import Seen, Vectors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from currc.compiler.observers import Observer
    from currc.runtime.curriculum.ngrams import Text

Sight = TypeVar("Sight", Seen, Vectors)


class ScoreRows(Record, eq=False):
    """The n training rows that are scored together, seen from every side a score may need."""

    keys: Sequence[str]
    """Content keys [n]; chance derives from them, so that the order of a file decides nothing."""
    places: Sequence[str]
    """`file:line` of each row [n], for complaints."""
    texts: Sequence[str]
    """The values that fill the prompt [n]."""
    targets: Sequence[str]
    """The expected answers [n]."""
    columns: Sequence[Mapping[str, Any]]
    """The rows as they were read, after renames [n]."""
    ids: NDArray[Any]
    """Token ids of all rows, one after another; uint16 or uint32 [total]."""
    offsets: NDArray[np.int64]
    """Row i owns `ids[offsets[i] : offsets[i + 1]]`; int64 [n + 1]."""
    counts: NDArray[np.int64]
    """How often each token occurs in the whole corpus; int64 [vocabulary]."""
    aim: Text | None = None
    """Tokens of the rows that the model is for: the validation rows of the same tasks."""
    seen: Sequence[tuple[Observer, Seen | Vectors]] = ()
    """What the models that the score asks saw in these rows."""
    looks: NDArray[Any] | None = None
    """The loss of each row at each look of the model that trains, oldest first; float [looks, n]."""
    seed: int = 0
    """The trial's seed, for scores by chance."""

    def __len__(self) -> int:
        """The number of rows."""
        return len(self.keys)

    def by(self, observer: Observer) -> Seen:
        """What that model saw.

        Raises:
            ValueError: The engine did not supply it.
        """
        return self._by(observer, Seen)

    def vectors_by(self, observer: Observer) -> Vectors:
        """The hidden states of that model; raises as `by` does."""
        return self._by(observer, Vectors)

    def _by(self, observer: Observer, kind: type[Sight]) -> Sight:
        found = next((seen for asked, seen in self.seen if asked == observer), None)
        if not isinstance(found, kind):
            raise ValueError(f"the score needs what {observer} sees")
        return found


class Difficulty(Component):
    """One number per row; only the order of the numbers matters, as they become percentiles."""

    labelled: ClassVar[bool] = False
    """Whether it counts the labels of rows, so that only tasks of kind `classify` can be scored."""

    refreshed: ClassVar[bool] = False
    """Whether it is read from the model that trains, again and again."""

    @abstractmethod
    def score(self, rows: ScoreRows) -> NDArray[np.float64]:
        """Finite numbers, higher is harder; float64 [n].

        A row's number may depend on the other rows, but not on where it stands among them.
        """

    def observers(self) -> tuple[Observer, ...]:
        """The models that must look at the rows first; a class that has some `needs` `models`."""
        return ()


def percentiles(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """The share of rows that are at most as hard as each row; float64 [n] in (0, 1].

    Equal scores share the upper percentile, as the cumulative distribution of
    Platanios et al. 2019 (arXiv:1903.09848) has it.

    Raises:
        ValueError: A score is not finite.
    """
    import numpy as np

    from currc.runtime.curriculum.ascending import ascending

    order = ascending(scores)
    ranked = scores[order]
    last = np.append(np.flatnonzero(ranked[1:] != ranked[:-1]), len(scores) - 1)
    found = np.empty(len(scores))
    found[order] = np.repeat(last + 1.0, np.diff(last, prepend=-1)) / max(len(scores), 1)
    return found
