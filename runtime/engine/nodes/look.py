"""`look`: what a frozen model sees in the rows of one task."""

from __future__ import annotations

from typing import Any

import numpy as np

from currc.compiler.graph import Node
from currc.runtime.data.tokens import TokenRows
from currc.runtime.engine.context import Context
from currc.runtime.engine.nodes import seen
from currc.runtime.engine.nodes.trial import fresh, task_plans, with_labels
from currc.runtime.learning.models import Student

Array = np.ndarray[Any, np.dtype[Any]]


def run(node: Node, context: Context) -> None:
    """Write the loss of each training row's answer, or the vectors of training and validation rows."""
    (task,) = (role.removeprefix("tokens:") for role in node.inputs)
    folder = context.input(f"tokens:{task}")
    rows = {split: TokenRows.open(folder / split) for split in ("train", "validation")}
    vectors = node.parameters["what"] == "vectors"
    plans = task_plans({task: node.parameters["task"]})
    asked = {**node.parameters, "seed": 0}
    answering = {} if vectors else with_labels(node, context, plans)
    model = fresh(Node("look", node.name, asked, node.inputs), context, answering)
    if vectors:
        arrays = {"rows": _all(model, rows["train"]), "aims": _all(model, rows["validation"])}
        looked = rows
    else:
        arrays = {"losses": model.row_losses(rows["train"], np.arange(len(rows["train"])))[None]}
        looked = {"train": rows["train"]}
    seen.put(context.folder, task, arrays)
    # A forward pass is a third of a training step.
    seen.put_cost(context.folder, sum(model.flops({task: part.lengths}) / 3 for part in looked.values()))


def _all(model: Student, rows: TokenRows) -> Array:
    return model.vectors(rows, np.arange(len(rows)))
