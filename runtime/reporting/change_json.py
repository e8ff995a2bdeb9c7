"""A change as JSON, for other programs; `format_version` is raised when a reader would misread it."""

from __future__ import annotations

import json
from typing import Any

from currc.compiler.categories import MEANING
from currc.compiler.difference import ArmItem, Item, Version
from currc.compiler.plan import PlanNode
from currc.compiler.source import Span
from currc.runtime.reporting import change
from currc.runtime.reporting.change import Report

FORMAT_VERSION = 1


def as_json(report: Report) -> str:
    """The whole report as one document."""
    found, bill = report.difference, report.bill
    document = {
        "format_version": FORMAT_VERSION,
        "category": found.category.word,
        "meaning": MEANING[found.category],
        "before": _version(found.before),
        "after": _version(found.after),
        "changes": [_item(item) for item in found.items],
        "arms": [_arm(one) for one in found.arms],
        "renamed": [one._asdict() for one in found.renamed],
        "perhaps_renamed": [one._asdict() for one in found.doubts],
        "notes": list(change.notes(found)),
        "effects": [one._asdict() for one in report.effects],
        "not_counted": report.data or None,
        "cost": {
            "trials": [one._asdict() for one in bill.redo],
            "dropped": bill.dropped,
            "trials_to_train": round(bill.todo, 6),
            "trials_in_all": round(bill.whole, 6),
            "tokens_a_trial": report.tokens,
            "seconds": None if report.seconds is None else report.seconds[0],
        },
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def _version(version: Version) -> dict[str, Any]:
    return {"name": version.name, "plan": version.plan.hash()}


def _item(item: Item) -> dict[str, Any]:
    one = item.change
    return {
        "category": one.category.word,
        "address": item.address,
        "field": one.owner,
        "arms": list(one.arms),
        "why": one.why or None,
        "text": change.value(item),
        "before": _plain(one.before),
        "after": _plain(one.after),
        "before_at": _place(item.before_at),
        "after_at": _place(item.after_at),
    }


def _arm(one: ArmItem) -> dict[str, Any]:
    return {
        "category": one.category.word,
        "name": one.arm.name,
        "role": one.arm.role,
        "change": "added" if one.added else "removed",
        "at": _place(one.at),
    }


def _plain(value: Any) -> Any:
    """A value of the plan as JSON values."""
    if isinstance(value, PlanNode):
        return value.model_dump(mode="json")
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


def _place(span: Span | None) -> dict[str, Any] | None:
    """File, line and column, both counted from 1."""
    if span is None:
        return None
    line, column = span.source.place(span.start)
    return {"file": span.source.name, "line": line, "column": column}
