"""`currc init`: what it writes is checked, formatted and runs; what is there stays."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from currc.runtime.command import main
from currc.runtime.command.init import SPEC, WORKFLOW, contents


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("project")
    assert main(["init", str(made), "--ci"]) == 0
    return made


def test_the_spec_is_clean_with_its_data(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--data", "--format", "json", str(folder / SPEC)]) == 0
    assert json.loads(capsys.readouterr().out)["diagnostics"] == []


def test_the_spec_is_formatted_and_bounds_repetition(folder: Path) -> None:
    assert main(["fmt", "--check", str(folder / SPEC)]) == 0
    assert "mix = unimax(epochs = 4)" in (folder / SPEC).read_text()


def test_the_rows_come_with_their_licence(folder: Path) -> None:
    assert "WordNet" in (folder / "data" / "LICENSE.txt").read_text()
    assert {path.name for path in (folder / "data").iterdir()} == {
        "pos_train.jsonl", "pos_gold.jsonl", "genus_train.jsonl", "genus_gold.jsonl", "LICENSE.txt"
    }  # fmt: skip


def test_git_is_told_how_to_show_a_spec(folder: Path) -> None:
    text = (folder / ".gitattributes").read_text()
    assert "*.curr diff=curr" in text.splitlines()
    assert 'git config diff.curr.textconv "currc show --flat"' in text


@pytest.mark.parametrize("name", list(contents(ci=True)))
def test_nothing_is_overwritten_and_nothing_else_is_written(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = tmp_path / name
    mine.parent.mkdir(parents=True, exist_ok=True)
    mine.write_text("mine")
    assert main(["init", str(tmp_path), "--ci"]) == 73
    assert f"`{mine}`" in capsys.readouterr().err
    assert mine.read_text() == "mine"
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [mine]


def test_a_link_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / SPEC).symlink_to(tmp_path / "elsewhere")
    assert main(["init", str(tmp_path)]) == 73
    assert not (tmp_path / "elsewhere").exists()


def test_the_workflow_comes_only_when_asked_for(tmp_path: Path) -> None:
    assert main(["init", str(tmp_path)]) == 0
    assert not (tmp_path / WORKFLOW).exists()


class TestWorkflow:
    @pytest.fixture
    def found(self, folder: Path) -> dict[Any, Any]:
        loaded: dict[Any, Any] = yaml.safe_load((folder / WORKFLOW).read_text())
        return loaded

    def steps(self, found: dict[Any, Any]) -> list[dict[str, Any]]:
        steps: list[dict[str, Any]] = found["jobs"]["specs"]["steps"]
        return steps

    def test_it_may_read_and_comment_and_nothing_else(self, found: dict[Any, Any]) -> None:
        assert found["permissions"] == {"contents": "read", "pull-requests": "write"}
        # `pull_request_target` would run with the rights of the repository on a stranger's text.
        assert list(found[True]) == ["pull_request"]

    def test_no_expression_stands_in_a_command(self, found: dict[Any, Any]) -> None:
        assert all("${{" not in step.get("run", "") for step in self.steps(found))

    def test_actions_are_pinned_by_their_major_version(self, found: dict[Any, Any]) -> None:
        used = [step["uses"] for step in self.steps(found) if "uses" in step]
        assert len(used) == 2
        assert all(re.fullmatch(r"actions/[\w-]+@v\d+", action) for action in used)

    def test_it_checks_formats_compares_and_comments(self, found: dict[Any, Any]) -> None:
        said = "\n".join(step.get("run", "") for step in self.steps(found))
        for command in ("currc check --format github", "currc fmt --check", "currc diff --format markdown"):
            assert command in said
        assert "gh pr comment" in said
