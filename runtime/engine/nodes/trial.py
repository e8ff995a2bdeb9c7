"""What the nodes of one trial share: the base model, the student, its tasks."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from currc.compiler.graph import Node
from currc.compiler.plan import Method, ModelPlan, TaskPlan, canonical
from currc.runtime.data import shelf
from currc.runtime.engine.context import Context
from currc.runtime.learning.models import Student
from currc.runtime.learning.models.base import Base, load_base
from currc.runtime.learning.models.build import student
from currc.runtime.learning.state import TENSORS

BASE = {"kind", "base", "revision", "init"}
"""What of a model decides its base; the rest is the arm's."""


def warm(request: Mapping[str, Any]) -> None:
    """Load every base once, so that all trials fork with it in memory."""
    for model in request["models"]:
        base_of(ModelPlan.model_validate(model), request).preload()


def base_of(model: ModelPlan, settings: Mapping[str, Any]) -> Base:
    """The base of a model, loaded once a process."""
    asked = canonical(model.model_dump(mode="json", include=BASE))
    return _base(asked, settings["root"], settings["cache"], canonical(settings["known"]))


@cache
def _base(model: str, root: str, cache: str, known: str) -> Base:
    import json

    return load_base(ModelPlan.model_validate_json(model), Path(root), Path(cache), json.loads(known))


def task_plans(tasks: Mapping[str, Any]) -> dict[str, TaskPlan]:
    """Tasks as far as a node's parameters tell; what they leave out does not matter to it."""
    blank = {"train": None, "gold": "", "prompt": "", "target": "", "metric": Method(word="loss")}
    return {name: TaskPlan.model_validate({**blank, **tasks[name]}) for name in sorted(tasks)}


def with_labels(node: Node, context: Context, tasks: Mapping[str, TaskPlan]) -> dict[str, TaskPlan]:
    """The tasks with the labels that their tokens were made with."""
    return {
        name: task.model_copy(update={"labels": shelf.take_labels(context.input(f"tokens:{name}"))})
        for name, task in tasks.items()
    }


def fresh(node: Node, context: Context, tasks: Mapping[str, TaskPlan]) -> Student:
    """The student before its first step."""
    asked = node.parameters
    model = ModelPlan.model_validate(asked["model"])
    machine = asked["machine"]
    return student(
        model,
        tasks,
        base_of(model, context.settings),
        asked["seed"],
        packing=machine["packing"],
        precision=machine["precision"] if model.precision == "auto" else model.precision,
        device=machine["device"],
    )


def built(node: Node, context: Context) -> Student:
    """The trained student of an `evaluate` or `export` node: from memory where it was just trained."""
    asked = node.parameters
    key, trained = context.memory.get("trial", (None, None))
    # A student in memory knows the tasks that it was trained on and no others.
    if (
        trained is not None
        and key == node.inputs["state"]
        and asked["tasks"].keys() == asked["trained"].keys()
    ):
        return trained  # type: ignore[no-any-return]
    made = fresh(node, context, with_labels(node, context, task_plans(asked["tasks"])))
    load_into(made, context.input("state"))
    return made


def load_into(student: Student, folder: Path) -> None:
    """Take over the student of a saved state."""
    from safetensors.torch import load_file

    tensors = load_file(folder / TENSORS)
    student.load_state(
        {name.removeprefix("model/"): value for name, value in tensors.items() if name.startswith("model/")}
    )
