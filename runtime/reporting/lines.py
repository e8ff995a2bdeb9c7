"""The lines under the table: what to do, why, what tasks do to each other, what arms drew."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from currc.runtime.judging.results import (
    ArmResult,
    Difference,
    Explanation,
    Interference,
    Rule,
    StageEnd,
    Verdict,
)
from currc.runtime.reporting.numbers import change, p_value, points, signed, told_apart
from currc.runtime.reporting.totals import drawn
from currc.runtime.reporting.transfer import transferred

PARTS_OF_A_GAIN = {
    "random_order": ("the same pacing in random order", "the order itself"),
    "all_tasks": ("the same totals without stages", "staging itself"),
    "equal": ("the equal sum", "the method itself"),
    "mean_weights": ("the mean weights held fixed", "changing them"),
    "proportional": ("the proportional mix", "the mix itself"),
    "mean_mix": ("the mean mix held fixed", "changing it"),
}
"""By kind of control arm: what it keeps, and what only its arm has."""


def lines(verdict: Verdict) -> list[Text]:
    """The lines under the table, without trailing newlines; only the decision where one arm ran."""
    found = [_line("Decision", decision(verdict))]
    if verdict.rule is not None:
        found.append(_line("Why", why(verdict, verdict.rule)))
        found.append(_line("Interference", interference(verdict.interference)))
        found += [_line(head, body) for head, body in _measured(verdict) if body is not None]
    if (told := promotions(verdict)) is not None:
        found.append(_line("Stages", told))
    if verdict.alike:
        found.append(_line("Alike", "; ".join(map(alike, verdict.alike))))
    return found


def _measured(verdict: Verdict) -> tuple[tuple[str, str | None], ...]:
    return ("Transfer", transferred(verdict)), ("Drawn", drawn(verdict))


def promotions(verdict: Verdict) -> str | None:
    """When the stages that may be promoted ended, and the numbers of the first trial; by arm and stage."""
    told = [
        f"{arm.name}: {_ended(stage, [one for one in arm.stages if one.stage == stage])}"
        for arm in verdict.listed()
        for stage in dict.fromkeys(one.stage for one in arm.stages)
        if any(one.stage == stage and "evaluations" in one.reason for one in arm.stages)
    ]
    return "; ".join(told) or None


def _ended(stage: str, trials: Sequence[StageEnd]) -> str:
    ends = sorted(one.at for one in trials)
    span = f"{ends[0]:.1%}" if ends[0] == ends[-1] else f"{ends[0]:.1%} .. {ends[-1]:.1%}"
    held, first = sum(one.promoted for one in trials), trials[0]
    by = f"{held} of {len(trials)} trials by promotion"
    return f"{stage} ended at {span} of the limit, {by}; seed {first.seed}: {first.reason}"


def decision(verdict: Verdict) -> str:
    """What to do, the numbers behind it, and how much was looked at."""
    rule, said = verdict.rule, verdict.decision
    if rule is None or said.arm is None:
        return f"no decision   ({said.reason})"
    size = _size(verdict)
    if said.verdict == "keep arm":
        return f"keep {said.arm}   ({'; '.join([*_passed(verdict.arm(said.arm), rule), size])})"
    best = _best(verdict, rule)
    reason = f"; {_why_not(best, rule)}" if best else ""
    return f"keep control {said.arm}   ({said.reason}{reason}; {size})"


def why(verdict: Verdict, rule: Rule) -> str:
    """How much of the gain the control arms already have, and what the arm's own idea adds."""
    known = [one for one in verdict.explanations if one.kind in PARTS_OF_A_GAIN]
    taken_apart = {one.arm for one in known} | {name.partition("~")[0] for name in rule.stand_ins}
    kept, best = verdict.decision.arm, _best(verdict, rule, taken_apart)
    name = kept if kept in rule.family or best is None else best.name
    told = [_explained(one, rule) for one in known if one.arm == name]
    told += [_is_control(kind, rule) for arm, kind in _controls_that_are_the_control(rule) if arm == name]
    if not told:
        if any(arm.role == "control" and arm.difference is None for arm in verdict.arms):
            return "not taken apart, trials are missing."
        waived = f" (waived: {', '.join(rule.waived)})" if rule.waived else ""
        return f"not taken apart, no control arm{waived}."
    opening = "" if name == kept else f"of {name}, the best arm: "
    return opening + " ".join([told[0], *(one[:1].upper() + one[1:] for one in told[1:])])


def interference(found: tuple[Interference, ...]) -> str:
    """Which tasks lose by training with the others, against the same task trained alone."""
    if not found:
        return "not measured, no single-task references."
    if all(one.difference is None for one in found):
        return "not measured, trials are missing."
    harmed = [one for one in found if one.shown == "harmed" and one.difference]
    others = [one for one in found if one not in harmed]
    unit = " points" if all(one.range == (0.0, 1.0) for one in found) else ""
    against = "(against single-task, equal own data" + (
        f": {', '.join(map(_gap, others))}{unit})" if others else ")"
    )
    if not harmed:
        return f"none shown {against}"
    return f"{', '.join(map(_gap, harmed))}{unit} by training with the others {against}"


def alike(pair: tuple[str, str]) -> str:
    """What is said of an arm that scored as another did."""
    return f"{pair[0]} scored every gold row as {pair[1]} did under every seed, so it tells nothing more"


def _line(head: str, body: str) -> Text:
    return Text.assemble((f"{head}:", "bold"), f" {body}")


def _passed(arm: ArmResult, rule: Rule) -> list[str]:
    found = arm.difference
    if found is None or found.corrected is None:
        return []
    sign = "≥" if rule.min_gain else ">"
    gain = f"{change(found.estimate, rule.range)} {sign} {rule.min_gain:g}"
    kept = [f"{guard.metric} {guard.status}" for guard in arm.protect]
    return [f"{gain}, p {p_value(found.corrected, rule.alpha)} < {rule.alpha:g}", *kept]


def _size(verdict: Verdict) -> str:
    arms = [arm for arm in verdict.arms if arm.role != "reference"]
    seeds = max(len(arm.seeds) + len(arm.diverged) + len(arm.missing) for arm in arms)
    told = [f"{_count(len(arms), 'arm')} × {_count(seeds, 'seed')}", _count(verdict.gold_rows, "gold row")]
    if verdict.detectable is None:
        return ", ".join([*told, "detectable effect cannot be measured"])
    bounds = verdict.rule.range if verdict.rule else None
    return ", ".join([*told, f"detectable effect {change(verdict.detectable, bounds)[1:]}"])


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _best(verdict: Verdict, rule: Rule, among: set[str] | None = None) -> ArmResult | None:
    arms = [arm for arm in verdict.arms if arm.name in rule.family and (among is None or arm.name in among)]
    gains = {arm.name: arm.difference.estimate for arm in arms if arm.difference}
    return verdict.arm(max(gains, key=gains.__getitem__)) if gains else None


def _why_not(arm: ArmResult, rule: Rule) -> str:
    found = arm.difference
    if found is None or found.corrected is None:
        return f"{arm.name} has no difference"
    gain = change(found.estimate, rule.range)
    if found.low is None:
        return f"{arm.name} {gain}, its doubt cannot be measured"
    if found.corrected >= rule.alpha:
        return f"{arm.name} {gain}, p {p_value(found.corrected, rule.alpha)} ≥ {rule.alpha:g}"
    for guard in arm.protect:
        if guard.status == "violated":
            lost = told_apart(guard.difference.estimate, -guard.loss, rule.range)
            return f"{arm.name} {gain}, but {guard.metric} violated: {lost} < {signed(-guard.loss, 3)}"
    return f"{arm.name} {told_apart(found.estimate, rule.min_gain, rule.range)} < {rule.min_gain:g}"


def _explained(one: Explanation, rule: Rule) -> str:
    keeps, own = PARTS_OF_A_GAIN[one.kind]
    shown = {"matters": "shown to matter", "hurts": "shown to hurt", "not shown": "not shown to matter"}
    gain = change(one.gain.estimate, rule.range)
    added = f"{change(one.added.estimate, rule.range)}{_interval(one.added, rule.range)}"
    return f"{keeps} gains {gain}; {own} adds {added}: {shown[one.shown]}."


def _controls_that_are_the_control(rule: Rule) -> list[tuple[str, str]]:
    """Arm and kind of each control arm that would have trained just what the control does."""
    names = [name.partition("~") for name, arm in rule.stand_ins.items() if arm == rule.control]
    return [(arm, kind) for arm, _, kind in names if kind in PARTS_OF_A_GAIN]


def _is_control(kind: str, rule: Rule) -> str:
    keeps, own = PARTS_OF_A_GAIN[kind]
    return f"{keeps} is {rule.control} itself, so the whole difference is {own}."


def _interval(found: Difference, bounds: tuple[float, float] | None) -> str:
    if found.low is None or found.high is None:
        return " [not measurable]"
    return f" [{change(found.low, bounds)} .. {change(found.high, bounds)}]"


def _gap(one: Interference) -> str:
    """A task's difference, with its interval where it is a loss; in points of a [0, 1] metric."""
    found = one.difference
    if found is None:
        return f"{one.task} not measured"
    if one.range != (0.0, 1.0):
        return f"{one.task} {change(found.estimate, one.range)}{_interval(found, one.range)}"
    if found.estimate >= 0 or found.low is None or found.high is None:
        return f"{one.task} {points(found.estimate)}"
    return f"{one.task} {points(found.estimate)} [{points(found.low)} .. {points(found.high)}]"
