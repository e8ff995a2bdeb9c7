"""Rules about windows that are cut within each class."""

from __future__ import annotations

from currc.compiler.chain import trained
from currc.compiler.codes import Code
from currc.compiler.desk import Desk
from currc.compiler.diagnostic import Label
from currc.compiler.read_components import traits
from currc.compiler.rules_material import word
from currc.compiler.rules_schedules import span_of, views
from currc.compiler.source import Span
from currc.compiler.spec import Setting, Spec


def balance(spec: Spec, desk: Desk) -> None:
    """`balance_by = label` has rows in an order, of tasks that have labels, and percentiles of its own."""
    for schedule, arm in views(spec):
        setting, order = (spec.find(f"{schedule}.{name}", arm) for name in ("balance_by", "order"))
        if setting is None or setting.value != "label" or order is None or desk.is_lost(f"{schedule}.by"):
            continue
        span = span_of(setting, spec, schedule)
        if not _in_some_order(spec, schedule, arm, order):
            message = f"the order `{word(order)}` opens no window that could miss a class"
            help = "leave out `balance_by`; how often each class is drawn is said by the task's `classes`"
            desk.say(Code.DEAD_OPTION, message, span, "this has no effect", help=help)
            continue
        _labels_there(spec, desk, arm, span)
        _own_percentiles(spec, desk, schedule, arm, order, span)


def _in_some_order(spec: Spec, schedule: str, arm: str | None, order: Setting) -> bool:
    """Whether the order, or a stage's window, looks at ranks."""
    takes = any(spec.value(f"{stage}.take", arm) != (0.0, 1.0) for stage in spec.stages(schedule))
    return takes or bool({"windowed", "strict"} & order.value.traits)


def _labels_there(spec: Spec, desk: Desk, arm: str | None, span: Span) -> None:
    for task in trained(spec, arm) if arm is not None else ():
        if (kind := spec.parts[task].type) != "classify":
            message = f"`balance_by = label` needs labels, and `{task}` has none"
            other = Label(spec.parts[task].span, f"this task is to {kind}")
            help = "leave out `balance_by`, or the task by `tasks`"
            desk.say(Code.UNFIT_PAIR, message, span, "needs tasks of kind `classify`", other, help=help)


def _own_percentiles(
    spec: Spec, desk: Desk, schedule: str, arm: str | None, order: Setting, span: Span
) -> None:
    """Percentiles are those within a class: no other rows have a say, and rows of a class differ."""
    by = spec.value(f"{schedule}.by", arm)
    within = spec.find(f"{by}.within", arm) if by is not None else None
    if within is not None and within.value == "all":
        others = [Label(within.span, "among the rows of all tasks")] if within.span is not None else []
        message = "`balance_by = label` and `within = all` both say among which rows percentiles are taken"
        help = "leave out one of the two"
        desk.say(Code.UNFIT_PAIR, message, span, "within each class", *others, help=help)
    score = order.value.score or (spec.value(f"{by}.score", arm) if by is not None else None)
    if score is not None and "labelled" in traits(desk.vocabulary.component("score", score.word)):
        message = f"rows of one class have one `{score.word}`, so within a class there is no order"
        help = "leave out `balance_by`, or sort by something else"
        desk.say(Code.UNFIT_PAIR, message, span, "all rows of a class are equal", help=help)


CLASS_RULES = (balance,)
