"""What `check` remembers is what it would say: never an old answer, never another one."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from specs import TWO_ARMS

from currc.compiler import compile as pipeline
from currc.runtime.command import main, remembered
from currc.runtime.vocabulary import SLOTS

HERE = Path(__file__).parent
SPECS = sorted([*HERE.glob("golden/bad/*/*.curr"), *HERE.glob("golden/good/*.curr")])
LIBRARY = 'edition 2026\n\nsource spare {\n  path = "data/spare.jsonl"\n}\n'
USER = TWO_ARMS.replace("edition 2026\n", 'edition 2026\n\nuse "shared/lib.curr" as lib\n')
"""A spec with the warning that it uses nothing of the file that it brings in."""

Check = Callable[..., tuple[int, str]]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where specs lie and commands run; what is remembered lies in a folder `cache` beside it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("CURRC_CACHE")
    folder = tmp_path / "project"
    (folder / "shared").mkdir(parents=True)
    (folder / "shared" / "lib.curr").write_text(LIBRARY)
    (folder / "main.curr").write_text(USER)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def check(capsys: pytest.CaptureFixture[str]) -> Check:
    """Exit code and complaints of `currc check`."""

    def check(*words: str | Path) -> tuple[int, str]:
        code = main(["check", *map(str, words)])
        return code, capsys.readouterr().out

    return check


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the specs that were read, not remembered, in their order."""
    names: list[str] = []
    examine = pipeline.examine

    def noted(text: str, *others: object, name: str, root: Path) -> pipeline.Reading:
        names.append(name)
        return examine(text, *others, name=name, root=root)

    monkeypatch.setattr(pipeline, "examine", noted)
    return names


def answers(project: Path) -> list[Path]:
    return sorted((project.parent / "cache" / "currc" / "check").glob("*"))


@pytest.mark.parametrize("form", ["full", "json"])
def test_every_golden_spec_is_remembered_as_it_was_found(
    form: str, project: Path, check: Check, read: list[str]
) -> None:
    """Good ones, and bad ones with every kind of label and fix."""
    found = [check("--format", form, spec) for spec in SPECS]
    assert len(read) == len(SPECS)
    before = len(read)
    assert [check("--format", form, spec) for spec in SPECS] == found
    # What hangs on a file that is not there is asked anew.
    again = {Path(name).stem for name in read[before:]}
    assert len(again) <= 6
    assert all("use" in (spec.read_text(errors="replace")) for spec in SPECS if spec.stem in again)
    assert {code for code, _ in found} == {0, 1}


def test_a_known_spec_loads_neither_the_compiler_nor_pydantic(project: Path) -> None:
    program = (
        "import json, sys\n"
        "from currc.runtime.command import main\n"
        "code = main(['check', 'main.curr'])\n"
        "print(json.dumps([code, sorted(sys.modules)]))\n"
    )
    loaded = []
    for _ in range(2):
        ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        code, names = json.loads(ended.stdout.splitlines()[-1])
        loaded.append(set(names))
        assert code == 0
    assert "currc.compiler.parse" in loaded[0]
    heavy = {
        "currc.compiler.parse",
        "currc.compiler.check",
        "pydantic",
        "pydantic_core",
        "lark",
        "dataclasses",
    }
    assert loaded[1].isdisjoint(heavy)


def test_another_text_is_read(project: Path, check: Check, read: list[str]) -> None:
    assert check("main.curr")[0] == 0
    (project / "main.curr").write_text(USER + "\narm third extends baseline {\n  mix = proportionl\n}\n")
    code, said = check("main.curr")
    assert code == 1
    assert "proportionl" in said
    (project / "main.curr").write_text(USER)
    assert check("main.curr")[0] == 0
    assert len(read) == 2  # the first text is still known


@pytest.mark.parametrize(
    "change",
    [
        lambda lib: lib.write_text(LIBRARY.replace("spare.jsonl", "other.jsonl")),
        lambda lib: lib.write_text(LIBRARY + "\narm {"),
        lambda lib: lib.unlink(),
        lambda lib: (lib.rename(lib.with_name("old.curr")), lib.symlink_to("old.curr")),
    ],
    ids=["changed", "broken", "gone", "moved behind a link"],
)
def test_a_used_file_that_changed_is_read_again(
    change: Callable[[Path], None],
    project: Path,
    check: Check,
    read: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    check("main.curr")
    check("main.curr")
    assert len(read) == 1
    change(project / "shared" / "lib.curr")
    now = check("main.curr")
    assert len(read) == 2
    monkeypatch.setenv("CURRC_CACHE", "off")
    assert check("main.curr") == now


def test_a_file_that_is_used_by_a_used_file_counts(project: Path, check: Check, read: list[str]) -> None:
    inner = project / "shared" / "inner.curr"
    inner.write_text(LIBRARY)
    (project / "shared" / "lib.curr").write_text('edition 2026\n\nuse "inner.curr" as inner\n')
    for _ in range(2):
        assert check("main.curr")[0] == 0
    assert len(read) == 1
    inner.write_text("edition 2026\n\narm {")
    assert check("main.curr")[0] == 1


def test_a_missing_file_that_appears_is_seen(project: Path, check: Check) -> None:
    lib = project / "shared" / "lib.curr"
    lib.unlink()
    assert "C0115" in check("main.curr")[1]
    lib.write_text(LIBRARY)
    assert check("main.curr")[0] == 0


def test_the_same_text_elsewhere_is_another_question(project: Path, check: Check, read: list[str]) -> None:
    """A path of `use` starts at the folder of the spec."""
    other = project / "other"
    (other / "shared").mkdir(parents=True)
    (other / "main.curr").write_text(USER)
    assert check("main.curr")[0] == 0
    assert "C0115" in check(other / "main.curr")[1]


@pytest.mark.parametrize("what", ["a file of ours", "a new word", "the format", "Python"])
def test_another_currc_asks_anew(
    what: str, project: Path, check: Check, read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    check("main.curr")
    known = list(remembered._own_files())
    if what == "a file of ours":
        name, size, time = known[3]
        known[3] = name, size, time + 1
    elif what == "a new word":
        known.append((str(remembered.HOME / "runtime/curriculum/pacing/brisk.py"), 1, 1))
    elif what == "the format":
        monkeypatch.setattr(remembered, "FORMAT", remembered.FORMAT + 1)
    else:
        monkeypatch.setattr(sys, "version", "4.0")
    monkeypatch.setattr(remembered, "_own_files", lambda: iter(known))
    check("main.curr")
    assert len(read) == 2


def test_own_files_are_those_that_read_a_spec() -> None:
    seen = {Path(name) for name, _, _ in remembered._own_files()}
    ours = [*(f"runtime/{folder}/__init__.py" for folder in SLOTS.values()), "compiler/parse.py"]
    assert {remembered.HOME / name for name in (*ours, "grammar/curr.lark")} <= seen
    assert not any(path.suffix == ".pyc" for path in seen)


@pytest.mark.parametrize(
    "written",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'{"used": [], "complaints": [["C9999", "", [0, 0, 0, ""], [], "", null, ""]]}',
        b'{"used": [], "complaints": [["C0001", "", [7, 0, 0, ""], [], "", null, ""]]}',
        b'{"used": [["a"]], "complaints": []}',
        b'{"used": {}, "complaints": 3}',
        b"[" * 100_000,
        b"\xff\xfe",
        b" " * (remembered.LARGEST + 5),
    ],
)
def test_a_spoilt_answer_is_none(written: bytes, project: Path, check: Check, read: list[str]) -> None:
    first = check("main.curr")
    (answer,) = answers(project)
    answer.write_bytes(written)
    assert check("main.curr") == first
    assert len(read) == 2
    assert check("main.curr") == first  # and it has been replaced by a good one
    assert len(read) == 2


def test_nothing_is_kept_where_it_is_switched_off(
    project: Path, check: Check, read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CURRC_CACHE", "off")
    for _ in range(2):
        check("main.curr")
    assert len(read) == 2
    assert answers(project) == []


def test_a_place_that_takes_nothing_is_no_complaint(
    project: Path, check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(project / "file"))
    assert check("main.curr")[0] == 0
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", "")
    assert check("main.curr")[0] == 0


def test_standard_input_is_not_kept(
    project: Path, check: Check, monkeypatch: pytest.MonkeyPatch, read: list[str]
) -> None:
    for _ in range(2):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(USER.encode())))
        assert check("-")[0] == 0
    assert answers(project) == []


def test_the_oldest_half_goes(project: Path, check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered, "MOST_ANSWERS", 4)
    for number in range(9):
        (project / "main.curr").write_text(f"{USER}\nlet spare_{number} = 3\n")
        check("main.curr")
        assert len(answers(project)) <= 4
    assert check("main.curr")[0] == 0


def test_only_the_user_can_read_what_is_kept(project: Path, check: Check) -> None:
    check("main.curr")
    (answer,) = answers(project)
    assert answer.stat().st_mode & 0o077 == 0
    assert answer.parent.stat().st_mode & 0o077 == 0
