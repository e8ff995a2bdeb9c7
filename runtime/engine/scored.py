"""The scores of a spec, computed without training its arms, beside the rows that they are of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from currc.compiler.graph import WorkGraph
from currc.compiler.moves import stored_names
from currc.compiler.plan import DifficultyPlan, Method, Plan
from currc.compiler.record import Record
from currc.compiler.score_graph import score_graph
from currc.runtime.curriculum.difficulty import Difficulty
from currc.runtime.data import shelf
from currc.runtime.engine.experiment import Experiment, Listen
from currc.runtime.vocabulary import Vocabulary

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from currc.runtime.data.templates import Example


class Scorer(Record):
    """A score as some arm takes it."""

    arm: str
    by: DifficultyPlan


class TaskScores(Record, eq=False):
    """The training rows of one task and all its scores."""

    task: str
    rows: Sequence[Example]
    scores: Sequence[tuple[Scorer, NDArray[np.float64]]]
    """The number of each row, higher is harder; float64 [n] each. A score that failed is left out."""


def scorers(plan: Plan, extra: Sequence[str] = ()) -> list[Scorer]:
    """The scores that order the arms of a plan, each before those it is made of; then the extra words.

    Those that every trial finds for itself are left out: there is nothing to look at.
    """
    found: list[Scorer] = []
    for arm in plan.arms:
        if arm.role == "arm" and arm.schedule.by is not None:
            found += [Scorer(arm.name, one) for one in _with_parts(arm.schedule.by)]
    first = plan.arms[0].name
    found += [Scorer(first, _plain(Method(word=word), "task")) for word in extra]
    distinct: dict[tuple[str, str], Scorer] = {}
    for one in found:
        distinct.setdefault((one.by.score.model_dump_json(), one.by.within), one)
    return [one for one in distinct.values() if one.by.static]


def compute(experiment: Experiment, wanted: Sequence[Scorer], listen: Listen, workers: int | None) -> int:
    """Compute what is missing of some scores, the models that they ask included; returns the exit code.

    Raises:
        Locked, CannotWrite: As `drive`.
    """
    graph, keys = _graph(experiment, wanted)
    targets = [key for of_tasks in keys for key in of_tasks.values()]
    return experiment.compute(graph, targets, listen, workers=workers).code


def scores_of(experiment: Experiment, wanted: Sequence[Scorer]) -> list[TaskScores]:
    """The scores that are there, by task; rows that arms read differently stand apart, as `TASK@ARM`."""
    graph, keys = _graph(experiment, wanted)
    stored = stored_names(experiment.plan)
    tables: dict[tuple[str, str], list[tuple[Scorer, NDArray[np.float64]]]] = {}
    for scorer, of_tasks in zip(wanted, keys, strict=True):
        for task, key in of_tasks.items():
            rows = graph.nodes[key].inputs[f"rows:{stored.get(task, task)}"]
            table = tables.setdefault((task, rows), [])
            if experiment.store.has(key):
                file = experiment.store.open(key) / f"{stored.get(task, task)}.npy"
                table.append((scorer, np.load(file, allow_pickle=False)))
    known: set[str] = set()
    found = []
    for (task, rows), table in tables.items():
        if table:
            name = task if task not in known else f"{task}@{table[0][0].arm}"
            known.add(task)
            found.append(TaskScores(name, shelf.take(experiment.store.open(rows), "train"), table))
    return found


def _graph(experiment: Experiment, wanted: Sequence[Scorer]) -> tuple[WorkGraph, list[dict[str, str]]]:
    return score_graph(experiment.plan, experiment.facts, [(one.arm, one.by) for one in wanted])


def _with_parts(by: DifficultyPlan) -> Iterator[DifficultyPlan]:
    """A score and those that it is made of, each once."""
    yield by
    variadic = Vocabulary().component("score", by.score.word).variadic
    for part in by.score.parameters[variadic] if variadic is not None else ():
        yield from _with_parts(_plain(Method.model_validate(part), by.within))


def _plain(method: Method, within: str) -> DifficultyPlan:
    """A score as the plan holds it, with the models that it asks."""
    built = Vocabulary().build("score", method)
    if not isinstance(built, Difficulty):
        raise TypeError(f"{method.word} is no difficulty")
    full = Method(word=method.word, parameters=built.model_dump(mode="json"))
    return DifficultyPlan.made({"score": full, "within": within, "observers": built.observers()})
