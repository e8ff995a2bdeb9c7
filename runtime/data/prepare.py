"""From the plan's tasks and sources to examples: read, fill in, split, drop copies, guard the gold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from currc.compiler.codes import Code
from currc.compiler.plan import SourcePlan, TaskPlan
from currc.runtime.data.leaks import guard
from currc.runtime.data.rows import DataError, Row
from currc.runtime.data.sources import distinct, every_row, sample
from currc.runtime.data.splits import split, validation_share
from currc.runtime.data.templates import Example, examples


@dataclass(frozen=True, slots=True)
class Training:
    """The rows of one task that training may see."""

    train: tuple[Example, ...] = ()
    validation: tuple[Example, ...] = ()
    """Never trained on; steers stages and weights."""
    copies: int = 0
    """Training examples left out because prompt and target are those of another."""


@dataclass(frozen=True)
class PreparedTask:
    """One task with all its examples."""

    plan: TaskPlan
    """As in the plan, but `labels` written out where a `classify` or `tag` task names none."""
    train: tuple[Example, ...]
    validation: tuple[Example, ...]
    gold: tuple[Example, ...]
    copies: int

    @cached_property
    def facts(self) -> TaskFacts:
        """Rows and label counts, for `plan`."""
        return TaskFacts(
            train=len(self.train),
            validation=len(self.validation),
            gold=len(self.gold),
            copies=self.copies,
            labels=_counts(self.plan, self.train),
            gold_labels=_counts(self.plan, self.gold),
        )


@dataclass(frozen=True, slots=True)
class TaskFacts:
    """How many rows a task has."""

    train: int
    validation: int
    gold: int
    copies: int
    labels: dict[str, int]
    """Training rows by label (words by tag), in the order of the task's labels; empty for other kinds."""
    gold_labels: dict[str, int]


@dataclass(frozen=True, slots=True)
class Prepared:
    """All tasks, past the gold guard."""

    tasks: dict[str, PreparedTask]
    copies: dict[str, int]
    """By source: rows left out because they are equal to an earlier row of it."""

    @property
    def facts(self) -> dict[str, TaskFacts]:
        """The numbers of each task."""
        return {name: task.facts for name, task in self.tasks.items()}


def prepare(tasks: Mapping[str, TaskPlan], sources: Mapping[str, SourcePlan], root: Path) -> Prepared:
    """All examples of all tasks; each source is read once.

    The same rows in other files or another order give the same split, sample and
    surviving copies, because all three go by the hash of the row.

    Args:
        tasks: Tasks by name; all that train on one source share its held-out rows.
        sources: The sources that the tasks name.
        root: Folder of the spec.

    Raises:
        DataError: Bad data of any of the kinds that `read_source` and `examples` name, a task
            without rows, or gold rows found in training data.
    """
    named = {source for task in tasks.values() for source in sources_of(task)}
    rows: dict[str, list[Row]] = {}
    copies: dict[str, int] = {}
    for source in sorted(named):
        found = every_row(sources[source], root)
        kept = distinct(sources[source], found)
        copies[source] = len(found) - len(kept)
        rows[source] = sample(kept, sources[source].sample)
    ready = {name: _prepare_task(name, task, tasks, sources, rows) for name, task in tasks.items()}
    guard(
        {name: (*task.train, *task.validation) for name, task in ready.items()},
        {name: task.gold for name, task in ready.items()},
    )
    return Prepared(ready, copies)


def sources_of(task: TaskPlan) -> tuple[str, ...]:
    """The names of the sources that a task reads."""
    validation = task.validation if isinstance(task.validation, str) else None
    return tuple(name for name in (task.train, validation, task.gold) if name is not None)


def held_out(task: TaskPlan, tasks: Iterable[TaskPlan]) -> float:
    """The share of the task's source that must not train it, given all tasks of the experiment."""
    return validation_share([other for other in tasks if other.train == task.train])


def training_rows(
    name: str, task: TaskPlan, rows: Mapping[str, Sequence[Row]], share: float, *, distinct: bool = True
) -> Training:
    """Training and validation examples of one task.

    Args:
        name: The task's name.
        task: A task without `train` has none.
        rows: The rows of its sources.
        share: What `held_out` says; a task with `validation = none`, or with a source for
            it, still does not train on those rows.
        distinct: Drop examples with the prompt and target of another: of equal ones that
            with the smallest key stays, and validation keeps it before training does.

    Raises:
        DataError: As `examples`; no row is left to train on or to validate with.
    """
    if task.train is None:
        return Training()
    made = examples(name, task, rows[task.train])
    kept = _distinct(made) if distinct else made
    train, validation = split(kept, share)
    if isinstance(task.validation, str):
        validation = examples(name, task, rows[task.validation])
    elif task.validation is None:
        validation = []
    copies = len(made) - len(kept)
    if distinct and isinstance(task.validation, str):
        validation = _distinct(validation)
        taken = {(example.prompt, example.target) for example in validation}
        copies += len(train)
        train = [example for example in train if (example.prompt, example.target) not in taken]
        copies -= len(train)
    _require(train, name, "to train on", len(made), share)
    if task.validation:
        _require(validation, name, "to validate with", len(made), share)
    return Training(tuple(train), tuple(validation), copies)


def gold_rows(name: str, task: TaskPlan, rows: Mapping[str, Sequence[Row]]) -> tuple[Example, ...]:
    """The gold examples of one task, copies included: each row is scored.

    Raises:
        DataError: As `examples`.
    """
    return tuple(examples(name, task, rows[task.gold]))


def labels_of(task: TaskPlan, rows: Iterable[Example]) -> tuple[str, ...]:
    """The task's labels as written, else those found in `rows` in alphabetical order; () for other kinds."""
    return task.labels or tuple(sorted(_counts(task, rows)))


def _prepare_task(
    name: str,
    task: TaskPlan,
    tasks: Mapping[str, TaskPlan],
    sources: Mapping[str, SourcePlan],
    rows: Mapping[str, Sequence[Row]],
) -> PreparedTask:
    distinct = task.train is None or sources[task.train].dedup != "none"
    part = training_rows(name, task, rows, held_out(task, tasks.values()), distinct=distinct)
    gold = gold_rows(name, task, rows)
    labels = labels_of(task, (*part.train, *part.validation) or gold)
    if labels != task.labels:
        task = task.model_copy(update={"labels": labels})
        gold = gold_rows(name, task, rows)  # again, now that an unknown label can be told
    return PreparedTask(task, part.train, part.validation, gold, part.copies)


def _distinct(made: Sequence[Example]) -> list[Example]:
    """One example for each prompt and target: that with the smallest key, in the order given."""
    best: dict[tuple[str, str], Example] = {}
    for example in made:
        same = best.setdefault((example.prompt, example.target), example)
        if example.key < same.key:
            best[example.prompt, example.target] = example
    return [example for example in made if best[example.prompt, example.target] is example]


def _require(rows: Sequence[Example], name: str, what: str, of: int, share: float) -> None:
    if not rows:
        raise DataError(
            Code.EMPTY_TASK,
            f"task {name}",
            f"task `{name}` has no rows {what}: {of:,} rows, of which {share:.0%} are held out by their hash",
            "add rows, or change `validation`",
        )


def _counts(task: TaskPlan, rows: Iterable[Example]) -> dict[str, int]:
    if task.kind == "classify":
        found = Counter(example.target for example in rows)
    elif task.kind == "tag":
        found = Counter(tag for example in rows for tag in example.target.split())
    else:
        return {}
    return {label: found[label] for label in task.labels or sorted(found)}
