"""Records and members: what the rest of the compiler takes for granted about its small classes."""

from __future__ import annotations

import copy
import pickle

import pytest

from currc.compiler.codes import Code
from currc.compiler.method import PlanNode
from currc.compiler.record import Record, fields_of, replaced


class Point(Record):
    """Two numbers and a name."""

    x: int
    y: int
    name: str = ""

    @property
    def swapped(self) -> Point:
        """The other way round."""
        return Point(self.y, self.x, self.name)


class Twin(Record):
    """The same fields as another class."""

    x: int
    y: int
    name: str = ""


class Empty(Record):
    """Nothing."""


class Thing(Record, eq=False):
    """Equal to itself alone."""

    x: list[int]


class Late(PlanNode):
    """A default before a field without one."""

    first: int = 1
    second: str


def test_fields_are_given_by_place_by_name_or_by_default() -> None:
    assert Point(1, 2) == Point(x=1, y=2) == Point(1, y=2, name="")
    assert (Point(1, 2, "a").x, Point(1, 2, "a").y, Point(1, 2, "a").name) == (1, 2, "a")
    assert Late(second="b").first == 1


@pytest.mark.parametrize("given", [{}, {"x": 1}, {"x": 1, "y": 2, "z": 3}])
def test_what_is_missing_or_too_much_is_refused(given: dict[str, int]) -> None:
    with pytest.raises(TypeError, match=r"Point.*(missing|unexpected)"):
        Point(**given)
    with pytest.raises(TypeError):
        Point(1, 2, "a", 4)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        Late(1, "b")  # type: ignore[misc]


def test_there_are_no_fields_but_those_declared() -> None:
    with pytest.raises(AttributeError):
        Point(1, 2).z = 3  # type: ignore[attr-defined]


def test_equal_are_records_of_one_class_with_equal_fields() -> None:
    assert Point(1, 2) != Point(2, 1)
    assert Point(1, 2).swapped == Point(2, 1)
    assert Point(1, 2) != Twin(1, 2)
    assert Point(1, 2) != (1, 2, "")
    assert len({Point(1, 2), Point(1, 2), Point(2, 1)}) == 2
    assert Empty() == Empty()
    assert Empty()
    same = Thing([1])
    assert same == same
    assert same != Thing([1])
    assert len({same, Thing([1])}) == 2


def test_records_are_matched_by_place_and_name() -> None:
    match Point(1, 2, "a"):
        case Point(x, 2, name=name):
            assert (x, name) == (1, "a")
        case _:
            pytest.fail("not matched")


def test_a_record_shows_its_fields_and_is_replaced_and_copied() -> None:
    point = Point(1, 2, "a")
    assert repr(point) == "Point(x=1, y=2, name='a')"
    assert fields_of(point) == {"x": 1, "y": 2, "name": "a"}
    assert replaced(point, y=5) == Point(1, 5, "a")
    assert point == Point(1, 2, "a")
    assert copy.deepcopy(point) == pickle.loads(pickle.dumps(point)) == point


def test_a_code_is_one_object_with_a_name() -> None:
    assert Code.CYCLE.name == "CYCLE"
    assert (Code.CYCLE.value, Code.UNUSED_NAME.value) == ("C0107", "W0101")
    assert Code.CYCLE.title
    assert pickle.loads(pickle.dumps(Code.CYCLE)) is copy.deepcopy(Code.CYCLE) is Code.CYCLE
    assert repr(Code.CYCLE) == "Code.CYCLE"
    assert Code.CYCLE != Code.UNUSED_NAME
    assert len({code.value for code in Code}) == len(list(Code)) > 100
