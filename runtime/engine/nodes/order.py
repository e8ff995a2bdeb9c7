"""`order`: the realised order of one stage of one trial, row by row."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from currc.compiler.graph import Node
from currc.runtime.engine.context import Context
from currc.runtime.engine.nodes import ORDER
from currc.runtime.engine.nodes.course import feed_of
from currc.runtime.engine.nodes.retire import stays_of
from currc.runtime.engine.nodes.train import Stage
from currc.runtime.learning.looking import MEMORY
from currc.runtime.learning.proof import verify


def run(node: Node, context: Context) -> None:
    """Write every draw of the finished stage: its position in the trial, its step, its task and row.

    The rows are those of the closed form, and the hash that training took of the rows in its
    batches must be theirs. So a trial from the store, or one that was stopped and gone on with,
    is told like any other, and nothing is written down while training.

    Raises:
        OrderBroken: The hashes differ.
    """
    stage = Stage.of(node, context)
    state = stage.blank()
    state.load(context.input("trained"))
    state.student.freeze(stage.law.frozen)  # what a step costs hangs on it
    cursor = state.cursor
    steps: list[Mapping[str, np.ndarray]] = []
    if cursor.stage == stage.law.index:  # not where the trial was given up before this stage
        feed = feed_of(node, context, stage.law, stage.yoke, stage.tokens, state)
        looks = state.memories[MEMORY]
        verify(stage.law, feed, cursor, state.student.flops, heard=steps.append, looks=looks)
        first = cursor.at_entry["used"]["examples"], cursor.at_entry["used"]["steps"]
    else:
        first = cursor.examples, cursor.steps
    for task in stage.law.tasks:
        stays = stays_of(node, context.store, task)
        if stays is not None:
            steps = [{**rows, task: stays[rows[task]]} if task in rows else rows for rows in steps]
    _write(context.folder / ORDER, steps, stage.law.tasks, *first)


def _write(
    file: Path,
    steps: list[Mapping[str, np.ndarray]],
    tasks: tuple[str, ...],
    position: int,
    step: int,
) -> None:
    """An Arrow file of the draws of a stage that began at that position and step of the trial."""
    import pyarrow as pa

    sizes = [sum(map(len, rows.values())) for rows in steps]
    parts = [(tasks.index(task), drawn) for rows in steps for task, drawn in rows.items()]
    owner = np.repeat([task for task, _ in parts], [len(drawn) for _, drawn in parts]).astype(np.int32)
    drawn = np.concatenate([drawn for _, drawn in parts]) if parts else np.zeros(0, np.int64)
    table = pa.table(
        {
            "position": pa.array(position + np.arange(len(drawn)), pa.int64()),
            "step": pa.array(np.repeat(step + np.arange(len(steps)), sizes), pa.int64()),
            "task": pa.DictionaryArray.from_arrays(owner, pa.array(tasks, pa.string())),
            "row": pa.array(drawn, pa.int64()),
        }
    )
    with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
