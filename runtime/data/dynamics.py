"""What a trial thought of its rows while it learnt them, as a file: written by one run, read by another.

JSON Lines. The first line says of what trial it is:

    {"format": 1, "flops": 2.1e9, "steps": [30, 60], "tasks": {"route": {"stored": "route", "labels": ["a"]}}}

Each further line is a row of a task, with a number for each look, in the order of `steps`:

    {"task": "route", "key": "3f…", "label": "a", "losses": [0.7, 0.4], "gold": [0.5, 0.7], "margins": [0, 1]}
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any, NoReturn

from currc.compiler.codes import Code
from currc.runtime.data.rows import DataError, shown
from currc.runtime.data.sources import jsonl
from currc.runtime.data.sources.files import DataFile, find, open_file

FORMAT = 1
"""Raised when a reader of the old file would misread the new."""

SEEN = ("losses", "gold", "margins")
"""What is noted of a row at each look, as `curriculum.seen.Seen` has it."""

MOST_LISTED = 6
"""Files of a folder that a complaint names."""

WRITE = "write it with `currc run SPEC --log-dynamics`"


@dataclass(frozen=True, slots=True)
class TaskLog:
    """What was logged of one task."""

    labels: tuple[str, ...]
    rows: Mapping[str, Mapping[str, Sequence[float]]]
    """By the row's key the numbers of each look, by the names of `SEEN`."""


@dataclass(frozen=True, slots=True)
class Log:
    """What one trial logged."""

    name: str
    """The file, as written."""
    flops: float
    """Floating point operations of the trial."""
    steps: tuple[int, ...]
    """Optimiser steps that had been made at each look."""
    tasks: Mapping[str, TaskLog]
    """By the task's name, and by the first name that it ever had."""

    def of(self, task: str, keys: Sequence[str], labels: Sequence[str]) -> dict[str, list[list[float]]]:
        """The numbers of the rows with these keys, [n, looks] by the names of `SEEN`.

        Raises:
            DataError: The task is not in the log, has other labels, or some of the rows are not in it.
        """
        known = self.tasks.get(task)
        if known is None:
            have = ", ".join(f"`{one}`" for one in sorted(self.tasks))
            self._refuse(f"it knows no task `{task}`, but {have}", "log a trial that trains the task")
        if sorted(known.labels) != sorted(labels):
            more, fewer = sorted({*labels} - {*known.labels}), sorted({*known.labels} - {*labels})
            said = [f"lacks {_some(more)}"] * bool(more) + [f"has {_some(fewer)} besides"] * bool(fewer)
            message = (
                f"`{task}` has {len(labels)} labels and the log {len(known.labels)}: it {' and '.join(said)}"
            )
            self._refuse(message, "probabilities of other labels tell nothing: log a trial with these labels")
        lost = [key for key in keys if key not in known.rows]
        if lost:
            message = (
                f"{len(lost):,} of {len(keys):,} training rows of `{task}` are not among the"
                f" {len(known.rows):,} that the trial saw, the first with the key {lost[0]}"
            )
            self._refuse(message, "log a trial that trains on these very rows, or leave `from_run` out")
        return {name: [list(known.rows[key][name]) for key in keys] for name in SEEN}

    def _refuse(self, message: str, help: str) -> NoReturn:
        raise DataError(Code.BAD_SCORE, self.name, message, help)


def _some(labels: Sequence[str]) -> str:
    rest = f" and {len(labels) - 3} more" if len(labels) > 3 else ""
    return ", ".join(map(shown, labels[:3])) + rest


def log_lines(
    flops: float,
    steps: Sequence[int],
    labels: Mapping[str, tuple[str, Sequence[str]]],
    rows: Iterator[tuple[str, str, str, Mapping[str, Sequence[float]]]],
) -> Iterator[str]:
    """A log as lines.

    Args:
        flops: Floating point operations of the trial.
        steps: Optimiser steps that had been made at each look.
        labels: By task its first name, and its labels.
        rows: Task, key, label and numbers of each row.
    """
    tasks = {name: {"stored": stored, "labels": list(known)} for name, (stored, known) in labels.items()}
    yield _line({"format": FORMAT, "flops": flops, "steps": list(steps), "tasks": tasks})
    for task, key, label, seen in rows:
        yield _line({"task": task, "key": key, "label": label} | {name: list(seen[name]) for name in SEEN})


def _line(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False) + "\n"


def log_digest(path: str, root: Path) -> str:
    """SHA-256 of a log's bytes: what `sha256sum` prints.

    Raises:
        DataError: There is no such file below `root`.
    """
    with open_file(_file(path, root)) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def log_cost(path: str, root: Path) -> float:
    """Floating point operations of the trial that a log is of.

    Raises:
        DataError: It cannot be read.
    """
    file = _file(path, root)
    return _head(file, next(jsonl.read(file), None))[0]


def read_log(path: str, root: Path) -> Log:
    """A log below `root`, every number of it looked at.

    Raises:
        DataError: There is no such file, or it is no log.
    """
    file = _file(path, root)
    lines = jsonl.read(file)
    flops, steps, about = _head(file, next(lines, None))
    rows: dict[str, dict[str, Mapping[str, Sequence[float]]]] = {task: {} for task in about}
    for number, line in lines:
        if isinstance(line, DataError):
            raise line
        if not _is_row(line, about, len(steps)):
            raise DataError(
                Code.BAD_ROW,
                f"{file.name}:{number}",
                f"a row of a log has a task of the first line, a key, and {len(steps)} numbers for each of"
                f" {', '.join(f'`{name}`' for name in SEEN)}",
                WRITE,
            )
        rows[line["task"]][line["key"]] = line
    tasks = {task: TaskLog(tuple(one["labels"]), rows[task]) for task, one in about.items()}
    first = {one["stored"]: tasks[task] for task, one in about.items()}
    return Log(file.name, flops, tuple(steps), {**first, **tasks})


def _head(
    file: DataFile, first: tuple[int, dict[str, Any] | DataError] | None
) -> tuple[float, list[int], dict[str, dict[str, Any]]]:
    """FLOPs, steps and tasks of the first line."""
    head = first[1] if first is not None else {}
    if isinstance(head, DataError) or not _is_head(head):
        found = head.get("format") if isinstance(head, dict) else None
        other = f": its format is {found}, this version reads {FORMAT}" if isinstance(found, int) else ""
        raise DataError(Code.UNKNOWN_FORMAT, file.name, f"this is no log of a trial's training{other}", WRITE)
    return float(head["flops"]), head["steps"], head["tasks"]


def _is_head(head: Mapping[str, Any]) -> bool:
    steps, tasks = head.get("steps"), head.get("tasks")
    return (
        head.get("format") == FORMAT
        and _is_number(head.get("flops"))
        and isinstance(steps, list)
        and len(steps) > 0
        and all(type(one) is int for one in steps)
        and isinstance(tasks, dict)
        and len(tasks) > 0
        and all(map(_is_task, tasks.values()))
    )


def _is_task(task: Any) -> bool:
    return (
        isinstance(task, dict)
        and isinstance(task.get("stored"), str)
        and isinstance(task.get("labels"), list)
        and all(isinstance(label, str) for label in task["labels"])
    )


def _is_row(line: Mapping[str, Any], tasks: Mapping[str, Any], looks: int) -> bool:
    return (
        isinstance(line.get("task"), str)
        and line["task"] in tasks
        and isinstance(line.get("key"), str)
        and all(
            isinstance(line.get(name), list) and len(line[name]) == looks and all(map(_is_number, line[name]))
            for name in SEEN
        )
    )


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and isfinite(value)


def _file(path: str, root: Path) -> DataFile:
    """The one file of that name; of a folder, what could be meant in it."""
    home = root.resolve()
    place = home / path if "\0" not in path else home
    if place.is_dir() and place.resolve().is_relative_to(home):
        inside = sorted(one.relative_to(home).as_posix() for one in place.rglob("dynamics/*.jsonl"))
        more = f" and {len(inside) - MOST_LISTED} more" if len(inside) > MOST_LISTED else ""
        help = f"there is {', '.join(inside[:MOST_LISTED])}{more}" if inside else WRITE
        what = "a folder, and the log of one trial is a file" if inside else "a folder without a trial's log"
        raise DataError(Code.NOT_A_FILE, path, f"`{path}` is {what}", help)
    files = find((path,), root)
    if len(files) != 1:
        raise DataError(
            Code.NOT_A_FILE,
            path,
            f"`{path}` stands for {len(files)} files, and a score reads one trial's log",
            f"name one, as {files[0].name}; `mean_of(aum(...), aum(...))` takes several",
        )
    return files[0]
