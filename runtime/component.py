"""What every component of the vocabulary is: a frozen Pydantic class, one a file, named like its word."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

from pydantic import BaseModel, ConfigDict, Field


class Cost(NamedTuple):
    """What a component adds to one training step, in units of the plain summed step."""

    forwards: float = 0.0
    """Extra forward passes a step over the same rows; 1.0 is one whole forward."""
    backwards: float = 0.0
    """Extra backward passes a step over the same rows."""
    floats: float = 0.0
    """Extra memory as a multiple of the trainable parameters."""


class Component(BaseModel):
    """A method of the language: its fields are its parameters, its docstring its manual page.

    The file `balancing/temperature.py` holds the class `Temperature`, whose word in
    a spec is `temperature`. A component holds parameters only; what changes while
    training lives in a memory of named arrays that the trial owns and saves.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    needs: ClassVar[frozenset[str]] = frozenset()
    """What the loop must supply: `per_task_gradients`, `reference_model`, `tokens`, `validation` …"""

    open_keywords: ClassVar[str | None] = None
    """The field that collects keyword arguments of any name, as in `shares(route = 50%)`."""

    variadic: ClassVar[str | None] = None
    """The field that collects positional arguments, as in `mean_of(length, rarity)`."""

    example: ClassVar[Mapping[str, Any]] = {}
    """Parameters, as JSON, that show the component at work; needed where a field has no default."""

    @classmethod
    def word(cls) -> str:
        """The word of the language: the class name in snake case, which is the file's name.

        A class whose name Python keeps for itself ends in `_`: `None_` is the word `none`.
        """
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__).lower().rstrip("_")

    def demands(self) -> frozenset[str]:
        """What the loop must supply to this component with these parameters.

        `needs`, unless the component is made of others, whose needs it then adds.
        """
        return self.needs

    def cost(self, tasks: int) -> Cost:
        """What this component adds to one step that trains `tasks` tasks."""
        return Cost()


def parameter(
    default: Any = ...,
    *,
    description: str,
    unit: str = "number",
    slot: str | None = None,
    **limits: Any,
) -> Any:
    """A component's field: default, one-line description, unit and limits.

    Args:
        default: The value when a spec is silent; `...` makes the parameter required.
        description: One line for `explain`, hover and the reference.
        unit: `number`, `count`, `share` (in [0, 1], written `20%` or `0.2`), `word`,
            `text`, `column` (a bare column name), or `component`.
        slot: Where `unit` is `component`: the slot its word comes from, as `score`.
        limits: Pydantic's own `ge`, `gt`, `le`, `lt`, `min_length`, `max_length`.
    """
    extra: dict[str, Any] = {"unit": unit}
    if slot is not None:
        extra["slot"] = slot
    return Field(default, description=description, json_schema_extra=extra, **limits)
