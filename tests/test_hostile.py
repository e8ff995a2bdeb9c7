"""Texts made to be dear: each costs what its size is worth, and ends in a complaint.

Nothing here looks at a clock. A text that costs the square of its size would not come back.
"""

from __future__ import annotations

import pytest

from currc.compiler.codes import Code
from currc.compiler.compile import analyse
from currc.compiler.diagnostic import MOST_KEPT, CompileError
from currc.compiler.format import format_text
from currc.compiler.render import full
from currc.compiler.source import Source
from currc.runtime.vocabulary import Vocabulary

EDITION = "edition 2026\n"


def complained(text: str) -> tuple[list[str], str]:
    """The codes of all complaints, and what is shown of them."""
    found = analyse(text, Vocabulary())[1]
    assert len(found) <= MOST_KEPT
    return [one.code.value for one in found], full(found)


def test_a_line_as_long_as_a_file_is_shown_in_part() -> None:
    codes, shown = complained(EDITION + "/*" * 200_000)
    assert "C0009" in codes
    assert max(map(len, shown.splitlines())) < 450


def test_the_place_in_a_long_line_is_shown_and_pointed_at() -> None:
    filler = "a" * 5_000
    _, shown = complained(f"{EDITION}let {filler} = § + {filler}\n")
    lines = shown.splitlines()
    at = next(number for number, one in enumerate(lines) if "§" in one and " | " in one)
    line, below = lines[at : at + 2]
    assert line.index("§") == below.index("^")
    assert line.count("...") == 2


def test_ancestors_are_counted() -> None:
    arms = "".join(f"arm a{i} extends a{i + 1} {{\n}}\n" for i in range(5_000))
    codes, shown = complained(f"{EDITION}{arms}arm a5000 {{\n}}\n")
    assert codes.count(Code.TOO_DEEP.value) == 1
    assert "more than 50 ancestors" in shown


def test_fifty_ancestors_are_none_too_many() -> None:
    arms = "".join(f"arm a{i} extends a{i + 1} {{\n}}\n" for i in range(50))
    assert "ancestors" not in complained(f"{EDITION}{arms}arm a50 {{\n}}\n")[1]


@pytest.mark.parametrize("kind", ["arm", "let"])
def test_of_a_long_circle_some_are_named(kind: str) -> None:
    if kind == "arm":
        links = "".join(f"arm a{i} extends a{(i + 1) % 3_000} {{\n}}\n" for i in range(3_000))
    else:
        links = "".join(f"let a{i} = a{(i + 1) % 3_000}\n" for i in range(3_000))
    found = [one for one in analyse(EDITION + links, Vocabulary())[1] if "circle" in one.message]
    assert len(found) == 1
    assert len(found[0].secondary) == 8


def test_a_layout_beyond_the_limits_is_a_complaint() -> None:
    """One item a line makes more tokens of a list than a spec may have."""
    items = ", ".join(map(str, range(70_000)))
    text = f"{EDITION}train {{\n  seeds = [{items}]\n}}\n"
    with pytest.raises(CompileError) as refused:
        format_text(Source("t.curr", text))
    assert [one.code for one in refused.value.diagnostics] == [Code.TOO_MANY_TOKENS]


def test_a_long_list_names_what_stands_twice() -> None:
    items = ", ".join(map(str, [*range(20_000), 7]))
    found = analyse(f"{EDITION}train {{\n  seeds = [{items}]\n}}\n", Vocabulary())[1]
    twice = [one for one in found if one.code is Code.DUPLICATE_ITEM]
    assert [one.primary.span.text for one in twice] == ["7"]


def test_stages_of_thousands_of_schedules_are_looked_at_once() -> None:
    lessons = "".join(
        f"schedule s{i} {{\n  stage a {{\n    max = 30%\n  }}\n  stage b {{\n    after = a\n  }}\n}}\n"
        for i in range(3_000)
    )
    assert complained(EDITION + lessons)[0]
