"""What a yoked trial takes from the finished trial of another arm with the same seed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from currc.compiler.graph import Node
from currc.compiler.plan import TaskPlan
from currc.runtime.engine.context import Context
from currc.runtime.learning.state import CURSOR, Cursor


@dataclass(frozen=True, slots=True)
class Yoked:
    """Empty for a trial without a yoke."""

    end: float | None = None
    """Budget units at which this stage ends."""
    draws: float | None = None
    """The limit in examples: the other arm's draws of this trial's tasks."""
    totals: dict[str, int] | None = None
    """Draws of each task in the other arm, which are the rates here."""
    mean_mix: dict[str, float] | None = None
    """Mean rate of each task in this stage of the other arm."""
    mean_weights: dict[str, float] | None = None
    """Mean loss weight of each task over the other arm's steps."""
    paces: list[list[float]] | None = None
    """What the other arm's adaptive pacing opened when, as `Cursor.paces`."""


def reached_alone(node: Node, context: Context, tasks: Mapping[str, TaskPlan]) -> dict[str, float]:
    """The validation score of the model trained on each task alone, higher is better, where there is one."""
    found = {}
    for name, task in tasks.items():
        if f"goal:{name}" not in node.inputs:
            continue
        cursor = Cursor(**json.loads((context.input(f"goal:{name}") / CURSOR).read_text()))
        if cursor.status == "done" and cursor.evaluations:
            value, _, higher = cursor.evaluations[-1]["scores"][f"{name}.{task.metric.word}"]
            last = value if higher else -value
            found[name] = last if cursor.best is None else cursor.best
    return found


def yoked(node: Node, context: Context) -> Yoked:
    """Read the other trial's cursor."""
    what = node.parameters["yoke"]
    if what is None:
        return Yoked()
    cursor = Cursor(**json.loads((context.input("yoke") / CURSOR).read_text()))
    if what == "draws":
        return Yoked(draws=float(sum(cursor.drawn.get(task, 0) for task in node.parameters["tasks"])))
    if what == "totals":
        return Yoked(totals=cursor.drawn)
    if what == "mean_weights":
        return Yoked(mean_weights={t: s / cursor.weight_steps[t] for t, s in cursor.weight_sums.items()})
    index = node.parameters["index"]
    if what == "mean_mix":
        mean = cursor.mean_mix[index] if index < len(cursor.mean_mix) else None
        return Yoked(end=cursor.ends[index] if mean is not None else None, mean_mix=mean, paces=cursor.paces)
    return Yoked(end=cursor.ends[index] if index < len(cursor.ends) else None, paces=cursor.paces)
