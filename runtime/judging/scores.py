"""Gold scores of all trials of an arm, and how they are gathered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from currc.compiler.plan import ArmPlan, Method, Role, TaskPlan
from currc.runtime.judging.metrics import Metric, Outcome
from currc.runtime.vocabulary import Vocabulary

Array = NDArray[np.float64]
TrialScores = Mapping[str, Mapping[str, Array]]
"""Of one trial: `{task: {metric word: float64 [N]}}`."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What one trial drew and used."""

    drawn: Mapping[str, int]
    """Rows by task."""
    used: float
    """In the unit of the limit."""
    stages: tuple[tuple[float, str], ...] = ()
    """What was used at the end of each stage, in the unit of the limit, and why it ended."""
    stream: tuple[tuple[Mapping[str, float], float, float], ...] = ()
    """For each equal part of the limit: draws of each task up to its end, and the percentiles open there."""


@dataclass(frozen=True, slots=True, eq=False)
class ArmScores:
    """Per-example gold scores of the trials of one arm that came to their end."""

    arm: str
    role: Role
    of: str | None
    seeds: tuple[int, ...]
    values: Mapping[str, Mapping[str, Array]]
    """`{task: {metric word: float64 [seeds, examples]}}` in each metric's own direction."""
    rows: Mapping[str, tuple[str, ...]]
    """`{task: key of the source row of each example}`."""
    diverged: tuple[int, ...] = field(default=())
    """Seeds whose training left the finite numbers; a seed in neither list is missing."""
    spent: Mapping[int, Spent] = field(default_factory=dict)
    """By seed, as far as it is known."""


def metrics_of(task: TaskPlan, vocabulary: Vocabulary) -> dict[str, Metric]:
    """The task's own metric and its further ones, by word, ready to judge."""
    return {method.word: _built(method, vocabulary) for method in (task.metric, *task.also)}


def score(outcomes: Sequence[Outcome], metrics: Mapping[str, Metric]) -> dict[str, Array]:
    """Per-example scores of one task of one trial, `{word: float64 [N]}`."""
    return {word: metric.examples(outcomes) for word, metric in metrics.items()}


def gather(
    arm: ArmPlan,
    trials: Mapping[int, TrialScores],
    rows: Mapping[str, tuple[str, ...]],
    diverged: Sequence[int] = (),
    spent: Mapping[int, Spent] | None = None,
) -> ArmScores:
    """The scores of an arm from those of its trials, by seed.

    Args:
        arm: The arm as planned.
        trials: What each finished trial scored; seeds that are absent are missing.
        rows: Key of the source row of each gold example, by task.
        diverged: Seeds whose trials ended because a loss was not finite.
        spent: What each trial drew and used, by seed.
    """
    seeds = tuple(seed for seed in arm.train.seeds if seed in trials)
    words = {task: sorted(scores) for task, scores in trials[seeds[0]].items()} if seeds else {}
    values = {
        task: {word: np.stack([trials[seed][task][word] for seed in seeds]) for word in of_task}
        for task, of_task in words.items()
    }
    return ArmScores(arm.name, arm.role, arm.of, seeds, values, rows, tuple(diverged), spent or {})


def finite_only(scores: ArmScores) -> ArmScores:
    """The same scores, with every seed that has a value that is not finite among the diverged."""
    tables = [table for of_task in scores.values.values() for table in of_task.values()]
    sound = np.ones(len(scores.seeds), dtype=bool)
    for table in tables:
        sound &= np.isfinite(table).all(axis=1)
    if sound.all():
        return scores
    values = {
        task: {word: table[sound] for word, table in of_task.items()}
        for task, of_task in scores.values.items()
    }
    kept = tuple(seed for seed, fine in zip(scores.seeds, sound, strict=True) if fine)
    lost = tuple(seed for seed, fine in zip(scores.seeds, sound, strict=True) if not fine)
    diverged = tuple(sorted({*scores.diverged, *lost}))
    return replace(scores, seeds=kept, values=values, diverged=diverged)


def _built(method: Method, vocabulary: Vocabulary) -> Metric:
    component = vocabulary.component("metric", method.word)(**method.parameters)
    if not isinstance(component, Metric):
        raise TypeError(f"`{method.word}` is no metric")
    return component
