"""The words of the language and the classes behind them, found by folder and file name."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any

from currc.compiler.method import Method
from currc.runtime.component import Component

SLOTS = MappingProxyType(
    {
        "score": "curriculum/difficulty",
        "order": "curriculum/ordering",
        "pacing": "curriculum/pacing",
        "mix": "curriculum/balancing",
        "classes": "curriculum/classes",
        "retire": "curriculum/retiring",
        "weights": "learning/weighting",
        "example_weights": "learning/example_weighting",
        "combine": "learning/combining",
        "adapter": "learning/adapters",
        "init": "learning/inits",
        "optimizer": "learning/optimizers",
        "lr_schedule": "learning/lr_schedules",
        "metric": "judging/metrics",
        "test": "judging/tests",
        "correct": "judging/corrections",
    }
)
"""Where the components of each attribute live, below `runtime/`."""

FOLDERS = MappingProxyType({**SLOTS, "search": "curriculum/search"})
"""The same, and where the words are that no spec holds: the methods of `currc search`."""

_HERE = Path(__file__).parent


class Vocabulary:
    """Every word by the attribute it may stand in; a class is imported when first asked for."""

    def slots(self) -> tuple[str, ...]:
        """The attributes whose values are components."""
        return tuple(SLOTS)

    def words(self, slot: str) -> tuple[str, ...]:
        """The words of a slot in alphabetical order; imports nothing."""
        return _words(slot)

    def component(self, slot: str, word: str) -> type[Component]:
        """The class behind a word.

        Raises:
            KeyError: The slot has no such word.
        """
        return _component(slot, word)

    def build(self, slot: str, method: Method | dict[str, Any]) -> Component:
        """The component that a method of the plan, or its JSON, stands for.

        Words inside its parameters stay methods, which the component builds when it
        needs them; they are built here once too, so that an error shows at once.

        Raises:
            KeyError: The slot, or that of a word inside, has no such word.
            pydantic.ValidationError: A parameter does not fit.
        """
        if not isinstance(method, Method):
            method = Method.model_validate(method)
        kind = self.component(slot, method.word)
        if kind.takes_as_they_are(method.parameters):  # often, and then Pydantic is not imported
            return kind.trusted(method.parameters)
        built = kind.model_validate(method.parameters)
        for name, field in type(built).model_fields.items():
            if field.slot is not None:
                value = getattr(built, name)
                for inner in value if isinstance(value, tuple) else (value,):
                    if isinstance(inner, Method):
                        self.build(field.slot, inner)
        return built


@cache
def _words(slot: str) -> tuple[str, ...]:
    folder = _HERE / FOLDERS[slot]
    return tuple(sorted(file.stem for file in folder.glob("*.py") if file.stem != "__init__"))


@cache
def _component(slot: str, word: str) -> type[Component]:
    if word not in _words(slot):
        raise KeyError(f"{slot} has no word {word!r}")
    module = import_module(f"currc.runtime.{FOLDERS[slot].replace('/', '.')}.{word}")
    for value in vars(module).values():
        if (
            isinstance(value, type)
            and issubclass(value, Component)
            and value.__module__ == module.__name__
            and value.word() == word
        ):
            return value
    raise TypeError(f"{module.__name__} defines no component named {word!r}")
