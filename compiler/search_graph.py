"""The work graph of a search for shares: short plain trainings of one arm's model, and nothing of gold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from currc.compiler.graph import WorkGraph
from currc.compiler.plan import (
    ArmPlan,
    EvaluatePlan,
    Method,
    Plan,
    Quantity,
    SchedulePlan,
    Segment,
    TaskPlan,
)
from currc.compiler.share import Facts, weaver_of

AT_THE_END = Quantity(amount=1.0, unit="share")
LOSS = Method(word="loss")


class Mixed(NamedTuple):
    """A proxy: a training at constant shares with one seed."""

    name: str
    """What people call it while it trains."""
    shares: Mapping[str, float]
    """The share of each task in the drawn rows."""
    seed: int


class Weighed(NamedTuple):
    """A proxy that draws all tasks equally and finds their weights while it trains."""

    name: str
    search: Method
    """The search that finds them."""
    seed: int
    reference: Mapping[str, float] | None
    """The shares of the finished proxy with the same seed whose losses it looks at."""


def proxy_plan(plan: Plan, arm: ArmPlan, part: float, steps: int | None = None) -> Plan:
    """The plan of the proxies of an arm: its model and trained tasks, shuffled, judged by validation loss.

    No task has gold in it, so nothing that is made of it can read any.

    Args:
        plan: The spec's plan.
        arm: The arm whose model and settings they have.
        part: Their limit as a share of the plan's.
        steps: Their limit in optimiser steps instead.
    """
    tasks = {name: _without_gold(task) for name, task in arm.tasks.items() if task.train is not None}
    read = {str(task.train) for task in tasks.values()}
    read |= {task.validation for task in tasks.values() if isinstance(task.validation, str)}
    mix, weights, combine = (Method(word=word) for word in ("equal", "equal", "sum"))
    segment = Segment(stage="all", tasks=tuple(sorted(tasks)), mix=mix, weights=weights, combine=combine)
    schedule = SchedulePlan(order=Method(word="shuffled"), segments=(segment,))
    limit = (
        {"limit": plan.budget.limit * part} if steps is None else {"match": "steps", "limit": float(steps)}
    )
    return plan.model_copy(
        update={
            "sources": {name: source for name, source in plan.sources.items() if name in read},
            "arms": (
                arm.model_copy(
                    update={
                        "tasks": tasks,
                        "schedule": schedule,
                        "yoke": None,
                        "goals": "best",
                        "parent": None,
                    }
                ),
            ),
            "budget": plan.budget.model_copy(update={**limit, "total": None}),
            "evaluate": EvaluatePlan(every=AT_THE_END),
            "decide": None,
        }
    )


def search_graph(plan: Plan, facts: Facts, proxies: Sequence[Mixed | Weighed]) -> tuple[WorkGraph, list[str]]:
    """The graph of some proxies of a `proxy_plan`, and the key of each."""
    weaver, names = weaver_of(plan, facts)
    (arm,) = weaver.plan.arms
    trained = tuple(sorted(arm.tasks))

    def parameters(seed: int, mix: Method) -> dict[str, Any]:
        (segment,) = arm.schedule.segments
        schedule = arm.schedule.model_copy(update={"segments": (segment.model_copy(update={"mix": mix}),)})
        return weaver.first_stage(arm.model_copy(update={"schedule": schedule}), seed, trained)

    def train(name: str, shares: Mapping[str, float], seed: int) -> str:
        stored = {names.get(task, task): share for task, share in shares.items()}
        mix = Method(word="shares", parameters={"shares": dict(sorted(stored.items()))})
        return weaver.add("train", name, parameters(seed, mix), dict(tokens))

    tokens = {f"tokens:{name}": weaver.tokens(arm, name) for name in trained}
    keys = []
    for proxy in proxies:
        if isinstance(proxy, Mixed):
            keys.append(train(proxy.name, proxy.shares, proxy.seed))
            continue
        inputs = dict(tokens)
        if proxy.reference is not None:
            inputs["reference"] = train(f"reference of {proxy.name}", proxy.reference, proxy.seed)
        asked = parameters(proxy.seed, Method(word="equal"))
        asked["search"] = proxy.search.model_dump(mode="json")
        keys.append(weaver.add("weigh", proxy.name, asked, inputs))
    return WorkGraph.of(weaver.nodes.values()), keys


def _without_gold(task: TaskPlan) -> TaskPlan:
    return task.model_copy(update={"gold": "", "metric": LOSS, "also": (), "requires": ()})
