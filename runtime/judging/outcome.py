"""The four outcomes of one arm, and the decision over all arms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from currc.compiler.plan import DecidePlan, Protection
from currc.runtime.judging.results import ArmResult, Decision, Difference, Outcome, Protected

SLACK = 1e-9
"""Rounding that a bound forgives, so that a gain of 0.01 reaches `min_gain = 1%`."""


def outcome(found: Difference, protect: Sequence[Protected], rule: DecidePlan) -> Outcome:
    """What the difference to the control amounts to.

    `better`: the corrected p is below alpha, the estimate is positive and at least
    `min_gain`, and nothing protected is violated. `worse`: the same below zero, whatever is protected.
    `equivalent`: the interval lies within plus and minus `equivalent`. Else `undecided`.
    """
    sure = found.corrected is not None and found.corrected < rule.alpha
    broken = any(guard.status == "violated" for guard in protect)
    if sure and not broken and found.estimate > 0 and found.estimate >= rule.min_gain - SLACK:
        return "better"
    if sure and found.estimate < 0 and found.estimate <= -rule.min_gain + SLACK:
        return "worse"
    if rule.equivalent is not None and _within(found, rule.equivalent):
        return "equivalent"
    return "undecided"


def protected(guard: Protection, found: Difference) -> Protected:
    """Whether a protected metric kept its level.

    `violated`: the estimate is below the allowed loss. `not shown`: the estimate is not,
    but the interval reaches below it. Else `protected`.
    """
    name = f"{guard.metric.task}.{guard.metric.metric.word}"
    return Protected(
        metric=name, loss=guard.loss, difference=found, status=_status(found, -guard.loss - SLACK)
    )


def decide(arms: Sequence[ArmResult], rule: DecidePlan | None) -> Decision:
    """The arm to keep.

    A missing trial of the control or of an arm that is compared with it leaves no
    decision. An arm that diverged cannot be kept; a control that diverged leaves nothing to
    compare with. The best *better* arm is kept, else `on_tie` decides.
    """
    if rule is None:
        return _no_decision("one arm, nothing to compare")
    judged = [arm for arm in arms if arm.role == "arm"]
    if missing := [arm for arm in judged if arm.missing]:
        return _no_decision("trials are missing: " + "; ".join(map(_seeds_missing, missing)))
    control = next(arm for arm in judged if arm.name == rule.control)
    if control.standing == "diverged":
        return _no_decision(f"the control `{control.name}` diverged with {_seeds(control.diverged)}")
    winners = [arm for arm in judged if arm.outcome == "better" and arm.difference]
    if winners:
        best = max(winners, key=_gain)
        return Decision(verdict="keep arm", arm=best.name, reason="the best of the arms that are better")
    if rule.on_tie == "no_decision":
        return _no_decision("no arm is better, and `on_tie` keeps none")
    return Decision(verdict="keep control", arm=rule.control, reason="no arm is better")


def _status(found: Difference, floor: float) -> Literal["protected", "not shown", "violated"]:
    if found.estimate < floor:
        return "violated"
    return "not shown" if found.low is None or found.low < floor else "protected"


def _no_decision(reason: str) -> Decision:
    return Decision(verdict="no decision", arm=None, reason=reason)


def _gain(arm: ArmResult) -> float:
    return arm.difference.estimate if arm.difference else 0.0


def _within(found: Difference, margin: float) -> bool:
    return found.low is not None and found.high is not None and -margin <= found.low and found.high <= margin


def _seeds_missing(arm: ArmResult) -> str:
    return f"`{arm.name}` {_seeds(arm.missing)}"


def _seeds(seeds: Sequence[int]) -> str:
    return f"{'seed' if len(seeds) == 1 else 'seeds'} {', '.join(map(str, seeds))}"
