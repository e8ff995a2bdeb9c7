"""Values of a plan as a spec would write them, and two of them as one change."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from currc.compiler import plan as plans
from currc.compiler.plan import Guard, Method, MetricRef, Promote, Quantity, Segment, TaskPlan, Window, Yoke
from currc.compiler.printable import printable
from currc.compiler.record import fields_of
from currc.compiler.value_types import tidy
from currc.compiler.written import argument_text, percent
from currc.runtime.vocabulary import SLOTS, Vocabulary

NOTHING = "none"
ARROW = "→"
SLOT_OF = {"also": "metric"}
"""The slot of a field's words where the field has another name."""


def written(owner: str, value: Any) -> str:
    """A value of a field, called as `TrainPlan.lr`, on one line and safe to print.

    >>> written("TrainPlan.warmup", 0.06)
    '6%'
    """
    return printable(_value(value, owner))


def call(slot: str, method: Method, *, all_of_it: bool = False) -> str:
    """A word with the parameters that are not at their defaults, or with all."""
    parts = [f"{name} = {text}" if name else text for name, text in parameters(slot, method, all_of_it)]
    return f"{method.word}({', '.join(parts)})" if parts else method.word


def parameters(slot: str, method: Method, all_of_it: bool = False) -> list[tuple[str, str]]:
    """Parameters by name as a spec writes them; those of any number have no name."""
    vocabulary = Vocabulary()
    if slot not in SLOTS or method.word not in vocabulary.words(slot):
        return [(name, json.dumps(value)) for name, value in method.parameters.items()]
    cls: Any = vocabulary.component(slot, method.word)
    found: list[tuple[str, str]] = []
    for name, value in method.parameters.items():
        info = cls.model_fields[name]
        if name == cls.variadic:
            found += [("", call(info.slot, Method.made(part), all_of_it=all_of_it)) for part in value]
        elif name == cls.open_keywords:
            found += [(key, argument_text(item, info, vocabulary)) for key, item in value.items()]
        elif value is not None and (all_of_it or value != _plain(info.default)):
            inner = call(info.slot, Method.made(value), all_of_it=all_of_it) if info.slot else None
            found.append((name, inner or argument_text(value, info, vocabulary)))
    return found


def _plain(default: object) -> object:
    """A default as the plan holds it: a word inside a word is JSON there."""
    return default.model_dump(mode="json") if isinstance(default, Method) else default


def changed(owner: str, before: Any, after: Any) -> str:
    """Two values of a field as one line: `0.002 → 0.001`, `root(start = 20% → 40%)`, `+"spam" -"other"`."""
    field = owner.rpartition(".")[2]
    if owner == "TrainPlan.seeds" and len(before) != len(after):
        return f"{len(before)} {ARROW} {len(after)}"
    if owner == "SchedulePlan.segments":
        return printable(_stages_changed(before, after))
    if owner == "DecidePlan.waived":
        return printable(f"waived: {_list_changed(owner, before, after)}")
    if isinstance(before, Method) and isinstance(after, Method) and before.word == after.word:
        return printable(_arguments_changed(SLOT_OF.get(field, field), before, after))
    if _is_list(before) and _is_list(after) and before and after:
        return printable(_list_changed(owner, before, after))
    return f"{written(owner, before)} {ARROW} {written(owner, after)}"


def _arguments_changed(slot: str, before: Method, after: Method) -> str:
    old, new = (parameters(slot, one, all_of_it=True) for one in (before, after))
    if any(not name for name, _ in (*old, *new)):
        return f"{call(slot, before)} {ARROW} {call(slot, after)}"
    names = dict.fromkeys([name for name, _ in (*old, *new)])
    olds, news = dict(old), dict(new)
    parts = [
        f"{name} = {olds.get(name, NOTHING)} {ARROW} {news.get(name, NOTHING)}"
        for name in names
        if olds.get(name) != news.get(name)
    ]
    return f"{after.word}({', '.join(parts)})"


def _is_list(value: Any) -> bool:
    return isinstance(value, tuple)


def _stages_changed(before: Sequence[Segment], after: Sequence[Segment]) -> str:
    """The stages that came and went, and the order of those that there are now."""
    old, new = ({segment.stage for segment in side} for side in (before, after))
    come = [f"+{stage(one)}" for one in after if one.stage not in old]
    gone = [f"−{stage(one)}" for one in before if one.stage not in new]
    order = ", ".join(one.stage for one in after)
    return " ".join([*come, *gone]) + ("; " if come or gone else "") + f"in order: {order}"


def _list_changed(owner: str, before: Sequence[Any], after: Sequence[Any]) -> str:
    """What came and what went; the whole list where only its order is another."""
    come = [f"+{_value(item, owner)}" for item in after if item not in before]
    gone = [f"−{_value(item, owner)}" for item in before if item not in after]
    if come or gone:
        return " ".join([*come, *gone])
    return f"{_value(before, owner)} {ARROW} {_value(after, owner)}"


def _value(value: Any, owner: str) -> str:
    part, _, field = owner.rpartition(".")
    match value:
        case None:
            return NOTHING
        case bool():
            return "true" if value else "false"
        case Method():
            return call(SLOT_OF.get(field, field), value)
        case Quantity():
            return quantity(value)
        case Window():
            return f"{percent(value.low)} .. {percent(value.high)}"
        case MetricRef():
            return f"{value.task}.{value.metric.word}"
        case Guard():
            return f"{_value(value.left, '')} {value.op} {tidy(value.right)}"
        case Segment():
            return stage(value)
        case Promote():
            return promotion(value)
        case TaskPlan():
            return f"{value.kind} on {value.train or 'gold alone'}"
        case Yoke():
            return f"{value.what} of {value.arm}"
        case plans.PlanNode():
            return _whole(value)
        case tuple() if value and isinstance(value[0], Segment):
            return f" {ARROW} ".join(map(stage, value))
        case tuple() | list():
            return f"[{', '.join(_value(item, owner) for item in value)}]"
        case Mapping():
            return f"{{{', '.join(f'{key} = {_value(item, owner)}' for key, item in value.items())}}}"
        case float() | int():
            return _number(float(value), part, field)
        case _:
            return quoted(str(value)) if field in ("prompt", "target", "labels", "path") else str(value)


def _number(value: float, part: str, field: str) -> str:
    """A number with the unit that its field has in a spec."""
    if part == "Protection":
        return f"−{percent(value)}" if value <= 1 else f"−{tidy(value)}"
    if part == "BudgetPlan" and field == "time":
        return f"{tidy(value / 60)} min" if value >= 60 else f"{tidy(value)} s"
    if part == "BudgetPlan" and field == "memory":
        return f"{tidy(value)} MiB"
    if field in ("validation", "warmup", "replay"):
        return percent(value)
    return tidy(value)


def quantity(value: Quantity) -> str:
    """An amount with its unit."""
    if value.unit == "share":
        return percent(value.amount)
    return f"{tidy(value.amount)} {value.unit}"


def stage(segment: Segment) -> str:
    """A stage in short: its tasks, window and end."""
    parts = [] if segment.stage == "all" else [", ".join(segment.tasks)]
    if (segment.window.low, segment.window.high) != (0.0, 1.0):
        parts.append(_value(segment.window, ""))
    if segment.max is not None:
        parts.append(f"≤ {quantity(segment.max)}")
    return f"{segment.stage}({'; '.join(parts)})" if parts else segment.stage


def promotion(promote: Promote) -> str:
    """The conditions of a promotion."""
    parts = [_value(guard, "") for guard in promote.when]
    if promote.plateau is not None:
        parts.append(f"plateau of {_value(promote.plateau, '')}")
    if promote.keep:
        parts.append(f"keep {', '.join(promote.keep)}")
    return f"{' and '.join(parts) or 'nothing'}, hold {promote.hold} evals"


def _whole(part: plans.PlanNode) -> str:
    """Another part of the plan, as the fields that are not at their defaults."""
    name = type(part).__name__
    said = [
        _value(value, f"{name}.{field}")
        for field, value in fields_of(part).items()
        if value != type(part)._defaults.get(field, ...)
    ]
    return ", ".join(said)


def quoted(text: str) -> str:
    """A text in quotes, its line ends written out."""
    return json.dumps(text, ensure_ascii=False)
