"""`guard`: no task's gold rows may stand in any task's training rows, and no stage may be without rows."""

from __future__ import annotations

from currc.compiler.graph import Node
from currc.compiler.printable import printable
from currc.runtime.data import leaks, shelf
from currc.runtime.data.near import near
from currc.runtime.engine.context import Context
from currc.runtime.engine.windows import demand_rows


def run(node: Node, context: Context) -> None:
    """Write nothing: what counts is that the node exists. Gold rows nearly in training data are told.

    Raises:
        DataError: Gold rows were found in training or validation rows, or a window holds no rows.
    """
    folders = {role: context.input(role) for role in node.inputs}
    training = {
        role.removeprefix("train:"): [*shelf.take(folder, "train"), *shelf.take(folder, "validation")]
        for role, folder in folders.items()
        if role.startswith("train:")
    }
    gold = {
        role.removeprefix("gold:"): shelf.take(folder, "gold")
        for role, folder in folders.items()
        if role.startswith("gold:")
    }
    leaks.guard(training, gold)
    for window in node.parameters.get("windows", ()):
        demand_rows(len(shelf.take(folders[window["rows"]], "train")), window)
    if found := near(training, gold):
        head = f"{leaks.of_all(found, gold)} are nearly in training data (currc explain W0401)"
        context.warn("\n".join([head, *(f"  {printable(line)}" for line in leaks.pairs(found))]))
