"""A plan over its opened data: what `plan` prints and what gives reason to warn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from currc.compiler.observers import Log
from currc.compiler.plan import ArmPlan, ModelPlan, Plan, TaskPlan, canonical
from currc.compiler.share_scores import logs_of
from currc.compiler.share_windows import windows_of
from currc.runtime.data.dynamics import log_cost, read_log
from currc.runtime.data.near import Near, near
from currc.runtime.data.prepare import Prepared, PreparedTask, labels_of, prepare
from currc.runtime.engine.coverage import Coverage, coverage
from currc.runtime.engine.forecast import (
    Shape,
    StageForecast,
    mean_lengths,
    row_lengths,
    shape,
    stages,
    tokenizer_file,
)
from currc.runtime.engine.repeats import most_seen
from currc.runtime.engine.retired import demand_leaving, leaves, noisy_of, remaining
from currc.runtime.engine.windows import demand_rows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ROWS = {"kind", "train", "gold", "validation", "prompt", "target", "labels"}
"""What of a task its rows depend on."""


@dataclass(frozen=True)
class Outlook:
    """Everything that can be told of a plan once its data is read, and before anything trains."""

    plan: Plan
    root: Path
    prepared: Prepared
    """By task; an arm that reads rows of its own for it has them under `TASK@ARM`."""
    names: Mapping[tuple[str, str], str]
    """What a task of an arm is called in `prepared`."""
    offline: bool = False
    """Whether no hub may be asked for the model."""

    def of(self, arm: ArmPlan) -> dict[str, PreparedTask]:
        """The rows of an arm, by task."""
        return {task: self.prepared.tasks[self.names[arm.name, task]] for task in arm.tasks}

    def remaining(self, arm: ArmPlan) -> dict[str, PreparedTask]:
        """The rows of an arm by task, as many as stay where some leave before training."""
        return remaining(arm, self.of(arm))

    @cached_property
    def logs(self) -> dict[str, float]:
        """What the earlier trials cost whose logs are read for scores: FLOPs, by the log's path.

        Raises:
            DataError: A log cannot be read.
        """
        return {path: log_cost(path, self.root) for path in logs_of(self.plan)}

    def tokens_of(self, arm: ArmPlan) -> float:
        """The tokens of all training rows of an arm, as a look at each of them reads them.

        Raises:
            ModelError: The base is not to be had.
        """
        lengths = self.measured[0]
        rows = self.of(arm).items()
        return sum(len(task.train) * lengths[self.names[arm.name, name]] for name, task in rows)

    @cached_property
    def near(self) -> list[Near]:
        """Gold rows that are nearly in training data."""
        tasks = self.prepared.tasks
        return near(
            {name: (*task.train, *task.validation) for name, task in tasks.items()},
            {name: task.gold for name, task in tasks.items()},
        )

    @cached_property
    def lengths(self) -> tuple[dict[str, NDArray[np.float64]], bool]:
        """Tokens of some rows by name in `prepared`, and whether a tokenizer counted them.

        Raises:
            ModelError: The base is not to be had.
        """
        return row_lengths(self.model, self.root, self.prepared.tasks, offline=self.offline)

    @cached_property
    def measured(self) -> tuple[dict[str, float], bool]:
        """Mean tokens of a row by name in `prepared`, and whether a tokenizer counted them.

        Raises:
            ModelError: The base is not to be had.
        """
        lengths, counted = self.lengths
        means = mean_lengths(lengths, list(lengths)).tolist()
        return dict(zip(lengths, means, strict=True)), counted

    @cached_property
    def tokenizer(self) -> Path | None:
        """The file of the base's tokenizer, where it is at hand.

        Raises:
            ModelError: The base is not to be had.
        """
        return tokenizer_file(self.model, self.root, offline=self.offline)

    @property
    def model(self) -> ModelPlan:
        """The model as the first arm has it."""
        return self.plan.arms[0].model

    @cached_property
    def forecasts(self) -> dict[str, list[StageForecast]]:
        """The stages of each arm and control. A yoked reference is as long as its control's draws of its
        tasks, and has no mix of its own."""
        lengths = self.lengths[0]
        return {
            arm.name: stages(
                self.plan,
                arm,
                self.remaining(arm),
                {task: lengths[self.names[arm.name, task]] for task in arm.tasks},
                self._size,
            )
            for arm in self.plan.arms
            if arm.role != "reference"
        }

    @property
    def _size(self) -> Shape | None:
        """The model's size, where a limit in operations asks for it and no hub must be asked."""
        from currc.runtime.learning.models.base import from_hub

        asked = self.plan.budget.match == "flops" and not (self.offline and from_hub(self.model))
        return self.shape if asked else None

    @cached_property
    def coverage(self) -> dict[str, dict[str, Coverage]]:
        """How the draws of an arm fall on the rows of each task, by arm and task."""
        found = {}
        for name, expected in self.forecasts.items():
            arm = self.plan.arm(name)
            rows = self.remaining(arm)
            sizes = {task: len(one.train) for task, one in rows.items()}
            classes = {
                task: list(one.facts.labels.values())
                for task, one in rows.items()
                if one.plan.kind == "classify"
            }
            found[name] = coverage(arm, expected, sizes, classes)
        return found

    @cached_property
    def most_seen(self) -> dict[str, dict[str, float]]:
        """How often the rows that an arm draws most are drawn, by arm and task."""
        return {
            name: most_seen(arm, found, {task: len(rows.train) for task, rows in self.remaining(arm).items()})
            for name, found in self.forecasts.items()
            for arm in (self.plan.arm(name),)
        }

    @cached_property
    def shape(self) -> Shape | None:
        """What of the model's size decides its cost; `None` where it is not known yet."""
        return shape(self.model, self.root)


def look(plan: Plan, root: Path, *, offline: bool = False) -> Outlook:
    """Read all that a plan names; `offline` asks no hub for the model.

    Raises:
        DataError: As `prepare`, a stage's window holds no rows of a task, or a log lacks rows that it scores.
    """
    names, tasks = _different(plan)
    seen = Outlook(plan, root, prepare(tasks, plan.sources, root), names, offline)
    for arm in plan.arms:
        for task, rows in seen.of(arm).items() if arm.role == "arm" else ():
            if arm.schedule.noise is not None and arm.tasks[task].kind == "classify" and rows.train:
                demand_leaving(noisy_of(arm.schedule.retire), task, len(rows.train))
            for window in windows_of(arm, task, f"train:{task}"):
                demand_rows(len(rows.train) - leaves(arm, task, len(rows.train)), window)
    for path in logs_of(plan):
        _demand_logged(seen, path)
    return seen


def _demand_logged(seen: Outlook, path: str) -> None:
    """Every row that is scored by a log is in it.

    Raises:
        DataError: As `read_log`, and `Log.of`.
    """
    log = read_log(path, seen.root)
    for arm in seen.plan.arms:
        if arm.schedule.by is not None and Log(path=path) in arm.schedule.by.observers:
            for task, rows in seen.of(arm).items():
                if rows.train:
                    labels = labels_of(rows.plan, (*rows.train, *rows.validation))
                    log.of(task, [row.key for row in rows.train], labels)


def _different(plan: Plan) -> tuple[dict[tuple[str, str], str], dict[str, TaskPlan]]:
    """The tasks of all arms, those that read equal rows once, and what each is called."""
    names: dict[tuple[str, str], str] = {}
    tasks: dict[str, TaskPlan] = {}
    known: dict[tuple[str, str], str] = {}
    for arm in plan.arms:
        for task, found in arm.tasks.items():
            content = canonical(found.model_dump(mode="json", include=ROWS))
            name = known.setdefault((task, content), task if task not in tasks else f"{task}@{arm.name}")
            tasks.setdefault(name, found)
            names[arm.name, task] = name
    return names, tasks
