"""Text to tokens, with the limits that keep a stranger's spec cheap to read.

Signs and quotes of other languages are reported here and read as what was meant, so
that the statement around them is kept.
"""

from __future__ import annotations

import re
from functools import cache

from currc.compiler.codes import Code
from currc.compiler.diagnostic import Complaints, Diagnostic, Label
from currc.compiler.foreign import LONGEST_NUMBER, LOOK, WRONG_CASE, Look, too_long
from currc.compiler.source import Source, Span
from currc.compiler.tables import tables
from currc.compiler.tokens import Tokens

MOST_BYTES = 1_000_000
MOST_TOKENS = 200_000

FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]|\r(?!\n)"
)
"""Control characters, those that turn the direction of reading, and halves of characters."""

BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

# Tried before the language's own terminals: none of these texts occurs in a correct spec.
_JOINED = r"(?P<GLUED>(?>[0-9][0-9_]*(?:\.[0-9][0-9_]*)?(?:[eE][+-]?[0-9]+)?%?)(?=[A-Za-z_]))"
_FOREIGN = r"""
    (?P<SLASHES>//[^\n]*) | (?P<STARRED>/\*(?:[^*\n]|\*(?!/))*+(?:\*/)?)
  | (?P<SIGN>=>|:=|!=|<>|&&|\|\||\*\*|[≥≤⩾⩽≠−–—…×÷：＝，（）])
  | (?P<LOOSETEXT>"{3}(?:[^"\\]|\\[^\0]|"(?!""))*+(?:"{3})?)
"""
# Tried last: what is left.
_BROKEN = r"""
    (?P<LOOSESTRING>"(?:[^"\\\n]|\\[^\n])*+["\\]?)
  | (?P<QUOTED>'(?:[^'\\\n]|\\[^\n])*+'? | `[^`\n]*`? | “[^”\n]*”? | ‘[^’\n]*’? | «[^»\n]*»?)
  | (?P<SEMICOLON>;) | (?P<OTHER>[^\s\x00-\x7f]\w*|[^\n\x20\t])
"""


@cache
def pattern() -> re.Pattern[str]:
    """One expression for the blanks before a token and the token; the group's name is its terminal."""
    foreign, broken = (re.sub(r"\s+", "", part) for part in (_FOREIGN, _BROKEN))
    groups = {name: f"(?P<{name}>{_once(text)})" for name, text in tables().terminals}
    # Half of a text; nothing else starts like them, so that they may be tried first.
    common = [groups.pop(name) for name in ("NAME", "NL")]
    strings = [groups.pop(name) for name in ("TEXT", "STRING")]
    own = "|".join([*common, _JOINED, strings[0], foreign, strings[1], *groups.values()])
    return re.compile(f"[ \t]*+(?:{own}|(?P<COMMENT>#[^\n]*)|{broken})")


def _once(terminal: str) -> str:
    """A terminal's expression that never goes back: no repeated part of ours can be read in two ways.

    To remember where each began would take 600 bytes for every escape of a string.
    """
    return re.sub(r"(?<!\\)\((?!\?)", "(?:", terminal).replace(")*", ")*+")


def scan(source: Source, complaints: Complaints) -> Tokens:
    """All tokens of a text, comments and every line end among them.

    A text beyond the limits is reported and gives no tokens.
    """
    tokens = Tokens(source)
    if len(source.text) * 4 > MOST_BYTES and len(source.text.encode("utf-8", "surrogatepass")) > MOST_BYTES:
        span = Span(source, 0, 0)
        complaints.add(
            Diagnostic(
                Code.FILE_TOO_LARGE,
                "the spec is larger than 1 MB",
                Label(span, "nothing of it is read"),
                help="rows belong into a file that a `source` names, shared blocks into one that is used",
            )
        )
        return tokens
    text = _without_forbidden(tokens, complaints)
    kinds, starts, ends = tokens.kinds, tokens.starts, tokens.ends
    keywords = tables().keywords | dict.fromkeys(WRONG_CASE, "WRONG_CASE")
    for match in pattern().finditer(text):
        kind: str = match.lastgroup  # type: ignore[assignment]
        start, end = match.span(kind)
        if kind == "NAME":
            kind = keywords.get(text[start:end], kind)
        if look := LOOK.get(kind):
            it = Look(tokens, start, end, complaints)
            kind, start, end = look(it), it.start, it.end
            if not kind:
                continue
        if end - start > LONGEST_NUMBER:
            too_long(kind, Look(tokens, start, end, complaints))
        kinds.append(kind)
        starts.append(start)
        ends.append(end)
    if len(kinds) <= MOST_TOKENS:
        return tokens
    span = tokens.span(MOST_TOKENS)
    complaints.add(
        _complaint(Code.TOO_MANY_TOKENS, "the spec has more than 200,000 tokens", span, "one too many")
    )
    return Tokens(source)


def _complaint(code: Code, message: str, span: Span, label: str) -> Diagnostic:
    return Diagnostic(code, message, Label(span, label))


def _without_forbidden(tokens: Tokens, complaints: Complaints) -> str:
    """The text with a blank for each character that must not occur; offsets stay."""
    text = tokens.source.text
    if text.startswith("\ufeff"):
        text = " " + text[1:]
    if not FORBIDDEN.search(text):
        return text
    for match in FORBIDDEN.finditer(text):
        span = Span(tokens.source, match.start(), match.end())
        point = f"U+{ord(match.group()):04X}"
        tokens.faulty.append(span.start)
        if match.group() in BIDI:
            message = f"the character {point} changes the direction of reading"
            complaints.add(
                _complaint(Code.BIDI_CHARACTER, message, span, "what is shown is not what is read")
            )
        else:
            message = f"the control character {point} stands in the text"
            complaints.add(_complaint(Code.CONTROL_CHARACTER, message, span, "remove it"))
    return FORBIDDEN.sub(" ", text)
