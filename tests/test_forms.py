"""The forms of complaints for programs and reviews: JSON, SARIF, GitHub annotations, Markdown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft7Validator, Draft202012Validator
from markdown_it import MarkdownIt
from specs import TWO_ARMS

from currc.compiler.annotations import commands
from currc.compiler.codes import Code
from currc.compiler.compile import analyse
from currc.compiler.diagnostic import Diagnostic, Fix, Label
from currc.compiler.markdown import LONGEST, as_markdown, fenced
from currc.compiler.mended import mended
from currc.compiler.pages import page
from currc.compiler.render import as_json, concise, full
from currc.compiler.sarif import as_sarif, fingerprints
from currc.compiler.source import Source, Span
from currc.runtime.command import main
from currc.runtime.vocabulary import Vocabulary

HERE = Path(__file__).parent
BAD = sorted((HERE / "golden" / "bad").glob("**/*.curr"))
SARIF = json.loads((HERE / "schemas" / "sarif-2.1.0.json").read_text(encoding="utf-8"))
JSON = json.loads((HERE.parent / "docs" / "schemas" / "check-1.json").read_text(encoding="utf-8"))

WRONG = """\
edition 2026
# 🎓 a note
model student: encoder {
  base = "🎓🎓" + 1, # 🎓
  adapter: none
}
"""


def complaints_about(text: str, name: str = "specs/a.curr") -> tuple[Diagnostic, ...]:
    return tuple(analyse(text, Vocabulary(), name=name)[1])


@pytest.fixture(scope="module")
def everything() -> tuple[Diagnostic, ...]:
    """Every complaint about every bad golden spec."""
    return tuple(
        it
        for path in BAD
        for it in analyse(path.read_bytes().decode(), Vocabulary(), name=path.name, root=path.parent)[1]
    )


def of(message: str, *, code: Code = Code.UNKNOWN_NAME, name: str = "a.curr", help: str = "") -> Diagnostic:
    span = Span(Source(name, "edition 2026\n"), 0, 7)
    return Diagnostic(code, message, Label(span, "here"), help=help, fix=Fix(span, "x", True, message))


def on_a_row(line: int | None) -> Diagnostic:
    span = Span(Source("data/gold.jsonl", "", line or 0), 0, 0)
    return Diagnostic(Code.BAD_ROW, "no JSON\nalso data/gold.jsonl:9: no JSON", Label(span, ""))


class TestJson:
    def test_all_complaints_fit_the_schema(self, everything: tuple[Diagnostic, ...]) -> None:
        document = json.loads(as_json([*everything, on_a_row(7), on_a_row(None)]))
        Draft202012Validator(JSON).validate(document)
        assert len(document["diagnostics"]) == len(everything) + 2 > 150

    def test_edits_in_code_points_give_what_fix_gives(self) -> None:
        text = WRONG
        edits = [
            edit
            for found in json.loads(as_json(complaints_about(text)))["diagnostics"]
            if found["fix"] and found["fix"]["safe"]
            for edit in found["fix"]["edits"]
        ]
        assert len(edits) == 2
        for edit in reversed(edits):
            line = WRONG.split("\n")[edit["line"] - 1]
            assert WRONG[edit["start"] : edit["end"]] == line[edit["column"] - 1 : edit["end_column"] - 1]
            text = text[: edit["start"]] + edit["replacement"] + text[edit["end"] :]
        assert text == mended(Source("specs/a.curr", WRONG), complaints_about(WRONG))[0] != WRONG

    def test_what_could_steer_a_terminal_is_escaped(self) -> None:
        evil = "\x1b[31m\x9b31m\u202e\u2066\u2028\u200b\udc80\x7f"
        text = as_json([of(evil, name=f"{evil}.curr")])
        assert text.replace("\n", "").isprintable()
        assert json.loads(text)["diagnostics"][0]["message"] == evil


class TestSarif:
    def test_all_complaints_fit_the_schema(self, everything: tuple[Diagnostic, ...]) -> None:
        document = json.loads(as_sarif([*everything, on_a_row(7), on_a_row(None)], "0.1.0"))
        Draft7Validator(SARIF, format_checker=Draft7Validator.FORMAT_CHECKER).validate(document)
        results = document["runs"][0]["results"]
        assert len(results) == len(everything) + 2

    def test_no_complaints_are_a_log_too(self) -> None:
        document = json.loads(as_sarif([], "0.1.0"))
        Draft7Validator(SARIF).validate(document)
        assert document["runs"][0]["results"] == []

    def test_rules_bring_the_manual_page(self) -> None:
        run = json.loads(as_sarif(complaints_about(WRONG), "0.1.0"))["runs"][0]
        rules = run["tool"]["driver"]["rules"]
        assert [run["results"][n]["ruleId"] for n in range(3)] == [
            rules[run["results"][n]["ruleIndex"]]["id"] for n in range(3)
        ]
        [equals] = [rule for rule in rules if rule["id"] == "C0003"]
        assert equals["name"] == "WrongEquals"
        assert equals["help"]["markdown"] == page(Code.WRONG_EQUALS).markdown
        assert equals["help"]["markdown"].startswith("# C0003: another sign stands in place of `=`\n")

    @pytest.mark.parametrize("mark", ["", "\ufeff"])
    @pytest.mark.parametrize("end", ["\n", "\r\n"])
    def test_regions_count_code_points_of_lines_from_one(self, mark: str, end: str) -> None:
        text = mark + WRONG.replace("\n", end)
        found = complaints_about(text)
        run = json.loads(as_sarif(found, "0.1.0"))["runs"][0]
        assert run["columnKind"] == "unicodeCodePoints"
        rows = text.removeprefix("\ufeff").split(end)
        for it, result in zip(found, run["results"], strict=True):
            region = result["locations"][0]["physicalLocation"]["region"]
            assert region["startLine"] == region["endLine"]
            row = rows[region["startLine"] - 1]
            assert row[region["startColumn"] - 1 : region["endColumn"] - 1] == it.primary.span.text

    def test_a_byte_order_mark_is_no_column(self) -> None:
        [first, *_] = json.loads(as_sarif(complaints_about("\ufeffedition 2099\n"), "1"))["runs"][0][
            "results"
        ]
        region = first["locations"][0]["physicalLocation"]["region"]
        assert (region["startColumn"], region["endColumn"]) == (9, 13)

    def test_a_fix_is_a_replacement(self) -> None:
        results = json.loads(as_sarif(complaints_about(WRONG), "0.1.0"))["runs"][0]["results"]
        [fix] = next(result["fixes"] for result in results if result["ruleId"] == "C0003")
        [change] = fix["artifactChanges"]
        assert change["artifactLocation"] == {"uri": "specs/a.curr", "uriBaseId": "%SRCROOT%"}
        assert change["replacements"] == [
            {
                "deletedRegion": {"startLine": 5, "startColumn": 10, "endLine": 5, "endColumn": 11},
                "insertedContent": {"text": " ="},
            }
        ]

    def test_fingerprints_stay_when_lines_move(self) -> None:
        moved = WRONG.replace("# 🎓 a note\n", "# a\n# longer\n\n# note\n").replace(
            "  adapter", "\n  adapter"
        )
        before, after = (fingerprints(complaints_about(text)) for text in (WRONG, moved))
        assert before == after
        assert len(set(before)) == len(before)

    def test_fingerprints_differ_by_file_code_and_address(self) -> None:
        twice = WRONG.replace("  adapter: none\n", "  adapter: none\n  precision: fp32\n")
        one, other = (set(fingerprints(complaints_about(text))) for text in (WRONG, twice))
        assert one < other
        assert one.isdisjoint(fingerprints(complaints_about(WRONG, "specs/b.curr")))

    def test_two_complaints_at_one_address_are_two(self) -> None:
        text = "edition 2026\ntrain {\n  seeds = [1, 1, 2, 2]\n}\n"
        prints = [
            print_
            for it, print_ in zip(complaints_about(text), fingerprints(complaints_about(text)), strict=True)
            if it.code is Code.DUPLICATE_ITEM
        ]
        assert [print_[-2:] for print_ in prints] == [":1", ":2"]

    def test_words_of_a_spec_are_no_links_and_no_placeholders(self) -> None:
        [result] = json.loads(as_sarif([of("no [x](http://evil) {0} \\")], "1"))["runs"][0]["results"]
        assert result["message"]["text"] == "no \\[x\\](http://evil) {{0}} \\\\"

    @pytest.mark.parametrize(
        ("name", "uri"),
        [
            ("a b/ü#?.curr", "a%20b/%C3%BC%23%3F.curr"),
            ("x:y.curr", "x%3Ay.curr"),
            ("/tmp/a b.curr", "file:///tmp/a%20b.curr"),
            ("<stdin>", "%3Cstdin%3E"),
            ("half\udc80.curr", "half%80.curr"),
        ],
    )
    def test_files_are_uris(self, name: str, uri: str) -> None:
        [result] = json.loads(as_sarif([of("x", name=name)], "1"))["runs"][0]["results"]
        assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri


class TestAnnotations:
    def test_a_command_says_where_and_what(self) -> None:
        text, _ = commands(complaints_about("edition 2026\nlet x: 3\n"))
        assert text.splitlines()[-1] == (
            "::error title=C0003%3A another sign stands in place of `=`,file=specs/a.curr,"
            "line=2,col=6,endLine=2,endColumn=7::`:` stands in place of `=`%0Aa value is given with `=`"
            "%0Afix: replace `:` with `=`"
        )

    def test_nothing_of_a_spec_becomes_a_command(self) -> None:
        evil = "100%\n::set-output name=x::y\r::error::z\x1b[2J"
        text, _ = commands([of(evil, name="a,line=1:b%.curr\n::stop-commands::x", help=evil)])
        assert len(text.splitlines()) == 1
        assert text.count("\n") == 1
        assert text.startswith("::error title=C0104%3A nothing has this name,file=a%2Cline=1%3Ab%25.curr%0A")
        assert "100%25" in text
        assert "\x1b" not in text

    def test_the_ten_most_severe_are_shown(self) -> None:
        warnings = [of(f"warning {n}", code=Code.UNUSED_NAME) for n in range(6)]
        errors = [of(f"error {n}") for n in range(7)]
        text, left = commands([*warnings, *errors])
        assert [line.split(" ")[0] for line in text.splitlines()] == ["::error"] * 7 + ["::warning"] * 3
        assert left == 3

    def test_columns_only_within_a_line(self) -> None:
        source = Source("a.curr", "one\ntwo\n")
        both = Diagnostic(Code.UNEXPECTED, "m", Label(Span(source, 1, 6), "l"))
        text, _ = commands([both, on_a_row(7), on_a_row(None)])
        first, second, third = text.splitlines()
        assert "line=1,endLine=2::" in first
        assert "file=data/gold.jsonl,line=7::no JSON%0Aalso" in second
        assert "file=data/gold.jsonl::" in third


class TestSummaryOfAJob:
    """`currc check --format github` over twelve complaints, of which GitHub shows ten."""

    @pytest.fixture
    def spec(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
        monkeypatch.chdir(tmp_path)
        attributes = "".join(f"  odd_{letter} = 1\n" for letter in "abcdefghijkl")
        (tmp_path / "a.curr").write_text(f"{TWO_ARMS}\ntrain {{\n{attributes}}}\n")
        return "a.curr"

    def test_it_gets_them_all_behind_what_stood_there(
        self, spec: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        summary = tmp_path / "summary.md"
        summary.write_text("what an earlier step wrote\n")
        monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
        assert main(["check", "--format", "github", spec]) == 1
        shown, told = capsys.readouterr()
        assert shown.count("::error ") == 10
        assert told == "2 more complaints not annotated; the job's summary has them\n"
        text = summary.read_text()
        assert text.startswith("what an earlier step wrote\n")
        assert all(f"odd_{letter}" in text for letter in "abcdefghijkl")

    def test_where_it_cannot_be_written_the_annotations_stand(
        self, spec: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path))
        assert main(["check", "--format", "github", spec]) == 1
        shown, told = capsys.readouterr()
        assert shown.count("::error ") == 10
        assert told.splitlines() == [
            "warning: cannot write the job's summary: Is a directory",
            "2 more complaints not annotated; `currc check` lists them",
        ]

    def test_it_is_left_alone_where_all_are_annotated(
        self, spec: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        summary = tmp_path / "summary.md"
        monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
        (tmp_path / spec).write_text(f"{TWO_ARMS}\ntrain {{\n  odd = 1\n}}\n")
        assert main(["check", "--format", "github", spec]) == 1
        assert not summary.exists()
        assert capsys.readouterr().err == ""


class TestMarkdown:
    def test_the_verdict_comes_first(self) -> None:
        found = complaints_about(WRONG)
        errors = sum(it.is_error for it in found)
        text = as_markdown(found, 1)
        assert text.startswith(f"**{errors} errors** in 1 spec, which cannot be run.\n\n```text\nerror[C")
        assert as_markdown([], 3) == "**No complaints** about 3 specs.\n"
        warned = as_markdown([of("x", code=Code.UNUSED_NAME)], 1)
        assert warned.startswith("**1 warning** in 1 spec, which can be run.")

    def test_thousands_of_complaints_fit_into_a_comment(self) -> None:
        found = [of(f"{n} " + "`" * 300 + "\x00" * 300) for n in range(1000)]
        text = as_markdown([*found, of("last")], 1)
        assert len(text) < LONGEST
        shown = text.count("error[C0104]")
        assert shown > 10
        assert f"and {1001 - shown} more" in text

    @pytest.mark.parametrize(
        "evil",
        [
            "```\n@team <img src=x onerror=alert(1)> [x](http://evil) #12",
            "~~~\n# title",
            "``````` <script>",
            "</code></pre><script>alert(1)</script>",
            "a\n\n```\n\n**bold** http://evil www.evil.example",
        ],
    )
    def test_nothing_of_a_spec_leaves_its_block(self, evil: str) -> None:
        diagnostic = Diagnostic(
            Code.UNKNOWN_NAME,
            f"no task is named {evil}",
            Label(Span(Source(f"{evil}.curr", f"edition 2026 # {evil}\n"), 0, 7), evil),
            help=evil,
        )
        html = MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(as_markdown([diagnostic], 1))
        before, _, after = html.partition("<pre>")
        assert before == "<p><strong>1 error</strong> in 1 spec, which cannot be run.</p>\n"
        inside, _, rest = after.partition("</pre>")
        assert rest == "\n"
        assert "<" not in inside.removeprefix('<code class="language-text">').removesuffix("</code>")

    def test_a_fence_is_longer_than_any_run_of_backticks(self) -> None:
        assert fenced("a ````` b") == "``````text\na ````` b\n``````\n"


class TestData:
    """Complaints about rows of data stand in all forms, at a line without columns."""

    def test_full_and_concise(self) -> None:
        assert full([on_a_row(7)]) == (
            "error[C0402]: no JSON\nalso data/gold.jsonl:9: no JSON\n"
            " --> data/gold.jsonl:7\n  = more: currc explain C0402\n"
        )
        assert concise([on_a_row(7)]) == (
            "data/gold.jsonl:7:1: error[C0402]: no JSON\\nalso data/gold.jsonl:9: no JSON\n"
        )

    def test_sarif_gives_the_line(self) -> None:
        places = [
            result["locations"][0]["physicalLocation"]
            for result in json.loads(as_sarif([on_a_row(7), on_a_row(None)], "1"))["runs"][0]["results"]
        ]
        assert [place.get("region") for place in places] == [{"startLine": 7}, None]
