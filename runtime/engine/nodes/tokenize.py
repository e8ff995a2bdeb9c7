"""`tokenize`: the token arrays of one task's training or gold rows."""

from __future__ import annotations

from typing import Any

from currc.compiler.graph import Node
from currc.compiler.plan import Method, ModelPlan, TaskPlan
from currc.runtime.data import shelf
from currc.runtime.data.tokens import tokenize
from currc.runtime.engine.context import Context
from currc.runtime.engine.nodes.trial import base_of

PARTS = {"train": ("train", "validation"), "gold": ("gold",)}


def run(node: Node, context: Context) -> None:
    """Write one folder of token arrays a split, and the task's labels.

    Raises:
        DataError: A row does not fit, or an answer is not in its prompt or among the labels.
        ModelError: The base has no usable tokenizer.
    """
    asked = node.parameters
    rows = context.input("rows")
    labels = asked["labels"] or shelf.take_labels(
        context.input("labels" if "labels" in node.inputs else "rows")
    )
    model = ModelPlan.model_validate(asked["model"])
    task = TaskPlan(
        kind=asked["kind"],
        train=None,
        gold="",
        prompt="",
        target="",
        labels=labels,
        metric=Method(word="loss"),
    )
    tokenizer: Any = base_of(model, context.settings).tokenizer
    for split in PARTS[asked["part"]]:
        made = tokenize(
            asked["task"],
            shelf.take(rows, split),
            task,
            tokenizer,
            asked["form"],
            asked["max_tokens"],
            with_limits=asked.get("limits", False) and split == "train",
        )
        (context.folder / split).mkdir()
        made.write(context.folder / split)
    shelf.put_labels(context.folder, labels)
