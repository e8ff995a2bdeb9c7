"""`export`: one trained student as a Hugging Face folder."""

from __future__ import annotations

from currc.compiler.graph import Node
from currc.runtime.engine.context import Context
from currc.runtime.engine.nodes.trial import built


def run(node: Node, context: Context) -> None:
    """Write the folder; it loads with `from_pretrained`."""
    built(node, context).save(context.folder)
