"""What was meant: rules for reserved words and names."""

from __future__ import annotations

from collections.abc import Callable

from currc.compiler.codes import Code
from currc.compiler.diagnostic import Diagnostic
from currc.compiler.suggest import suggest
from currc.compiler.trouble import LINE_ENDS, Trouble

KEYWORDS = frozenset({"EDITION", "USE", "AS", "LET", "EXTENDS", "WHEN", "DROP", "TRUE", "FALSE"})
TYPED = ("model", "task")
"""Kinds of block that say what they are after a `:`."""
_ALIASES = {
    "extend": "extends", "extending": "extends", "inherits": "extends", "const": "let", "var": "let",
    "set": "let", "import": "use", "include": "use", "if": "when", "remove": "drop", "delete": "drop",
}  # fmt: skip


def _meant_keyword(word: str, keyword: str) -> bool:
    return _ALIASES.get(word.lower()) == keyword or keyword in suggest(word, (keyword,))


def _keyword_inside(it: Trouble) -> Diagnostic | None:
    """`arm easy extend baseline {` and `use "x" is lib`."""
    for keyword in ("extends", "as"):
        fits = it.kind == "NAME" and it.expects(keyword.upper()) and it.kinds[it.at + 1] == "NAME"
        if fits and (_meant_keyword(it.text, keyword) or keyword == "as"):
            return _retype(it, it.at, keyword)
    return None


def _missing_colon(it: Trouble) -> Diagnostic | None:
    """`task route classify {`."""
    kind, typed = (
        it.tokens.text(it.first),
        it.kind == "NAME" and it.expects("COLON") and it.at == it.first + 2,
    )
    if not typed or kind not in TYPED or it.kinds[it.at + 1] not in ("LBRACE", "EXTENDS"):
        return None
    message = f"a `{kind}` says what it is after `:`"
    fix = it.inserted(it.at, ":")
    found = it.say(Code.MISSING_TYPE, message, "write `:` before this", fix=fix)
    it.put(it.at, "COLON")
    return found


def _keyword_first(it: Trouble) -> Diagnostic | None:
    """`const x = 3`, `import "x" as y`, `wen route.accuracy >= 0.7`."""
    kinds = it.kinds[it.first : it.stop]
    word = it.tokens.text(it.first)
    if kinds[:1] != ["NAME"] or it.at == it.first:
        return None
    forms = {
        "let": kinds[1:3] == ["NAME", "EQUAL"],
        "use": kinds[1:2] == ["STRING"] and "EQUAL" not in kinds and "LBRACE" not in kinds,
        "when": "CMP" in kinds and "EQUAL" not in kinds and kinds[1:2] != ["CMP"],
        "drop": len(kinds) > 1 and set(kinds) <= {"NAME", "DOT"} and kinds[1] == "NAME",
        "edition": kinds[1:] == ["INT"],
    }
    for keyword, fits in forms.items():
        if fits and _meant_keyword(word, keyword):
            return _retype(it, it.first, keyword)
    return None


def _retype(it: Trouble, at: int, keyword: str) -> Diagnostic:
    word = it.tokens.text(at)
    it.kinds[at] = keyword.upper()
    return it.say(
        Code.MISSPELT_KEYWORD,
        f"`{word}` stands where `{keyword}` belongs",
        f"write `{keyword}`",
        at=at,
        fix=it.replaced(at, at + 1, keyword),
    )


def _reserved(it: Trouble) -> Diagnostic | None:
    """`task drop: classify {`, `when = 3`."""
    at = it.at
    if (
        it.at == it.first + 1
        and it.kind in ("EQUAL", "COLON", "LBRACE", "DOT")
        and it.kinds[it.first] in KEYWORDS - {"EDITION"}
    ):
        at = it.first
    elif (
        it.kind not in KEYWORDS
        or not it.expects("NAME")
        or (it.at == it.first and it.kind != "AS" and it.kinds[it.at + 1] != "EQUAL")
        or (
            it.at > it.first
            and it.kinds[it.at + 1] not in LINE_ENDS | {"COLON", "LBRACE", "EXTENDS", "EQUAL"}
        )
    ):
        return None
    word = it.tokens.text(at)
    if at == it.first:
        it.given_up = True
    else:
        it.kinds[at] = "NAME"
    return it.say(
        Code.RESERVED_WORD,
        f"`{word}` is a reserved word and cannot be a name",
        "choose another name",
        at=at,
        help="reserved are edition, use, as, let, extends, when, drop, true and false",
    )


def _quoted_name(it: Trouble) -> Diagnostic | None:
    """`task "route": classify {`."""
    inner = it.text[1:-1]
    if it.kind != "STRING" or not it.expects("NAME") or it.expects("STRING") or not inner.isascii():
        return None
    if not inner.isidentifier():
        return None
    fix = it.replaced(it.at, it.at + 1, inner)
    found = it.say(Code.WRONG_QUOTES, f"the name `{inner}` stands in quotes", "a name has no quotes", fix=fix)
    it.kinds[it.at] = "NAME"
    it.tokens.starts[it.at] += 1
    it.tokens.ends[it.at] -= 1
    return found


WORD_RULES: tuple[Callable[[Trouble], Diagnostic | None], ...] = (
    _keyword_inside,
    _missing_colon,
    _keyword_first,
    _reserved,
    _quoted_name,
)
