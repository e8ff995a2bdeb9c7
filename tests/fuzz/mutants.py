"""Specs with random damage: shipped and golden ones and the language's example, cut up and mangled."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from random import Random

TESTS = Path(__file__).parents[1]
EDITION = "edition 2026\n\n"
TOKEN = re.compile(r'\w+|"[^"\n]*"|[.<>=]{2}|[^\w\s]')

ODD = (
    *"\"\\'`{}[]()=:;,.#%-+*/<>_~$@!?&|^",
    *("\n", "\r", "\r\n", "\t", "\0", "\x1b[31m", "\x7f", "\x85", "\x0b"),
    *("\ufeff", "\u202e", "\u2066", "\u200b", "\u2028", "\ud800", "\U0001f600", "é", "０", "“", "≥", "–"),
    *('"""', "//", "/*", "*/", "=>", "==", "..", "...", "##", "\\u0041", "{{", "}}", "{body", "${x}", "%s"),
)
"""Signs and texts that matter to the lexer, to terminals or to other languages."""

WORDS = (
    *("edition", "use", "as", "let", "extends", "when", "drop", "true", "false", "TRUE", "none", "auto"),
    *(
        "0",
        "-1",
        "1e308",
        "1e309",
        "1e-320",
        "9" * 70,
        "0%",
        "100%",
        "101%",
        "1_0",
        "0x10",
        "1..2",
        "5 steps",
    ),
    *("__class__", "self", "a.b.c.d", "arm~random_order", "x" * 300, "[]", "f()", "[[]]", "f(f(f(1)))"),
    *("0% .. 100%", "9 epochs", "3 GiB", '""', '"{body}"', '"{"', '"../x.curr"', '"[bold]x[/]"', '"<b>"'),
)
"""Tokens that no seed holds, or not often enough."""


class Seeds:
    """The seeds whole, and their blocks, lines and tokens."""

    def __init__(self) -> None:
        files = [*(TESTS.parent / "curricula").rglob("*.curr"), *(TESTS / "golden").rglob("*.curr")]
        texts = [path.read_bytes().decode("utf-8", "surrogateescape") for path in sorted(files)]
        self.whole = [(TESTS / "example.curr").read_text(encoding="utf-8"), *filter(None, texts)]
        blocks = {block for text in self.whole for block in _blocks(text)}
        self.blocks = sorted(block for block in blocks if len(block) < 600)
        self.lines = sorted({line for block in self.blocks for line in block.splitlines(keepends=True)})
        self.tokens = [*sorted({token for line in self.lines for token in TOKEN.findall(line)}), *WORDS, *ODD]


@cache
def seeds() -> Seeds:
    """All seeds, read once."""
    return Seeds()


def _blocks(text: str) -> Iterator[str]:
    """The parts of a text between empty lines that are followed by a line without indent."""
    body = text.partition("\n")[2]
    yield from (part.strip("\n") + "\n" for part in re.split(r"\n\n(?=\S)", body) if part.strip())


def lines(draw: Random) -> str:
    """The edition and a block of one to four lines that need not fit each other."""
    return f"{EDITION}x {{\n{''.join(draw.choices(seeds().lines, k=draw.choice((1, 2, 3, 4))))}}}\n"


def block(draw: Random) -> str:
    """The edition and one block."""
    return EDITION + draw.choice(seeds().blocks)


def blocks(draw: Random) -> str:
    """The edition and two to four blocks that need not fit each other."""
    return EDITION + "\n".join(draw.choices(seeds().blocks, k=draw.choice((2, 2, 3, 4))))


def whole(draw: Random) -> str:
    """A seed as it is."""
    return draw.choice(seeds().whole)


def mutant(draw: Random, base: Callable[[Random], str]) -> str:
    """A base text after one to four changes of any level."""
    text = base(draw)
    for _ in range(1 + int(4 * draw.random() ** 2)):
        text = draw.choice(CHANGES)(text, draw)
    return text


def _place(text: str, draw: Random) -> int:
    return int(draw.random() * (len(text) + 1))


def _part(text: str, draw: Random, longest: int) -> tuple[int, int]:
    start = _place(text, draw)
    return start, min(len(text), start + 1 + int(longest * draw.random()))


def _line_start(text: str, draw: Random) -> int:
    return text.rfind("\n", 0, _place(text, draw)) + 1


def _line(text: str, draw: Random) -> tuple[int, int]:
    start = _line_start(text, draw)
    return start, text.find("\n", start) + 1 or len(text)


def _lines(text: str, draw: Random) -> tuple[int, int]:
    first, last = sorted((_line_start(text, draw), _line_start(text, draw)))
    return first, last


def _token(text: str, draw: Random) -> tuple[int, int]:
    found = TOKEN.search(text, _place(text, draw))
    return found.span() if found else (len(text), len(text))


def odd_sign(text: str, draw: Random) -> str:
    """With an odd sign more, or in place of another."""
    at = _place(text, draw)
    return text[:at] + draw.choice(ODD) + text[at + draw.choice((0, 0, 1)) :]


def lost_signs(text: str, draw: Random) -> str:
    """Without some signs in a row."""
    start, stop = _part(text, draw, draw.choice((1, 3, 40)))
    return text[:start] + text[stop:]


def repeated_signs(text: str, draw: Random) -> str:
    """With some signs in a row several times."""
    start, stop = _part(text, draw, 6)
    return text[:start] + text[start:stop] * draw.choice((2, 3, 40)) + text[stop:]


def flipped_bit(text: str, draw: Random) -> str:
    """With one bit of its bytes turned; what is no UTF-8 then stays as halves of characters."""
    raw = bytearray(text.encode("utf-8", "surrogatepass"))
    if raw:
        raw[int(draw.random() * len(raw))] ^= 1 << int(8 * draw.random())
    return raw.decode("utf-8", "surrogateescape")


def cut_off(text: str, draw: Random) -> str:
    """Only up to some place, or from there on."""
    at = _place(text, draw)
    return text[:at] if draw.random() < 0.7 else EDITION + text[at:]


def lost_token(text: str, draw: Random) -> str:
    """Without one token."""
    start, stop = _token(text, draw)
    return text[:start] + text[stop:]


def other_token(text: str, draw: Random) -> str:
    """With another token in place of one."""
    start, stop = _token(text, draw)
    return text[:start] + draw.choice(seeds().tokens) + text[stop:]


def more_tokens(text: str, draw: Random) -> str:
    """With one or two tokens more."""
    start, _ = _token(text, draw)
    return text[:start] + " ".join(draw.choices(seeds().tokens, k=draw.choice((1, 2)))) + " " + text[start:]


def swapped_tokens(text: str, draw: Random) -> str:
    """With two tokens in each other's place."""
    (a, b), (c, d) = sorted((_token(text, draw), _token(text, draw)))
    return text[:a] + text[c:d] + text[b:c] + text[a:b] + text[d:] if b <= c else text


def lost_line(text: str, draw: Random) -> str:
    """Without one line."""
    start, stop = _line(text, draw)
    return text[:start] + text[stop:]


def moved_line(text: str, draw: Random) -> str:
    """With one line at another place, or there as well."""
    start, stop = _line(text, draw)
    rest = text[:start] + text[stop:] if draw.random() < 0.5 else text
    at = _line_start(rest, draw)
    return rest[:at] + text[start:stop] + rest[at:]


def foreign_line(text: str, draw: Random) -> str:
    """With a line of another spec."""
    at = _line_start(text, draw)
    return text[:at] + draw.choice(seeds().lines) + text[at:]


def joined_lines(text: str, draw: Random) -> str:
    """With two lines made one, or one made two."""
    at = _place(text, draw)
    if draw.random() < 0.5:
        return text[:at] + "\n" + text[at:]
    end = text.find("\n", at)
    return text if end < 0 else text[:end] + " " + text[end + 1 :]


def lost_lines(text: str, draw: Random) -> str:
    """Without some lines in a row."""
    start, stop = _lines(text, draw)
    return text[:start] + text[stop:]


def foreign_block(text: str, draw: Random) -> str:
    """With a block of another spec, inside of whatever stands there."""
    at = _line_start(text, draw)
    return text[:at] + draw.choice(seeds().blocks) + text[at:]


def wrapped_lines(text: str, draw: Random) -> str:
    """With some lines in a block, a list, a call or a text of their own."""
    start, stop = _lines(text, draw)
    before, after = draw.choice(
        (("a {\n", "}\n"), ("  b = [\n", "]\n"), ("  c = f(\n", ")\n"), ('  d = """\n', '"""\n'))
    )
    return text[:start] + before + text[start:stop] + after + text[stop:]


def doubled_lines(text: str, draw: Random) -> str:
    """With some lines in a row twice."""
    start, stop = _lines(text, draw)
    return text[:stop] + text[start:stop] + text[stop:]


CHANGES: tuple[Callable[[str, Random], str], ...] = (
    *(odd_sign, lost_signs, repeated_signs, flipped_bit, cut_off),
    *(lost_token, other_token, other_token, more_tokens, swapped_tokens),
    *(lost_line, moved_line, foreign_line, joined_lines),
    *(lost_lines, foreign_block, wrapped_lines, doubled_lines),
)
"""Changes of signs, tokens, lines and blocks, in this order."""
