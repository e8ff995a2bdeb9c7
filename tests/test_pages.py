"""Every code has a manual page, whose examples do what the page says."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from completed import complaint_about_data, concerns_about, write

from currc.compiler.codes import RETIRED, Code
from currc.compiler.pages import FOLDER, Case, Part, page
from currc.runtime.command.spec import complaints_of

HERE = Path(__file__).parent
PYTHON = [path for room in ("compiler", "runtime") for path in (HERE.parent / room).rglob("*.py")]


def said_in(path: Path) -> set[str]:
    """The names of the codes that a file can say."""
    return set(re.findall(r"\bCode\.([A-Z0-9_]+)\b", path.read_text(encoding="utf-8")))


SAID = {name for path in PYTHON if path.name != "codes.py" for name in said_in(path)}
"""The codes that some line of the program can say."""

ENGINE = HERE.parent / "runtime" / "engine"
OF_CONCERNS = said_in(ENGINE / "concerns.py") | said_in(ENGINE / "preview.py")
"""Warnings about a correct spec over its data, said by `plan` and `check --data`."""

WRITTEN = {path.stem for path in FOLDER.glob("*.md")}
"""The codes that have a page."""

CASES = [
    pytest.param(code, case, id=f"{code.value}-{nth}")
    for code in Code
    if code.value in WRITTEN
    for nth, case in enumerate(page(code).cases)
]
OF_DATA = [one for one in CASES if one.values[0].name in OF_CONCERNS]
OF_SPEC = [one for one in CASES if one not in OF_DATA]


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


def test_every_code_has_a_page_and_every_page_a_code() -> None:
    numbers = {code.value for code in Code}
    assert numbers - WRITTEN == set(), "write compiler/code_pages/CODE.md, as CONTRIBUTING.md says"
    assert WRITTEN - numbers == set(), "no code has this page"


def test_every_page_has_an_example_that_fails_and_the_same_one_put_right() -> None:
    shown = {one.values[0].value for one in CASES}
    assert WRITTEN - shown == set(), "a page has `## Fails` and `## Works`, each with a fenced example"
    assert [one.id for one in CASES if not (one.values[1].fails and one.values[1].works)] == []


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
