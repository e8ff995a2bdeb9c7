"""Rows out of parameters; `bad` makes it the user's mistake."""

from __future__ import annotations

import json

from currc.compiler.codes import Code
from currc.compiler.graph import Node
from currc.runtime.data.rows import DataError
from currc.runtime.engine.context import Context


def run(node: Node, context: Context) -> None:
    if node.parameters.get("bad"):
        raise DataError(next(iter(Code)), "rows.jsonl:7", "not JSON", "fix the line")
    (context.folder / "rows.json").write_text(json.dumps(node.parameters["rows"]))
