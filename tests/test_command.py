"""What a user meets: exit codes, what goes to which stream, and what is left on disk."""

from __future__ import annotations

import io
import json
import os
import shlex
import stat
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from safetensors.numpy import save_file
from specs import STAGED, TWO_ARMS, changed

from currc.runtime.command import main
from currc.runtime.engine.lock import Lock

SMALL = """edition 2026

model student: encoder {
  base = "bundled:minilm-l6/2"
}

source rows {
  path = "data/rows.jsonl"
}

source gold {
  path = "data/gold.jsonl"
}

task route: classify {
  train = rows
  gold = gold
  prompt = "{body}"
  target = "{queue}"
  labels = ["a", "b"]
}

budget {
  limit = 4 steps
}

arm baseline {
  mix = proportional
}
"""
CURRC = [sys.executable, "-c", "import sys; from currc.runtime.command import main; sys.exit(main())"]
UNKNOWN_WORD = changed(SMALL, ("proportional", "proportionl"))
CONFOUNDED = changed(TWO_ARMS, ("schedule = gentle", "schedule = gentle\n  train.lr = 1e-3"))
ROWS = [{"body": f"text number {i}", "queue": "ab"[i % 2]} for i in range(40)]
GOLD = [{"body": f"gold number {i}", "queue": "ab"[i % 2]} for i in range(8)]


class Ended(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


Call = Callable[..., Ended]


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Call:
    """A command in this process."""

    def call(*words: str | Path) -> Ended:
        code = main(list(map(str, words)))
        return Ended(code, *capsys.readouterr())

    return call


def started(*words: str | Path, cwd: Path, env: Mapping[str, str] | None = None) -> Ended:
    """A command in a process of its own."""
    ended = subprocess.run(
        [*CURRC, *map(str, words)],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        timeout=300,
    )
    return Ended(ended.returncode, ended.stdout, ended.stderr)


def lines(*rows: Mapping[str, str]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a spec and its data, which is also where commands run."""
    (tmp_path / "data").mkdir()
    (tmp_path / "small.curr").write_text(SMALL)
    (tmp_path / "data" / "rows.jsonl").write_text(lines(*ROWS))
    (tmp_path / "data" / "gold.jsonl").write_text(lines(*GOLD))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def put(folder: Path, **texts: str) -> None:
    """Write `NAME.curr` for each name."""
    for name, text in texts.items():
        (folder / f"{name}.curr").write_text(text)


class TestOverview:
    @pytest.mark.parametrize("words", [(), ("--help",), ("-h",), ("help",)])
    def test_help_names_every_command(self, call: Call, words: tuple[str, ...]) -> None:
        ended = call(*words)
        assert (ended.code, ended.err) == (0, "")
        for name in ("check", "explain", "fmt", "plan", "report", "run"):
            assert f"\n  {name} " in ended.out

    @pytest.mark.parametrize("name", ["check", "explain", "fmt", "plan", "report", "run"])
    def test_every_command_has_a_page(self, call: Call, name: str) -> None:
        ended = call(name, "--help")
        assert (ended.code, ended.err) == (0, "")
        assert ended.out.startswith(f"usage: currc {name}")

    def test_version(self, call: Call) -> None:
        assert call("--version").out.startswith("currc 0.")

    def test_an_unknown_command_is_told_its_nearest(self, call: Call) -> None:
        ended = call("chekc", "x.curr")
        assert (ended.code, ended.out) == (2, "")
        assert "no command `chekc`; did you mean `check`?" in ended.err

    def test_a_word_like_none_gets_no_suggestion(self, call: Call) -> None:
        assert "did you mean" not in call("zzz").err

    def test_an_unknown_option_is_usage(self, call: Call) -> None:
        ended = call("check", "--formt", "json", "x.curr")
        assert (ended.code, ended.out) == (2, "")


class TestFiles:
    """A spec that cannot be read ends every command alike."""

    @pytest.mark.parametrize("command", ["check", "fmt", "plan", "run"])
    def test_a_missing_file_is_named(self, call: Call, project: Path, command: str) -> None:
        ended = call(command, "smal.curr")
        assert (ended.code, ended.out) == (2, "")
        assert "cannot read `smal.curr`: no such file" in ended.err
        assert "did you mean `small.curr`?" in ended.err
        assert not (project / "runs").exists()

    @pytest.mark.parametrize("command", ["check", "fmt", "plan", "run"])
    def test_a_folder_is_no_spec(self, call: Call, project: Path, command: str) -> None:
        ended = call(command, project)
        assert (ended.code, ended.out) == (2, "")
        assert "is a directory" in ended.err
        assert "small.curr" in ended.err

    @pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
    def test_a_closed_file_is_named(self, call: Call, project: Path) -> None:
        (project / "small.curr").chmod(0)
        ended = call("check", "small.curr")
        assert ended.code == 2
        assert "cannot read `small.curr`: permission denied" in ended.err

    @pytest.mark.parametrize("command", ["check", "fmt", "plan"])
    def test_bytes_that_are_no_text_are_shown_and_kept(self, call: Call, project: Path, command: str) -> None:
        broken = SMALL.encode().replace(b"text number", b"") + b"# na\xefve \n\n\n"
        (project / "small.curr").write_bytes(broken)
        ended = call(command, "small.curr")
        assert ended.code == 1
        assert "error[C0037]: the spec is not UTF-8 text" in ended.out + ended.err
        assert f"small.curr:{len(SMALL.splitlines()) + 1}:5" in ended.out + ended.err
        assert (project / "small.curr").read_bytes() == broken

    @pytest.mark.parametrize("command", ["check", "plan"])
    def test_an_empty_file_lacks_everything(self, call: Call, project: Path, command: str) -> None:
        put(project, empty="")
        ended = call(command, "empty.curr")
        assert ended.code == 1
        assert "error[C0012]" in ended.out + ended.err

    def test_an_endless_file_is_not_read_to_its_end(self, call: Call) -> None:
        ended = call("check", "--format", "concise", "/dev/zero")
        assert ended.code == 1
        assert "C0030" in ended.out


class TestCheck:
    def test_a_good_spec_says_nothing_on_stdout(self, call: Call, project: Path) -> None:
        assert call("check", "small.curr") == (0, "", "1 file: no complaints\n")

    def test_a_bad_one_is_shown_in_full(self, call: Call, project: Path) -> None:
        put(project, small=UNKNOWN_WORD)
        ended = call("check", "small.curr")
        assert ended.code == 1
        assert ended.out.startswith("error[C0105]: ")
        assert "--> small.curr:28:9" in ended.out
        assert "did you mean `proportional`?" in ended.out
        assert ended.err == "1 file: 1 error, 0 warnings\n"

    def test_concise_is_one_line_each(self, call: Call, project: Path) -> None:
        put(project, small=changed(UNKNOWN_WORD, ("4 steps", "4 stepz")))
        ended = call("check", "--format", "concise", "small.curr")
        assert ended.code == 1
        heads = [line.split(" ")[0] for line in ended.out.splitlines()]
        assert heads == ["small.curr:24:13:", "small.curr:28:9:"]

    def test_json_is_json_and_alone(self, call: Call, project: Path) -> None:
        put(project, small=UNKNOWN_WORD)
        ended = call("check", "--format", "json", "small.curr")
        assert (ended.code, ended.err) == (1, "")
        document = json.loads(ended.out)
        assert document["format_version"] == 1
        [found] = document["diagnostics"]
        assert (found["code"], found["severity"]) == ("C0105", "error")
        place = found["primary"]
        assert UNKNOWN_WORD[place["start"] : place["end"]] == "proportionl"

    def test_warnings_alone_are_fine(self, call: Call, project: Path) -> None:
        put(project, warned=CONFOUNDED)
        ended = call("check", "--format", "json", "warned.curr")
        severities = {found["severity"] for found in json.loads(ended.out)["diagnostics"]}
        assert (ended.code, severities) == (0, {"warning"})

    def test_each_of_several_files_is_looked_at(self, call: Call, project: Path) -> None:
        put(project, other=UNKNOWN_WORD)
        ended = call("check", "--format", "concise", "small.curr", "gone.curr", "other.curr")
        assert ended.code == 2
        assert ended.out.startswith("other.curr:28:9: error[C0105]")
        assert "cannot read `gone.curr`" in ended.err
        assert "2 files: 1 error, 0 warnings" in ended.err

    def test_standard_input(self, call: Call, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(UNKNOWN_WORD.encode())))
        ended = call("check", "--format", "concise", "-")
        assert ended.code == 1
        assert ended.out.startswith("<stdin>:28:9: ")

    def test_data_is_opened_only_when_asked(self, call: Call, project: Path) -> None:
        (project / "data" / "rows.jsonl").write_text("{broken\n")
        assert call("check", "small.curr").code == 0
        ended = call("check", "--data", "small.curr")
        assert ended.code == 65
        assert ended.out.startswith("error[C0402]: ")
        assert "--> data/rows.jsonl:1" in ended.out
        assert ended.err == "1 file: 1 error, 0 warnings\n"

    def test_what_is_certain_is_fixed(self, call: Call, project: Path) -> None:
        wrong = changed(UNKNOWN_WORD, ("limit = 4 steps", "limit: 4steps,"), ("arm ", "# ü\narm "))
        put(project, small=wrong)
        (project / "small.curr").chmod(0o640)
        ended = call("check", "--fix", "small.curr")
        assert (ended.code, ended.out) == (0, "")
        assert (project / "small.curr").read_text() == changed(SMALL, ("arm ", "# ü\narm "))
        assert stat.S_IMODE((project / "small.curr").stat().st_mode) == 0o640

    def test_what_is_not_certain_is_left(self, call: Call, project: Path) -> None:
        wrong = changed(UNKNOWN_WORD, ("4 steps", "4 stepsandmore"))
        put(project, small=wrong)
        ended = call("check", "--fix", "--format", "concise", "small.curr")
        assert ended.code == 1
        assert (project / "small.curr").read_text() == changed(wrong, ("proportionl", "proportional"))

    def test_complaints_about_data_are_json_too(self, call: Call, project: Path) -> None:
        (project / "data" / "gold.jsonl").write_text(lines({"body": "x", "queue": "c"}))
        ended = call("check", "--data", "--format", "json", "small.curr")
        assert ended.code == 65
        [found] = json.loads(ended.out)["diagnostics"]
        assert found["code"] == "C0404"
        assert found["primary"] == {"file": "data/gold.jsonl", "line": 1, "label": ""}


class TestFmt:
    CROOKED = SMALL.replace("  mix = proportional", "      mix=proportional   # why")
    STRAIGHT = SMALL.replace("  mix = proportional", "  mix = proportional # why")

    def test_a_file_is_rewritten_in_place_with_its_mode(self, call: Call, project: Path) -> None:
        put(project, small=self.CROOKED)
        (project / "small.curr").chmod(0o640)
        assert call("fmt", "small.curr")[:2] == (0, "")
        assert (project / "small.curr").read_text() == self.STRAIGHT
        assert stat.S_IMODE((project / "small.curr").stat().st_mode) == 0o640
        assert sorted(path.name for path in project.iterdir()) == ["data", "small.curr"]

    def test_a_link_stays_a_link(self, call: Call, project: Path) -> None:
        put(project, small=self.CROOKED)
        (project / "link.curr").symlink_to("small.curr")
        assert call("fmt", "link.curr").code == 0
        assert (project / "link.curr").is_symlink()
        assert (project / "small.curr").read_text() == self.STRAIGHT

    def test_a_canonical_file_is_not_touched(self, call: Call, project: Path) -> None:
        before = (project / "small.curr").stat()
        assert call("fmt", "small.curr") == (0, "", "")
        assert (project / "small.curr").stat().st_ino == before.st_ino

    def test_check_writes_nothing(self, call: Call, project: Path) -> None:
        put(project, crooked=self.CROOKED)
        assert call("fmt", "--check", "small.curr", "crooked.curr") == (1, "would change crooked.curr\n", "")
        assert (project / "crooked.curr").read_text() == self.CROOKED
        assert call("fmt", "--check", "small.curr") == (0, "", "")

    def test_diff_shows_and_writes_nothing(self, call: Call, project: Path) -> None:
        put(project, small=self.CROOKED)
        ended = call("fmt", "--diff", "small.curr")
        assert ended.code == 1
        assert "\n-      mix=proportional   # why\n+  mix = proportional # why\n" in ended.out
        assert (project / "small.curr").read_text() == self.CROOKED

    def test_standard_input_to_standard_output(
        self, call: Call, project: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(self.CROOKED.encode())))
        assert call("fmt", "-") == (0, self.STRAIGHT, "")

    def test_a_broken_spec_is_left_alone_and_the_next_is_not(self, call: Call, project: Path) -> None:
        broken = changed(self.CROOKED, ("limit = 4 steps", "limit = = 4 steps"))
        put(project, broken=broken, small=self.CROOKED)
        ended = call("fmt", "broken.curr", "small.curr")
        assert (ended.code, ended.out) == (1, "")
        assert "--> broken.curr:24:" in ended.err
        assert (project / "broken.curr").read_text() == broken
        assert (project / "small.curr").read_text() == self.STRAIGHT


class TestPlan:
    def test_without_data_it_fits_80_columns(self, call: Call, project: Path) -> None:
        put(project, staged=STAGED)
        ended = call("plan", "--no-data", "staged.curr")
        assert ended.code == 0
        assert max(map(len, ended.out.splitlines())) <= 80
        for arm in ("baseline", "other", "other~random_order", "other~all_tasks"):
            assert f"  {arm} " in ended.out

    def test_warnings_go_to_stderr(self, call: Call, project: Path) -> None:
        put(project, two=CONFOUNDED)
        ended = call("plan", "--no-data", "two.curr")
        assert ended.code == 0
        assert ended.err.startswith("warning[W06")
        assert "warning" not in ended.out

    def test_json_is_the_canonical_plan(self, call: Call, project: Path) -> None:
        ended = call("plan", "--no-data", "--format", "json", "--out", "plan.json", "small.curr")
        assert (ended.code, ended.err) == (0, "")
        assert json.loads(ended.out)["arms"][0]["name"] == "baseline"
        assert (project / "plan.json").read_text() == ended.out

    def test_a_plan_that_cannot_be_written(self, call: Call, project: Path) -> None:
        ended = call("plan", "--no-data", "--out", "small.curr/plan.json", "small.curr")
        assert ended.code == 73
        assert "cannot write" in ended.err
        assert "Traceback" not in ended.err

    def test_with_data_it_counts_rows(self, call: Call, project: Path) -> None:
        ended = call("plan", "small.curr")
        assert ended.code == 0
        [row] = [line.split() for line in ended.out.splitlines() if line.startswith("route ")]
        training, validation, gold = map(int, row[1:4])
        assert (training + validation, gold) == (40, 8)

    def test_bad_data(self, call: Call, project: Path) -> None:
        (project / "data" / "rows.jsonl").unlink()
        ended = call("plan", "small.curr")
        assert ended.code == 65
        assert ended.err.startswith("error[C0401]: there is no file `data/rows.jsonl`")

    def test_an_error_in_the_spec_leaves_stdout_empty(self, call: Call, project: Path) -> None:
        put(project, small=UNKNOWN_WORD)
        ended = call("plan", "small.curr")
        assert (ended.code, ended.out) == (1, "")
        assert ended.err.startswith("error[C0105]")


class TestExplain:
    @pytest.mark.parametrize(
        ("what", "says"),
        [
            ("root", "root (a word of `pacing`)"),
            ("lr", "lr (in `train`)"),
            ("stage.max", "max (in `stage`)"),
            ("arm", "arm (a block)"),
            ("C0104", "C0104 (error: forbids running)"),
        ],
    )
    def test_a_page(self, call: Call, what: str, says: str) -> None:
        ended = call("explain", what)
        assert (ended.code, ended.err) == (0, "")
        assert ended.out.startswith(says)

    def test_equal_is_explained_wherever_it_stands(self, call: Call) -> None:
        out = call("explain", "equal").out
        assert "equal (a word of `mix`)" in out
        assert "equal (a word of `weights`)" in out

    def test_an_address_says_where_its_value_is_written(self, call: Call, project: Path) -> None:
        ended = call("explain", "budget.limit", "--spec", "small.curr")
        assert ended.code == 0
        assert "written in `budget` at small.curr:24:11" in ended.out

    def test_what_is_not_there_is_told_its_nearest(self, call: Call) -> None:
        ended = call("explain", "rooot")
        assert (ended.code, ended.out) == (2, "")
        assert "nothing is named `rooot`" in ended.err
        assert "did you mean `root`?" in ended.err


class TestReport:
    def test_without_a_run(self, call: Call, project: Path) -> None:
        ended = call("report")
        assert (ended.code, ended.out) == (2, "")
        assert "there is no finished run in `runs`" in ended.err

    def test_results_of_another_make(self, call: Call, project: Path) -> None:
        folder = project / "runs" / "small" / "01234567"
        folder.mkdir(parents=True)
        (folder / "results.json").write_text("{}")
        ended = call("report")
        assert ended.code == 2
        assert "Traceback" not in ended.err


def broken_line(project: Path) -> None:
    with (project / "data" / "rows.jsonl").open("a") as file:
        file.write('{"body": "x", "queue\n')


def missing_file(project: Path) -> None:
    (project / "data" / "gold.jsonl").unlink()


def missing_column(project: Path) -> None:
    (project / "data" / "rows.jsonl").write_text(lines(*ROWS, {"text": "x", "queue": "a"}))


def gold_in_train(project: Path) -> None:
    (project / "data" / "gold.jsonl").write_text(lines(*GOLD, {**ROWS[2], "body": "Text NUMBER 2!"}))


def unknown_label(project: Path) -> None:
    (project / "data" / "rows.jsonl").write_text(lines(*ROWS, {"body": "x", "queue": "aa"}))


def empty_task(project: Path) -> None:
    (project / "data" / "rows.jsonl").write_text("")


def no_tokenizer(project: Path) -> None:
    """A folder with a config and weights, as `save_pretrained` of the model alone leaves it."""
    (project / "model").mkdir()
    (project / "model" / "config.json").write_text('{"model_type": "bert"}')
    save_file({"weight": np.zeros((2, 2), np.float32)}, project / "model" / "model.safetensors")
    put(project, small=changed(SMALL, ("bundled:minilm-l6/2", "./model")))


BAD = {
    missing_file: ("C0401", "data/gold.jsonl", "did you mean `rows.jsonl`?"),
    broken_line: ("C0402", "data/rows.jsonl:41", "each line of a .jsonl file is one whole JSON object"),
    missing_column: ("C0403", "data/rows.jsonl:41", "body"),
    unknown_label: ("C0404", "data/rows.jsonl:41", "did you mean `a`"),
    gold_in_train: ("C0405", "data/gold.jsonl:9", "take these rows out"),
    empty_task: ("C0406", "task route", "add rows"),
    no_tokenizer: ("C0408", "./model", "tokenizer"),
}


class TestRun:
    @pytest.mark.parametrize("spoil", BAD, ids=lambda spoil: spoil.__name__)
    def test_bad_data(self, project: Path, spoil: Callable[[Path], None]) -> None:
        spoil(project)
        ended = started("run", "small.curr", cwd=project)
        code, place, next_step = BAD[spoil]
        assert ended.code == 65
        assert ended.out == ""
        [head] = [line for line in ended.err.splitlines() if line.startswith("error")]
        assert head.startswith(f"error[{code}]: ")
        assert place in ended.err
        assert next_step in ended.err
        assert "help: " in ended.err
        assert "Traceback" not in ended.err
        assert leftovers(project) == []

    def test_a_mistake_in_the_spec(self, call: Call, project: Path) -> None:
        put(project, small=UNKNOWN_WORD)
        ended = call("run", "small.curr")
        assert (ended.code, ended.out) == (1, "")
        assert ended.err.startswith("error[C0105]")
        assert not (project / "runs").exists()

    def test_a_store_in_use_says_by_whom(self, project: Path) -> None:
        with Lock(project / "runs" / ".store" / "lock", "currc run other"):
            ended = started("run", "small.curr", cwd=project)
        assert (ended.code, ended.out) == (73, "")
        assert f"in use by `currc run other` (process {os.getpid()} of " in ended.err
        assert "--runs" in ended.err
        assert "Traceback" not in ended.err

    def test_an_output_folder_that_cannot_be(self, call: Call, project: Path) -> None:
        ended = call("run", "small.curr", "--runs", "small.curr")
        assert (ended.code, ended.out) == (73, "")
        assert "cannot write" in ended.err
        assert "small.curr" in ended.err
        assert "Traceback" not in ended.err

    @pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
    def test_an_output_folder_that_is_closed(self, call: Call, project: Path) -> None:
        (project / "closed").mkdir(0o500)
        ended = call("run", "small.curr", "--runs", "closed")
        assert ended.code == 73
        assert "closed" in ended.err

    @pytest.mark.parametrize(
        ("words", "says"),
        [
            (("--arm", "basline"), "no arm `basline`"),
            (("--seed", "17"), "no seed `17`"),
            (("--workers", "0"), "`0` is less than 1"),
            (("--limit-steps", "-3"), "`-3` is less than 1"),
        ],
    )
    def test_what_is_asked_for_must_be_there(
        self, call: Call, project: Path, words: tuple[str, str], says: str
    ) -> None:
        ended = call("run", "small.curr", *words)
        assert (ended.code, ended.out) == (2, "")
        assert says in ended.err
        assert not (project / "runs").exists()


def leftovers(project: Path) -> list[str]:
    """Files under temporary names, and anything outside the store."""
    runs = project / "runs"
    inside = [path for path in runs.rglob("*") if ".tmp-" in path.name or ".old-" in path.name]
    beside = [path for path in runs.glob("*") if path.name != ".store"]
    return [str(path) for path in (*inside, *beside)]


class TestStreams:
    def test_a_reader_that_leaves_is_no_failure(self, project: Path) -> None:
        ended = piped("explain equal | head -n 1", project)
        assert ended.out.startswith("equal (a word of")
        assert ended.err == ""
        assert ended.code == 0

    def test_an_early_end_does_not_hide_findings(self, project: Path) -> None:
        put(project, small=UNKNOWN_WORD)
        assert piped("check --format json small.curr | true", project).code == 1

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
    @pytest.mark.parametrize("unbuffered", ["", "1"])
    def test_a_full_disk_is_said(self, project: Path, unbuffered: str) -> None:
        ended = piped("explain root > /dev/full", project, PYTHONUNBUFFERED=unbuffered)
        assert ended.code == 73
        assert ended.err == "error: cannot write to standard output: No space left on device\n"

    @pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {"FORCE_COLOR": ""}, {"TERM": "dumb"}])
    def test_plain_text_where_there_is_no_terminal(self, project: Path, env: dict[str, str]) -> None:
        put(project, small=UNKNOWN_WORD)
        ended = started("check", "small.curr", cwd=project, env=env)
        assert "\x1b" not in ended.out + ended.err
        assert "error[C0105]" in ended.out

    @pytest.mark.parametrize(("env", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
    def test_colour_on_a_terminal_only_where_it_is_wanted(
        self, project: Path, env: dict[str, str], coloured: bool
    ) -> None:
        put(project, small=UNKNOWN_WORD)
        text = on_a_terminal("check", "small.curr", cwd=project, env=env)
        assert ("\x1b[" in text) is coloured
        assert "proportionl" in text

    def test_any_locale_will_do(self, project: Path) -> None:
        (project / "größe.curr").write_text(UNKNOWN_WORD, encoding="utf-8")
        env = {"PYTHONIOENCODING": "ascii", "LC_ALL": "C"}
        ended = started("check", "größe.curr", cwd=project, env=env)
        assert ended.code == 1
        assert "--> größe.curr:28:9" in ended.out

    def test_ctrl_c(self, call: Call, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def interrupted(path: Path) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr("currc.runtime.command.spec.complaints_of", interrupted)
        assert call("check", "small.curr") == (130, "", "currc: stopped by Ctrl-C\n")

    def test_our_own_mistake_keeps_its_traceback(
        self, call: Call, project: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def wrong(path: Path) -> None:
            raise ZeroDivisionError("ours")

        monkeypatch.setattr("currc.runtime.command.spec.complaints_of", wrong)
        ended = call("check", "small.curr")
        assert (ended.code, ended.out) == (70, "")
        assert "Traceback" in ended.err
        assert "ZeroDivisionError: ours" in ended.err
        assert "a mistake in currc" in ended.err


def piped(line: str, cwd: Path, **env: str) -> Ended:
    """`currc LINE` under a shell; the code is the one of currc."""
    ended = subprocess.run(
        ["bash", "-c", f"{shlex.join(CURRC)} {line}; exit ${{PIPESTATUS[0]}}"],
        cwd=cwd,
        env={**os.environ, "PYTHONUNBUFFERED": "", **env},
        capture_output=True,
        text=True,
        timeout=60,
    )
    return Ended(ended.returncode, ended.stdout, ended.stderr)


def on_a_terminal(*words: str, cwd: Path, env: Mapping[str, str]) -> str:
    """What a command shows on a terminal of 80 columns."""
    import pty

    ours, theirs = pty.openpty()
    plain = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    process = subprocess.Popen(
        [*CURRC, *words],
        cwd=cwd,
        env={**plain, "TERM": "xterm", "COLUMNS": "80", **env},
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    parts = []
    try:
        while part := os.read(ours, 65536):
            parts.append(part)
    except OSError:  # how Linux says that the other end is closed
        pass
    process.wait(60)
    os.close(ours)
    return b"".join(parts).decode()
