"""What was meant: rules for commas, numbers and values."""

from __future__ import annotations

from collections.abc import Callable

from currc.compiler.codes import Code
from currc.compiler.diagnostic import Diagnostic
from currc.compiler.layout import VALUE_ENDS
from currc.compiler.trouble import CLOSERS, LINE_ENDS, VALUE_STARTS, Trouble


def _semicolon(it: Trouble) -> Diagnostic | None:
    if it.kind != "SEMICOLON":
        return None
    if it.bracket:
        it.kinds[it.at] = "COMMA"
        return it.say(
            Code.MISSING_COMMA,
            "items are separated by commas",
            "write `,`",
            fix=it.replaced(it.at, it.at + 1, ","),
        )
    if it.kinds[it.at + 1] not in LINE_ENDS:
        it.kinds[it.at] = "NL"
        fix = it.replaced(it.at, it.at + 1, "\n")
        return it.say(
            Code.TWO_STATEMENTS, "two statements stand on one line", "a statement ends with its line", fix=fix
        )
    return _without(it, Code.STRAY_COMMA, "a statement ends with a semicolon", "the line's end is enough")


def _without(it: Trouble, code: Code, message: str, label: str) -> Diagnostic:
    """The complaint about a token that is too many; the token is taken out."""
    found = it.say(code, message, label, fix=it.replaced(it.at, it.at + 1, ""))
    it.tokens.remove(it.at, it.at + 1)
    return found


def _comma(it: Trouble) -> Diagnostic | None:
    """`batch = 16,`, `[a, , b]`, `lr = 1,000`, `train = a, b`."""
    if it.kind != "COMMA":
        return None
    if it.bracket:
        return _without(it, Code.STRAY_COMMA, "a comma without an item before it", "remove it")
    if it.kinds[it.at + 1] in LINE_ENDS:
        return _without(it, Code.STRAY_COMMA, "a statement ends with a comma", "the line's end is enough")
    between_digits = it.kinds[it.at - 1] == it.kinds[it.at + 1] == "INT"
    if between_digits and _touching(it, it.at - 1) and _touching(it, it.at):
        return _joined(
            it, it.at - 1, it.at + 2, "INT", it.tokens.span(it.at - 1, it.at + 1).text.replace(",", "_")
        )
    return it.give_up(
        it.say(Code.UNEXPECTED, "several values stand without brackets", "a list is written `[a, b]`")
    )


def _joined(it: Trouble, first: int, stop: int, kind: str, right: str) -> Diagnostic:
    """The complaint about a number in pieces, which become one token."""
    fix = it.replaced(first, stop, right)
    written = it.quote(first, stop)
    found = it.say(
        Code.BAD_NUMBER, f"`{written}` is not how a number is written", f"write `{right}`", at=first, fix=fix
    )
    it.tokens.ends[first] = it.tokens.ends[stop - 1]
    it.kinds[first] = kind
    it.tokens.remove(first + 1, stop)
    return found


def _number(it: Trouble) -> Diagnostic | None:
    """`+5`, `.5`, `5.`, `1.2.3`."""
    if it.kind == "PLUS" and it.expects("INT"):
        return _without(it, Code.BAD_NUMBER, "a number has no `+` before it", "remove it")
    if it.kind != "DOT":
        return None
    if it.expects("INT") and it.kinds[it.at + 1] == "INT" and _touching(it, it.at):
        return _joined(it, it.at, it.at + 2, "FLOAT", "0" + it.quote(it.at, it.at + 2))
    if it.kinds[it.at - 1] == "INT" and it.kinds[it.at + 1] != "INT" and _touching(it, it.at - 1):
        return _joined(it, it.at - 1, it.at + 1, "FLOAT", it.tokens.text(it.at - 1) + ".0")
    if it.kinds[it.at - 1] == "FLOAT":
        return it.give_up(it.say(Code.BAD_NUMBER, "a number has two decimal points", "the second one"))
    return None


def _touching(it: Trouble, at: int) -> bool:
    """Whether nothing stands between a token and the next; two with a blank between are no number."""
    return it.tokens.ends[at] == it.tokens.starts[at + 1]


def _missing_value(it: Trouble) -> Diagnostic | None:
    """`metric =`, `root(start = )`, `when route.accuracy >=`."""
    ends = it.kind in LINE_ENDS or it.kind in CLOSERS or it.kind == "COMMA"
    if not ends or not it.expects("INT", "STRING") or it.at == it.first:
        return None
    before = it.quote(it.at - 1, it.at)
    if it.kinds[it.at - 1] == "EQUAL":
        name = it.quote(it.at - 2, it.at - 1) if it.bracket else it.quote(it.first, it.at - 1)
        message = f"`{name}` has no value"
    else:
        message = f"nothing follows `{before}`"
    return it.give_up(it.say(Code.MISSING_VALUE, message, "a value is missing here"))


def _guard_alone(it: Trouble) -> Diagnostic | None:
    """`when route.accuracy`."""
    if it.kinds[it.first] != "WHEN" or it.kind not in LINE_ENDS or not it.expects("CMP"):
        return None
    return it.give_up(
        it.say(Code.MISSING_VALUE, "a guard compares two values", "expected a comparison such as `>= 0.7`")
    )


def _argument(it: Trouble) -> Diagnostic | None:
    """`root(start 20%)`."""
    kinds, at = it.kinds, it.at
    if it.bracket != "LPAR" or kinds[at - 1] != "NAME" or kinds[at - 2] not in ("LPAR", "COMMA"):
        return None
    if it.kind not in VALUE_STARTS - {"NAME", "LPAR", "MINUS"}:
        return None
    message = f"missing `=` between `{it.quote(at - 1, at)}` and `{it.quote(at, at + 1)}`"
    found = it.say(Code.MISSING_EQUALS, message, "a value starts here", fix=it.inserted(at, " ="))
    it.put(at, "EQUAL")
    return found


def _missing_comma(it: Trouble) -> Diagnostic | None:
    """`["a" "b"]`, `lora(rank = 16 alpha = 32)`."""
    kinds, at = it.kinds, it.at
    if not it.bracket:
        return None
    if it.kind == "EQUAL" and kinds[at - 1] == "NAME" and kinds[at - 2] in VALUE_ENDS:
        at -= 1
    elif it.kind not in VALUE_STARTS or kinds[at - 1] not in VALUE_ENDS:
        return None
    message = f"missing `,` between `{it.quote(at - 1, at)}` and `{it.quote(at, at + 1)}`"
    found = it.say(Code.MISSING_COMMA, message, "the next item starts here", at=at, fix=it.inserted(at, ","))
    it.put(at, "COMMA")
    return found


VALUE_RULES: tuple[Callable[[Trouble], Diagnostic | None], ...] = (
    _semicolon,
    _comma,
    _number,
    _missing_value,
    _guard_alone,
    _argument,
    _missing_comma,
)
