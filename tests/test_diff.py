"""Two specs beside what `currc diff` says of them; `--update-golden` accepts."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_golden import settle

from currc.runtime.command import main

GOLDEN = Path(__file__).parent / "golden" / "diff"
CASES = sorted(path for path in GOLDEN.iterdir() if path.is_dir())
CATEGORIES = ("cosmetic", "operational", "learning", "comparison")


@pytest.fixture(autouse=True)
def _eighty_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_a_change_is_told(
    case: Path, update_golden: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(case)
    assert main(["diff", "before.curr", "after.curr"]) == 0
    told = capsys.readouterr().out
    settle(case / "expected.txt", told, update_golden)
    # The folder's name says what a reviewer must conclude, so that nobody accepts another by mistake.
    assert told.partition(":")[0] == case.name.partition("_")[0]
    assert max(map(len, told.splitlines())) <= 80
