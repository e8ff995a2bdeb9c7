"""Numbers of a spec: exact in decimals, however they are come by."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from currc.compiler.arithmetic import _plain
from currc.compiler.source import Source, Span
from currc.compiler.syntax import Number
from currc.compiler.value_types import UNITS

AT = Span(Source("", ""), 0, 0)
numbers = st.integers(0, 10**20).map(lambda n: (float(n), True)) | st.floats(0, 1e300).map(
    lambda f: (f, False)
)


@given(numbers, st.sampled_from(sorted(UNITS)))
def test_a_plain_number_is_what_decimals_make_of_it(number: tuple[float, bool], unit: str) -> None:
    value, whole = number
    found = _plain(Number(value, unit, whole, AT))
    dimension, factor = UNITS[unit]
    exact = Decimal(repr(value)) * Decimal(repr(factor))
    assert found is None or (found.value, found.unit) == (float(exact), dimension)
    assert found is not None or not (whole and value < 1e12)


def test_an_unknown_unit_has_no_plain_number() -> None:
    assert _plain(Number(1.0, "fortnights", True, AT)) is None
