"""Every code has a manual page, whose examples do what the page says."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from completed import complaint_about_data, concerns_about, write

from currc.compiler.codes import RETIRED, Code
from currc.compiler.pages import Case, Part, page
from currc.runtime.command.spec import complaints_of

HERE = Path(__file__).parent
PYTHON = [path for room in ("compiler", "runtime") for path in (HERE.parent / room).rglob("*.py")]
SAID = {
    name
    for path in PYTHON
    if path.name != "codes.py"
    for name in re.findall(r"\bCode\.([A-Z0-9_]+)\b", path.read_text(encoding="utf-8"))
}
"""The codes that some line of the program can say."""

CONCERNS = {"W0303", "W0401", "W0402", "W0403", "W0405", "W0702"}
"""Warnings about a correct spec over its data, said by `plan` and `check --data`."""

OF_BOTH = {"W0304"}
"""Warnings that `check` gives where the spec alone shows them, and these where it takes the data."""

CASES = [
    pytest.param(code, case, id=f"{code.value}-{nth}")
    for code in Code
    for nth, case in enumerate(page(code).cases)
]
OF_SPEC = [one for one in CASES if one.values[0].value not in CONCERNS | OF_BOTH]
OF_DATA = [one for one in CASES if one not in OF_SPEC]


def codes(example: tuple[Part, ...], folder: Path, *, data: bool) -> set[str]:
    """What is said about an example; of its data only where `data` asks for it and the spec is sound."""
    spec = write(example, folder)
    found = complaints_of(spec)
    bad = complaint_about_data(spec) if data and not found.errors else None
    return {it.code.value for it in found} | ({bad.code.value} if bad else set())


def told(example: tuple[Part, ...], folder: Path) -> set[str]:
    """What is said about an example by `check` and, as it is sound, about its data by `plan`."""
    spec = write(example, folder)
    found = complaints_of(spec)
    assert not found.errors
    return {it.code.value for it in found} | concerns_about(spec)


def test_some_line_of_the_program_can_say_each_code() -> None:
    assert {code.name for code in Code} == SAID


def test_a_retired_number_is_gone() -> None:
    assert not RETIRED.keys() & {code.value for code in Code}
    assert set(RETIRED.values()) <= {code.value for code in Code} | {""}


def test_every_code_has_a_page_whose_every_example_is_there() -> None:
    assert {code for code in Code if not page(code).cases} == set()
    assert all(part for code in Code for case in page(code).cases for part in (case.fails, case.works))


def test_a_page_is_shown_with_all_its_cases() -> None:
    assert page(Code.NEVER_SEEN).text().count("fails:") == len(page(Code.NEVER_SEEN).cases) == 2


@pytest.mark.parametrize(("code", "case"), OF_DATA)
def test_the_examples_of_a_page_about_data_that_give_reason_to_warn(
    code: Code, case: Case, tmp_path: Path
) -> None:
    """The two differ in this warning alone; that the little data is little is said of both."""
    fails, works = told(case.fails, tmp_path / "fails"), told(case.works, tmp_path / "works")
    assert fails - works == {code.value}
    assert works <= fails


@pytest.mark.parametrize(("code", "case"), OF_SPEC)
def test_the_examples_of_a_page(
    code: Code, case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if code is Code.EXTRA_MISSING:
        monkeypatch.setitem(sys.modules, "pyarrow", None)
    data = code.value[1:3] == "04"
    assert codes(case.fails, tmp_path / "fails", data=data) == {code.value}
    assert codes(case.works, tmp_path / "works", data=data) == set()
