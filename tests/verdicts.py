"""Small plans and gold scores with known differences, for tests of the verdict and of its table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from currc.compiler.plan import (
    ArmPlan,
    BudgetPlan,
    DecidePlan,
    EvaluatePlan,
    Method,
    MetricRef,
    ModelPlan,
    Objective,
    Plan,
    Protection,
    SchedulePlan,
    Segment,
    SourcePlan,
    TaskPlan,
    TrainPlan,
)
from currc.runtime.judging.results import Verdict
from currc.runtime.judging.scores import ArmScores
from currc.runtime.judging.verdict import judge
from currc.runtime.vocabulary import Vocabulary

Array = NDArray[np.float64]
Arms = Mapping[str, Mapping[str, float]]
"""Mean score of each task, by arm."""

ROWS = 40


def task(metric: str = "accuracy", also: Sequence[str] = ()) -> TaskPlan:
    return TaskPlan(
        kind="classify",
        train="rows",
        gold="gold",
        prompt="{text}",
        target="{label}",
        metric=Method(word=metric),
        also=tuple(Method(word=word) for word in also),
    )


def arm(name: str, tasks: Mapping[str, TaskPlan], seeds: int) -> ArmPlan:
    kind, *named = name.split("~")
    reference = kind in ("single_task", "leave_one_out", "pairs")
    kept = [task for task in tasks if (task in named) != (kind == "leave_one_out")] if reference else tasks
    mine = {task: tasks[task] for task in kept}
    control = "~" in name and not reference
    stage = Segment(
        stage="all",
        tasks=tuple(mine),
        mix=Method(word="proportional"),
        weights=Method(word="equal"),
        combine=Method(word="sum"),
    )
    return ArmPlan(
        name=name,
        role="reference" if reference else "control" if control else "arm",
        of=name.partition("~")[0] if control else None,
        model=ModelPlan(kind="encoder", base="bundled:minilm-l6/2"),
        tasks=mine,
        schedule=SchedulePlan(order=Method(word="shuffled"), segments=(stage,)),
        train=TrainPlan(
            lr=5e-5,
            optimizer=Method(word="adamw"),
            lr_schedule=Method(word="linear"),
            seeds=tuple(range(1, seeds + 1)),
        ),
    )


def plan(
    arms: Sequence[str],
    tasks: Mapping[str, TaskPlan],
    seeds: int = 6,
    objective: Objective | None = None,
    protect: Mapping[str, float] | None = None,
    **rule: object,
) -> Plan:
    """A plan of arms by name: `a~kind` is a control arm, `single_task~t` and the like are references."""
    parts = tuple(MetricRef(task=name, metric=of.metric) for name, of in tasks.items())
    guards = tuple(
        Protection(metric=MetricRef(task=at.split(".")[0], metric=Method(word=at.split(".")[1])), loss=loss)
        for at, loss in (protect or {}).items()
    )
    settings = {"test": Method(word="crossed"), "correct": Method(word="holm"), **rule}
    decide = DecidePlan(
        control=arms[0], metric=objective or Objective(parts=parts), protect=guards, **settings
    )
    return Plan(
        edition=2026,
        sources={"rows": SourcePlan(path=("rows.jsonl",)), "gold": SourcePlan(path=("gold.jsonl",))},
        arms=tuple(arm(name, tasks, seeds) for name in arms),
        budget=BudgetPlan(match="steps", limit=100),
        evaluate=EvaluatePlan(),
        decide=decide if len(arms) > 1 else None,
    )


def noise(seed: int, shape: tuple[int, int], size: float) -> Array:
    """Numbers whose mean over each row and over each column is 0, with standard deviation `size`."""
    drawn = np.random.default_rng(seed).standard_normal(shape)
    drawn = drawn - drawn.mean(axis=0) - drawn.mean(axis=1, keepdims=True) + drawn.mean()
    return size * drawn / (drawn.std() or 1.0)


def scores(
    given: Plan, means: Arms, spread: float = 0.02, without: Mapping[str, Sequence[int]] | None = None
) -> list[ArmScores]:
    """Gold scores of every arm whose means are exactly those given.

    Args:
        given: The plan; each task's own metric is scored, and `also` with the same numbers.
        means: Mean score by arm and task, or by arm and `task.metric`.
        spread: Standard deviation of one arm's scores around its mean.
        without: Seeds that are missing, by arm.
    """
    found = []
    for at, planned in enumerate(given.arms):
        if planned.name not in means:
            continue
        lost = (without or {}).get(planned.name, ())
        seeds = tuple(seed for seed in planned.train.seeds if seed not in lost)
        values: dict[str, dict[str, Array]] = {}
        for name, of in planned.tasks.items():
            for method in (of.metric, *of.also):
                mean = means[planned.name].get(f"{name}.{method.word}", means[planned.name].get(name, 0.0))
                jitter = noise(100 * at + len(values), (len(planned.train.seeds), ROWS), spread)
                kept = [i for i, seed in enumerate(planned.train.seeds) if seed in seeds]
                values.setdefault(name, {})[method.word] = (mean + jitter)[kept]
        rows = {name: tuple(f"{name}{i}" for i in range(ROWS)) for name in planned.tasks}
        found.append(ArmScores(planned.name, planned.role, planned.of, seeds, values, rows))
    return found


def verdict(given: Plan, means: Arms, spread: float = 0.02, **more: object) -> Verdict:
    return judge(given, scores(given, means, spread, **more), Vocabulary())
