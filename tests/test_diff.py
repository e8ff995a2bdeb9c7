"""Two specs beside what `currc diff` says of them; `--update-golden` accepts."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from specs import TWO_ARMS, changed, plan_of
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
    # A plan's hash changes with every new field of plans, which is no change of what is told.
    settle(case / "expected.txt", re.sub(r"plan [0-9a-f]{8}", "plan 01234567", told), update_golden)
    # The folder's name says what a reviewer must conclude, so that nobody accepts another by mistake.
    assert told.partition(":")[0] == case.name.partition("_")[0]
    assert max(map(len, told.splitlines())) <= 80


Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Call:
    """A command in this process: its exit code, what it printed and what it complained of."""

    def call(*words: str) -> tuple[int, str, str]:
        code = main(list(words))
        return code, *capsys.readouterr()

    return call


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a spec in a folder of its own, committed once; commands run in the folder."""
    folder = tmp_path / "specs"
    folder.mkdir()
    (folder / "desk.curr").write_text(TWO_ARMS)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    git(tmp_path, "init", "--quiet", "--initial-branch", "main")
    commit(tmp_path)
    monkeypatch.chdir(folder)
    return tmp_path


def git(folder: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True)


def commit(folder: Path) -> None:
    git(folder, "add", "--all")
    who = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.org")
    git(folder, *who, "commit", "--quiet", "--message", "a step")


FASTER = ("start = 20%", "start = 40%")


class TestGit:
    def test_one_spec_is_compared_with_its_last_commit(self, call: Call, repository: Path) -> None:
        assert call("diff", "desk.curr")[1].startswith("cosmetic: the plan is the same\n")
        Path("desk.curr").write_text(changed(TWO_ARMS, FASTER))
        code, told, _ = call("diff", "desk.curr")
        assert code == 0
        assert told.startswith("learning: results of some arm will differ")
        assert "before: git:HEAD:desk.curr" in told
        assert "root(start = 20% → 40%)" in told
        # Both sides are the same file, and the line is the same: one place says it.
        assert told.count("desk.curr:46") == 1

    def test_paths_are_those_of_the_folder_at_hand_not_of_the_repository(
        self, call: Call, repository: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        Path("desk.curr").write_text(changed(TWO_ARMS, FASTER))
        monkeypatch.chdir(repository)
        assert call("diff", "specs/desk.curr")[1].startswith("learning")
        assert call("diff", str(repository / "specs" / "desk.curr"))[1].startswith("learning")
        assert call("diff", "git:HEAD:desk.curr", "specs/desk.curr")[0] == 2

    def test_two_commits_are_compared_and_a_file_that_is_gone_can_still_be_read(
        self, call: Call, repository: Path
    ) -> None:
        Path("desk.curr").write_text(changed(TWO_ARMS, FASTER))
        commit(repository)
        Path("desk.curr").unlink()
        _, told, _ = call("diff", "git:HEAD~1:desk.curr", "git:main:desk.curr")
        assert told.startswith("learning")

    def test_used_files_are_read_from_the_commit_too(self, call: Call, repository: Path) -> None:
        case = GOLDEN / "comparison_used_file"
        library = (case / "before_lib.curr").read_text()
        Path("lib.curr").write_text(library)
        Path("main.curr").write_text(
            (case / "before.curr").read_text().replace("before_lib.curr", "lib.curr")
        )
        commit(repository)
        Path("lib.curr").write_text(library.replace("queue", "desk"))
        code, told, _ = call("diff", "main.curr")
        assert code == 0
        assert "lib.route.target" in told

    def test_a_used_file_of_a_commit_is_called_by_commit_and_path(
        self, call: Call, repository: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        Path("lib.curr").write_text("edition 2026\n\nsource spare }\n")
        Path("main.curr").write_text(
            changed(TWO_ARMS, ("edition 2026\n", 'edition 2026\n\nuse "lib.curr" as lib\n'))
        )
        commit(repository)
        assert "--> HEAD:lib.curr:3:14" in call("diff", "git:HEAD:main.curr", "desk.curr")[2]
        monkeypatch.chdir(repository)
        assert (
            "--> HEAD:specs/lib.curr:3:14" in call("diff", "git:HEAD:specs/main.curr", "specs/desk.curr")[2]
        )

    def test_a_used_file_outside_the_folder_is_refused_in_a_commit_as_it_is_on_disk(
        self, call: Call, repository: Path
    ) -> None:
        (repository / "secret.curr").write_text("edition 2026\n")
        Path("main.curr").write_text('edition 2026\n\nuse "../secret.curr" as lib\n')
        commit(repository)
        code, told, complaints = call("diff", "git:HEAD:main.curr", "desk.curr")
        assert (code, told) == (1, "")
        assert "C0116" in complaints

    def test_a_link_in_a_commit_is_no_file(self, call: Call, repository: Path) -> None:
        Path("link.curr").symlink_to("/etc/passwd")
        commit(repository)
        code, told, complaints = call("diff", "git:HEAD:link.curr", "desk.curr")
        assert (code, told) == (2, "")
        assert "is no file in `HEAD`" in complaints

    @pytest.mark.parametrize(
        "ref", ["--output=x", "-x", "HEAD..main", "a b", "$(touch x)", "HEAD;touch x", "HEAD\nmain", ""]
    )
    def test_a_strange_commit_is_refused_before_git_hears_of_it(
        self, call: Call, repository: Path, ref: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("git was called"))
        code, _, complaints = call("diff", f"git:{ref}:desk.curr", "desk.curr")
        assert code == 2
        assert "Traceback" not in complaints

    def test_a_path_is_taken_literally(self, call: Call, repository: Path) -> None:
        """git would read `:(glob)` and `*` as patterns."""
        for path in ("*.curr", ":(top)specs/desk.curr", "--all", "d[e]sk.curr"):
            assert call("diff", f"git:HEAD:{path}", "desk.curr")[0] == 2

    def test_what_is_missing_is_said(self, call: Call, repository: Path, tmp_path: Path) -> None:
        for word, reason in {
            "git:nowhere:desk.curr": "the repository has no commit `nowhere`",
            "git:HEAD:other.curr": "`specs/other.curr` is no file in `HEAD`",
            "git:HEAD": "names no file in a commit",
            "missing.curr": "cannot read `missing.curr`",
        }.items():
            code, _, complaints = call("diff", word, "desk.curr")
            assert code == 2
            assert reason in complaints

    def test_outside_a_repository_two_files_are_asked_for(
        self, call: Call, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        folder = tmp_path_factory.mktemp("alone")
        (folder / "desk.curr").write_text(TWO_ARMS)
        monkeypatch.chdir(folder)
        monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(folder.parent))
        code, _, complaints = call("diff", "desk.curr")
        assert code == 2
        assert "is in no git repository" in complaints
        assert "name two files instead" in complaints


@pytest.mark.parametrize("category", CATEGORIES)
@pytest.mark.parametrize("gate", CATEGORIES[1:])
def test_a_gate_fails_for_its_category_and_for_stronger_ones(
    call: Call, monkeypatch: pytest.MonkeyPatch, category: str, gate: str
) -> None:
    case = next(case for case in CASES if case.name.startswith(category))
    monkeypatch.chdir(case)
    code, told, _ = call("diff", "before.curr", "after.curr", "--fail-on", gate)
    assert told.startswith(category)
    assert code == int(CATEGORIES.index(category) >= CATEGORIES.index(gate))


def test_a_change_that_was_accepted_in_writing_fails_no_gate(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = next(case for case in CASES if case.name.startswith("comparison"))
    shutil.copytree(case, tmp_path / "case")
    monkeypatch.chdir(tmp_path / "case")
    gate = ("--fail-on", "comparison")
    assert call("diff", "before.curr", "after.curr", *gate)[0] == 1
    code, _, said = call("diff", "before.curr", "after.curr", *gate, "--accept", "new gold of March")
    assert (code, said) == (0, "accepted in curr.lock: new gold of March\n")
    assert call("diff", "before.curr", "after.curr", *gate)[0] == 0
    assert call("diff", "after.curr", "before.curr", *gate)[0] == 1


def test_a_spec_with_an_error_is_no_side(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("good.curr").write_text(TWO_ARMS)
    Path("bad.curr").write_text(TWO_ARMS.replace("unimax", "unimx"))
    code, told, complaints = call("diff", "good.curr", "bad.curr")
    assert (code, told) == (1, "")
    assert "C0105" in complaints
    assert "bad.curr:50" in complaints


def test_warnings_are_not_repeated(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("warned.curr").write_text(changed(TWO_ARMS, ("edition 2026", "edition 2026\n\nlet unused = 1")))
    code, _, complaints = call("diff", "warned.curr", "warned.curr")
    assert (code, complaints) == (0, "")


class TestPlanFiles:
    def test_a_plan_stands_for_its_spec(
        self, call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        Path("a.curr").write_text(TWO_ARMS)
        Path("b.curr").write_text(changed(TWO_ARMS, FASTER))
        assert call("plan", "--no-data", "a.curr", "--out", "plan.json")[0] == 0
        assert call("diff", "plan.json", "a.curr")[1].startswith("cosmetic")
        told = call("diff", "plan.json", "b.curr")[1]
        assert told.startswith("learning")
        assert "gentle.pacing" in told
        plans = call("diff", "plan.json", "plan.json")[1]
        assert plans.startswith("cosmetic")

    def test_between_plans_a_schedule_has_no_name(
        self, call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        for name, text in (("a", TWO_ARMS), ("b", changed(TWO_ARMS, FASTER))):
            Path(f"{name}.json").write_text(plan_of(text).canonical())
        assert "schedule.pacing" in call("diff", "a.json", "b.json")[1]

    @pytest.mark.parametrize(
        ("old", "new", "reason"),
        [
            ('"edition":2026', '"edition":"x"', "`edition` does not fit"),
            ('"route":{', '"<img src=x>":{', "a name that no spec can give"),
            ('"name":"other"', '"name":"@everyone"', "a name that no spec can give"),
            ('"word":"root"', '"word":"cubic"', "which this version of currc does not have"),
            ('"full_at":0.6', '"full_at":-1', "which this version of currc does not have"),
            ("{", "[", "is no plan of this version"),
        ],
    )
    def test_a_plan_that_was_tampered_with_is_refused(
        self, call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str, reason: str
    ) -> None:
        monkeypatch.chdir(tmp_path)
        text = plan_of(TWO_ARMS).canonical()
        assert old in text
        Path("a.json").write_text(text.replace(old, new, 1))
        code, told, complaints = call("diff", "a.json", "a.json")
        assert (code, told) == (2, "")
        assert reason in complaints
        assert "Traceback" not in complaints

    def test_a_plan_cannot_write_to_the_terminal(
        self, call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """No spec can hold a control character, but JSON can."""
        monkeypatch.chdir(tmp_path)
        text = plan_of(TWO_ARMS).canonical()
        Path("a.json").write_text(text)
        Path("b.json").write_text(text.replace('"prompt":"{body}"', '"prompt":"\\u001b[2J\\u202e{body}"'))
        told = call("diff", "a.json", "b.json")[1]
        assert "\\u001b[2J" in told or "\\x1b[2J" in told
        assert all(character.isprintable() or character == "\n" for character in told)


NASTY = (
    "<script>alert(1)</script>",
    "@everyone look",
    "[click](http://evil.example)",
    "| a | b |",
    "``` fence",
    "` tick `` ticks",
    "\\\\| <img src=x> \\\\",
    "![x](http://evil.example/x.png)",
    "closes #1",
    "<!-- comment",
    "**bold** _it_ ~~no~~",
)


def outside_of_code(text: str) -> str:
    """What a reader of Markdown would interpret: the text without its code spans (CommonMark, 6.1)."""
    found, at = "", 0
    while at < len(text):
        if text[at] != "`":
            found += text[at]
            at += 1
            continue
        run = re.match("`+", text[at:])
        assert run is not None
        end = re.search(rf"(?<!`){run[0]}(?!`)", text[at + len(run[0]) :])
        if end is None:
            found += run[0]
            at += len(run[0])
        else:
            at += len(run[0]) + end.end()
    return found


class TestMarkdown:
    def told(self, call: Call, folder: Path, before: str, after: str) -> str:
        for name, text in (("a", before), ("b", after)):
            (folder / f"{name}.curr").write_text(text)
        code, told, complaints = call(
            "diff", str(folder / "a.curr"), str(folder / "b.curr"), "--format", "markdown"
        )
        assert (code, complaints) == (0, "")
        return told

    def test_the_verdict_stands_first(self, call: Call, tmp_path: Path) -> None:
        told = self.told(call, tmp_path, TWO_ARMS, changed(TWO_ARMS, ("macro_f1", "accuracy")))
        first, _, second = told.splitlines()[:3]
        assert first == "### currc diff: **comparison**"
        assert second == "Numbers before and after must not be compared."

    @pytest.mark.parametrize("text", NASTY)
    def test_a_stranger_s_text_is_never_interpreted(self, call: Call, tmp_path: Path, text: str) -> None:
        written = json.dumps(text + " {body}")
        after = changed(
            TWO_ARMS, ('prompt = "{body}"', f"prompt = {written}"), ("data/gold.jsonl", "data/x.jsonl")
        )
        labels = f'target = "{{queue}}"\n  labels = [{json.dumps(text)}, "b"]'
        told = self.told(call, tmp_path, TWO_ARMS, changed(after, ('target = "{queue}"', labels)))
        for line in told.splitlines():
            # A bar ends a cell wherever it stands, so each line is looked at cell by cell.
            for cell in re.split(r"(?<!\\)\|", line):
                seen = outside_of_code(cell).replace("<br>", "")
                assert not re.search(
                    r"[<@!\[\]#_~\\]|http|\balert|closes", seen.removeprefix("### currc diff: ")
                ), cell

    def test_every_row_has_as_many_cells_as_its_head(self, call: Call, tmp_path: Path) -> None:
        written = json.dumps("a | b \\| c {body}")
        told = self.told(
            call, tmp_path, TWO_ARMS, changed(TWO_ARMS, ('prompt = "{body}"', f"prompt = {written}"))
        )
        rows = [line for line in told.splitlines() if line.startswith("| ") and "prompt" in line]
        assert rows
        assert all(row.count("|") == 6 for row in rows)

    def test_a_comment_holds_it_however_much_changed(self, call: Call, tmp_path: Path) -> None:
        tasks = "".join(
            f"task t{i}: classify {{\n  train = tickets\n  gold = tickets_gold\n"
            f'  prompt = "PROMPT {i} {{body}}"\n  target = "{{queue}}"\n}}\n\n'
            for i in range(90)
        )
        alone = ("control = baseline", "control = baseline\n  references = none")
        before = changed(TWO_ARMS, ("difficulty reading", tasks + "difficulty reading"), alone)
        told = self.told(
            call, tmp_path, before, before.replace("PROMPT", "X" * 1000).replace('"{queue}"', '"{q}"')
        )
        assert len(told) < 60_000
        assert told.startswith("### currc diff: **comparison**")
        assert "more; `currc diff` lists them all" in told
        assert "What it costs" in told


def test_json_says_everything_and_its_version(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(GOLDEN / "learning_stage_mix")
    found = json.loads(call("diff", "before.curr", "after.curr", "--format", "json")[1])
    assert found["format_version"] == 1
    assert found["category"] == "learning"
    mix = next(one for one in found["changes"] if one["address"] == "school.everything.mix")
    assert mix["arms"][0] == "other"
    assert (mix["before"]["word"], mix["after"]["word"]) == ("equal", "shares")
    assert mix["after_at"] == {"file": "after.curr", "line": 58, "column": 11}
    assert {
        "arm": "other",
        "role": "arm",
        "fate": "resumed",
        "trials": 6,
        "part": 0.7,
        "after": "basics",
    } in found["cost"]["trials"]
    assert {
        "what": "product", "before": "35%", "after": "49%", "of": "of the rows drawn", "arms": ["other"]
    } in found["effects"]  # fmt: skip


COUNTED = """edition 2026

model student: encoder {
  base = "bundled:minilm-l6/2"
}

source many {
  path = "many.jsonl"
}

source few {
  path = "few.jsonl"
}

source gold {
  path = "gold.jsonl"
}

task one: classify {
  train = many
  gold = gold
  validation = none
  prompt = "{text}"
  target = "{label}"
}

task other: classify {
  train = few
  gold = gold
  validation = none
  prompt = "{text}"
  target = "{label}"
}

train {
  batch = 16
}

budget {
  limit = 40 steps
}

arm only {
  mix = equal
}
"""


class TestData:
    def told(self, call: Call, folder: Path, *changes: tuple[str, str]) -> str:
        for name, count in (("many", 100), ("few", 50), ("gold", 10)):
            rows = ({"text": f"{name} number {i}", "label": "ab"[i % 2]} for i in range(count))
            (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        (folder / "a.curr").write_text(COUNTED)
        (folder / "b.curr").write_text(changed(COUNTED, *changes))
        code, told, _ = call("diff", str(folder / "a.curr"), str(folder / "b.curr"), "--data")
        assert code == 0
        return told

    def test_rows_and_passes_are_counted(self, call: Call, tmp_path: Path) -> None:
        told = self.told(call, tmp_path, ("mix = equal", "mix = shares(one = 3, other = 1)"))
        # 40 steps of 16 rows: 320 and 320 before, 480 and 160 after; there are 100 and 50.
        assert re.search(r"one +50% → 75% of the rows drawn", told)
        assert re.search(r"one repeated +3\.2 → 4\.8 passes", told)
        assert re.search(r"other repeated +6\.4 → 3\.2 passes", told)
        assert "add --data" not in told

    def test_fewer_rows_are_repeated_more_often(self, call: Call, tmp_path: Path) -> None:
        told = self.told(call, tmp_path, ('"few.jsonl"', '"few.jsonl"\n  sample = 25 examples'))
        assert re.search(r"other, training rows +50 → 25", told)
        assert re.search(r"other repeated +6\.4 → 13 passes", told)

    def test_data_that_cannot_be_read_leaves_the_shares(self, call: Call, tmp_path: Path) -> None:
        told = self.told(
            call,
            tmp_path,
            ("mix = equal", "mix = shares(one = 3, other = 1)"),
            ('"few.jsonl"', '"gone.jsonl"'),
        )
        assert re.search(r"one +50% → 75% of the rows drawn", told)
        assert "rows are not counted:" in told
        assert "gone.jsonl" in told


@pytest.mark.parametrize(
    "pacing", ["one_pass(buckets = 5)", "adaptive_competence(metric = route.macro_f1, goal = 0.7)"]
)
def test_no_share_is_told_that_the_plan_cannot_know(call: Call, tmp_path: Path, pacing: str) -> None:
    (tmp_path / "a.curr").write_text(TWO_ARMS)
    after = changed(TWO_ARMS, ("root(start = 20%, full_at = 60%)", pacing))
    (tmp_path / "b.curr").write_text(after)
    code, told, _ = call("diff", str(tmp_path / "a.curr"), str(tmp_path / "b.curr"))
    assert (code, told.partition(":")[0]) == (0, "learning")
    assert "hardest fifth" not in told
