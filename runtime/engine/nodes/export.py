"""`export`: one trained student as a Hugging Face folder."""

from __future__ import annotations

from currc.compiler.graph import Node
from currc.runtime.engine.context import Context
from currc.runtime.engine.nodes.trial import built


def run(node: Node, context: Context) -> None:
    """Write the folder, with the present names of its tasks; it loads with `from_pretrained`."""
    student = built(node, context)
    if (called := node.parameters.get("called")) is not None:
        student.call(called)
    student.save(context.folder)
