"""Rows that leave before training: how many a plan expects, and which ones a run let go."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from currc.compiler.codes import Code
from currc.compiler.plan import ArmPlan, Method
from currc.runtime.curriculum.retiring.noisy import Noisy
from currc.runtime.data.rows import DataError, shown
from currc.runtime.data.tokens import TokenRows
from currc.runtime.engine import writer
from currc.runtime.vocabulary import Vocabulary

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from currc.runtime.data.prepare import PreparedTask
    from currc.runtime.engine.experiment import Experiment

RETIRED = "retired.jsonl"


def noisy_of(method: Mapping[str, Any] | Method) -> Noisy:
    """The rule behind `retire = noisy(...)`."""
    found = Vocabulary().build("retire", Method.model_validate(method))
    if not isinstance(found, Noisy):
        raise TypeError(f"{found.word()} lets no row leave before training")
    return found


def remaining(arm: ArmPlan, rows: Mapping[str, PreparedTask]) -> dict[str, PreparedTask]:
    """The rows of an arm as many as stay.

    Which ones leave is known once they have been scored; here they are taken out in equal steps.
    """
    return {
        task: replace(one, train=_thinned(one.train, leaving))
        if (leaving := leaves(arm, task, len(one.train)))
        else one
        for task, one in rows.items()
    }


def leaves(arm: ArmPlan, task: str, rows: int) -> int:
    """How many of so many rows of a task leave before training."""
    if arm.schedule.noise is None or arm.tasks[task].kind != "classify" or not rows:
        return 0
    return noisy_of(arm.schedule.retire).leaving(rows)


def _thinned(rows: Sequence[Any], leaving: int) -> tuple[Any, ...]:
    stay = len(rows) - leaving
    return tuple(rows[i * len(rows) // stay] for i in range(stay))


def demand_leaving(noisy: Noisy, task: str, rows: int) -> None:
    """Some row leaves.

    Raises:
        DataError: The share is less than one row.
    """
    if not noisy.leaving(rows):
        raise DataError(
            Code.DEAD_OPTION,
            task,
            f"`noisy({noisy.share:.3g})` of the {rows:,} training rows of `{task}` is no row",
            f"ask for at least {1 / rows:.1%}, or leave `retire` out" if rows else "leave `retire` out",
        )


def demand_labels(noisy: Noisy, task: str, labels: Sequence[str], stays: NDArray[np.int64]) -> None:
    """Every label keeps a row.

    Raises:
        DataError: All rows of a label would leave.
    """
    lost = sorted({*labels} - {labels[row] for row in stays.tolist()})
    if lost:
        many = sum(label == lost[0] for label in labels)
        rest = f", and so for {len(lost) - 1} more labels" if len(lost) > 1 else ""
        raise DataError(
            Code.BAD_SCORE,
            task,
            f"`noisy({noisy.share:.3g})` takes all {many:,} rows of label {shown(lost[0])} of `{task}`{rest}",
            "lower the share, give the label more rows, or leave it out of the task",
        )


def write_retired(experiment: Experiment) -> list[str]:
    """Write `retired.jsonl` with the rows that left, arm by arm; what was written, a line an arm and task."""
    lines: list[str] = []
    told: list[str] = []
    for arm in experiment.plan.arms:
        if arm.schedule.noise is not None and arm.role == "arm":
            for task, rows, gone in _of_arm(experiment, arm):
                told.append(f"{arm.name}: {len(gone):,} of {rows:,} rows of {task} left before training")
                lines += [f"{json.dumps({'arm': arm.name, **one}, ensure_ascii=False)}\n" for one in gone]
    if told:
        writer.make_folder(experiment.folder)
        writer.write_bytes(experiment.folder / RETIRED, "".join(lines).encode())
    return told


def _of_arm(experiment: Experiment, arm: ArmPlan) -> Iterator[tuple[str, int, list[dict[str, Any]]]]:
    """Each task of an arm that rows left, how many it had, and the rows that left, most doubtful first."""
    from currc.runtime.engine.nodes.retire import STAYS

    shared, store = experiment.shared, experiment.store
    trial = next(one for one in shared.trials if one.arm == arm.name)
    stage = shared.graph.nodes[trial.stages[0]]
    for role, key in sorted(stage.inputs.items()):
        head, _, task = role.partition(":")
        if head == "stays" and store.has(key):
            node = shared.graph.nodes[key]
            rows = TokenRows.open(store.open(node.inputs["tokens"]) / "train")
            doubt = np.load(store.open(node.inputs["score"]) / f"{task}.npy")
            gone = np.setdiff1d(np.arange(len(rows)), np.load(store.open(key) / STAYS))
            name = shared.called.get(task, task)
            found = [
                {
                    "task": name,
                    "key": rows.keys[row],
                    "label": rows.targets_text[row],
                    "label_noise": float(doubt[row]),
                    "prompt": rows.prompts[row],
                }
                for row in gone[np.argsort(-doubt[gone], kind="stable")].tolist()
            ]
            yield name, len(rows), found
