"""Small classes of named fields that cost little to define and little to make.

A command that reads a spec defines some seventy of them at each start and makes several for
every line, so both count: a frozen dataclass takes 1 ms to define and four times as long to
make, and the module `dataclasses` alone 20 ms to import.
"""

from __future__ import annotations

from functools import cache
from operator import attrgetter
from types import FunctionType, MappingProxyType

TYPE_CHECKING = False  # importing typing takes 5 ms; mypy knows the name
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, TypeVar, dataclass_transform

    R = TypeVar("R", bound="Record")
else:

    def dataclass_transform(**_):
        """What tells mypy how fields are given; at run time it does nothing."""
        return lambda base: base


class _Fields(type):
    """Makes a class of the fields that its body annotates, in their order; a value is a default."""

    __match_args__: tuple[str, ...]

    def __new__(mcs, name: str, bases: tuple[type, ...], body: dict[str, Any], *, eq: bool = True) -> _Fields:
        """The class, with a slot for each field; without `eq` a record is equal to itself alone."""
        if not bases:
            return super().__new__(mcs, name, bases, body)
        fields = tuple(body.get("__annotations__", ()))
        defaults = {field: body.pop(field) for field in fields if field in body}
        body |= {"__slots__": fields, "__match_args__": fields}
        if fields:
            by_name = any(getattr(base, "_by_name", False) for base in bases)
            code = _template(len(fields), by_name)
            code = code.replace(co_names=fields, co_varnames=("self", *fields), co_qualname=name)
            init = FunctionType(code, {}, name, None if by_name else tuple(defaults.values()))
            init.__kwdefaults__ = defaults if by_name else None
            body |= {"__init__": init, "_defaults": defaults, "_values": attrgetter(*fields)}
        if not eq:
            body |= {"__eq__": object.__eq__, "__hash__": object.__hash__}
        return super().__new__(mcs, name, bases, body)


@cache
def _template(count: int, by_name: bool) -> Any:
    """The code of an `__init__` of so many fields, to be given by name; a class puts in its own names.

    One for each number of fields, since compiling takes as long as all the rest of a class.
    """
    names = [f"_{number}" for number in range(count)]
    head = f"def __init__(self, {'*, ' * by_name}{', '.join(names)}):"
    lines = [head, *(f" self.{name} = {name}" for name in names)]
    made: dict[str, Any] = {}
    exec("\n".join(lines), made)  # noqa: S102 - nothing but numbers goes in
    return made["__init__"].__code__


@dataclass_transform(frozen_default=True)
class Record(metaclass=_Fields):
    """Fields that are given once, by place or by name; equal where all of them are equal.

    Frozen: mypy refuses to assign to a field. Python itself does not look, because that
    would make a record three times as dear. A record is not extended.
    """

    __slots__ = ()
    _by_name = False
    """Whether fields are given by name only, so that one with a default may stand before one without."""
    _defaults: Mapping[str, Any] = MappingProxyType({})
    _values: Callable[[Any], Any] = staticmethod(lambda record: ())

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self._values(self) == self._values(other)

    def __hash__(self) -> int:
        return hash(self._values(self))

    def __repr__(self) -> str:
        fields = (f"{field}={getattr(self, field)!r}" for field in type(self).__match_args__)
        return f"{type(self).__name__}({', '.join(fields)})"


def fields_of(record: Record) -> dict[str, Any]:
    """Values by the names of the fields, in their order."""
    return {field: getattr(record, field) for field in type(record).__match_args__}


def replaced(record: R, **changes: Any) -> R:
    """The same record, but for the fields that are named."""
    return type(record)(**fields_of(record) | changes)
