"""Rules about what is seen when: orders, pacings, stages and promotions, as each arm sees them."""

from __future__ import annotations

from typing import Any

from currc.compiler.chain import chain, has_promote
from currc.compiler.codes import Code
from currc.compiler.desk import Desk
from currc.compiler.diagnostic import Label
from currc.compiler.rules_material import word
from currc.compiler.source import Span
from currc.compiler.spec import Setting, Spec
from currc.compiler.value_types import Amount, tidy


def views(spec: Spec) -> tuple[tuple[str, str | None], ...]:
    """Every schedule as each arm that uses it sees it; as written where none does."""
    used: list[tuple[str, str | None]] = [
        (spec.value("schedule", arm), arm) for arm in spec.arms if spec.value("schedule", arm) in spec.parts
    ]
    known = {schedule for schedule, _ in used}
    bare = ((schedule, None) for schedule in spec.of_kind("schedule") if schedule not in known)
    return (*used, *bare)


def span_of(setting: Setting | None, spec: Spec, block: str) -> Span:
    """Where a setting was decided, else its block."""
    return setting.span if setting is not None and setting.span is not None else spec.parts[block].span


def orders(spec: Spec, desk: Desk) -> None:
    """An order by difficulty has one; a window and a pacing have an order and a difficulty to work on."""
    for schedule, arm in views(spec):
        order = spec.find(f"{schedule}.order", arm)
        lost = ("order", "by", "pacing")
        if order is None or any(desk.is_lost(f"{schedule}.{name}") for name in lost):
            continue
        by = spec.find(f"{schedule}.by", arm)
        has_by = by is not None and by.value is not None
        _take(spec, desk, schedule, arm, order, has_by or order.value.score is not None)
        if by is not None and has_by and _brings_its_own(order):
            message = f"the order `{word(order)}` brings its own score, so `by` has no effect"
            span = span_of(by, spec, schedule)
            desk.say(Code.DEAD_OPTION, message, span, "this is never asked", help="leave out `by`")
            continue
        if "sorts" in order.value.traits and not has_by:
            help = "add `by = DIFFICULTY`, the name of a `difficulty` block"
            message = f"`{word(order)}` needs a difficulty to sort by"
            span = span_of(order, spec, schedule)
            desk.say(Code.ORDER_WITHOUT_BY, message, span, "nothing says what is easy", help=help)
            continue
        _pacing(spec, desk, schedule, arm)


def _take(spec: Spec, desk: Desk, schedule: str, arm: str | None, order: Setting, has_score: bool) -> None:
    for stage in spec.stages(schedule):
        take = spec.find(f"{stage}.take", arm)
        if take is not None and take.written and _whole_strict(order):
            message = f"`take` has no effect on the order `{word(order)}`"
            help = "leave out `take`, or name an order by difficulty, as `order = easy_first`"
            span = span_of(take, spec, stage)
            desk.say(Code.DEAD_OPTION, message, span, "this order takes all rows", help=help)
            continue
        if take is not None and take.written and not has_score:
            help = f"add `by = DIFFICULTY` to schedule `{schedule}`"
            message = "`take` needs a difficulty, and the schedule has none"
            desk.say(
                Code.TAKE_WITHOUT_BY, message, span_of(take, spec, stage), "percentiles of what?", help=help
            )


def _brings_its_own(order: Setting) -> bool:
    """Whether an order with windows sorts by a score of its own; chance takes `within` from `by`."""
    score = order.value.score
    return "windowed" in order.value.traits and score is not None and score.word != "random"


def _whole_strict(order: Setting) -> bool:
    """Whether an order goes its own way through all rows, whatever their difficulty."""
    return "strict" in order.value.traits and "windowed" not in order.value.traits


def _pacing(spec: Spec, desk: Desk, schedule: str, arm: str | None) -> None:
    order, pacing = spec.find(f"{schedule}.order", arm), spec.find(f"{schedule}.pacing", arm)
    if order is None or pacing is None:
        return
    moves = "moves" in pacing.value.traits
    if moves and "paced" not in order.value.traits:
        others = [Label(order.span, "the order")] if order.span is not None else []
        message = f"the pacing `{word(pacing)}` has no effect on the order `{word(order)}`"
        help = "name an order, as `order = easy_first`, or leave out `pacing`"
        span = span_of(pacing, spec, schedule)
        desk.say(Code.PACING_WITH_SHUFFLED, message, span, "nothing is paced", *others, help=help)
        return
    takes = any(spec.value(f"{stage}.take", arm) != (0.0, 1.0) for stage in spec.stages(schedule))
    if takes or moves:
        return
    by = spec.find(f"{schedule}.by", arm)
    if _whole_strict(order) and by is not None and by.value is not None:
        message = f"the order `{word(order)}` looks at no difficulty"
        span = span_of(by, spec, schedule)
        desk.say(Code.DEAD_OPTION, message, span, "this has no effect", help="leave out `by`")
    elif "strict" in order.value.traits:
        return
    elif "paced" in order.value.traits and order.written:
        message = f"`{word(order)}` without a pacing draws from all rows from the beginning"
        help = "add `pacing = root(start = 20%, full_at = 60%)`, or stages with `take`"
        desk.say(Code.DEAD_OPTION, message, span_of(order, spec, schedule), "this has no effect", help=help)
    elif by is not None and by.value is not None:
        written = any(spec.find(f"{s}.take", arm).written for s in spec.stages(schedule))  # type: ignore[union-attr]
        if not written:
            message = "a difficulty has no effect without an order, a pacing or a `take`"
            help = "add `order = easy_first` and a `pacing`, or leave out `by`"
            desk.say(Code.DEAD_OPTION, message, span_of(by, spec, schedule), "this has no effect", help=help)


def lengths(spec: Spec, desk: Desk) -> None:
    """A pacing of the inputs' length begins below their longest."""
    for schedule, arm in views(spec):
        pacing = spec.find(f"{schedule}.pacing", arm)
        if pacing is None or "lengthens" not in pacing.value.traits:
            continue
        limits = [spec.find(f"{stage}.max_tokens", arm) for stage in spec.stages(schedule)]
        whole = [spec.find(f"{model}.max_tokens", arm) for model in spec.of_kind("model")]
        known = [one for one in (*limits, *whole) if one is not None and one.value is not None]
        most, start = max((one.value for one in known), default=None), pacing.value.parameters.get("start", 0)
        if most is not None and start >= most:
            message = f"`{word(pacing)}` begins at {start} tokens, and no input is longer than {most}"
            help = f"begin below {most}, as `start = {max(1, most // 4)}`, or raise `max_tokens`"
            span = span_of(pacing, spec, schedule)
            desk.say(Code.DEAD_OPTION, message, span, "this has no effect", help=help)


def stage_order(spec: Spec, desk: Desk) -> None:
    """Stages form one chain: one comes first, and each other comes after exactly one."""
    for schedule, arm in views(spec):
        stages = [stage for stage in spec.stages(schedule) if not desk.is_lost(f"{stage}.after")]
        if len(stages) < len(spec.stages(schedule)):
            continue
        befores: dict[Any, str] = {}
        forked = False
        for stage in stages:
            before = spec.value(f"{stage}.after", arm)
            if (first := befores.setdefault(before, stage)) is not stage:
                forked = True
                _fork(spec, desk, stage, first, before, arm)
        reached = chain(spec, schedule, arm)
        for stage in stages:
            if stage not in reached and not forked:
                after = spec.find(f"{stage}.after", arm)
                message = f"stage `{_own(stage)}` is never reached"
                note = "no way leads here from a first stage"
                desk.say(Code.STAGE_UNREACHABLE, message, span_of(after, spec, stage), note, address=stage)


def _fork(spec: Spec, desk: Desk, stage: str, first: str, before: str | None, arm: str | None) -> None:
    other = Label(spec.parts[first].span, "so does this" if before else "so could this")
    if before is None:
        message = f"stages `{_own(first)}` and `{_own(stage)}` both come first"
        help = f"add `after = {_own(first)}`"
        desk.say(Code.STAGE_ORDER, message, spec.parts[stage].span, "has no `after`", other, help=help)
        return
    after = spec.find(f"{stage}.after", arm)
    message = f"stages `{_own(first)}` and `{_own(stage)}` both come after `{_own(before)}`"
    help = f"write `after = {_own(first)}`"
    desk.say(
        Code.STAGE_ORDER, message, span_of(after, spec, stage), "stages form one chain", other, help=help
    )


def _own(stage: str) -> str:
    return stage.rsplit(".", 1)[-1]


def stage_ends(spec: Spec, desk: Desk) -> None:
    """Every stage but the last ends by itself, and the limit leaves room for each."""
    for schedule, arm in views(spec):
        stages = chain(spec, schedule, arm)
        if len(stages) < len(spec.stages(schedule)):
            continue
        cycles = spec.find(f"{schedule}.cycles", arm)
        again = 1 if cycles is None else cycles.value
        begun = 0.0
        for place, stage in enumerate(stages * again):
            if begun >= 1.0 - 1e-12:
                cycle = place // len(stages) + 1
                _beyond(spec, desk, stage, cycle, begun, cycles if cycle > 1 else None)
                if cycle > 1:
                    break
            if place < len(stages):
                _end(spec, desk, stage, arm, last=again == 1 and place == len(stages) - 1)
            most = spec.value(f"{stage}.min" if has_promote(spec, stage, arm) else f"{stage}.max", arm)
            begun += most.value if most is not None and most.unit == "share" else 0.0
        if not spec.stages(schedule) and again > 1:
            message = "`cycles` goes through stages, and this schedule has none"
            span, help = span_of(cycles, spec, schedule), "add stages, or leave it out"
            desk.say(Code.DEAD_OPTION, message, span, "this has no effect", help=help)


def _beyond(spec: Spec, desk: Desk, stage: str, cycle: int, begun: float, cycles: Setting | None) -> None:
    """A stage begins where nothing is left; in a later cycle that is told once, of `cycles`."""
    again = f" in cycle {cycle}" if cycle > 1 else ""
    message = f"stage `{_own(stage)}` is never reached{again}: the stages before it use the whole limit"
    note = f"begins at {tidy(begun * 100)}% of the limit"
    span = spec.parts[stage].span if cycles is None or cycles.span is None else cycles.span
    desk.say(Code.STAGE_UNREACHABLE, message, span, note, address=stage)


def _end(spec: Spec, desk: Desk, stage: str, arm: str | None, *, last: bool) -> None:
    least, most = spec.find(f"{stage}.min", arm), spec.find(f"{stage}.max", arm)
    if desk.is_lost(f"{stage}.max") or desk.is_lost(f"{stage}.min"):
        return
    has_most = most is not None and most.value is not None
    promote = spec.parts.get(f"{stage}.promote") if has_promote(spec, stage, arm) else None
    if promote is not None and last:
        message = f"stage `{_own(stage)}` is the last one, and has none to be promoted to"
        desk.say(Code.PROMOTE_IMPOSSIBLE, message, promote.span, "leave this out", address=f"{stage}.promote")
    elif promote is not None and not has_most:
        help = "add `max = 30%` to the stage; at `max` it is left anyway"
        message = "`promote` needs a `max`, else the stage may never end"
        desk.say(Code.PROMOTE_WITHOUT_MAX, message, promote.span, "what if it never holds?", help=help)
    elif not last and not has_most:
        help = "add `max = 30%`"
        message = f"stage `{_own(stage)}` never ends: others follow it, and it has no `max`"
        desk.say(
            Code.STAGE_UNENDING,
            message,
            spec.parts[stage].span,
            "every stage but the last needs `max`",
            help=help,
        )
    if last and has_most and most is not None:
        message = "the last stage ends at the limit, so `max` has no effect"
        desk.say(Code.DEAD_OPTION, message, span_of(most, spec, stage), "leave this out")
    _minimum(spec, desk, stage, least, most, promote is not None)


def _minimum(
    spec: Spec, desk: Desk, stage: str, least: Setting | None, most: Setting | None, promoted: bool
) -> None:
    if least is None or not least.written or least.value.value == 0:
        return
    span = span_of(least, spec, stage)
    if not promoted:
        message = "`min` holds back a promotion, and this stage has none"
        desk.say(Code.DEAD_OPTION, message, span, "this has no effect")
    elif most is not None and most.value is not None and _not_below(least.value, most.value):
        message = f"stage `{_own(stage)}` can never be promoted: `min` is not below `max`"
        desk.say(Code.PROMOTE_IMPOSSIBLE, message, span, f"{least.value} is not below {most.value}")


def _not_below(least: Amount, most: Amount) -> bool:
    return least.unit == most.unit and least.value >= most.value


def stage_units(spec: Spec, desk: Desk) -> None:
    """`min` and `max` of a stage are shares, or in the unit that the arms are matched in."""
    limit = spec.value("budget.limit")
    match = spec.value("budget.match") or (limit.unit if limit is not None else None)
    for schedule, arm in views(spec):
        for stage in spec.stages(schedule):
            for name in ("min", "max"):
                setting = spec.find(f"{stage}.{name}", arm)
                if match is None or setting is None or setting.value is None:
                    continue
                if setting.value.unit not in ("share", match):
                    message = f"`{name}` counts {setting.value.unit}, and the budget counts {match}"
                    help = f"write a share of the limit, as `{name} = 30%`, or a number of {match}"
                    desk.say(
                        Code.WRONG_UNIT, message, span_of(setting, spec, stage), "another unit", help=help
                    )


def replay(spec: Spec, desk: Desk) -> None:
    """Replay needs an earlier stage, and is needless where its rows are in the pool anyway."""
    for schedule, arm in views(spec):
        stages, cycles = chain(spec, schedule, arm), spec.value(f"{schedule}.cycles", arm) or 1
        if len(stages) < len(spec.stages(schedule)):
            continue
        for index, stage in enumerate(stages):
            setting = spec.find(f"{stage}.replay", arm)
            if setting is None or setting.value == 0:
                continue
            span = span_of(setting, spec, stage)
            if index == 0 and cycles == 1:
                message = f"stage `{_own(stage)}` is the first one, and has nothing to replay"
                desk.say(Code.DEAD_OPTION, message, span, "this has no effect")
            elif all(
                _holds(spec, stage, earlier, arm) for earlier in (stages if cycles > 1 else stages[:index])
            ):
                message = "the rows of earlier stages are in this stage's pool already"
                note = "this draws them more often, not more of them"
                desk.say(Code.REPLAY_IN_POOL, message, span, note, address=f"{stage}.replay")


def _holds(spec: Spec, stage: str, earlier: str, arm: str | None) -> bool:
    """Whether a stage's pool holds all rows of an earlier one."""
    mine, theirs = spec.value(f"{stage}.tasks", arm), spec.value(f"{earlier}.tasks", arm)
    window, before = spec.value(f"{stage}.take", arm), spec.value(f"{earlier}.take", arm)
    if window is None or before is None:
        return False
    tasks = mine is None or (theirs is not None and set(theirs) <= set(mine))
    return tasks and bool(window[0] <= before[0] and before[1] <= window[1])


SCHEDULE_RULES = (orders, lengths, stage_order, stage_ends, stage_units, replay)
