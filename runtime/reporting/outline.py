"""A plan as people read it before its data is opened: arms, what each differs in, stages, trainings."""

from __future__ import annotations

from collections.abc import Sequence

from currc.compiler.depths import latest
from currc.compiler.plan import ArmPlan, Plan, Quantity, Segment, canonical
from currc.compiler.printable import printable
from currc.compiler.share import Facts, base_key, share
from currc.runtime.reporting.values import call


def outline(plan: Plan, name: str) -> str:
    """The experiment without its data: what is compared, in which stages, and how many trainings that is."""
    first = plan.arms[0]
    ways = {_how(arm) for arm in plan.arms if arm.role != "reference"}
    rows = [
        (f"  {arm.name}", _what(arm, plan, len(ways) > 1 and arm.role != "reference")) for arm in plan.arms
    ]
    lines = [
        f"{printable(name)}  plan {plan.hash()[:8]}  edition {plan.edition}",
        f"model   {first.model.kind} {first.model.base}{_with(first)}",
        f"budget  {plan.budget.limit:,.0f} {plan.budget.match} a trial, at most one batch more"
        f" · batch {first.train.batch} · lr {first.train.lr:g} · {_count(len(first.train.seeds), 'seed')}",
        *(f"all     {how}" for how in ways if len(ways) == 1),
        "arms",
        *columns(rows),
        *_decision(plan),
        *_trials(plan),
    ]
    return "\n".join(lines) + "\n"


def _how(arm: ArmPlan) -> str:
    """How the tasks of an arm are balanced, stage by stage where stages differ."""
    rows = arm.train.example_weights
    weighed = f" · example weights {call('example_weights', rows)}" if rows.word != "none" else ""
    said = [
        f"mix {call('mix', one.mix)} · weights {call('weights', one.weights)}"
        f" · combine {call('combine', one.combine)}{weighed}"
        for one in arm.schedule.segments
    ]
    return " → ".join(dict.fromkeys(said))


def _what(arm: ArmPlan, plan: Plan, with_how: bool) -> str:
    """What an arm is: its part in the comparison, its order, its stages."""
    parts = [_part(arm, plan), _order(arm), _entries(arm)]
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
    said = f"rows {call('order', schedule.order)}"
    if schedule.by is not None and schedule.by.score.word != "random":
        said += f" by {call('score', schedule.by.score)}"
        said += f" anew every {_amount(schedule.by.refresh)}" if schedule.by.refresh is not None else ""
    if schedule.balance_by == "label":
        said += ", within each class"
    if schedule.pacing.word != "none":
        said += f", pacing {call('pacing', schedule.pacing)}"
    return f"{said}, retire {call('retire', schedule.retire)}" if schedule.retires else said


def _entries(arm: ArmPlan) -> str:
    """Which task waits for which, where tasks enter one after another."""
    if not arm.stacked:
        return ""
    at = latest({name: task.requires for name, task in arm.tasks.items()})
    waiting = sorted((at[name], name) for name, task in arm.tasks.items() if task.requires)
    return ", ".join(
        f"{name} after {' and '.join(arm.tasks[name].requires)} (at {moment:.0%} at the latest)"
        for moment, name in waiting
    )


def _stage(segment: Segment) -> str:
    end = f" ≤ {_amount(segment.max)}" if segment.max is not None else ""
    window = segment.window
    part = "" if (window.low, window.high) == (0, 1) else f" {window.low:.0%} .. {window.high:.0%}"
    again = f", replay {segment.replay:.0%}" if segment.replay else ""
    rate = f", lr × {segment.lr_scale:g}" if segment.lr_scale != 1.0 else ""
    return f"{segment.stage}({', '.join(segment.tasks)}{part}{end}{again}{rate}{_rests(segment)})"


def _rests(segment: Segment) -> str:
    """What a stage freezes, where that is not what the model freezes."""
    if segment.freeze is None:
        return ""
    return f", frozen: {', '.join(map(_part_of_model, segment.freeze)) or 'nothing'}"


def _amount(quantity: Quantity) -> str:
    return f"{quantity.amount:.0%}" if quantity.unit == "share" else f"{quantity.amount:g} {quantity.unit}"


def _with(arm: ArmPlan) -> str:
    model = arm.model
    words = {"init": model.init, "adapter": model.adapter}
    parts = [
        call(slot, method) for slot, method in words.items() if method.word not in ("pretrained", "none")
    ]
    parts += [f"frozen: {', '.join(map(_part_of_model, model.freeze))}"] if model.freeze else []
    return "".join(f" · {part}" for part in [*parts, f"{model.max_tokens} tokens"])


def _part_of_model(part: str) -> str:
    """`layers:0:3` as a spec says it."""
    kind, *ends = part.split(":")
    return f"{kind}({' .. '.join(ends)})" if ends else kind


def _decision(plan: Plan) -> list[str]:
    decide = plan.decide
    if decide is None:
        return ["decide  nothing: there is one arm"]
    parts = ", ".join(f"{part.task}.{part.metric.word}" for part in decide.metric.parts)
    number = parts if len(decide.metric.parts) == 1 else f"{decide.metric.kind}({parts})"
    lines = [
        f"decide  {number} against {decide.control}"
        f" · {call('test', decide.test)} · alpha {decide.alpha:g} · {decide.correct.word}"
        f" · min_gain {decide.min_gain:g}"
    ]
    lines += [f"same    {name} is {arm}: that arm trains just this" for name, arm in decide.stand_ins.items()]
    if decide.waived:
        lines.append(f"waived  {', '.join(decide.waived)}: in writing, by `controls`")
    return lines


def _trials(plan: Plan) -> list[str]:
    """How many trainings there are, and how many of their stages are trained once for several arms."""
    counted = [
        f"{sum(len(arm.train.seeds) for arm in arms)} of {_count(len(arms), what)}"
        for what in ("arm", "control", "reference")
        if (arms := [arm for arm in plan.arms if arm.role == what])
    ]
    shared = share(plan, _nominal(plan))
    kept = sum(node.kind == "train" for node in shared.graph.nodes.values())
    lines = [f"trials  {', '.join(counted)}"]
    if saved := shared.segments - kept:
        stages = _count(shared.segments, "stage")
        is_are = "is" if saved == 1 else "are"
        lines.append(f"shared  {saved} of {stages} to train {is_are} another arm's too, and trained once")
    return lines


def _nominal(plan: Plan) -> Facts:
    """Facts that tell apart what the plan tells apart; the real ones change keys, never what is equal."""
    sources = {name: canonical(source.model_dump(mode="json")) for name, source in plan.sources.items()}
    return Facts(sources, {base_key(arm): base_key(arm) for arm in plan.arms}, {})


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' * (number != 1)}"


def columns(rows: Sequence[Sequence[str]], *, right: bool = False) -> list[str]:
    """Rows as aligned text; numbers stand right where `right` is set, names always left."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = [
            cell.rjust(width) if right and i else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return lines
