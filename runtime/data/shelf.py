"""Examples on disk: what a `read` node leaves for the nodes after it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from currc.runtime.data.chat import Message
from currc.runtime.data.templates import Example

LABELS = "labels.json"


def put(folder: Path, part: str, rows: Sequence[Example]) -> None:
    """Write examples as `PART.jsonl` into an existing folder."""
    with (folder / f"{part}.jsonl").open("w", encoding="utf-8") as file:
        for example in rows:
            file.write(json.dumps(asdict(example), ensure_ascii=False, sort_keys=True) + "\n")


def take(folder: Path, part: str) -> list[Example]:
    """The examples that `put` wrote; none where the part is not there."""
    path = folder / f"{part}.jsonl"
    if not path.exists():
        return []
    with path.open(encoding="utf-8") as file:
        return [_example(json.loads(line)) for line in file]


def put_labels(folder: Path, labels: Sequence[str]) -> None:
    """Write the labels of a task."""
    (folder / LABELS).write_text(json.dumps(list(labels), ensure_ascii=False), encoding="utf-8")


def take_labels(folder: Path) -> tuple[str, ...]:
    """The labels that `put_labels` wrote."""
    return tuple(json.loads((folder / LABELS).read_text(encoding="utf-8")))


def _example(value: dict[str, object]) -> Example:
    messages = value["messages"]
    turns = None if messages is None else tuple(Message(*turn) for turn in messages)  # type: ignore[attr-defined]
    spans = tuple((first, last) for first, last in value["spans"])  # type: ignore[attr-defined]
    return Example(**{**value, "messages": turns, "spans": spans})  # type: ignore[arg-type]
