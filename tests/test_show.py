"""`currc show`: the resolved spec, and what `git diff` makes of it."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from specs import STAGED, TWO_ARMS, changed, with_arm

from currc.compiler.format import format_text
from currc.compiler.source import Source
from currc.runtime.command import main


def shown(capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, str, str]:
    code = main(["show", *map(str, words)])
    return code, *capsys.readouterr()


def put(folder: Path, text: str) -> Path:
    spec = folder / "desk.curr"
    spec.write_text(text)
    return spec


def test_flat_lines_are_sorted_addresses_with_their_values(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, told, _ = shown(capsys, "--flat", put(tmp_path, with_arm("  train.lr = 1e-3", STAGED)))
    lines = told.splitlines()
    assert code == 0
    assert lines == sorted(lines)
    assert all(" = " in line for line in lines)
    for line in (
        "school.basics.max = 30%",
        "route = task: classify",
        "train.batch = 16",
        "arm.third.train.lr = 0.001",
        "arm.other = extends baseline",
        'route.prompt = "{body}"',
    ):
        assert line in lines


def test_form_order_and_comments_change_no_flat_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    head, *blocks = TWO_ARMS.split("\n\n")
    other = "\n\n".join([head, "# moved", *reversed(blocks)]) + "\n"
    told = shown(capsys, "--flat", put(tmp_path, TWO_ARMS))[1]
    assert shown(capsys, "--flat", put(tmp_path, other))[1] == told
    assert shown(capsys, "--flat", put(tmp_path, format_text(Source("x", other))))[1] == told


def test_one_edit_is_one_flat_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = shown(capsys, "--flat", put(tmp_path, STAGED))[1].splitlines()
    after = shown(capsys, "--flat", put(tmp_path, changed(STAGED, ("max = 30%", "max = 40%"))))[
        1
    ].splitlines()
    assert set(after) - set(before) == {"school.basics.max = 40%"}
    assert set(before) - set(after) == {"school.basics.max = 30%"}


def test_a_spec_with_mistakes_is_shown_as_far_as_it_goes_where_git_asks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = 'edition 2026\n\nuse "gone.curr" as lib\n' + TWO_ARMS.partition("\n")[2]
    code, told, complaints = shown(capsys, "--flat", put(tmp_path, broken))
    assert (code, complaints) == (0, "")
    assert told.startswith("# C0115: ")
    assert "route.metric = macro_f1" in told
    code, told, complaints = shown(capsys, put(tmp_path, broken))
    assert (code, told) == (1, "")
    assert "C0115" in complaints


def test_a_reader_sees_each_value_and_where_it_was_decided(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, told, _ = shown(capsys, put(tmp_path, TWO_ARMS))
    lines = [" ".join(line.split()) for line in told.splitlines()]
    assert "route (task: classify)" in lines
    assert f"metric macro_f1 {tmp_path / 'desk.curr'}:20" in lines
    assert "validation 10% default" in lines


def test_git_shows_what_a_change_resolves_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    program = "import sys; from currc.runtime.command import main; sys.exit(main())"
    textconv = shlex.join([sys.executable, "-c", program, "show", "--flat"])

    def git(*words: str) -> str:
        found = subprocess.run(["git", *words], cwd=tmp_path, check=True, capture_output=True, text=True)
        return found.stdout

    git("init", "--quiet")
    git("config", "diff.curr.textconv", textconv)
    (tmp_path / ".gitattributes").write_text("*.curr diff=curr\n")
    constant = changed(TWO_ARMS, ("edition 2026", "edition 2026\n\nlet first = 20%"), ("= 20%,", "= first,"))
    put(tmp_path, constant)
    git("add", "--all")
    put(tmp_path, changed(constant, ("let first = 20%", "let first = 30%")))
    found = [line for line in git("diff").splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    assert found == [
        "-gentle.pacing = root(start = 20%, full_at = 60%)",
        "+gentle.pacing = root(start = 30%, full_at = 60%)",
    ]
