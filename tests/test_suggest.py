from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from currc.compiler.suggest import distance, suggest

WORDS = st.text(alphabet="abc_", max_size=7)


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("", "", 0),
        ("route", "route", 0),
        ("rout", "route", 1),
        ("ruote", "route", 1),
        ("roote", "route", 1),
        ("kitten", "sitting", 3),
        ("ca", "abc", 3),  # the restricted form: no part is edited twice
        ("abcdef", "", 6),
    ],
)
def test_distance(a: str, b: str, expected: int) -> None:
    assert distance(a, b, 10) == expected


@given(WORDS, WORDS, st.integers(0, 4))
def test_distance_is_symmetric_and_cut_off(a: str, b: str, most: int) -> None:
    whole = distance(a, b, 20)
    assert distance(b, a, 20) == whole
    assert (whole == 0) == (a == b)
    assert distance(a, b, most) == min(whole, most + 1)
    assert abs(len(a) - len(b)) <= whole <= max(len(a), len(b))


@pytest.mark.parametrize(
    ("word", "candidates", "expected"),
    [
        ("rout", ["route", "fields"], ("route",)),
        ("ruot", ["route"], ()),  # 4 letters: one slip at most
        ("ruout", ["route"], ("route",)),  # 5 letters: two
        ("temprature", ["temperature", "tempo"], ("temperature",)),
        ("temprtura", ["temperature"], ("temperature",)),  # 9 letters: three
        ("tmprtra", ["temperature"], ()),
        ("bat", ["cat", "hat", "dog"], ("cat", "hat")),  # a tie lists both
        ("catt", ["cat", "cats", "mat"], ("cat", "cats")),
        ("Route", ["route"], ("route",)),
        ("route", ["route"], ()),  # itself is no suggestion
        ("x", [], ()),
    ],
)
def test_suggest(word: str, candidates: list[str], expected: tuple[str, ...]) -> None:
    assert suggest(word, candidates) == expected


@given(WORDS, st.lists(WORDS, max_size=8))
def test_suggestions_are_the_closest_candidates(word: str, candidates: list[str]) -> None:
    found = suggest(word, candidates)
    most = 1 if len(word) <= 4 else 2
    distances = {c: distance(word, c, 9) for c in set(candidates) - {word}}
    nearest = min(distances.values(), default=9)
    expected = sorted(c for c, d in distances.items() if d == nearest <= most)
    assert list(found) == expected
