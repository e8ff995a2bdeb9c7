"""`windows`: no stage may be without rows of a task where rows of all tasks are ranked together."""

from __future__ import annotations

from currc.compiler.graph import Node
from currc.compiler.plan import Window
from currc.runtime.curriculum.pools import Pool
from currc.runtime.curriculum.ranking import rankings
from currc.runtime.engine.context import Context
from currc.runtime.engine.nodes.retire import scores_of
from currc.runtime.engine.windows import demand_levels, ordering_of


def run(node: Node, context: Context) -> None:
    """Write nothing: what counts is that the node exists. Ties are broken as each trial will break them.

    Raises:
        DataError: A window holds no rows of a task that its stage trains.
    """
    asked = node.parameters
    ordering = ordering_of(asked)
    if not ordering.ranks:
        return
    names = [role.removeprefix("score:") for role in node.inputs if role.startswith("score:")]
    scores = scores_of(node, context, names)
    for seed in asked["seeds"]:
        found = rankings(scores, "all", seed)
        for stage in asked["stages"]:
            window = Window.model_validate(stage["window"])
            for task in stage["tasks"]:
                pool = Pool.ranked(task, found[task])
                demand_levels(pool, window, ordering, stage["stage"], asked["arm"])
