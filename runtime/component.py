"""What every component of the vocabulary is: a frozen Pydantic class, one a file, named like its word."""

from __future__ import annotations

import re
from abc import ABC
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, NamedTuple, Self, dataclass_transform

from currc.compiler.validated import REQUIRED, Declared, Limits, Validated, evaluated


class Cost(NamedTuple):
    """What a component adds to one training step, in units of the plain summed step."""

    forwards: float = 0.0
    """Extra forward passes a step over the same rows; 1.0 is one whole forward."""
    backwards: float = 0.0
    """Extra backward passes a step over the same rows."""
    floats: float = 0.0
    """Extra memory as a multiple of the trainable parameters."""


@dataclass_transform(kw_only_default=True, frozen_default=True)
class Component(Validated, ABC):
    """A method of the language: its fields are its parameters, its docstring its manual page.

    The file `balancing/temperature.py` holds the class `Temperature`, whose word in
    a spec is `temperature`. A component holds parameters only; what changes while
    training lives in a memory of named arrays that the trial owns and saves.

    Pydantic validates the parameters when a component is made, and is not needed before.
    """

    model_fields: ClassVar[Mapping[str, Parameter]] = MappingProxyType({})
    """The parameters by name, those of the classes above first."""

    needs: ClassVar[frozenset[str]] = frozenset()
    """What the loop must supply: `per_task_gradients`, `reference_model`, `tokens`, `validation` …"""

    open_keywords: ClassVar[str | None] = None
    """The field that collects keyword arguments of any name, as in `shares(route = 50%)`."""

    variadic: ClassVar[str | None] = None
    """The field that collects positional arguments, as in `mean_of(length, rarity)`."""

    example: ClassVar[Mapping[str, Any]] = {}
    """Parameters, as JSON, that show the component at work; needed where a field has no default."""

    def __init_subclass__(cls, **options: Any) -> None:
        """Take the parameters out of the class body."""
        super().__init_subclass__(**options)
        own = {}
        for name, annotation in vars(cls).get("__annotations__", {}).items():
            if not annotation.startswith("ClassVar"):
                given = vars(cls).get(name, REQUIRED)
                known = given if isinstance(given, Parameter) else Parameter(given)
                own[name] = known.declared(annotation, cls.__module__)
                if given is not REQUIRED:
                    delattr(cls, name)
        cls.model_fields = MappingProxyType({**cls.model_fields, **own})

    def __init__(self, **values: Any) -> None:
        vars(self).update(vars(type(self).model_validate(values)))

    @classmethod
    def trusted(cls, values: Mapping[str, Any]) -> Self:
        """A component of parameters that were validated before, those at their defaults left out or not."""
        made = object.__new__(cls)
        defaults = {name: one.default for name, one in cls.model_fields.items() if not one.is_required()}
        vars(made).update({**defaults, **values})
        return made

    @classmethod
    def takes_as_they_are(cls, values: Mapping[str, Any]) -> bool:
        """Whether these parameters surely fit, and none of them becomes anything else by being validated."""
        return cls.takes(values) and all(type(value) in (str, float, bool) for value in values.values())

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"`{self.word()}` is frozen: its `{name}` stays as it is")

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((type(self), *vars(self).values()))

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in vars(self).items())})"
        )

    @classmethod
    def declared(cls) -> Iterator[Declared]:
        """The parameters as Pydantic needs them."""
        for name, one in cls.model_fields.items():
            yield Declared(name, one.bounded, one.default)

    def _by_field(self) -> dict[str, Any]:
        """The parameters by name."""
        return vars(self)

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


class Parameter(NamedTuple):
    """A component's field: all that check, explain and Pydantic need to know."""

    default: Any = REQUIRED
    description: str = ""
    unit: str = "number"
    slot: str | None = None
    limits: Mapping[str, Any] = MappingProxyType({})
    written: str = ""
    """The annotation as it stands in the class body."""
    module: str = ""

    def declared(self, annotation: str, module: str) -> Parameter:
        """The same with what the class body says."""
        return self._replace(written=annotation, module=module)

    @property
    def annotation(self) -> Any:
        """The type of its values."""
        return evaluated(self.written, self.module)

    @property
    def bounded(self) -> Any:
        """The type of its values with the limits of these."""
        return Annotated[self.annotation, Limits(**self.limits)] if self.limits else self.annotation

    def is_required(self) -> bool:
        """Whether it has no default."""
        return self.default is REQUIRED


def parameter(
    default: Any = REQUIRED,
    *,
    description: str,
    unit: str = "number",
    slot: str | None = None,
    **limits: Any,
) -> Any:
    """A component's field: default, one-line description, unit and limits.

    Args:
        default: The value when a spec is silent; without one the parameter is required.
        description: One line for `explain`, hover and the reference.
        unit: `number`, `count`, `share` (in [0, 1], written `20%` or `0.2`), `word`,
            `text`, `column` (a bare column name), `metric` (of a task, as `route.accuracy`), `component`,
            or a unit of the language that the number may carry, as `steps`, `tokens` or `evals`.
        slot: Where `unit` is `component`: the slot its word comes from, as `score`.
        limits: Pydantic's own `ge`, `gt`, `le`, `lt`, `min_length`, `max_length`.
    """
    return Parameter(default, description, unit, slot, limits)
