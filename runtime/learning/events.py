"""What the loop tells its listeners; the loop itself prints and writes nothing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stepped:
    """One optimiser step was made."""

    progress: float
    """Share of the arm's limit that is used, in [0, 1]."""
    steps: int
    tokens: int
    losses: dict[str, float]
    """Running mean of each task's training loss."""


@dataclass(frozen=True, slots=True)
class Evaluated:
    """Validation was read."""

    progress: float
    scores: dict[str, float]
    """By `task.metric`."""
    objective: float


@dataclass(frozen=True, slots=True)
class StageEnded:
    """A stage was left."""

    stage: str
    progress: float
    reason: str


TrialEvent = Stepped | Evaluated | StageEnded
