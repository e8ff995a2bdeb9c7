"""Metrics of tasks: `route.macro_f1` in guards, `protect` and `decide.metric`."""

from __future__ import annotations

from typing import Any

from currc.compiler.codes import Code
from currc.compiler.complain import listed, unknown
from currc.compiler.desk import Desk, Place
from currc.compiler.diagnostic import Label
from currc.compiler.kinds import LANGUAGE
from currc.compiler.scope import inside, names
from currc.compiler.source import Span
from currc.compiler.syntax import Call, Name, Path
from currc.compiler.value_types import Bound, Compared, Measured

AVERAGES = ("mean", "worst", "geometric_mean")


def metric_at(expr: Any, place: Place, desk: Desk) -> Measured | None:
    """The metric of a task that an address names; it must be one that the task measures."""
    if not isinstance(expr, Path):
        desk.say(
            Code.WRONG_TYPE, "a metric of a task is needed here", expr.span, "write it as `route.accuracy`"
        )
        return None
    if len(expr.names) == 1:
        return _alone(expr, place, desk)
    if _is_gold(expr, place, desk):
        return None
    *front, metric = expr.names
    task = Name(".".join(name.text for name in front), front[0].span | front[-1].span)
    address = inside(place.module, task.text)
    entry = desk.scope.entry(task.text, place.module)
    if entry is None or entry.kind != "task":
        _no_task(task, place, desk)
        return None
    desk.used.add(address)
    if desk.is_lost(f"{address}.metric") or desk.is_lost(f"{address}.also"):
        return None
    return _measured(address, metric, entry.at, place, desk)


def _no_task(task: Name, place: Place, desk: Desk) -> None:
    address = inside(place.module, task.text)
    if desk.is_lost(address):
        return
    entry = desk.scope.entry(task.text, place.module)
    tasks = desk.scope.of_kind("task")
    if entry is not None:
        message = f"`{task.text}` is a {entry.kind}, and only tasks have metrics"
        others = (Label(entry.at, "declared here"),)
        help = "there is " + listed(names(tasks, place.module))
        desk.say(Code.WRONG_KIND, message, task.span, f"this is a {entry.kind}", *others, help=help)
        return
    guard = ".promote." in place.address
    desk.complaints.add(
        unknown(
            Code.UNKNOWN_NAME,
            task,
            names(tasks, place.module),
            f"no task is named `{task.text}`",
            note="this guard can never be evaluated" if guard else "nothing has this name",
            places={entry.address: entry.at for entry in tasks},
            address=place.address,
        )
    )


def _alone(expr: Path, place: Place, desk: Desk) -> Measured | None:
    constant = desk.scope.constant(expr, place.module)
    if constant is not None:
        value, deeper = desk.through(constant, place)
        return metric_at(value, deeper, desk) if desk.spend(expr.span, deeper.depth) else None
    tasks = names(desk.scope.of_kind("task"), place.module)
    help = f"write the task in front, as `{tasks[0]}.{expr.text}`" if tasks else ""
    if expr.text in tasks and (task := desk.settings.get(f"{expr.text}.metric")) is not None:
        help = f"write the metric behind it, as `{expr.text}.{task.value.word}`"
    message = f"`{expr.text}` is no metric of a task"
    desk.say(Code.WRONG_TYPE, message, expr.span, "a task and its metric are needed", help=help)
    return None


def _is_gold(expr: Path, place: Place, desk: Desk) -> bool:
    """Whether a guard asks for a metric on gold rows; complains if so."""
    if ".promote." not in place.address:
        return False
    golds = {setting.value for address, setting in desk.settings.items() if address.endswith(".gold")}
    gold = [name for name in expr.names if name.text == "gold" or inside(place.module, name.text) in golds]
    for name in gold:
        message = "a guard reads validation rows, never gold"
        help = "gold is read once, at the end; a guard that saw it would make the comparison unfair"
        desk.say(
            Code.GOLD_IN_GUARD, message, name.span, "these are gold rows", help=help, address=place.address
        )
    return bool(gold)


def _measured(task: str, metric: Name, at: Span, place: Place, desk: Desk) -> Measured | None:
    own = measured_by(task, desk)
    for bound in own:
        if bound.word == metric.text:
            return Measured(task, bound)
    words = [bound.word for bound in own]
    if not words:
        return None
    if metric.text in desk.vocabulary.words("metric"):
        message = f"`{task}` does not measure `{metric.text}`"
        help = f"add `also = [{metric.text}]` to task `{task}`, or use `{task}.{words[0]}`"
        others = (Label(at, f"measures {listed(words)}"),)
        code = Code.PROTECT_UNKNOWN if ".protect." in place.address else Code.METRIC_NOT_MEASURED
        desk.say(code, message, metric.span, "not measured", *others, help=help, address=place.address)
        return None
    later = metric.text in LANGUAGE["metric"]
    message = f"no metric is named `{metric.text}`"
    message = f"the metric `{metric.text}` is not in this release" if later else message
    code = Code.NOT_YET if later else Code.UNKNOWN_WORD
    desk.complaints.add(unknown(code, metric, words, message, note="no metric has this name"))
    return None


def measured_by(task: str, desk: Desk) -> tuple[Bound, ...]:
    """The metrics that a task measures: its own, then those in `also`."""
    own, also = desk.settings.get(f"{task}.metric"), desk.settings.get(f"{task}.also")
    return (() if own is None else (own.value,)) + (() if also is None else also.value)


def target(expr: Any, place: Place, desk: Desk) -> Compared | None:
    """What is decided on; `mean` alone takes every task's metric, which `lower` fills in."""
    match expr:
        case Path() if expr.text in AVERAGES and desk.scope.constant(expr, place.module) is None:
            return Compared(expr.text, ())
        case Path():
            part = metric_at(expr, place, desk)
            return None if part is None else Compared("mean", (part,))
        case Call(name=name) if name.text not in AVERAGES:
            message = f"`{name.text}` makes no one number of several metrics"
            desk.complaints.add(unknown(Code.UNKNOWN_WORD, name, AVERAGES, message, note="no such average"))
            return None
        case Call(name=name, arguments=arguments):
            return _average(expr, name, arguments, place, desk)
        case _:
            note = "write `mean(route.accuracy, fields.token_f1)`"
            desk.say(Code.WRONG_TYPE, "a metric to decide on is needed here", expr.span, note)
            return None


def _average(expr: Call, name: Name, arguments: Any, place: Place, desk: Desk) -> Compared | None:
    parts: list[Measured] = []
    fine = True
    for argument in arguments:
        part = metric_at(argument.value, place, desk)
        fine &= part is not None
        if part is not None and part in parts:
            text = argument.value.span.text
            desk.say(Code.DUPLICATE_ITEM, f"`{text}` is listed twice", argument.span, "listed again")
        if part is not None:
            parts.append(part)
    if not arguments:
        desk.say(Code.EMPTY_LIST, f"`{name.text}()` is of nothing", expr.span, "name at least one metric")
        return None
    return Compared(name.text, tuple(parts)) if fine else None
