"""From the losses of rows to what each task minimises in a step, and a first look at rows not yet trained."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import torch

from currc.runtime.streams import generator

if TYPE_CHECKING:
    from torch import Tensor

    from currc.runtime.data.tokens import Ragged, TokenRows
    from currc.runtime.learning.law import Law
    from currc.runtime.learning.state import TrialState

FIRST_LOOK = 512
"""Rows of a task that stand for all of them before its first step."""


def minimised(
    law: Law, state: TrialState, batches: Mapping[str, Ragged]
) -> tuple[dict[str, Tensor], dict[str, float]]:
    """What each task minimises, float32 scalars with their graph from one joint forward; and its mean loss.

    The gradient of the first is the mean over the task's rows of weight times the row's own
    gradient; with rows all alike it is the mean loss itself. The memory of the example weights
    takes in the step.
    """
    if not law.example_weighting.weighs:
        losses = state.student.losses(batches)
        return losses, {task: float(loss.detach()) for task, loss in losses.items()}
    each = state.student.each_loss(batches)
    values = {task: float(rows.detach().mean()) for task, rows in each.items()}
    return {task: (_weights(law, state, task, rows) * rows).mean() for task, rows in each.items()}, values


def _weights(law: Law, state: TrialState, task: str, rows: Tensor) -> Tensor:
    """How much each row of a task counts in this step, float32 [rows], without a graph."""
    losses = rows.detach().double().cpu().numpy()
    memory, drawn = state.memories["example_weights"], state.cursor.drawn.get(task, 0)
    return torch.from_numpy(law.example_weighting.weigh(law.tasks.index(task), losses, drawn, memory)).to(
        rows
    )


def look_first(law: Law, state: TrialState, tokens: Mapping[str, TokenRows]) -> None:
    """Show the example weights the rows of tasks that begin in this stage; the cursor counts the operations.

    The rows are the same in every arm with this seed; the losses are without dropout.
    """
    memory = state.memories["example_weights"]
    unknown = [law.tasks[place] for place in law.example_weighting.unknown(memory)]
    for task in law.segment.tasks:
        if task not in unknown:
            continue
        size = len(tokens[task])
        rows = generator(law.seed, "first look", task).choice(size, min(FIRST_LOOK, size), replace=False)
        rows = np.sort(rows).astype(np.int64)
        losses = state.student.row_losses(tokens[task], rows)
        drawn = state.cursor.drawn.get(task, 0)
        law.example_weighting.begin(law.tasks.index(task), losses, size, drawn, memory)
        # A forward pass is a third of a training step.
        state.cursor.flops += state.student.flops({task: tokens[task].lengths[rows]}) / 3
