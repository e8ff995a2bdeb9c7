from __future__ import annotations

import json

import pytest

from currc.compiler.codes import Code
from currc.compiler.diagnostic import Diagnostic, Fix, Label
from currc.compiler.render import as_json, concise, full, pieces, summary
from currc.compiler.source import Source, Span

TEXT = """\
edition 2026

task route: classify {
  gold = tickets
}

schedule school {
  stage basics {
    promote {
      when fields.field_f1 >= 0.55
      when rout.macro_f1 >= 0.70
    }
  }
}
"""
SOURCE = Source("specs/desk.curr", TEXT)


def label(words: str, text: str, source: Source = SOURCE) -> Label:
    start = source.text.index(words)
    return Label(Span(source, start, start + len(words)), text)


def unknown(**more: object) -> Diagnostic:
    return Diagnostic(
        Code.UNKNOWN_NAME,
        "no task is named `rout`",
        label("rout.", "not found"),
        **more,  # type: ignore[arg-type]
    )


def test_the_whole_anatomy() -> None:
    primary = label("rout.macro", "this guard can never be evaluated").span
    span = Span(SOURCE, primary.start, primary.start + 4)
    diagnostic = Diagnostic(
        Code.UNKNOWN_NAME,
        "no task is named `rout`",
        Label(span, "this guard can never be evaluated"),
        (label("route", "closest name"),),
        help="did you mean `route`?",
        fix=Fix(span, "route", True, "replace `rout` with `route`"),
    )
    assert (
        full([diagnostic])
        == """\
error[C0104]: no task is named `rout`
  --> specs/desk.curr:11:12
   |
 9 |     promote {
10 |       when fields.field_f1 >= 0.55
11 |       when rout.macro_f1 >= 0.70
   |            ^^^^ this guard can never be evaluated
   |
  ::: specs/desk.curr:3:6
 3 | task route: classify {
   |      ----- closest name
   |
   = help: did you mean `route`?
   = fix:  replace `rout` with `route`   (safe: currc check --fix)
   = more: currc explain C0104
"""
    )


def test_labels_on_shown_lines_stand_there() -> None:
    diagnostic = unknown(secondary=(label("fields", "this one is fine"), label("macro_f1", "so is this")))
    lines = full([diagnostic]).split("\n")
    assert lines[3:9] == [
        " 9 |     promote {",
        "10 |       when fields.field_f1 >= 0.55",
        "   |            ------ this one is fine",
        "11 |       when rout.macro_f1 >= 0.70",
        "   |            ^^^^^ not found",
        "   |                 -------- so is this",
    ]


def test_an_unsafe_fix_does_not_claim_to_be_safe() -> None:
    text = full([unknown(fix=Fix(label("rout.", "").span, "x", False, "write `x`"))])
    assert "   = fix:  write `x`\n" in text
    assert "safe" not in text


def test_a_warning_says_so() -> None:
    diagnostic = Diagnostic(Code.FEW_SEEDS, "six seeds", label("edition", ""))
    assert full([diagnostic]).startswith(
        "warning[W0701]: six seeds\n --> specs/desk.curr:1:1\n  |\n1 | edition 2026\n"
    )


def shown(text: str, start: int, end: int) -> list[str]:
    """The shown line and the carets below it, without the gutter."""
    span = Span(Source("t", text), start, end)
    lines = full([Diagnostic(Code.UNEXPECTED, "m", Label(span, "here"))]).split("\n")
    return [line.split("|", 1)[1][1:] for line in lines[3:5]]


@pytest.mark.parametrize(
    ("text", "span", "line", "carets"),
    [
        ("a = 日本 x", (7, 8), "a = 日本 x", "         ^ here"),
        ("a = 日本 x", (4, 6), "a = 日本 x", "    ^^^^ here"),
        ("\ta = 1", (5, 6), "    a = 1", "        ^ here"),
        ("e\u0301 x", (3, 4), "e\u0301 x", "  ^ here"),
        ("a\x1b[31m b", (7, 8), "a<U+001B>[31m b", "              ^ here"),
        ("a\u202eb c", (4, 5), "a<U+202E>b c", "           ^ here"),
        ("a = 1", (5, 5), "a = 1", "     ^ here"),
        ("", (0, 0), "", "^ here"),
        ("ab\ncd", (1, 4), "ab", " ^ here"),
    ],
)
def test_carets_stand_below_what_they_mean(text: str, span: tuple[int, int], line: str, carets: str) -> None:
    assert shown(text, *span) == [line, carets]


@pytest.mark.parametrize("at", [0, 40, 250, 400, 499])
def test_a_long_line_is_cut_around_the_span(at: int) -> None:
    text = "".join(chr(ord("a") + i % 26) for i in range(500))
    line, carets = shown(text, at, at + 1)
    assert len(line) <= 106
    assert line[carets.index("^")] == text[at]
    assert line.startswith("...") == (at >= 40)


def test_messages_cannot_move_the_cursor() -> None:
    source = Source("a\x1b.curr", "x")
    span = Span(source, 0, 1)
    bad = Diagnostic(
        Code.UNEXPECTED, "m\x1b[2J\n", Label(span, "l\u202e"), help="h\x07", fix=Fix(span, "", True, "f\x00")
    )
    for text in (full([bad]), concise([bad])):
        assert all(letter == "\n" or letter.isprintable() for letter in text)


def many(number: int, name: str = "a.curr") -> list[Diagnostic]:
    source = Source(name, "x" * number)
    return [Diagnostic(Code.UNEXPECTED, f"m{i}", Label(Span(source, i, i + 1), "")) for i in range(number)]


def test_at_most_twenty_a_file_then_a_count() -> None:
    found = many(25) + many(3, "b.curr")
    assert full(found).count("error[") == 23
    assert "\n... and 5 more in a.curr\n" in full(found)
    assert concise(found).split("\n")[20] == "... and 5 more in a.curr"
    assert len(json.loads(as_json(found))["diagnostics"]) == 28


def test_errors_are_shown_before_warnings_are() -> None:
    source = Source("a.curr", "x" * 60)
    warnings = [Diagnostic(Code.FEW_SEEDS, "w", Label(Span(source, i, i + 1), "")) for i in range(30)]
    error = Diagnostic(Code.UNEXPECTED, "the error", Label(Span(source, 50, 51), ""))
    assert "the error" in full([*warnings, error])


def test_concise() -> None:
    assert concise([unknown()]) == "specs/desk.curr:11:12: error[C0104]: no task is named `rout`\n"
    assert concise([]) == full([]) == ""


def test_json_counts_code_points() -> None:
    source = Source("a.curr", "é = 日\n𝄞 rout\n")
    span = Span(source, 8, 12)
    diagnostic = Diagnostic(
        Code.UNKNOWN_NAME,
        "m",
        Label(span, "l"),
        help="h",
        fix=Fix(span, "route", True, "f"),
        address="arm.easy",
    )
    place = {"file": "a.curr", "start": 8, "end": 12, "line": 2, "column": 3, "end_line": 2, "end_column": 7}
    assert json.loads(as_json([diagnostic])) == {
        "format_version": 1,
        "diagnostics": [
            {
                "code": "C0104",
                "severity": "error",
                "title": "nothing has this name",
                "message": "m",
                "address": "arm.easy",
                "primary": {**place, "label": "l"},
                "secondary": [],
                "help": "h",
                "fix": {"description": "f", "safe": True, "edits": [{**place, "replacement": "route"}]},
            }
        ],
    }


def test_pieces_are_the_full_text_with_styles() -> None:
    found = [unknown(help="h"), Diagnostic(Code.FEW_SEEDS, "w", label("edition", "l"))]
    assert "".join(text for text, _ in pieces(found)) == full(found)
    styles = dict(pieces(found))
    assert styles["error[C0104]"] == "error"
    assert styles["warning[W0701]"] == "warning"
    assert {style for _, style in pieces(found)} <= {
        "error",
        "warning",
        "title",
        "gutter",
        "secondary",
        "note",
        "",
    }


def test_summary() -> None:
    assert summary([]) == "no complaints"
    assert summary(many(1)) == "1 error"
    assert summary([*many(2), Diagnostic(Code.FEW_SEEDS, "w", label("edition", ""))]) == "2 errors, 1 warning"
