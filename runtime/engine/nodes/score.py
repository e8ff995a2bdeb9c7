"""`score`: how hard each training row is; trials turn the numbers into percentiles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from currc.compiler.codes import Code
from currc.compiler.graph import Node
from currc.compiler.observers import Observer
from currc.compiler.plan import DifficultyPlan
from currc.runtime.curriculum.difficulty import Difficulty, ScoreRows
from currc.runtime.curriculum.ngrams import Text
from currc.runtime.curriculum.seen import Seen, Vectors
from currc.runtime.data import shelf
from currc.runtime.data.rows import DataError
from currc.runtime.data.templates import Example
from currc.runtime.data.tokens import TokenRows
from currc.runtime.engine.context import Context
from currc.runtime.engine.nodes.seen import logged, seen_by
from currc.runtime.vocabulary import Vocabulary

Array = np.ndarray[Any, np.dtype[Any]]


def run(node: Node, context: Context) -> None:
    """Write `TASK.npy`, float64 [n], higher is harder, for every task among the inputs.

    Raises:
        DataError: A score is not finite, or the same for every row.
    """
    plan = DifficultyPlan.model_validate(node.parameters["difficulty"])
    difficulty = Vocabulary().build("score", plan.score)
    if not isinstance(difficulty, Difficulty):
        raise TypeError(f"{plan.score.word} is no difficulty")
    tasks = sorted(role.removeprefix("tokens:") for role in node.inputs if role.startswith("tokens:"))
    tokens = {task: TokenRows.open(context.input(f"tokens:{task}") / "train") for task in tasks}
    rows = {task: shelf.take(context.input(f"rows:{task}"), "train") for task in tasks}
    aims = [TokenRows.open(context.input(f"tokens:{task}") / "validation") for task in tasks]
    if "validation" in difficulty.demands():
        _demand_validation(aims, plan, tasks)
    logs = logged(node, context, {task: tokens[task].keys for task in tasks})
    found = seen_by(plan.observers, context, tasks, logs)
    scored = score_rows([tokens[task] for task in tasks], [rows[task] for task in tasks], aims, found)
    scores = np.asarray(difficulty.score(scored), np.float64)
    complain(scores, scored, plan, tasks)
    start = 0
    for task in tasks:
        np.save(context.folder / f"{task}.npy", scores[start : start + len(rows[task])], allow_pickle=False)
        start += len(rows[task])


def score_rows(
    tokens: list[TokenRows],
    rows: list[list[Example]],
    aims: list[TokenRows],
    seen: Sequence[tuple[Observer, Seen | Vectors]] = (),
) -> ScoreRows:
    """The rows of some tasks, one task after the other, as scores read them."""
    examples = [example for part in rows for example in part]
    ids, offsets = _joined(tokens)
    return ScoreRows(
        keys=[example.key for example in examples],
        places=[example.place for example in examples],
        texts=[example.inputs for example in examples],
        targets=[example.target for example in examples],
        columns=[example.values for example in examples],
        ids=ids,
        offsets=offsets,
        counts=np.bincount(ids.astype(np.int64)) if len(ids) else np.zeros(0, np.int64),
        aim=_joined(aims),
        seen=seen,
    )


def _joined(tokens: list[TokenRows]) -> Text:
    """The token ids of some tasks, one task after the other."""
    lengths = np.concatenate([part.lengths for part in tokens])
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    return Text(np.concatenate([part.ids for part in tokens]), offsets)


def _demand_validation(aims: list[TokenRows], plan: DifficultyPlan, tasks: list[str]) -> None:
    if any(map(len, aims)):
        return
    where = " and ".join(f"`{task}`" for task in tasks)
    raise DataError(
        Code.EMPTY_TASK,
        tasks[0],
        f"`{plan.score.word}` compares with the validation rows of {where}, and there are none",
        "give the task a larger share, or a source of its own, as `validation`",
    )


def complain(scores: Array, rows: ScoreRows, plan: DifficultyPlan, tasks: list[str]) -> None:
    """Refuse scores that give no order.

    Raises:
        DataError: A score is not finite, or the same for every row.
    """
    where = f"task `{tasks[0]}`" if len(tasks) == 1 else "the tasks"
    bad = np.flatnonzero(~np.isfinite(scores))
    if len(bad):
        raise DataError(
            Code.BAD_SCORE,
            rows.places[bad[0]],
            f"`{plan.score.word}` gives {scores[bad[0]]} for {len(bad):,} of {len(scores):,} rows of {where}",
            "give every row a finite number, or score by something else",
        )
    if len(scores) > 1 and np.ptp(scores) == 0:
        raise DataError(
            Code.BAD_SCORE,
            tasks[0],
            f"`{plan.score.word}` gives every row of {where} the same number, {scores[0]:g}: no order",
            "score by something that tells the rows apart, or leave `by` out",
        )
