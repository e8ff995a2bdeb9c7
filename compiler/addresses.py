"""Where a field of a plan stands in the spec that it came from."""

from __future__ import annotations

from typing import NamedTuple

from currc.compiler.source import Span
from currc.compiler.spec import Spec

ATTRIBUTES = {"window": "take", "parent": "extends"}
"""What a spec calls a field of the plan that has another name there."""
ELSEWHERE = {"decide.waived": "decide.controls", "decide.stand_ins": "decide.controls"}


class Place(NamedTuple):
    """An address of a spec, and where its value is written; `None` for a default."""

    address: str
    span: Span | None


def place(spec: Spec, field: str, arm: str | None = None) -> Place:
    """The place of a plan's field, which is called as in `compare.Change.address`, as an arm sees it.

    `schedule.pacing` of arm `easy` is `gentle.pacing`, `model.base` is `student.base`.
    """
    written = _written(spec, field, arm)
    return Place(written, _span(spec, written, arm))


def schedule_of(spec: Spec, arm: str) -> str:
    """The name of an arm's schedule; `shuffled` where it has none."""
    return str(spec.value("schedule", arm))


def _written(spec: Spec, field: str, arm: str | None) -> str:
    """The address by which the spec knows the field."""
    first, _, rest = field.partition(".")
    if field in ELSEWHERE:
        return ELSEWHERE[field]
    if field.startswith("decide.metric."):
        return "decide.metric"
    if first == "tasks" and rest:
        return rest
    if first == "model":
        return f"{spec.of_kind('model')[0]}.{rest}"
    if first == "schedule" and rest and arm is not None:
        return _in_schedule(spec, rest, arm)
    return ATTRIBUTES.get(field, field)


def _in_schedule(spec: Spec, rest: str, arm: str) -> str:
    name = schedule_of(spec, arm)
    if name not in spec.parts:
        return f"schedule.{rest}"
    part, _, inner = rest.partition(".")
    if part == "stages":
        return f"{name}.stages"
    if part == "by" and inner:
        difficulty = spec.value(f"{name}.by", arm)
        return f"{difficulty}.{inner}" if difficulty is not None else f"{name}.by"
    if f"{name}.{part}" in spec.parts:
        return f"{name}.{part}.{ATTRIBUTES.get(inner, inner)}"
    return f"{name}.{rest}"


def _span(spec: Spec, address: str, arm: str | None) -> Span | None:
    """Where the value at an address is decided, else the block that it belongs to."""
    last = address.rpartition(".")[2]
    wider = last if last in ("mix", "weights", "combine") else address
    wider = next(
        (whole for whole in ("decide.protect", "schedule") if address.startswith(f"{whole}.")), wider
    )
    for known in (address, wider):
        if (setting := spec.find(known, arm)) is not None:
            return setting.span
    if address in spec.parts:
        return spec.parts[address].span
    if address in ("extends", "role", "of", "yoke") and arm is not None:
        return spec.arms[arm].span
    block, _, last = address.rpartition(".")
    return spec.parts[block].span if block in spec.parts and last in ("kind", "stages") else None
