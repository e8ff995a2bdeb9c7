"""Whom a score of difficulty asks about the rows: models that are no trial and see no gold, or a log."""

from __future__ import annotations

from typing import Literal

from currc.compiler.method import PlanNode


class Proxy(PlanNode):
    """A training of the arm's own model on shuffled rows of all its tasks, which looks at training rows."""

    kind: Literal["proxy"] = "proxy"
    seed: int = 0
    limit: float = 1.0
    """Its own limit as a share of the arm's, above 0."""
    until: float = 1.0
    """Where it ends as a share of its own limit, in (0, 1]; learning rates follow the whole of it."""
    looks: int = 1
    """Moments, evenly spaced up to the end, at which the rows are looked at."""
    parts: int = 1
    """Equal parts into which the rows are dealt by chance."""
    part: int = 0
    """Which of them is meant, from 0."""
    trains: Literal["all", "part", "rest"] = "all"
    """All rows, those of the part, or all but those. It looks at all, or at those that it does not train."""


def folds_of(folds: int) -> tuple[Proxy, ...]:
    """A training for each of so many parts of the rows, which leaves it out and judges it."""
    share = 1.0 - 1.0 / folds
    return tuple(Proxy(parts=folds, part=part, trains="rest", limit=share) for part in range(folds))


class Reference(PlanNode):
    """A frozen model that looks at the rows once."""

    kind: Literal["reference"] = "reference"
    base: str | None = None
    """A base as `model.base` names it; `None` is the arm's own, untrained."""
    revision: str | None = None
    what: Literal["loss", "vectors"] = "loss"
    """The loss of each training row's answer, or the mean hidden state of training and validation rows."""


class Log(PlanNode):
    """What an earlier trial logged of the rows while it learnt them: nothing is trained for it."""

    kind: Literal["log"] = "log"
    path: str
    """The file, as written: relative to the spec's folder."""


Observer = Proxy | Reference | Log
