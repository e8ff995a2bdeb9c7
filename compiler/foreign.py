"""A second look at tokens that may be too long, or that come from another language.

Each function gets a token's range and returns the terminal it is read as, or the
empty string to leave it out. What was surely meant is reported and kept; where nobody
knows, the place is marked doubtful and the parser drops the statement around it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from types import MappingProxyType

from currc.compiler.codes import Code
from currc.compiler.diagnostic import Complaints, Diagnostic, Fix, Label
from currc.compiler.source import Span
from currc.compiler.tokens import Tokens

LONGEST_STRING = 65_536
LONGEST_NUMBER = 64

MEANT = MappingProxyType({
    "=>": ("EQUAL", "="), ":=": ("EQUAL", "="), "＝": ("EQUAL", "="), "：": ("COLON", ":"),
    "，": ("COMMA", ","), "（": ("LPAR", "("), "）": ("RPAR", ")"), "−": ("MINUS", "-"), "–": ("MINUS", "-"),
    "—": ("MINUS", "-"), "…": ("RANGE", ".."), "×": ("STAR", "*"), "÷": ("SLASH", "/"),
    "≥": ("CMP", ">="), "≤": ("CMP", "<="), "⩾": ("CMP", ">="), "⩽": ("CMP", "<="),
})  # fmt: skip
"""Terminal and text that were meant by a sign that the language does not have."""

WRONG_CASE = ("True", "TRUE", "False", "FALSE")
"""Words that can only be meant as `true` and `false`."""

_ESCAPE = re.compile(r"\\(.?)", re.DOTALL)


class Look:
    """One token under the eye: its range, and where to say what is wrong with it."""

    def __init__(self, tokens: Tokens, start: int, end: int, complaints: Complaints) -> None:
        self.tokens, self.start, self.end, self.complaints = tokens, start, end, complaints

    @property
    def text(self) -> str:
        """The token's characters."""
        return self.tokens.source.text[self.start : self.end]

    def span(self, start: int, end: int) -> Span:
        """A range of the text."""
        return Span(self.tokens.source, start, end)

    def say(
        self,
        code: Code,
        message: str,
        label: str,
        *,
        at: Span | None = None,
        help: str = "",
        fix: Fix | None = None,
    ) -> None:
        """Complain about the token, or about the range `at`."""
        span = at or self.span(self.start, self.end)
        self.tokens.faulty.append(span.start)
        self.complaints.add(Diagnostic(code, message, Label(span, label), help=help, fix=fix))

    def doubt(self) -> None:
        """Nobody knows what the statement around this token means."""
        self.tokens.doubtful.append(self.start)

    def instead(self, replacement: str, *, safe: bool = True) -> Fix:
        """The fix that puts `replacement` in place of the token."""
        described = f"replace `{shown(self.text)}` with `{shown(replacement)}`"
        return Fix(self.span(self.start, self.end), replacement, safe, described)


def shown(text: str) -> str:
    """A text on one line, short enough to be quoted in a message."""
    line = text.replace("\n", "\\n")
    return line if len(line) <= 40 else line[:37] + "..."


def _glued(it: Look) -> str:
    """`50steps`; what comes back is read as a number apart from the word after it."""
    word = re.compile(r"\w+").match(it.tokens.source.text, it.end)
    both = it.span(it.start, word.end() if word else it.end)
    if it.text == "0" or _in_header(it):
        return _unreadable(it, both)
    apart = f"{it.text} {both.text[len(it.text) :]}"
    it.say(
        Code.GLUED_UNIT,
        f"`{shown(both.text)}` has no space between the number and its unit",
        "a unit stands apart from its number",
        at=both,
        fix=Fix(both, apart, True, f"write `{shown(apart)}`"),
    )
    if it.text.endswith("%"):
        return "PERCENT"
    return "FLOAT" if set(it.text) & set(".eE") else "INT"


def _in_header(it: Look) -> bool:
    """Whether the line opens a block, so that a name was meant."""
    text = it.tokens.source.text
    stop = text.find("\n", it.end)
    return text[it.end : stop if stop >= 0 else len(text)].rstrip().endswith("{")


def _unreadable(it: Look, both: Span) -> str:
    """`0x1F` and `task 5route: classify {`."""
    it.doubt()
    if _in_header(it):
        it.say(Code.UNEXPECTED, f"`{shown(both.text)}` is no name", "a name starts with a letter", at=both)
    else:
        message = f"`{shown(both.text)}` is not how a number is written"
        it.say(Code.BAD_NUMBER, message, "numbers are written in decimal", at=both)
    return "INT"


def too_long(kind: str, it: Look) -> None:
    """Complain if a token is longer than its terminal may be."""
    if kind in ("INT", "FLOAT", "PERCENT"):
        it.say(Code.NUMBER_TOO_LONG, "a number has more than 64 characters", "too long to be meant")
        it.doubt()
    elif kind in ("STRING", "TEXT") and it.end - it.start > LONGEST_STRING:
        first = it.span(it.start, it.start + 1)
        it.say(Code.STRING_TOO_LONG, "a string is longer than 64 KB", "starts here", at=first)
        it.doubt()


def _loose(kind: str, quotes: str) -> Callable[[Look], str]:
    def look(it: Look) -> str:
        if len(it.text) < 2 * len(quotes) or not _closes(it.text, quotes):
            _unterminated(it, quotes)
        for escape in _ESCAPE.finditer(it.text):
            if escape[1] not in tuple('nt"\\{}'):
                _unknown_escape(it, escape)
        return kind

    return look


def _closes(text: str, quotes: str) -> bool:
    """Whether the quotes at the end of a string are its own and not escaped."""
    body = text[len(quotes) :]
    return body.endswith(quotes) and not re.search(r"(?<!\\)(\\\\)*\\" + quotes + "$", body)


def _unterminated(it: Look, quotes: str) -> None:
    it.doubt()
    text = it.text.rstrip()
    first = it.span(it.start, it.start + len(text.split("\n")[0]))
    help = 'a text over several lines stands between `"""` and `"""`' if len(quotes) == 1 else ""
    label = (
        "no closing quote on this line" if len(quotes) == 1 else "no closing quotes up to the end of the file"
    )
    it.tokens.cut = it.tokens.cut or len(quotes) == 3
    it.say(Code.UNTERMINATED_STRING, "a string is never closed", label, at=first, help=help)


def _unknown_escape(it: Look, escape: re.Match[str]) -> None:
    place = it.span(it.start + escape.start(), it.start + escape.end())
    sequence = shown(escape.group())
    it.say(
        Code.UNKNOWN_ESCAPE,
        f"a string has no escape `{sequence}`",
        "not an escape",
        at=place,
        help='the escapes are `\\n`, `\\t`, `\\"`, `\\\\`, `\\{` and `\\}`',
        fix=Fix(place, "\\" + escape.group(), False, f"write `\\{sequence}` for a backslash"),
    )


def _wrong_case(it: Look) -> str:
    right = it.text.lower()
    it.say(
        Code.WRONG_CASE, f"`{it.text}` is written in small letters", f"write `{right}`", fix=it.instead(right)
    )
    return right.upper()


def _quoted(it: Look) -> str:
    text = it.text
    closed = len(text) > 1 and text[-1] in "'`”’»"
    body = text[1:-1] if closed else text[1:].rstrip()
    replacement = '"' + body.replace("\\'", "'").replace('"', '\\"') + '"'
    fix = it.instead(replacement) if closed else None
    it.say(
        Code.WRONG_QUOTES, "a string stands between double quotes", f"`{text[0]}` opens no string", fix=fix
    )
    if not closed:
        it.doubt()
    return "STRING"


def _comment(it: Look) -> str:
    slashes = it.text.startswith("//")
    hint = "" if slashes else "there are no block comments: start each line with `#`"
    fix = it.instead("#" + it.text[2:]) if slashes else None
    it.say(Code.FOREIGN_COMMENT, "a comment starts with `#`", "not a comment here", help=hint, fix=fix)
    return "COMMENT"


def _sign(it: Look) -> str:
    if it.text not in MEANT:
        return _other(it)
    kind, own = MEANT[it.text]
    code = Code.WRONG_EQUALS if kind == "EQUAL" else Code.STRAY_CHARACTER
    it.say(code, f"`{it.text}` stands in place of `{own}`", f"write `{own}`", fix=it.instead(own))
    return kind


def _other(it: Look) -> str:
    """A character that means nothing; one glued to a name belongs to that name."""
    text, tokens = it.text, it.tokens
    if text == "%" and tokens.kinds[-1:] in (["INT"], ["FLOAT"]) and not _between(it).strip(" \t"):
        return _percent_apart(it)
    it.doubt()
    if text[0].isalpha():
        if tokens.ends and tokens.ends[-1] == it.start and tokens.kinds[-1] == "NAME":
            it.start = tokens.starts[-1]
            tokens.remove(len(tokens) - 1, len(tokens))
        return _foreign_letters(it)
    sign = text if text.isascii() else text[0]  # what stands glued to it is a word of its own
    named = f"`{sign}`" if sign.isprintable() else f"the character U+{ord(sign):04X}"
    message = f"the language does not use {named}"
    hints = {
        "$": "a placeholder is written `{column}`, inside a string",
        "!=": "a guard compares with >= <= > < ==",
    }
    place = it.span(it.start, it.start + len(sign))
    it.say(Code.STRAY_CHARACTER, message, "remove it", at=place, help=hints.get(sign, ""))
    return ""


def _between(it: Look) -> str:
    """What stands between the token before and this one: blanks, and signs that were left out."""
    return it.tokens.source.text[it.tokens.ends[-1] : it.start]


def _percent_apart(it: Look) -> str:
    """`50 %`: the number before it becomes a percentage."""
    it.start = it.tokens.starts[-1]
    it.tokens.remove(len(it.tokens) - 1, len(it.tokens))
    right = it.text[:-1].rstrip() + "%"
    fix = it.instead(right)
    it.say(
        Code.BAD_NUMBER, f"`{shown(it.text)}` has a blank before `%`", "`%` is glued to its number", fix=fix
    )
    return "PERCENT"


def _foreign_letters(it: Look) -> str:
    """A word with letters outside a-z; each look-alike would be read as another name."""
    letter = next(letter for letter in it.text if not letter.isascii())
    message = f"the letter `{letter}` (U+{ord(letter):04X}) cannot stand in a name"
    it.say(Code.STRAY_CHARACTER, message, "names are written in a-z, A-Z, 0-9 and `_`")
    return "NAME"


LOOK: MappingProxyType[str, Callable[[Look], str]] = MappingProxyType(
    {
        "GLUED": _glued,
        "WRONG_CASE": _wrong_case,
        "LOOSESTRING": _loose("STRING", '"'),
        "LOOSETEXT": _loose("TEXT", '"""'),
        "QUOTED": _quoted,
        "SLASHES": _comment,
        "STARRED": _comment,
        "SIGN": _sign,
        "OTHER": _other,
    }
)
"""Terminals that are read only after a second look."""
