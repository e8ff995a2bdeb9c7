"""A plan as people read it: arms, stages, shares, cost, and the smallest effect that it can show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from currc.compiler.plan import ArmPlan, Method, Plan, Quantity, Segment
from currc.runtime.vocabulary import Vocabulary

if TYPE_CHECKING:
    from currc.runtime.data.prepare import TaskFacts
    from currc.runtime.engine.forecast import Shape, StageForecast

REPEATED = 4.0
"""Passes over a task's rows beyond which the returns fade (Muennighoff et al. 2023)."""


def outline(plan: Plan, name: str) -> str:
    """The experiment without its data: what is compared, in which stages, and how many trainings that is."""
    first = plan.arms[0]
    ways = {_how(arm) for arm in plan.arms if arm.role != "reference"}
    rows = [
        (f"  {arm.name}", _what(arm, plan, len(ways) > 1 and arm.role != "reference")) for arm in plan.arms
    ]
    lines = [
        f"{name}  plan {plan.hash()[:8]}  edition {plan.edition}",
        f"model   {first.model.kind} {first.model.base}{_with(first)}",
        f"budget  {plan.budget.limit:,.0f} {plan.budget.match} a trial"
        f" · batch {first.train.batch} · lr {first.train.lr:g} · {len(first.train.seeds)} seeds",
        *(f"all     {how}" for how in ways if len(ways) == 1),
        "arms",
        *_columns(rows),
        *_decision(plan),
    ]
    return "\n".join(lines) + "\n"


def shares(
    forecasts: Mapping[str, Sequence[StageForecast]],
    facts: Mapping[str, TaskFacts],
    lengths: Mapping[str, float],
) -> str:
    """Rows of each task, then the share, draws and passes of each task in each stage; equal arms once."""
    rows = [("task", "train", "validation", "gold", "copies left out", "tokens a row")]
    for task, fact in facts.items():
        counts = (f"{fact.train:,}", f"{fact.validation:,}", f"{fact.gold:,}", f"{fact.copies:,}")
        rows.append((task, *counts, f"{lengths[task]:.1f}"))
    lines = ["", *_columns(rows, right=True), ""]
    table = [("arms", "stage", "of limit", "task", "share", "draws", "passes")]
    for arms, stages in _alike(forecasts):
        for stage in stages:
            for one in stage.tasks:
                note = "  repeated" if one.epochs > REPEATED else ""
                numbers = (f"{one.share:.1%}", f"{one.draws:,.0f}", f"{one.epochs:.2f}{note}")
                table.append((arms, stage.stage, f"{stage.part:.0%}", one.task, *numbers))
    return "\n".join([*lines, *_columns(table)]) + "\n"


def cost(
    plan: Plan,
    forecasts: Mapping[str, Sequence[StageForecast]],
    lengths: Mapping[str, float],
    shape: Shape | None,
    counted: bool,
) -> str:
    """Trials, tokens and floating point operations of the whole experiment, as far as they are known."""
    seeds = {arm.name: len(arm.train.seeds) for arm in plan.arms}
    tokens = {name: sum(one.tokens for s in stages for one in s.tasks) for name, stages in forecasts.items()}
    of_arms = sum(tokens[name] * seeds[name] for name in forecasts)
    of_references = sum(
        _reference_tokens(arm, forecasts) * seeds[arm.name] for arm in plan.arms if arm.role == "reference"
    )
    length = sum(lengths.values()) / len(lengths)
    flops = f"{shape.flops(of_arms + of_references, length):.2g}" if shape is not None else "unknown"
    by = "counted by the tokenizer" if counted else "estimated from words"
    return (
        f"\n{_trials(plan)}\n"
        f"tokens  {of_arms:,.0f} in arms and controls, {of_references:,.0f} in references ({by})\n"
        f"FLOPs   {flops} of training\n"
    )


def effect(plan: Plan, facts: Mapping[str, TaskFacts]) -> str:
    """The smallest difference of the objective that this experiment will likely show."""
    if plan.decide is None:
        return ""
    from currc.runtime.judging.power import Assumed, expected_effect

    decide = plan.decide
    rows = [facts[task].gold for task in dict.fromkeys(part.task for part in decide.metric.parts)]
    family = max(1, sum(arm.role == "arm" for arm in plan.arms) - 1)
    seeds = len(plan.arm(decide.control).train.seeds)
    smallest = expected_effect(seeds, rows, decide.alpha, family)
    if smallest is None:
        return "effect  nothing can be shown with one seed or one gold row\n"
    warning = "  (more than `min_gain`: add seeds or gold rows)" if 0 < decide.min_gain < smallest else ""
    return f"effect  about {smallest:.3f} can be shown{warning}\n        {Assumed()}\n"


def _how(arm: ArmPlan) -> str:
    """How the tasks of an arm are balanced, stage by stage where stages differ."""
    said = [
        f"mix {call('mix', one.mix)} · weights {call('weights', one.weights)}"
        f" · combine {call('combine', one.combine)}"
        for one in arm.schedule.segments
    ]
    return " → ".join(dict.fromkeys(said))


def _what(arm: ArmPlan, plan: Plan, with_how: bool) -> str:
    """What an arm is: its part in the comparison, its order, its stages."""
    parts = [_part(arm, plan), _order(arm)]
    if len(arm.schedule.segments) > 1:
        parts.append(" → ".join(map(_stage, arm.schedule.segments)))
    if with_how:
        parts.append(_how(arm))
    return " · ".join(part for part in parts if part)


def _part(arm: ArmPlan, plan: Plan) -> str:
    if arm.role == "control":
        return f"control arm of {arm.of}"
    if arm.role == "reference":
        return f"reference, as many own draws as in {arm.yoke.arm}" if arm.yoke is not None else "reference"
    if plan.decide is not None and plan.decide.control == arm.name:
        return "the control"
    return f"differs in {', '.join(arm.factors)}" if arm.factors else ""


def _order(arm: ArmPlan) -> str:
    schedule = arm.schedule
    parts = [call("order", schedule.order)]
    if schedule.by is not None and schedule.by.score.word != "random":
        parts.append(f"by {call('score', schedule.by.score)}")
    if schedule.pacing.word != "none":
        parts.append(call("pacing", schedule.pacing))
    return " ".join(parts)


def _stage(segment: Segment) -> str:
    end = f" ≤ {_amount(segment.max)}" if segment.max is not None else ""
    window = segment.window
    part = "" if (window.low, window.high) == (0, 1) else f" {window.low:.0%}..{window.high:.0%}"
    return f"{segment.stage}({', '.join(segment.tasks)}{part}{end})"


def _amount(quantity: Quantity) -> str:
    return f"{quantity.amount:.0%}" if quantity.unit == "share" else f"{quantity.amount:g} {quantity.unit}"


def call(slot: str, method: Method) -> str:
    """A word with the parameters that are not at their defaults, as a spec would say it."""
    component = Vocabulary().component(slot, method.word)
    if component.variadic is not None:
        parts = [Method.model_validate(part) for part in method.parameters[component.variadic]]
        return f"{method.word}({', '.join(call(slot, part) for part in parts)})"
    said = []
    for name, value in method.parameters.items():
        if name == component.open_keywords:
            said += [f"{key} = {_value(item)}" for key, item in value.items()]
        elif value != _plain(component.model_fields[name].default):
            inner = component.model_fields[name].slot
            shown = call(inner, Method.model_validate(value)) if inner else _value(value)
            said.append(f"{name} = {shown}")
    return f"{method.word}({', '.join(said)})" if said else method.word


def _plain(default: object) -> object:
    """A default as the plan holds it: a word inside a word is JSON there."""
    return default.model_dump(mode="json") if isinstance(default, Method) else default


def _value(value: object) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _with(arm: ArmPlan) -> str:
    model = arm.model
    words = {"init": model.init, "adapter": model.adapter}
    parts = [
        call(slot, method) for slot, method in words.items() if method.word not in ("pretrained", "none")
    ]
    parts += [f"frozen: {', '.join(model.freeze)}"] if model.freeze else []
    return "".join(f" · {part}" for part in [*parts, f"{model.max_tokens} tokens"])


def _decision(plan: Plan) -> list[str]:
    decide = plan.decide
    if decide is None:
        return ["decide  nothing: there is one arm"]
    parts = ", ".join(f"{part.task}.{part.metric.word}" for part in decide.metric.parts)
    lines = [
        f"decide  {decide.metric.kind}({parts}) against {decide.control}"
        f" · {call('test', decide.test)} · alpha {decide.alpha:g} · {decide.correct.word}"
        f" · min_gain {decide.min_gain:g}"
    ]
    lines += [f"same    {name} is {arm}: that arm trains just this" for name, arm in decide.stand_ins.items()]
    if decide.waived:
        lines.append(f"waived  {', '.join(decide.waived)}: in writing, by `controls`")
    return lines


def _trials(plan: Plan) -> str:
    by_role = {
        role: [arm for arm in plan.arms if arm.role == role] for role in ("arm", "control", "reference")
    }
    counted = [
        f"{sum(len(arm.train.seeds) for arm in arms)} of {len(arms)} {role}{'s' if len(arms) != 1 else ''}"
        for role, arms in by_role.items()
        if arms
    ]
    return f"trials  {', '.join(counted)}"


def _reference_tokens(arm: ArmPlan, forecasts: Mapping[str, Sequence[StageForecast]]) -> float:
    """A reference trains its tasks on as many rows as its control draws of them."""
    control = forecasts[arm.yoke.arm] if arm.yoke is not None else next(iter(forecasts.values()))
    return sum(one.tokens for stage in control for one in stage.tasks if one.task in arm.tasks)


def _alike(
    forecasts: Mapping[str, Sequence[StageForecast]],
) -> Iterable[tuple[str, Sequence[StageForecast]]]:
    """Arms with equal forecasts together, under the name of the first and how many more there are."""
    groups: dict[tuple[StageForecast, ...], list[str]] = {}
    for name, stages in forecasts.items():
        groups.setdefault(tuple(stages), []).append(name)
    for stages, names in groups.items():
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        yield ("all" if len(groups) == 1 else names[0] + more), stages


def _columns(rows: Sequence[Sequence[str]], *, right: bool = False) -> list[str]:
    """Rows as aligned text; a column that is empty everywhere is left out."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = [
            cell.rjust(width) if right and i else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return lines
