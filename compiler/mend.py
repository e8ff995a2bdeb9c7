"""What was meant: rules for statements that the grammar refuses.

Each rule looks at one kind of slip. It returns `None`, or its complaint after it has
edited the tokens to what was surely meant; then the statement is read again.
"""

from __future__ import annotations

from collections.abc import Callable

from currc.compiler.codes import Code
from currc.compiler.diagnostic import Diagnostic, Fix
from currc.compiler.mend_values import VALUE_RULES
from currc.compiler.mend_words import WORD_RULES
from currc.compiler.source import Span
from currc.compiler.trouble import LINE_ENDS, VALUE_STARTS, Trouble


def mend(trouble: Trouble) -> Diagnostic:
    """The complaint about a refused statement; its tokens are mended unless it is given up."""
    for rule in RULES:
        if found := rule(trouble):
            return found
    return trouble.give_up(_unexpected(trouble))


def _bare_template(it: Trouble) -> Diagnostic | None:
    """`target = {title}`, which holds a placeholder and is no block."""
    if it.kinds[it.at - 1 : it.at + 3] != ["EQUAL", "LBRACE", "NAME", "RBRACE"]:
        return None
    text = it.tokens.span(it.at, it.at + 2).text
    if " " in text:
        return None
    fix = it.replaced(it.at, it.at + 3, f'"{text}"', safe=False)
    message = "a string stands between double quotes"
    return it.give_up(it.say(Code.WRONG_QUOTES, message, "they are missing here", fix=fix))


def _equals_before_brace(it: Trouble) -> Diagnostic | None:
    """`columns = {`."""
    if it.kind != "LBRACE" or it.kinds[it.at - 1] not in ("EQUAL", "COLON") or it.bracket:
        return None
    sign = it.tokens.text(it.at - 1)
    found = it.say(
        Code.WRONG_EQUALS,
        f"a block has no `{sign}` before its `{{`",
        "remove it",
        at=it.at - 1,
        fix=it.replaced(it.at - 1, it.at, ""),
    )
    it.tokens.remove(it.at - 1, it.at)
    return found


def _wrong_equals(it: Trouble) -> Diagnostic | None:
    """`batch: 16`, `batch == 16`, `edition = 2026`."""
    if it.kinds[it.first] == "EDITION" and it.kind in ("EQUAL", "COLON"):
        fix = it.replaced(it.at, it.at + 1, "")
        found = it.say(Code.WRONG_EQUALS, f"`edition` has no `{it.text}`", "remove it", fix=fix)
        it.tokens.remove(it.at, it.at + 1)
        return found
    sign = it.after_path
    if it.bracket and it.kinds[it.at - 1] == "NAME":
        sign = it.at
    if sign > it.at or sign == it.first or it.opens_block or not (it.nested or it.kinds[it.first] == "LET"):
        return None
    written = it.tokens.text(sign)
    if it.kinds[sign] not in ("COLON", "CMP") or written not in (":", "=="):
        return None
    blank = " " if it.tokens.ends[sign - 1] == it.tokens.starts[sign] else ""
    found = it.say(
        Code.WRONG_EQUALS,
        f"`{written}` stands in place of `=`",
        "a value is given with `=`",
        at=sign,
        fix=it.replaced(sign, sign + 1, blank + "="),
    )
    it.kinds[sign] = "EQUAL"
    return found


def _guard_equals(it: Trouble) -> Diagnostic | None:
    """`when route.accuracy = 0.7`."""
    if it.kinds[it.first] != "WHEN" or it.kind != "EQUAL" or it.bracket:
        return None
    return it.give_up(
        it.say(Code.WRONG_EQUALS, "a guard compares, it gives no value", "write >= <= > < or ==")
    )


def _missing_equals(it: Trouble) -> Diagnostic | None:
    """`weight 1.0`."""
    sign, first = it.after_path, it.kinds[it.first]
    if sign == it.first or sign > it.at or it.bracket or it.opens_block or not (it.nested or first == "LET"):
        return None
    if first not in ("NAME", "LET") or it.kinds[sign] not in VALUE_STARTS - {"LPAR", "MINUS"}:
        return None
    if it.kinds[sign + 1] in ("COLON", "EXTENDS") or (it.kind == "NL" and it.kinds[it.at + 1] == "LBRACE"):
        return None
    name, value = it.quote(it.first + (first == "LET"), sign), it.quote(sign, it.stop)
    found = it.say(
        Code.MISSING_EQUALS,
        f"missing `=` between `{name}` and `{value}`",
        "a value starts here",
        at=sign,
        fix=it.inserted(sign, " ="),
    )
    it.put(sign, "EQUAL")
    return found


def _brace_on_next_line(it: Trouble) -> Diagnostic | None:
    """`task route: classify` and `{` below it."""
    if it.kind != "NL" or not it.expects("LBRACE") or it.kinds[it.at + 1] != "LBRACE":
        return None
    gap = Span(it.tokens.source, it.tokens.ends[it.at - 1], it.tokens.starts[it.at + 1])
    fix = Fix(gap, " ", True, "put `{` on this line") if not gap.text.strip() else None
    message = f"the `{{` of `{it.quote(it.first, it.at)}` stands on a line of its own"
    found = it.say(Code.MISSING_BRACE, message, "`{` belongs here", fix=fix)
    it.tokens.remove(it.at, it.at + 1)
    return found


def _missing_brace(it: Trouble) -> Diagnostic | None:
    if it.kind != "NL" or not it.expects("LBRACE") or it.at == it.first + 1:
        return None
    header = it.quote(it.first, it.at)
    return it.give_up(
        it.say(Code.MISSING_BRACE, f"missing `{{` after `{header}`", "a block's header ends with `{`")
    )


def _two_statements(it: Trouble) -> Diagnostic | None:
    """`batch = 16 lr = 3e-4`, `{ order = shuffled }`."""
    kinds, at = it.kinds, it.at
    if it.bracket:
        return None
    if it.kind == "EQUAL" and kinds[at - 1] == "NAME" and "EQUAL" in kinds[it.first : at - 1]:
        at -= 1
        while kinds[at - 1] == "DOT" and kinds[at - 2] == "NAME":
            at -= 2
    elif (
        not it.expects("NL")
        or it.at == it.first
        or (it.kind == "NAME" and kinds[at + 1] not in ("EQUAL", "DOT", "LBRACE") and not it.opens_block)
        or it.kind not in {"NAME", "RBRACE", "WHEN", "DROP", "LET", "USE"}
    ):
        return None
    message = (
        "two statements stand on one line" if it.kind != "RBRACE" else "`}` stands on the line of a statement"
    )
    fix = it.inserted(at, "\n", safe=True)
    found = it.say(Code.TWO_STATEMENTS, message, "this starts a new line", at=at, fix=fix)
    it.put(at, "NL")
    return found


def _outside(it: Trouble) -> Diagnostic | None:
    """Statements that belong into a block, and those that belong outside."""
    if it.kinds[it.first] in ("LET", "USE", "EDITION") and it.nested and it.at == it.first:
        word = it.tokens.text(it.first)
        return it.give_up(
            it.say(Code.UNEXPECTED, f"`{word}` stands inside a block", "belongs outside of every block")
        )
    if it.nested or it.opens_block:
        return None
    if it.kinds[it.first] == "EDITION" and it.at == it.first:
        return it.give_up(
            it.say(Code.UNEXPECTED, "`edition` is not the first statement", "belongs at the top, once")
        )
    after = it.kinds[it.after_path]
    attribute = it.kinds[it.first] == "NAME" and after in VALUE_STARTS - {"NAME"} | {"EQUAL"}
    if attribute or it.kinds[it.first] in ("WHEN", "DROP"):
        name = it.quote(it.first, max(it.after_path, it.first + 1))
        help = f"a constant for the whole file is written `let {name} = ...`" if attribute else ""
        label = "belongs into a block"
        return it.give_up(
            it.say(Code.UNEXPECTED, f"`{name}` stands outside of every block", label, at=it.first, help=help)
        )
    return None


def _stray_word(it: Trouble) -> Diagnostic | None:
    """A name or a call alone on its line."""
    if it.kinds[it.first] != "NAME" or it.at != it.after_path or it.kind not in LINE_ENDS | {"LPAR"}:
        return None
    words = it.quote(it.first, it.at)
    message = f"`{words}` is neither an attribute nor a block"
    return it.give_up(it.say(Code.STRAY_WORD, message, "an attribute is written `name = value`", at=it.first))


def _after_brace(it: Trouble) -> Diagnostic | None:
    """`} else {`."""
    if it.kinds[it.at - 1] != "RBRACE" or not it.expects("NL"):
        return None
    if it.kind in ("COMMA", "SEMICOLON") and it.kinds[it.at + 1] in LINE_ENDS:
        return None
    message = "something stands on the line of a `}`"
    found = it.say(Code.TWO_STATEMENTS, message, "this starts a new line", fix=it.inserted(it.at, "\n"))
    it.put(it.at, "NL")
    return found


def _unopened(it: Trouble) -> Diagnostic | None:
    if it.kind != "RBRACE" or it.nested or it.at != it.first:
        return None
    found = it.say(
        Code.UNOPENED, "`}` closes no block", "no block is open here", fix=it.replaced(it.at, it.at + 1, "")
    )
    it.tokens.remove(it.at, it.at + 1 + (it.kinds[it.at + 1] == "NL"))
    return found


_WORDS = {
    "NL": "the end of the line", "LBRACE": "`{`", "RBRACE": "`}`", "EQUAL": "`=`", "COMMA": "`,`",
    "RPAR": "`)`", "RSQB": "`]`", "CMP": "a comparison such as `>=`", "AS": "`as`", "STRING": "a string",
    "NAME": "a name", "INT": "a number",
}  # fmt: skip


def _unexpected(it: Trouble) -> Diagnostic:
    """Our own words for whatever no rule knows."""
    apart = {"NL", "LBRACE", "RBRACE"} if it.bracket else {"COMMA", "RPAR", "RSQB"}
    if it.kinds[it.first] != "WHEN":
        apart.add("CMP")
    wanted = [words for kind, words in _WORDS.items() if kind in it.row and kind not in apart]
    if it.expects("INT", "STRING", "NAME"):
        wanted = ["a value"]
    if it.at == it.first:
        wanted = ["a statement"]
    label = f"expected {' or '.join(wanted[:3])}" if wanted else "not understood from here"
    if it.kind in ("NL", "$END"):
        return it.say(Code.UNEXPECTED, "the statement is not finished", label)
    return it.say(Code.UNEXPECTED, f"`{it.quote(it.at, it.at + 1)}` cannot stand here", label)


RULES: tuple[Callable[[Trouble], Diagnostic | None], ...] = (
    _after_brace,
    _unopened,
    *WORD_RULES,
    _bare_template,
    _equals_before_brace,
    _wrong_equals,
    _guard_equals,
    *VALUE_RULES,
    _brace_on_next_line,
    _outside,
    _two_statements,
    _missing_equals,
    _missing_brace,
    _stray_word,
)
"""In the order in which they are asked; the more particular before the more general."""
