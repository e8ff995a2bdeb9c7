from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from currc.compiler.diagnostic import CompileError, Complaints
from currc.compiler.format import format_text, significant
from currc.compiler.lexer import scan
from currc.compiler.parse import parse
from currc.compiler.source import Source

EXAMPLE = (Path(__file__).parent / "example.curr").read_text(encoding="utf-8")


def formatted(text: str) -> str:
    return format_text(Source("t.curr", text))


def in_block(*lines: str) -> str:
    return "edition 2026\n\nx {\n" + "".join(f"{line}\n" for line in lines) + "}\n"


def test_example_is_already_formatted() -> None:
    assert formatted(EXAMPLE) == EXAMPLE


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("a=1", "a = 1"),
        ("a   =   1", "a = 1"),
        ("a = -3 -  -4*( 2+1 )", "a = -3 - -4 * (2 + 1)"),
        ("a = 0%..40%", "a = 0% .. 40%"),
        ("a . b = c .d", "a.b = c.d"),
        ("a = f( )", "a = f()"),
        ("a = f ( x=1 ,y )", "a = f(x = 1, y)"),
        ("a = [1,2,]", "a = [1, 2]"),
        ("a = 100   steps", "a = 100 steps"),
        ("when a.b>=0.7", "when a.b >= 0.7"),
        ("drop   a.b", "drop a.b"),
        ("a = 1#note", "a = 1 #note"),
        ("a = [\n1,\n2\n]", "a = [1, 2]"),
        ("a = true", "a = true"),
        ('a = "  two  blanks "', 'a = "  two  blanks "'),
    ],
)
def test_statement(written: str, expected: str) -> None:
    assert formatted(in_block(written)) == in_block("  " + expected)


def test_header_and_file_level() -> None:
    text = (
        'edition    2026\nuse "a.curr"   as lib\nlet x=3\n\n\n\nlet y = 4\n'
        "arm easy:kind extends lib . a{ # why\n}\n"
    )
    assert formatted(text) == (
        'edition 2026\n\nuse "a.curr" as lib\nlet x = 3\n\nlet y = 4\n\n'
        "arm easy: kind extends lib.a { # why\n}\n"
    )


def test_blank_lines_between_blocks_and_around_comments() -> None:
    text = (
        "# top\nedition 2026\ntrain {\n\n\n  a = 1\n\n\n  b = 2\n"
        "  inner {\n  c = 3\n  }\n  d = 4\n  # last\n\n}\n"
        "## doc of the next\n## second line\nbudget {\n}\n# detached\n\n\nevaluate {\n}\n# end"
    )
    assert formatted(text) == (
        "# top\nedition 2026\n\ntrain {\n  a = 1\n\n  b = 2\n\n"
        "  inner {\n    c = 3\n  }\n\n  d = 4\n  # last\n}\n\n"
        "## doc of the next\n## second line\nbudget {\n}\n\n# detached\n\nevaluate {\n}\n\n# end\n"
    )


def test_a_list_is_broken_only_when_it_does_not_fit() -> None:
    fits = "  a = [" + ", ".join(["abcdefgh"] * 7) + ", abcdefghij]"
    assert len(fits) == 88
    assert formatted(in_block(fits)) == in_block(fits)
    longer = fits.replace("ij]", "ijk]")
    items = ["    abcdefgh,"] * 7 + ["    abcdefghijk,"]
    assert formatted(in_block(longer)) == in_block("  a = [", *items, "  ]")


def test_nested_brackets_open_from_the_outside() -> None:
    text = "a = f(one = [" + ", ".join(["x" * 20] * 5) + "], two = g(1, 2))"
    inner = ["      " + "x" * 20 + ","] * 5
    assert formatted(in_block(text)) == in_block(
        "  a = f(", "    one = [", *inner, "    ],", "    two = g(1, 2),", "  )"
    )


def test_a_group_gets_no_comma() -> None:
    text = "a = (" + " + ".join(["x" * 20] * 5) + ")"
    expected = in_block("  a = (", "    " + " + ".join(["x" * 20] * 5), "  )")
    assert formatted(in_block(text)) == expected


def test_a_call_stays_one_when_its_bracket_is_on_the_next_line() -> None:
    text = in_block("a = [f", "(1, # one", "2), 3]")
    broken = ["  a = [", "    f(", "      1, # one", "      2,", "    ),", "    3,", "  ]"]
    assert formatted(text) == in_block(*broken)


def test_comments_inside_brackets_keep_them_open() -> None:
    text = in_block("a = [ # first", "1, # one", "# before two", "2 # two", ", 3", "# last", "]")
    assert formatted(text) == in_block(
        "  a = [",
        "    # first",
        "    1, # one",
        "    # before two",
        "    2, # two",
        "    3,",
        "    # last",
        "  ]",
    )


def test_text_keeps_its_lines() -> None:
    text = in_block('a = """', "      one", "   two", '  """', "b=1")
    assert formatted(text) == in_block('  a = """', "      one", "   two", '  """', "  b = 1")


def test_line_ends_become_plain() -> None:
    assert (
        formatted("\ufeffedition 2026\r\n\r\nx {\r\n  a = 1 # c\r\n}\r\n")
        == "edition 2026\n\nx {\n  a = 1 # c\n}\n"
    )


@pytest.mark.parametrize("text", ["", "x {\n}\n", "edition 2026\nx {\n  a = \n}\n", "edition 2026\nx {\n"])
def test_a_text_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(CompileError):
        formatted(text)


def comments(text: str) -> list[str]:
    tokens = scan(Source("t", text), Complaints())
    return sorted(tokens.text(at).rstrip() for at, kind in enumerate(tokens.kinds) if kind == "COMMENT")


def untidy(text: str, seed: int) -> str:
    """The same tokens with other blanks, line ends and comments between them."""
    draw = random.Random(seed)
    tokens = scan(Source("t", text), Complaints())
    depth, parts = 0, []
    for at, kind in enumerate(tokens.kinds):
        word = tokens.text(at)
        depth += (kind in ("LPAR", "LSQB")) - (kind in ("RPAR", "RSQB"))
        if kind == "NL":
            note = f" # c{at}" if draw.random() < 0.3 else ""
            word = note + "\n" * draw.choice([1, 1, 1, 2, 4])
            word += draw.choice(["", "", f"   # own {at}\n", f"## doc {at}\n\n"])
        elif depth > 0 and kind not in ("RPAR", "RSQB", "INT", "FLOAT") and draw.random() < 0.3:
            word += draw.choice(["\n", "  \n\n ", f" # in {at}\n", f"\n # in {at}\n# more\n"])
        elif (
            kind in ("RPAR", "RSQB") and tokens.kinds[at - 1] not in ("LPAR", "LSQB") and draw.random() < 0.3
        ):
            word = draw.choice(["", ",", ", # x\n", " # y\n"]) + word if called(tokens, at) else word
        parts.append(draw.choice(["", " ", "\t "]) if kind in ("COMMA", "EQUAL") else " ")
        parts.append(word)
    return "".join(parts)


def called(tokens: object, closer: int) -> bool:
    """Whether a bracket may end with a comma: a list, or a call's."""
    kinds = tokens.kinds  # type: ignore[attr-defined]
    depth, at = 0, closer
    while True:
        depth += (kinds[at] in ("RPAR", "RSQB")) - (kinds[at] in ("LPAR", "LSQB"))
        if depth == 0:
            return kinds[at] == "LSQB" or kinds[at - 1] == "NAME"
        at -= 1


@given(st.integers(0, 10**9))
@settings(max_examples=40, deadline=None)
def test_formatting_any_layout(seed: int) -> None:
    """Loses no comment and no token, keeps the docs of blocks, and is its own result."""
    text = untidy(EXAMPLE, seed)
    complaints = Complaints()
    before = parse(Source("t", text), complaints)
    assert len(complaints) == 0
    result = formatted(text)
    assert formatted(result) == result
    assert comments(result) == comments(text)
    assert significant(scan(Source("t", result), Complaints())) == significant(
        scan(Source("t", text), Complaints())
    )
    after = parse(Source("t", result), Complaints())
    assert [block.doc for block in after.blocks] == [block.doc for block in before.blocks]
    assert not re.search(r"[ \t]$|\t|\n\n\n", result, re.MULTILINE)


@given(st.integers(0, 10**9))
@settings(max_examples=30, deadline=None)
def test_layout_does_not_depend_on_layout(seed: int) -> None:
    """Without comments and blank lines between attributes there is one result."""
    plain = re.sub(r" *#[^\n]*", "", EXAMPLE).replace("\n\n\n", "\n\n")
    words = untidy(plain, seed)
    bare = re.sub(r"#[^\n]*", "", words)
    squeezed = "\n".join(line for line in bare.split("\n") if line.strip())
    assert formatted(squeezed) == formatted(plain)
