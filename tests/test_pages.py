"""Every code has a manual page, whose examples do what the page says."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from completed import complaint_about_data, concerns_about, write

from currc.compiler.codes import RETIRED, Code
from currc.compiler.pages import Part, page
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

AHEAD: set[str] = set()
"""Codes of the design that nothing says yet."""

CONCERNS = {"W0303", "W0401", "W0402", "W0403", "W0405", "W0702"}
"""Warnings about a correct spec over its data, said by `plan` and `check --data`."""


def codes(example: tuple[Part, ...], folder: Path, *, data: bool) -> set[str]:
    """What is said about an example; of its data only where `data` asks for it and the spec is sound."""
    spec = write(example, folder)
    found = complaints_of(spec)
    bad = complaint_about_data(spec) if data and not found.errors else None
    return {it.code.value for it in found} | ({bad.code.value} if bad else set())


def test_a_code_that_nothing_says_is_known_to_be_ahead() -> None:
    assert {code.value for code in Code if code.name not in SAID} == AHEAD


def test_a_retired_number_is_gone() -> None:
    assert not RETIRED.keys() & {code.value for code in Code}
    assert set(RETIRED.values()) <= {code.value for code in Code} | {""}


@pytest.mark.parametrize(
    "code", [code for code in Code if code.value in CONCERNS], ids=lambda code: code.value
)
def test_the_examples_of_a_page_about_data_that_give_reason_to_warn(code: Code, tmp_path: Path) -> None:
    told = page(code)
    for example, warns in ((told.fails, True), (told.works, False)):
        spec = write(example, tmp_path / str(warns))
        assert not complaints_of(spec).errors
        assert (code.value in concerns_about(spec)) is warns


@pytest.mark.parametrize(
    "code", [code for code in Code if code.value not in AHEAD | CONCERNS], ids=lambda code: code.value
)
def test_the_examples_of_a_page(code: Code, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = page(code)
    if code is Code.EXTRA_MISSING:
        monkeypatch.setitem(sys.modules, "pyarrow", None)
    data = code.value[1:3] == "04"
    assert codes(told.fails, tmp_path / "fails", data=data) == {code.value}
    assert codes(told.works, tmp_path / "works", data=data) == set()
