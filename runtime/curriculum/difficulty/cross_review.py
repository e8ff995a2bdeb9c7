"""How hard a row is for models that learnt from other rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from currc.runtime.component import parameter
from currc.runtime.curriculum.difficulty import Difficulty, ScoreRows
from currc.runtime.curriculum.seen import at_the_end

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from currc.compiler.observers import Observer


class CrossReview(Difficulty):
    """The mean loss of a row under models that were trained on other shards: what they fail at is hard.

        score = mean over the models that did not see the row of loss(row; model)

    The rows are dealt by chance into `shards`, and one model is trained on each, as long as an
    arm would be on as many rows. Costs one training of an arm, and `shards - 1` passes over the rows.

    Source: Xu et al. 2020, section 3.1 (ACL 2020.acl-main.542), who add up a metric of each row;
    the loss is defined for every kind of task and ties less.
    """

    needs: ClassVar[frozenset[str]] = frozenset({"models"})

    shards: int = parameter(5, description="shards, and models", unit="count", ge=2, le=20)

    def observers(self) -> tuple[Observer, ...]:
        """A model for each shard."""
        from currc.compiler.observers import Proxy

        return tuple(
            Proxy(parts=self.shards, part=part, trains="part", limit=1.0 / self.shards)
            for part in range(self.shards)
        )

    def score(self, rows: ScoreRows) -> NDArray[np.float64]:
        """The mean loss, in nats (squared error for `regress`); float64 [n]."""
        return at_the_end([rows.by(model) for model in self.observers()])
