"""Specs of a stranger's: whichever command looks at them, they reach nothing and steer nothing."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import untrusted

FORMS = ("concise", "json", "sarif", "github", "markdown")
TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class Said(NamedTuple):
    """What a command said about a spec, and what it did besides."""

    what: str
    command: tuple[str, ...]
    terminal: bool
    code: int
    out: str
    err: str
    seen: list[str]


def commands(file: str) -> list[tuple[tuple[str, ...], bool]]:
    """The commands that are safe on any spec, and whether they speak to a terminal."""
    return [
        (("check", "--", file), True),
        (("fmt", "--diff", "--", file), False),
        (("show", "--flat", "--", file), False),
        (("plan", "--no-data", "--", file), False),
        (("explain", f"--spec={file}", "route.prompt"), False),
        (("diff", "--", "two_arms.curr", file), False),
        (("diff", "--format=markdown", "--", "two_arms.curr", file), False),
        *((("check", f"--format={form}", "--", file), False) for form in FORMS),
    ]


def asked(files: list[tuple[str, Path]], each: int) -> Iterator[tuple[str, tuple[str, ...], bool]]:
    """Every spec is checked, and so many of the other commands look at it, by turns."""
    turn = 0
    for what, file in files:
        others = commands(file.name)
        yield what, ("check", "--", file.name), False
        for at in range(turn, turn + each):
            yield what, *others[at % len(others)]
        turn += each


def heard(asks: list[tuple[tuple[str, ...], bool]], root: Path) -> list[dict[str, Any]]:
    """The answers of a process that is watched."""
    done = subprocess.run(
        [sys.executable, "-P", str(Path(__file__).parent / "watched.py")],
        input="".join(json.dumps(one) + "\n" for one in asks),
        capture_output=True, text=True, check=False, cwd=root,
        env=os.environ | {"CURRC_CACHE": "off", "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(asks), (asks[len(answers)], done.stderr[-3000:])
    return answers


def told(at: Path, each: int) -> list[Said]:
    """What the commands said about all specs."""
    files = list(untrusted.project(at))
    root = at / "project"
    (root / "two_arms.curr").write_text(untrusted.TWO_ARMS)
    questions = list(asked(files, each))
    answers = heard([(words, terminal) for _, words, terminal in questions], root)
    assert not (root / "PWNED").exists()
    return [Said(*one, **answer) for one, answer in zip(questions, answers, strict=True)]


@pytest.fixture(scope="module", params=[2, pytest.param(12, marks=pytest.mark.nightly)])
def said(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> list[Said]:
    """What a fair part of the commands, at night all of them, said about each spec."""
    return told(tmp_path_factory.mktemp("untrusted"), request.param)


def test_there_are_hundreds_of_them(said: list[Said]) -> None:
    assert len({one.what for one in said}) >= 500
    assert len(set(untrusted.specs().values())) == len(untrusted.specs())


def test_nothing_is_reached(said: list[Said]) -> None:
    """No network, no program, nothing written, nothing read beside the project, no code of it imported."""
    assert [one for one in said if one.seen] == []
    assert [one for one in said if untrusted.SECRET in one.out + one.err] == []


def test_the_hook_sees_what_is_reached(tmp_path: Path) -> None:
    """Where something is written, read outside or started, the tests above would have said so."""
    (tmp_path / "project").mkdir()
    (tmp_path / "outside.curr").write_text(untrusted.EDITION)
    (tmp_path / "project" / "in.curr").write_text("edition    2026\n")
    asks = (
        ["fmt", "in.curr"],
        ["check", "../outside.curr"],
        ["check", "in.curr"],
        ["diff", "git:HEAD:in.curr", "in.curr"],
    )
    answers = heard([(tuple(words), False) for words in asks], tmp_path / "project")
    rewritten, outside, inside, git = (answer["seen"] for answer in answers)
    assert any(event.startswith("open") for event in rewritten)
    assert outside == ["read '../outside.curr'"]
    assert inside == []
    assert any(event.startswith("subprocess.Popen") for event in git)


def test_all_end_well(said: list[Said]) -> None:
    """With complaints, or without; never in a traceback."""
    assert [one for one in said if one.code not in (0, 1, 2) or "Traceback" in one.err] == []


def test_nothing_steers_the_terminal(said: list[Said]) -> None:
    """No control character comes through, none that turns the reading direction, no half of a character.

    A difference of texts shows invisible letters as they are, which the language allows in strings.
    """
    for one in said:
        shown = one.out + one.err
        shown = (COLOUR.sub("", shown) if one.terminal else shown).replace("\n", "")
        kinds = ("Cc", "Cs") if one.command[0] == "fmt" else ("Cc", "Cs", "Cf", "Zl", "Zp")
        joined = "\u200c\u200d"  # without these, letters of some scripts and some pictures fall apart
        steering = {
            letter for letter in shown if unicodedata.category(letter) in kinds and letter not in joined
        }
        assert not (steering | TURNING & set(shown)), one


def test_markup_of_a_terminal_is_shown_as_it_is(said: list[Said]) -> None:
    """In colours stands the same text as without."""
    plain = {one.what: one.out for one in said if one.command[:2] == ("check", "--") and not one.terminal}
    coloured = {one.what: COLOUR.sub("", one.out) for one in said if one.terminal}
    assert len(coloured) > 50
    assert coloured == {what: plain[what] for what in coloured}


def test_a_line_for_github_is_one_command(said: list[Said]) -> None:
    places = r"(,line=\d+(,col=\d+)?(,endLine=\d+)?(,endColumn=\d+)?)?"
    command = re.compile(rf"::(error|warning) title=[^:,\n]+,file=[^:,\n]+{places}::[^\r\n]+")
    lines = [line for one in said if "--format=github" in one.command for line in one.out.splitlines()]
    assert len(lines) > 50
    assert [line for line in lines if not command.fullmatch(line)] == []


def test_markdown_holds_a_stranger_s_words_as_code(said: list[Said]) -> None:
    """Outside of fences and code spans stands nothing but our own words."""
    found = [one for one in said if "--format=markdown" in one.command and one.out]
    assert len(found) > 50
    for one in found:
        rest = re.sub(r"^(`{3,})[a-z]*\n(.*\n)*?\1`* *$", "", one.out, flags=re.MULTILINE)
        rest = re.sub(r"(?<!`)(`+)(?!`)(.*?)(?<!`)\1(?!`)", "", rest).replace("<br>", "")
        rest = rest.removeprefix("### currc diff")
        assert not re.search(r"[<`\[@!#]|::|evil|PWNED|pwned", rest), (one.what, rest)
