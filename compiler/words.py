"""What the compiler asks of a vocabulary: words by slot, and the class behind each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Protocol


class ComponentClass(Protocol):
    """A frozen class whose fields are the parameters of a word; Pydantic validates them."""

    __doc__: str | None
    model_fields: ClassVar[Mapping[str, Any]]

    @classmethod
    def takes(cls, values: Mapping[str, Any]) -> bool:
        """Whether Pydantic would surely take these JSON values."""

    @classmethod
    def model_validate(cls, data: Any) -> Any:
        """An instance; raises Pydantic's `ValidationError`."""

    @classmethod
    def trusted(cls, values: Mapping[str, Any]) -> Any:
        """An instance of values that were validated before."""


class Vocabulary(Protocol):
    """The words of the language, and the classes behind them."""

    def slots(self) -> tuple[str, ...]:
        """The attributes whose values are components."""

    def words(self, slot: str) -> tuple[str, ...]:
        """The words of a slot, or the methods of `search`; imports nothing."""

    def component(self, slot: str, word: str) -> Any:
        """The class behind a word; raises `KeyError` where there is none."""
