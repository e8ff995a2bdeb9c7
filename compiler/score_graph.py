"""The work graph of scores alone: what `currc score` computes, under the keys that a run gives it too."""

from __future__ import annotations

from collections.abc import Sequence

from currc.compiler.graph import WorkGraph
from currc.compiler.plan import DifficultyPlan, Plan
from currc.compiler.share import Facts, weaver_of
from currc.compiler.share_scores import scored


def score_graph(
    plan: Plan, facts: Facts, wanted: Sequence[tuple[str, DifficultyPlan]]
) -> tuple[WorkGraph, list[dict[str, str]]]:
    """The graph of some scores of the training rows of some arms, named by the arm.

    Returns:
        The graph, and for each score the key of its node by the present name of each task.
    """
    weaver, names = weaver_of(plan, facts)
    called = {stored: name for name, stored in names.items()}
    found = []
    for name, by in wanted:
        arm = weaver.plan.arm(name)
        schedule = arm.schedule.model_copy(update={"by": by})
        keys = scored(weaver, arm.model_copy(update={"schedule": schedule}), arm.trained)
        found.append({called.get(task, task): keys[f"score:{task}"] for task in arm.trained})
    return WorkGraph.of(weaver.nodes.values()), found
