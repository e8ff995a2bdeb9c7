from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lark import Lark, Token, UnexpectedInput

from currc.compiler import syntax
from currc.compiler.codes import Code
from currc.compiler.diagnostic import Complaints
from currc.compiler.lexer import scan
from currc.compiler.parse import parse
from currc.compiler.source import Source
from currc.compiler.syntax import (
    Attribute,
    Binary,
    Block,
    Bool,
    Call,
    Drop,
    Expr,
    File,
    Guard,
    List,
    Number,
    Range,
    String,
    Unary,
)
from currc.compiler.tables import FOLDER, build

HERE = Path(__file__).parent
EXAMPLE = (HERE / "example.curr").read_text(encoding="utf-8")
SYNTAX = sorted((HERE / "golden/bad/syntax").glob("*.curr"))


def read(text: str) -> tuple[File, list[tuple[str, int]]]:
    """The tree, and code and line of each complaint."""
    complaints = Complaints()
    file = parse(Source("t.curr", text), complaints)
    return file, [(d.code.value, d.primary.span.source.place(d.primary.span.start)[0]) for d in complaints]


def codes(text: str) -> list[str]:
    return [code for code, _ in read(text)[1]]


def good(text: str) -> File:
    file, complaints = read(text)
    assert complaints == []
    return file


def value(text: str) -> Expr:
    (block,) = good(f"edition 2026\nx {{\n a = {text}\n}}\n").blocks
    (attribute,) = block.statements
    assert isinstance(attribute, Attribute)
    return attribute.value


def plain(expr: Expr) -> object:
    """The expression without its spans."""
    match expr:
        case Number(amount, unit, whole):
            return (int(amount) if whole else amount, unit) if unit else int(amount) if whole else amount
        case String(text):
            return repr(text)
        case Bool(truth):
            return truth
        case syntax.Path():
            return expr.text
        case Call(name, arguments):
            return (name.text, *((a.name.text if a.name else None, plain(a.value)) for a in arguments))
        case List(items):
            return [plain(item) for item in items]
        case Unary(operand):
            return ("-", plain(operand))
        case Binary(op, left, right):
            return (op, plain(left), plain(right))
        case Range(low, high):
            return ("..", plain(low), plain(high))


# the grammar and its tables


def test_shipped_tables_are_those_of_the_grammar() -> None:
    """Built anew in strict mode: no conflict between rules, no terminals that overlap."""
    grammar = (FOLDER / "curr.lark").read_text(encoding="utf-8")
    shipped = json.loads((FOLDER / "tables.json").read_text(encoding="utf-8"))
    built = json.loads(json.dumps(build(grammar, strict=True)))
    assert shipped["grammar"] == grammar
    assert {k: v for k, v in built.items() if k != "lark"} == {
        k: v for k, v in shipped.items() if k != "lark"
    }


class LineEnds:
    """The token filter of the design, written down a second time for Lark."""

    always_accept = ("NL",)

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        depth, last = 0, "NL"
        for token in stream:
            depth += (token.type in ("LPAR", "LSQB")) - (token.type in ("RPAR", "RSQB"))
            if token.type == "NL" and (depth > 0 or last == "NL"):
                continue
            last = token.type
            yield token
        if last != "NL":
            yield Token("NL", "\n")


@pytest.fixture(scope="module")
def lark() -> Lark:
    grammar = (FOLDER / "curr.lark").read_text(encoding="utf-8")
    return Lark(grammar, start="file", parser="lalr", lexer="basic", postlex=LineEnds())


def lark_accepts(lark: Lark, text: str) -> bool:
    try:
        lark.parse(text)
    except UnexpectedInput:
        return False
    return True


def mutated(text: str, seed: int) -> str:
    """The text with one to three tokens taken out, doubled or put elsewhere."""
    draw = random.Random(seed)
    tokens = scan(Source("m", text), Complaints())
    for _ in range(draw.randint(1, 3)):
        at, other = draw.randrange(len(tokens.kinds)), draw.randrange(len(tokens.kinds))
        start, end = tokens.starts[at], tokens.ends[at]
        insert = draw.choice(["", text[start:end] * 2, " " + tokens.text(other) + " "])
        text = text[:start] + insert + text[end:]
        tokens = scan(Source("m", text), Complaints())
    return text


@pytest.mark.parametrize("part", range(4))
def test_accepts_exactly_what_lark_accepts(lark: Lark, part: int) -> None:
    """On the example and on mutations of it, of which some are correct and most are not."""
    blocks = EXAMPLE.split("\n\n")
    accepted = 0
    for seed in range(part * 100, part * 100 + 100):
        text = mutated("\n\n".join([blocks[0], *blocks[seed % 5 + 2 : seed % 5 + 7]]) + "\n", seed)
        _, found = read(text)
        ours = all(code in ("C0013", "C0016", "C0024") for code, _ in found)
        assert ours == lark_accepts(lark, text), text
        accepted += ours
    assert 5 < accepted < 95


def test_example_has_no_complaint(lark: Lark) -> None:
    file = good(EXAMPLE)
    assert lark_accepts(lark, EXAMPLE)
    assert len(file.blocks) == 18
    assert file.poisoned == frozenset()
    assert file.edition is not None
    assert file.edition.value == 2026


# nodes


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12", 12),
        ("1_000", 1000),
        ("3e-4", 0.0003),
        ("12.0", 12.0),
        ("40%", (40, "%")),
        ("12.5%", (12.5, "%")),
        ("100 steps", (100, "steps")),
        ("1.5 h", (1.5, "h")),
        ("true", True),
        ("false", False),
        ("route.macro_f1", "route.macro_f1"),
        ("[]", []),
        ("[a, b,]", ["a", "b"]),
        ("pcgrad()", ("pcgrad",)),
        ("root(start = 20%, full_at = 60%)", ("root", ("start", (20, "%")), ("full_at", (60, "%")))),
        ("mean_of(length, rarity,)", ("mean_of", (None, "length"), (None, "rarity"))),
        ("0% .. 40%", ("..", (0, "%"), (40, "%"))),
        ("1 - 2 - 3", ("-", ("-", 1, 2), 3)),
        ("1 + 2 * 3", ("+", 1, ("*", 2, 3))),
        ("8 / 4 / 2", ("/", ("/", 8, 4), 2)),
        ("(1 + 2) * 3", ("*", ("+", 1, 2), 3)),
        ("-x * -2", ("*", ("-", "x"), ("-", 2))),
        ("1 + 2 .. 3 * 4", ("..", ("+", 1, 2), ("*", 3, 4))),
        ("[\n 1, # one\n\n 2\n]", [1, 2]),
    ],
)
def test_value(text: str, expected: object) -> None:
    assert plain(value(text)) == expected
    assert value(text).span.text == (text if not text.startswith("(") else text[1:])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r'"a\n\t\"\\b"', 'a\n\t"\\b'),
        (r'"{body} \{x\}"', r"{body} \{x\}"),
        ('""', ""),
        ('"""one line"""', "one line"),
        ('"""\n    a\n      b\n\n    c\n  """', "a\n  b\n\nc"),
        ('"""\n    a\n      b"""', "a\n  b"),
        ('"""first\n    second\n  third"""', "first\n  second\nthird"),
        ('"""a "quoted" word\\n"""', 'a "quoted" word\n'),
        ('"""\r\n  a\r\n  b\r\n"""', "a\nb"),
        ('""""""', ""),
    ],
)
def test_string(text: str, expected: str) -> None:
    string = value(text)
    assert isinstance(string, String)
    assert string.value == expected
    assert string.span.text == text


def test_statements_and_header() -> None:
    text = (
        "edition 2026\n"
        'use "lib/tasks.curr" as lib\n'
        "let base_lr = 3e-4\n\n"
        "## not mine\n\n"
        "# nor this\n"
        "## First line.\n"
        "##  Second line.  \n"
        "arm easy: kind extends lib.base { # note\n"
        "  train.lr = base_lr\n"
        "  when route.macro_f1 >= 0.70\n"
        "  drop school.basics\n"
        "  promote {\n  }\n"
        "}"
    )
    file = good(text)
    (use,), (const,), (block,) = file.uses, file.constants, file.blocks
    assert (use.path.value, use.name.text) == ("lib/tasks.curr", "lib")
    assert (const.name.text, plain(const.value)) == ("base_lr", 0.0003)
    assert (block.kind.text, block.name and block.name.text, block.type and block.type.text) == (
        "arm",
        "easy",
        "kind",
    )
    assert block.extends
    assert block.extends.text == "lib.base"
    assert block.doc == "First line.\n Second line."
    assert block.head.text == "arm easy: kind extends lib.base"
    assert block.span.text == text[text.index("arm easy") :]
    attribute, guard, drop, inner = block.statements
    assert isinstance(attribute, Attribute)
    assert [name.text for name in attribute.path.names] == ["train", "lr"]
    assert isinstance(guard, Guard)
    assert (plain(guard.left), guard.op, plain(guard.right)) == ("route.macro_f1", ">=", 0.7)
    assert isinstance(drop, Drop)
    assert drop.path.text == "school.basics"
    assert isinstance(inner, Block)
    assert (inner.kind.text, inner.name, inner.type, inner.extends, inner.statements) == (
        "promote",
        None,
        None,
        None,
        (),
    )


def test_hash_signs_in_a_text_are_no_doc() -> None:
    file = good('edition 2026\na {\n x = """\n## no\n"""\n}\nb {\n}\n')
    assert [block.doc for block in file.blocks] == ["", ""]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\n\n  \n# c\n"])
def test_line_ends_and_a_byte_order_mark_change_nothing(end: str) -> None:
    file = good("\ufeff" + "edition 2026\nx {\n a = [1,\n 2]\n}\n".replace("\n", end))
    assert [plain(s.value) for s in file.blocks[0].statements if isinstance(s, Attribute)] == [[1, 2]]


# limits


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("(" * 90_000 + "1" + ")" * 90_000, Code.TOO_DEEP),
        ("(" * 101 + "1" + ")" * 101, Code.TOO_DEEP),
        ("[" * 99 + "-" * 5 + "1" + "]" * 99, Code.TOO_DEEP),
        ("-" * 150 + "1", Code.TOO_DEEP),
        ("1" + " + 1" * 150, Code.TOO_DEEP),
        ("1" * 65, Code.NUMBER_TOO_LONG),
        ("0." + "1" * 64, Code.NUMBER_TOO_LONG),
        ('"' + "x" * 65_536 + '"', Code.STRING_TOO_LONG),
        ('"' + "x" * 1_000_000 + '"', Code.FILE_TOO_LARGE),
        ('"' + "é" * 500_001 + '"', Code.FILE_TOO_LARGE),
        ("[" + "1," * 100_001 + "]", Code.TOO_MANY_TOKENS),
        ("1e400", Code.BAD_NUMBER),
        ('"\x1b[31m"', Code.CONTROL_CHARACTER),
        ('"\x7f"', Code.CONTROL_CHARACTER),
        ('"\ud800"', Code.CONTROL_CHARACTER),
        ('"a\rb"', Code.CONTROL_CHARACTER),
        ("1 # \u202e", Code.BIDI_CHARACTER),
        ('"\u2066"', Code.BIDI_CHARACTER),
    ],
)
def test_limit(text: str, code: Code) -> None:
    assert codes(f"edition 2026\nx {{\n a = {text}\n}}\n") == [code.value]


def test_just_below_the_limits() -> None:
    good("edition 2026\nx {\n a = " + "(" * 98 + "1" + ")" * 98 + "\n}\n")
    good("edition 2026\nx {\n a = " + "1" * 64 + "\n}\n")
    good('edition 2026\nx {\n a = "' + "x" * 65_534 + '"\n}\n')
    good("edition 2026\nx {\n a = [" + "-1, " * 1000 + "]\n}\n")
    good("edition 2026\n" + "x {\n" * 100 + "}\n" * 100)


def test_blocks_nested_too_deep() -> None:
    assert codes("edition 2026\n" + "x {\n" * 60_000) == [Code.TOO_DEEP.value]
    assert codes("edition 2026\n" + "x {\n" * 101 + "}\n" * 101) == [Code.TOO_DEEP.value]


# recovery

SLIPS = {
    "colon": lambda line: line.replace(" =", ":", 1),
    "arrow": lambda line: line.replace(" = ", " => ", 1),
    "two equals": lambda line: line.replace(" = ", " == ", 1),
    "no equals": lambda line: line.replace(" = ", " ", 1),
    "no value": lambda line: line[: line.index("=") + 1],
    "comma": lambda line: line + ",",
    "semicolon": lambda line: line + ";",
    "foreign comment": lambda line: line + " // why",
    "stray sign": lambda line: line.replace("= ", "= @", 1),
    "plus": lambda line: line.replace("= ", "= +", 1),
    "operator": lambda line: line + " *",
    "second value": lambda line: line + ' "x"',
    "open string": lambda line: line[: line.index("=") + 1] + ' "x',
    "single quotes": lambda line: line[: line.index("=") + 1] + " 'x'",
    "open list": lambda line: line[: line.index("=") + 1] + " [1, 2",
    "open call": lambda line: line[: line.index("=") + 1] + " f(a = 1",
    "list comma": lambda line: line[: line.index("=") + 1] + " [1 2]",
    "closer": lambda line: line + ")",
    "glued unit": lambda line: line[: line.index("=") + 1] + " 50steps",
    "capital": lambda line: line[: line.index("=") + 1] + " TRUE",
    "control": lambda line: line + " \x07",
    "two on a line": lambda line: line + " z = 3",
    "reserved": lambda line: "  when" + line[line.index(" =") :],
    "stray word": lambda line: line[: line.index(" =")],
}
ATTRIBUTES = [at for at, line in enumerate(EXAMPLE.split("\n")) if line.startswith("  ") and " = " in line]


@given(
    places=st.lists(st.sampled_from(ATTRIBUTES), min_size=4, max_size=4, unique=True),
    slips=st.lists(st.sampled_from(sorted(SLIPS)), min_size=4, max_size=4),
)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_four_planted_mistakes_are_all_found_and_no_other(places: list[int], slips: list[str]) -> None:
    lines = EXAMPLE.split("\n")
    for place, slip in zip(places, slips, strict=True):
        lines[place] = SLIPS[slip](lines[place].split(" #")[0])
    _, found = read("\n".join(lines))
    assert [line for _, line in found] == sorted(place + 1 for place in places)


@pytest.mark.parametrize("slip", sorted(SLIPS))
def test_every_slip_on_every_line(slip: str) -> None:
    for place in ATTRIBUTES:
        lines = EXAMPLE.split("\n")
        lines[place] = SLIPS[slip](lines[place].split(" #")[0])
        _, found = read("\n".join(lines))
        assert [line for _, line in found] == [place + 1], lines[place]


HEADERS = [at for at, line in enumerate(EXAMPLE.split("\n")) if line.endswith("{")]


@pytest.mark.parametrize("place", HEADERS)
def test_header_slips_cost_only_themselves(place: int) -> None:
    """A missing brace, a name in quotes, a number for a name: the statements inside are still read."""
    lines = EXAMPLE.split("\n")
    line = lines[place]
    inside = len(good(EXAMPLE).blocks)
    for slip in (
        line.removesuffix(" {"),
        line.replace(" {", " = {"),
        line.replace(" {", " 5x {"),
        line + " @",
    ):
        file, found = read("\n".join([*lines[:place], slip, *lines[place + 1 :]]))
        assert [at for _, at in found] == [place + 1], slip
        assert len(file.blocks) == inside, slip


CLOSERS = [at for at, line in enumerate(EXAMPLE.split("\n")) if line.strip() == "}"]


@pytest.mark.parametrize("place", CLOSERS)
def test_missing_closing_brace_is_reported_at_its_block(place: int) -> None:
    lines = EXAMPLE.split("\n")
    indent = len(lines[place]) - 1
    header = max(at for at in HEADERS if at < place and len(lines[at]) - len(lines[at].lstrip()) == indent)
    file, found = read("\n".join(lines[:place] + lines[place + 1 :]))
    assert found == [(Code.UNCLOSED_BLOCK.value, header + 1)]
    assert len(file.blocks) == 18


@pytest.mark.parametrize("place", CLOSERS)
def test_brace_too_many_at_top(place: int) -> None:
    lines = EXAMPLE.split("\n")
    if lines[place] == "}":
        assert [line for _, line in read("\n".join([*lines[: place + 1], "}", *lines[place + 1 :]]))[1]] == [
            place + 2
        ]


def test_what_cannot_be_read_is_poisoned() -> None:
    file, _ = read(
        "edition 2026\n"
        "task route: classify {\n  metric =\n  weight 1.0\n}\n"
        "train {\n  lr = 3 4\n}\n"
        "schedule s {\n  stage a {\n    max = )\n  }\n}\n"
        "let x = \n"
    )
    assert file.poisoned == {"route.metric", "train.lr", "s.a.max", "x"}
    assert [len(block.statements) for block in file.blocks] == [1, 0, 1]


@pytest.mark.parametrize("case", SYNTAX, ids=lambda path: path.stem)
def test_safe_fixes_repair_and_add_nothing(case: Path) -> None:
    text = case.read_bytes().decode("utf-8")
    complaints = Complaints()
    parse(Source("t", text), complaints)
    safe = [d for d in complaints if d.fix and d.fix.safe]
    for diagnostic in sorted(safe, key=lambda d: -d.primary.span.start):
        assert diagnostic.fix
        span = diagnostic.fix.span
        text = text[: span.start] + diagnostic.fix.replacement + text[span.end :]
    after = Complaints()
    parse(Source("t", text), after)
    assert len(after) <= len(complaints) - len(safe)


# robustness


def test_a_name_behind_the_brace_is_no_part_of_the_header() -> None:
    file, found = read("{1::1a")
    assert [block.kind.text for block in file.blocks] == [""]
    assert found


@given(st.text(alphabet="ab1 \n\t{}()[]=:.,#\"'\\%-+*/<>;é\u202e\x00_", max_size=120))
@settings(max_examples=250, deadline=None)
def test_any_text_gives_a_file(text: str) -> None:
    file, found = read(text)
    assert isinstance(file, File)
    assert found or file.edition


@given(st.integers(0, 10**9))
@settings(max_examples=60, deadline=None)
def test_any_mutation_gives_a_file(seed: int) -> None:
    draw = random.Random(seed)
    text = mutated(EXAMPLE, seed)
    cut = draw.randrange(len(text))
    for broken in (text, text[:cut], text[:cut] + text[cut + draw.randrange(30) :]):
        file, _ = read(broken)
        assert isinstance(file, File)


@pytest.mark.parametrize(
    "unit", ["x {\n", "a = (\n", '"', '"""', "'", "x 1\n", "}\n", "@", "/*", "= ", "x {} ", "[{"]
)
def test_a_megabyte_of_anything_ends(unit: str) -> None:
    file, found = read("edition 2026\n" + unit * (60_000 // len(unit)))
    assert isinstance(file, File)
    assert found


def test_reading_and_formatting_import_nothing_heavy() -> None:
    script = (
        "import sys; from currc.compiler.format import format_text; from currc.compiler.render import full;"
        "from currc.compiler.source import Source; format_text(Source('x', 'edition 2026\\n'));"
        "print([m for m in ('lark', 'pydantic', 'numpy', 'torch', 'rich') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("value", [". 4", "5 .", "f(epochs =. 4)", "[1 ., 2]", ".\t5"])
def test_a_point_apart_from_its_number_is_a_complaint_and_no_crash(value: str) -> None:
    complaints = Complaints()
    parse(Source("<text>", f"edition 2026\n\nlet a = {value}\n"), complaints)
    assert complaints.errors
