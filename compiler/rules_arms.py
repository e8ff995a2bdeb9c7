"""Rules of a fair comparison: budget, arms that differ in something, and in one thing at a time."""

from __future__ import annotations

from collections.abc import Hashable

from currc.compiler.chain import trained
from currc.compiler.codes import Code
from currc.compiler.complain import listed
from currc.compiler.desk import Desk
from currc.compiler.diagnostic import Label
from currc.compiler.lower_arms import arm_plan, factors
from currc.compiler.rules_material import some_block_lost
from currc.compiler.rules_mixes import MIX_RULES
from currc.compiler.rules_promotions import span_of_arm
from currc.compiler.rules_trials import trials, trials_with_controls
from currc.compiler.settled import content
from currc.compiler.spec import Spec
from currc.compiler.value_types import Amount, tidy

SHOWN_FACTORS = 4


def some_arm(spec: Spec, desk: Desk) -> None:
    """A spec has an arm, and each arm trains something."""
    if not desk.scope.of_kind("arm") and not some_block_lost(desk):
        help = "write a block `arm baseline { ... }`; it may be empty"
        desk.say(Code.NO_ARM, "the spec has no arm", spec.at, "nothing to run", help=help)
    for arm in spec.arms:
        setting = spec.find("tasks", arm)
        known = not any(desk.is_lost(f"{task}.train") for task in spec.of_kind("task"))
        if known and setting is not None and not trained(spec, arm):
            span = span_of_arm(setting, spec, arm)
            help = "name a task that has `train = SOURCE`"
            desk.say(Code.NO_TASK, f"arm `{arm}` trains no task", span, "these are only scored", help=help)


def budget(spec: Spec, desk: Desk) -> None:
    """Arms are compared at equal totals, in one unit."""
    if "budget" not in spec.parts:
        if not desk.is_lost("budget") and spec.arms:
            help = "write one, with `match = tokens` and `limit = 300_000 tokens`"
            desk.say(
                Code.LIMIT_MISSING, "the spec has no budget", spec.at, "when does a trial end?", help=help
            )
        return
    limit, match = spec.find("budget.limit"), spec.find("budget.match")
    if match is None and len(spec.arms) > 1 and not desk.is_lost("budget.match"):
        unit = limit.value.unit if limit is not None and limit.value.unit else "tokens"
        message = "arms are compared, and nothing says what is equal between them"
        help = f"add `match = {unit}`"
        desk.say(Code.MATCH_MISSING, message, spec.parts["budget"].span, "needs `match`", help=help)
    if limit is None or limit.span is None:
        return
    if match is not None:
        _limit_unit(limit.value, match.value, spec, desk)
    elif not limit.value.unit and not desk.is_lost("budget.match"):
        help = f"write `{tidy(limit.value.value)} steps`"
        desk.say(Code.LIMIT_UNIT, "the limit has no unit", limit.span, "of what?", help=help)
    _large_enough(spec, desk)


def _limit_unit(limit: Amount, match: str, spec: Spec, desk: Desk) -> None:
    wanted = "" if match == "flops" else match
    setting, other = spec.find("budget.limit"), spec.find("budget.match")
    if limit.unit == wanted or setting is None or setting.span is None:
        return
    others = [Label(other.span, f"arms are matched on {match}")] if other is not None and other.span else []
    message = f"the limit counts {limit.unit or 'nothing'}, and arms are matched on {match}"
    help = f"write `limit = {tidy(limit.value)} {wanted}`".replace(" `", "`") if not limit.unit else ""
    help = help or f"write the limit in {match}" + (", a plain number" if match == "flops" else "")
    desk.say(Code.LIMIT_UNIT, message, setting.span, "another unit", *others, help=help)


def _large_enough(spec: Spec, desk: Desk) -> None:
    limit: Amount = spec.value("budget.limit")
    batch = max((spec.value("train.batch", arm) or 1 for arm in spec.arms), default=1)
    least = {"steps": 1, "examples": batch, "tokens": batch}.get(limit.unit, 0)
    setting = spec.find("budget.limit")
    if limit.value < least and setting is not None and setting.span is not None:
        message = f"the limit of {limit} is below one batch"
        help = "raise the limit to what many batches use" + (", or lower `train.batch`" if batch > 1 else "")
        desk.say(Code.LIMIT_TOO_SMALL, message, setting.span, f"a batch has {batch} examples", help=help)


def evaluation_unit(spec: Spec, desk: Desk) -> None:
    """Evaluations lie on a grid of steps, of shares of the limit, or of the unit of the budget."""
    every, limit = spec.find("evaluate.every"), spec.value("budget.limit")
    match = spec.value("budget.match") or (limit.unit if limit is not None else None)
    if every is None or every.span is None or match is None:
        return
    if every.value.unit not in ("share", "steps", match):
        message = f"`every` counts {every.value.unit}, and the budget counts {match}"
        help = "write a share of the limit, as `every = 10%`, or steps"
        desk.say(Code.WRONG_UNIT, message, every.span, "another unit", help=help)
    elif every.value.value <= 0:
        desk.say(Code.OUT_OF_RANGE, "`every` is more than 0", every.span, f"this is {every.value}")


def equal_arms(spec: Spec, desk: Desk) -> None:
    """No two arms are the same after resolution."""
    if desk.complaints.errors:
        return
    seen: dict[Hashable, str] = {}
    for arm in sorted(spec.arms, key=lambda name: spec.arms[name].span.start):
        first = seen.setdefault(content(arm_plan(spec, arm)), arm)
        if first != arm:
            message = f"arm `{arm}` is the same as arm `{first}`"
            other = Label(spec.arms[first].span, "the same as this")
            note = "after resolution nothing differs"
            desk.say(Code.EQUAL_ARMS, message, spec.arms[arm].span, note, other, address=f"arm.{arm}")


def one_factor(spec: Spec, desk: Desk) -> None:
    """An arm that differs from its parent in several things cannot say which of them did it."""
    for arm in spec.arms:
        found = factors(spec, arm)
        if len(found) > 1:
            parent = spec.arms[arm].parent or ""
            message = f"arm `{arm}` differs from `{parent}` in {len(found)} things at once"
            note = f"differs in {listed(found, SHOWN_FACTORS)}"
            help = "an arm in between, with one of them, would tell which of them matters"
            span = spec.arms[arm].span
            desk.say(Code.CONFOUNDED, message, span, note, help=help, address=f"arm.{arm}")


ARM_RULES = (
    some_arm,
    budget,
    evaluation_unit,
    *MIX_RULES,
    one_factor,
    trials,
    equal_arms,
    trials_with_controls,
)
