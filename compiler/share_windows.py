"""Windows in the work graph: what must hold rows before anything trains."""

from __future__ import annotations

from typing import Any

from currc.compiler.plan import ArmPlan, Plan, Window
from currc.compiler.share_scores import Weaver, scored, staying


def windows_of(arm: ArmPlan, task: str, role: str) -> list[dict[str, Any]]:
    """The windows of a task, but for the whole of it, whose rows can be counted without their scores."""
    schedule = arm.schedule
    if schedule.balance_by != "none" or schedule.by is None or schedule.by.within != "task":
        return []
    return [
        {
            "rows": role,
            "arm": arm.name,
            "order": schedule.order.model_dump(mode="json"),
            **segment.model_dump(mode="json", include={"stage", "window"}),
        }
        for segment in schedule.segments
        if task in segment.tasks and segment.window != Window()
    ]


def windows_across(weaver: Weaver, plan: Plan) -> dict[str, str]:
    """By arm, the check of windows over rows that are ranked across tasks, where a task may have none."""
    found = {}
    for arm in plan.arms:
        by, schedule = arm.schedule.by, arm.schedule
        stages = [one for one in schedule.segments if one.window != Window()]
        if arm.role != "arm" or by is None or by.within != "all" or schedule.balance_by != "none":
            continue
        scores = scored(weaver, arm, arm.trained) if stages else {}
        if scores:
            parameters = {
                "arm": arm.name,
                "seeds": list(arm.train.seeds),
                "order": schedule.order.model_dump(mode="json"),
                "stages": [
                    one.model_dump(mode="json", include={"stage", "tasks", "window"}) for one in stages
                ],
            }
            found[arm.name] = weaver.add(
                "windows",
                f"windows of {arm.name}",
                parameters,
                scores | staying(weaver, arm, arm.trained),
            )
    return found
