"""A word of the vocabulary, and a metric of a task, as the plan holds them.

Apart from the rest of the plan, so that checking a spec need not build the plan's classes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Self, dataclass_transform

from currc.compiler.record import Record, fields_of, replaced
from currc.compiler.validated import REQUIRED, Declared, Validated, evaluated


@dataclass_transform(kw_only_default=True, frozen_default=True)
class PlanNode(Validated, Record):
    """A part of the plan: frozen and closed.

    The compiler makes one as it is; what comes from elsewhere goes through `model_validate`,
    and so does a plan as a whole.
    """

    _by_name = True

    @classmethod
    def declared(cls) -> Iterator[Declared]:
        """The fields with what their annotations mean."""
        for name, annotation in cls.__annotations__.items():
            yield Declared(name, evaluated(annotation, cls.__module__), cls._defaults.get(name, REQUIRED))

    @classmethod
    def made(cls, values: Mapping[str, Any]) -> Self:
        """A part with these values as they are, for those whose types only the rules of a check vouch for."""
        return cls(**values)

    def _by_field(self) -> dict[str, Any]:
        """The values by field."""
        return fields_of(self)

    def model_copy(self, *, update: Mapping[str, Any]) -> Self:
        """The same part with other values in some fields, which nobody validates."""
        return replaced(self, **update)


class Method(PlanNode):
    """A word of the vocabulary with all its parameters, defaults included."""

    word: str
    parameters: dict[str, Any] = {}  # noqa: RUF012 - nobody changes a part of the plan
    """JSON values by field name; a nested word is `{"word": ..., "parameters": ...}`."""


class MetricRef(PlanNode):
    """A metric of one task, as `route.macro_f1`."""

    task: str
    metric: Method
