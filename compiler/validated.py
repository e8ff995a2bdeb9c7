"""Classes that Pydantic validates and writes, and that are defined without importing it.

Importing Pydantic takes six times as long as Python itself, so `check` defines the plan's
parts and the components of the vocabulary without it, as plain typed classes. `model_validate`
and its kin have the names and the meaning they have in Pydantic; all that judges a value is Pydantic's work.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from math import isfinite
from types import NoneType, UnionType
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    ClassVar,
    Literal,
    NamedTuple,
    Self,
    TypeVar,
    Union,
    get_args,
    get_origin,
)

if TYPE_CHECKING:
    from pydantic import TypeAdapter
    from pydantic_core import CoreSchema

V = TypeVar("V")

REQUIRED: Any = object()
"""Stands where a field has no default."""


class Limits:
    """Bounds of a value, for `Annotated`: Pydantic's own `ge`, `gt`, `le`, `lt`, `min_length` …"""

    __is_annotated_types_grouped_metadata__ = True  # the protocol by which Pydantic reads it

    def __init__(self, **bounds: Any) -> None:
        self.bounds = bounds

    def __iter__(self) -> Iterator[Any]:
        from pydantic import Field

        return iter(Field(**self.bounds).metadata)

    def hold(self, value: Any) -> bool:
        """Whether a number, text or list lies within all bounds; no, where one is of another sort."""
        return all(key in _HOLDS and _HOLDS[key](value, bound) for key, bound in self.bounds.items())


_HOLDS: Mapping[str, Callable[[Any, Any], bool]] = {
    "ge": lambda value, bound: value >= bound,
    "gt": lambda value, bound: value > bound,
    "le": lambda value, bound: value <= bound,
    "lt": lambda value, bound: value < bound,
    "min_length": lambda value, bound: len(value) >= bound,
    "max_length": lambda value, bound: len(value) <= bound,
    "allow_inf_nan": lambda value, allowed: True,
}


Sure = Callable[[Any], bool]
"""Whether a JSON value is one that Pydantic takes without any doubt."""


def surely_fits(value: Any, annotation: Any) -> bool:
    """Whether a JSON value is one that Pydantic takes for the annotation without any doubt.

    No means that Pydantic must be asked, whose answer may be yes all the same.
    """
    return _sure(annotation)(value)


@cache
def _sure(annotation: Any) -> Sure:
    """The test of a value for an annotation, made once."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _within(_sure(inner[0]), inner[1:])
    if origin in (Union, UnionType):
        tests = [_sure(one) for one in inner]
        return lambda value: any(test(value) for test in tests)
    if origin is Literal:
        words = {(type(one), one) for one in inner}
        return lambda value: type(value) in _LEAVES and (type(value), value) in words
    if origin is tuple and len(inner) == 2 and inner[1] is Ellipsis:
        item = _sure(inner[0])
        return lambda value: type(value) is list and all(map(item, value))
    if origin is dict and inner[0] is str:
        entry = _sure(inner[1])
        return lambda value: type(value) is dict and all(map(entry, value.values()))
    if annotation is float:
        return lambda value: type(value) in (float, int) and isfinite(value)
    if isinstance(annotation, type) and issubclass(annotation, Validated):
        return lambda value: type(value) is dict and annotation.takes(value)
    if annotation is Any:
        return lambda value: True
    return lambda value: annotation in _LEAVES and type(value) is annotation


def _within(fits: Sure, bounds: Sequence[Any]) -> Sure:
    """A test with bounds; bounds of another sort leave a doubt."""
    known = [bound for bound in bounds if isinstance(bound, Limits)]
    if len(known) < len(bounds):
        return lambda value: False
    return lambda value: fits(value) and (value is None or all(bound.hold(value) for bound in known))


class Declared(NamedTuple):
    """One field as Pydantic needs it."""

    name: str
    annotation: Any
    default: Any


class Validated:
    """What a class gets from Pydantic that says which fields it has."""

    __slots__ = ()
    __pydantic_config__: ClassVar[Mapping[str, Any]] = {"extra": "forbid", "frozen": True, "title": None}

    @classmethod
    def declared(cls) -> Iterable[Declared]:
        """The fields; asked once, when Pydantic is first needed."""
        raise NotImplementedError

    def _by_field(self) -> dict[str, Any]:
        """The values by field."""
        raise NotImplementedError

    def agree(self) -> None:
        """Raise `ValueError`, saying why, where the fields do not fit each other."""

    @classmethod
    def takes(cls, values: Mapping[str, Any]) -> bool:
        """Whether Pydantic would surely take these JSON values; no means that it must be asked."""
        fields, needed = _fields(cls)  # type: ignore[arg-type]
        return (
            fields is not None
            and fields.keys() >= values.keys()
            and values.keys() >= needed
            and all(fields[name](value) for name, value in values.items())
        )

    @classmethod
    def model_validate(cls, data: Any) -> Self:
        """An instance of a mapping by field.

        Raises:
            pydantic.ValidationError: Something is missing, too much, or does not fit.
        """
        return _adapter(cls).validate_python(data)

    @classmethod
    def model_validate_json(cls, text: str | bytes) -> Self:
        """An instance of JSON text; raises as `model_validate` does."""
        return _adapter(cls).validate_json(text)

    def model_dump(
        self,
        *,
        mode: Literal["json"] = "json",
        include: Collection[str] | None = None,
        exclude: Collection[str] = (),
    ) -> dict[str, Any]:
        """The values by field as JSON has them; `include` and `exclude` choose among the fields."""
        return {
            name: as_data(value)
            for name, value in self._by_field().items()
            if (include is None or name in include) and name not in exclude
        }

    def model_dump_json(self) -> str:
        """The values by field as JSON text."""
        return as_text(self)

    @classmethod
    def model_json_schema(cls) -> dict[str, Any]:
        """What JSON the class is made of."""
        return _adapter(cls).json_schema()

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> CoreSchema:
        """How Pydantic learns of the fields: to it, the class is a frozen dataclass."""
        from pydantic_core import core_schema

        fields, names = [], []
        for name, annotation, default in cls.declared():
            schema = handler.generate_schema(annotation)
            if default is not REQUIRED:
                schema = core_schema.with_default_schema(schema, default=default)
            fields.append(core_schema.dataclass_field(name, schema, kw_only=True))
            names.append(name)
        whole = core_schema.dataclass_schema(
            cls,
            core_schema.dataclass_args_schema(cls.__name__, fields),
            names,
            config=core_schema.CoreConfig(extra_fields_behavior="forbid"),
            frozen=True,
            slots=not cls.__dictoffset__,
        )
        return core_schema.no_info_after_validator_function(
            _agreeing, whole, serialization=core_schema.plain_serializer_function_ser_schema(as_data)
        )


@cache
def _fields(cls: Any) -> tuple[dict[str, Sure] | None, frozenset[str]]:
    """The test of each field, and which must be there; no tests where fields must agree with each other."""
    if cls.agree is not Validated.agree:
        return None, frozenset()
    declared = list(cls.declared())
    needed = frozenset(field.name for field in declared if field.default is REQUIRED)
    return {field.name: _sure(field.annotation) for field in declared}, needed


def _agreeing(it: Any) -> Any:
    it.agree()
    return it


_LEAVES = frozenset({str, int, float, bool, NoneType})


def as_data(value: Any) -> Any:
    """A value as JSON has it: mappings and lists in place of classes and tuples."""
    if type(value) in _LEAVES:  # nearly all; and a look at `Mapping` is slow
        return value
    if isinstance(value, Validated):
        return {name: as_data(one) for name, one in value._by_field().items()}
    if isinstance(value, tuple | list):
        return [as_data(item) for item in value]
    return {key: as_data(item) for key, item in value.items()} if isinstance(value, Mapping) else value


def as_key(data: Any) -> Hashable:
    """A value that equal JSON data, and no other, has for a key; `2` and `2.0` are equal."""
    if isinstance(data, Mapping):
        return "{", *((name, as_key(data[name])) for name in sorted(data))
    return ("[", *map(as_key, data)) if isinstance(data, list) else data


def as_text(value: Any) -> str:
    """A value as JSON text, the fields in their order."""
    return json.dumps(as_data(value), separators=(",", ":"), ensure_ascii=False)


_ADAPTERS: dict[type, TypeAdapter[Any]] = {}


def _adapter(cls: type[V]) -> TypeAdapter[V]:
    """Pydantic's view of a class, made when it is first needed."""
    if cls not in _ADAPTERS:
        from pydantic import TypeAdapter

        _ADAPTERS[cls] = TypeAdapter(cls)
    return _ADAPTERS[cls]


def evaluated(annotation: str, module: str) -> Any:
    """What an annotation in a module means."""
    return eval(annotation, vars(sys.modules[module]))  # noqa: S307 - our own source, no text of a user
