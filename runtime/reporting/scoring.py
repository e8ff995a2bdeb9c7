"""What the models that scores ask will cost, before they are asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from currc.compiler.observers import Log, Proxy, Reference
from currc.compiler.plan import ArmPlan, Plan, canonical
from currc.compiler.printable import printable

if TYPE_CHECKING:
    from currc.runtime.engine.outlook import Outlook


def scoring(seen: Outlook) -> list[str]:
    """Trainings and looks of all scores, each once, and the logs that they read; nothing where none does."""
    logs = [
        f"scores  by the log of an earlier trial, {printable(path)}, that cost {flops:.2g} FLOPs:"
        " nothing is trained for it, nothing charged"
        for path, flops in seen.logs.items()
    ]
    return [*_trained_for(seen), *logs]


def _trained_for(seen: Outlook) -> list[str]:
    asked = list(_asked(seen.plan))
    if not asked:
        return []
    trained = read = 0.0
    for arm, observer in asked:
        rows = seen.tokens_of(arm)
        if isinstance(observer, Proxy):
            whole = sum(one.tokens for stage in seen.forecasts[arm.name] for one in stage.tasks)
            trained += whole * observer.limit * observer.until
            read += rows * observer.looks * _looked(observer)
        else:
            read += rows
    proxies = sum(isinstance(observer, Proxy) for _, observer in asked)
    counts = [f"{proxies} proxy training{'s' * (proxies != 1)}"] if proxies else []
    if references := len(asked) - proxies:
        counts.append(f"{references} frozen model{'s' * (references != 1)}")
    cost = f"{trained:,.0f} tokens trained and {read:,.0f} read"
    return [f"scores  {' and '.join(counts)}: {cost}{charge(seen, trained, read)}"]


def charge(seen: Outlook, trained: float, read: float) -> str:
    """The operations of training on and reading so many tokens, where the model's size is known, and who
    pays for them; a pass forward is a third of a step."""
    charged = "charged to their arms" if seen.plan.budget.match == "flops" else "not deducted from any arm"
    if seen.shape is None:
        return f", {charged}"
    lengths = seen.measured[0]
    flops = seen.shape.flops(trained + read / 3, sum(lengths.values()) / len(lengths))
    return f", {flops:.2g} FLOPs, {charged}"


def _asked(plan: Plan) -> Iterator[tuple[ArmPlan, Proxy | Reference]]:
    """Every model that a score asks, with the first of the arms that share it."""
    known: set[str] = set()
    for arm in plan.arms:
        scores = [one for one in (arm.schedule.by, arm.schedule.noise) if one is not None]
        for observer in (asked for score in scores for asked in score.observers):
            if isinstance(observer, Log):
                continue
            standing = [arm.model, arm.train.model_copy(update={"seeds": ()}), observer]
            tasks = [arm.tasks[task] for task in arm.trained]
            key = canonical([part.model_dump(mode="json") for part in (*standing, *tasks)])
            if key not in known and arm.role != "reference":
                known.add(key)
                yield arm, observer


def _looked(proxy: Proxy) -> float:
    """The share of the rows that a proxy looks at."""
    part = 1.0 / proxy.parts
    return {"all": 1.0, "part": 1.0 - part, "rest": part}[proxy.trains]
