"""Every code has a manual page, whose examples do what the page says."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from completed import complaint_about_data, write

from currc.compiler.codes import Code
from currc.compiler.pages import Part, page
from currc.runtime.command.spec import complaints_of


def codes(example: tuple[Part, ...], folder: Path, *, data: bool) -> set[str]:
    """What is said about an example; of its data only where `data` asks for it and the spec is sound."""
    spec = write(example, folder)
    found = complaints_of(spec)
    bad = complaint_about_data(spec) if data and not found.errors else None
    return {it.code.value for it in found} | ({bad.code.value} if bad else set())


@pytest.mark.parametrize("code", Code, ids=lambda code: code.value)
def test_the_examples_of_a_page(code: Code, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = page(code)
    if code is Code.EXTRA_MISSING:
        monkeypatch.setitem(sys.modules, "pyarrow", None)
    data = code.value[1:3] == "04"
    assert codes(told.fails, tmp_path / "fails", data=data) == {code.value}
    assert codes(told.works, tmp_path / "works", data=data) == set()
