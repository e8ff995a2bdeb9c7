"""A bad spec beside its exact complaints, a good one beside its plan; `--update-golden` accepts."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from currc.compiler.codes import Code
from currc.compiler.compile import analyse, compile_text
from currc.compiler.diagnostic import Complaints
from currc.compiler.format import format_text
from currc.compiler.parse import parse
from currc.compiler.render import full
from currc.compiler.source import Source
from currc.runtime.vocabulary import Vocabulary

GOLDEN = Path(__file__).parent / "golden"
GOOD = sorted(GOLDEN.glob("good/*.curr"))
BAD = sorted(GOLDEN.glob("bad/**/*.curr"))

COMPILER = Path(__file__).parent.parent / "compiler"
NO_GOLDEN = {"FILE_TOO_LARGE", "TOO_MANY_TOKENS", "USE_BEYOND", "TOO_LARGE", "NOT_UTF8"}
"""Complaints of specs too large to keep, or no text; their pages are executed as all others are."""


def named(path: Path) -> str:
    return path.relative_to(GOLDEN).with_suffix("").as_posix()


def settle(golden: Path, actual: str, update: bool) -> None:
    if update:
        golden.write_text(actual, encoding="utf-8")
    assert golden.exists(), f"{golden.name} is missing: run pytest with --update-golden and look at it"
    assert actual == golden.read_text(encoding="utf-8")


def complaints_about(case: Path) -> Complaints:
    """Of the parser alone below `bad/syntax`, of all passes elsewhere."""
    text = case.read_bytes().decode("utf-8")
    if case.parent.name != "syntax":
        return analyse(text, Vocabulary(), name=case.name, root=case.parent)[1]
    complaints = Complaints()
    parse(Source(case.name, text), complaints)
    return complaints


@pytest.mark.parametrize("case", BAD, ids=named)
def test_bad_spec_gives_its_complaints(case: Path, update_golden: bool) -> None:
    complaints = complaints_about(case)
    assert len(complaints) > 0
    settle(case.with_suffix(".expected"), full(complaints), update_golden)


@pytest.mark.parametrize("case", GOOD, ids=named)
def test_good_spec_gives_its_plan(case: Path, update_golden: bool) -> None:
    plan = compile_text(case.read_text(encoding="utf-8"), Vocabulary(), name=case.name, root=case.parent)
    actual = json.dumps(plan.model_dump(mode="json"), indent=1, ensure_ascii=False) + "\n"
    settle(case.with_suffix(".json"), actual, update_golden)


@pytest.mark.parametrize("case", GOOD, ids=named)
def test_good_spec_keeps_its_plan_when_formatted(case: Path) -> None:
    text = case.read_text(encoding="utf-8")
    formatted = format_text(Source(case.name, text))
    before, after = (compile_text(t, Vocabulary(), root=case.parent).hash() for t in (text, formatted))
    assert before == after


def test_there_are_golden_cases() -> None:
    assert sum(case.parent.name == "syntax" for case in BAD) >= 22
    assert len(BAD) >= 120
    assert len(GOOD) >= 25


def test_every_complaint_of_the_compiler_has_a_bad_spec() -> None:
    """What the data alone shows has its page, which `test_pages.py` executes."""
    texts = [path.read_text(encoding="utf-8") for path in COMPILER.glob("*.py") if path.name != "codes.py"]
    said = {name for text in texts for name in re.findall(r"\bCode\.([A-Z0-9_]+)\b", text)}
    complaints = [case.with_suffix(".expected").read_text(encoding="utf-8") for case in BAD]
    shown = {it for text in complaints for it in re.findall(r"^(?:error|warning)\[(\w+)\]", text, re.M)}
    missing = said - NO_GOLDEN - {code.name for code in Code if code.value in shown}
    assert missing == set(), "add a spec to tests/golden/bad"
