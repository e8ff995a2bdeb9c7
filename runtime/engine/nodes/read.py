"""`read`: the rows of one task, filled in and split; training rows and gold rows are nodes of their own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from currc.compiler.codes import Code
from currc.compiler.graph import Node
from currc.compiler.plan import Method, SourcePlan, TaskPlan
from currc.runtime.data import shelf
from currc.runtime.data.prepare import gold_rows, labels_of, training_rows
from currc.runtime.data.rows import DataError
from currc.runtime.data.sources import read_source, source_digest
from currc.runtime.engine.context import Context


def run(node: Node, context: Context) -> None:
    """Write `train.jsonl` and `validation.jsonl`, or `gold.jsonl`, and `labels.json`.

    Raises:
        DataError: Bad data, or data that is no longer what the run's key was made from.
    """
    asked = node.parameters
    root = Path(context.settings["root"])
    sources = {name: SourcePlan.model_validate(plan) for name, plan in asked["sources"].items()}
    for name, plan in sources.items():
        if source_digest(plan, root) != asked["digests"][name]:
            raise DataError(
                Code.DATA_CHANGED, name, f"source `{name}` changed while the run was under way", "run again"
            )
    rows = {name: read_source(plan, root) for name, plan in sources.items()}
    task = _task(asked["rows"])
    if asked["part"] == "gold":
        gold = gold_rows(asked["task"], task, rows)
        shelf.put(context.folder, "gold", gold)
        shelf.put_labels(context.folder, labels_of(task, gold))
        return
    distinct = sources[str(task.train)].dedup != "none"
    made = training_rows(asked["task"], task, rows, asked["held_out"], distinct=distinct)
    shelf.put(context.folder, "train", made.train)
    shelf.put(context.folder, "validation", made.validation)
    shelf.put_labels(context.folder, labels_of(task, (*made.train, *made.validation)))


def _task(rows: dict[str, Any]) -> TaskPlan:
    """The task as far as its rows are concerned; what the rows do not depend on stands at its default."""
    return TaskPlan.model_validate({"train": None, "gold": "", "metric": Method(word="loss"), **rows})
