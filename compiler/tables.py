"""The LALR tables of the grammar: shipped as JSON, made anew with Lark where they do not fit.

Reading a spec walks these tables directly, so that a plain `currc check` does not
import Lark; Lark is the authority that makes them, in strict mode in the tests.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from currc.compiler.record import Record

TYPE_CHECKING = False  # importing typing takes 5 ms; mypy knows the name
if TYPE_CHECKING:
    from typing import Any

    from lark import Lark

FOLDER = Path(__file__).parent.parent / "grammar"
START = "file"


class Rule(Record):
    """`origin: symbols`; `action` is its alias or origin.

    A `passing` rule hands its only value on; a `gathering` one is a repetition that
    Lark made up, whose values belong to the rule around it.
    """

    origin: str
    symbols: tuple[str, ...]
    action: str
    passing: bool

    @property
    def gathering(self) -> bool:
        """Whether the rule's values belong to the rule around it."""
        return self.origin.startswith("__")


class Tables(Record):
    """Terminals in the order in which they are tried, rules, and one row per state.

    `rows[state][symbol]` is `state' + 1` for a step to `state'` and `-(rule + 1)` for a
    reduction; the first state is 0. `keywords` gives the terminal of a reserved word.
    """

    terminals: tuple[tuple[str, str], ...]
    keywords: dict[str, str]
    rules: tuple[Rule, ...]
    rows: tuple[dict[str, int], ...]


@cache
def tables() -> Tables:
    """The tables of the grammar beside this package; shipped ones if they are of this very grammar."""
    grammar = (FOLDER / "curr.lark").read_text(encoding="utf-8")
    shipped = FOLDER / "tables.json"
    if shipped.is_file():
        data = json.loads(shipped.read_text(encoding="utf-8"))
        if data["grammar"] == grammar:
            return from_json(data)
    return from_json(build(grammar))


def from_json(data: dict[str, Any]) -> Tables:
    """Tables out of what `build` returned."""
    return Tables(
        terminals=tuple((name, pattern) for name, pattern in data["terminals"]),
        keywords=data["keywords"],
        rules=tuple(Rule(o, tuple(s), a, p) for o, s, a, p in data["rules"]),
        rows=tuple(data["rows"]),
    )


def build(grammar: str, *, strict: bool = False) -> dict[str, Any]:
    """The tables as JSON values, equal for equal grammars.

    `strict` lets Lark refuse terminals that overlap as well as conflicts between rules.
    """
    from lark import Lark, __version__

    lark = Lark(
        grammar,
        start=START,
        parser="lalr",
        lexer="basic",
        strict=strict,
        maybe_placeholders=False,
        keep_all_tokens=True,
    )
    rules: list[list[Any]] = sorted(
        [rule.origin.name, [s.name for s in rule.expansion], rule.alias or rule.origin.name, _passes(rule)]
        for rule in lark.rules
    )
    return {
        "grammar": grammar,
        "lark": __version__,
        **_terminals(lark),
        "rules": rules,
        "rows": _rows(lark, {(name, tuple(symbols)): n for n, (name, symbols, *_) in enumerate(rules)}),
    }


def _passes(rule: Any) -> bool:
    return rule.options.expand1 and len(rule.expansion) == 1 and rule.alias is None


def _terminals(lark: Lark) -> dict[str, Any]:
    """Reserved words apart, the rest by falling priority and falling width of fixed signs."""
    words = {t.pattern.value: t.name for t in lark.terminals if t.pattern.value.isalpha()}
    rest = [t for t in lark.terminals if t.name not in words.values() and t.name not in lark.ignore_tokens]
    rest.sort(key=lambda t: (-t.priority, t.pattern.type == "str", -len(t.pattern.value), t.name))
    return {
        "terminals": [[t.name, t.pattern.to_regexp()] for t in rest],
        "keywords": dict(sorted(words.items())),
    }


def _rows(lark: Lark, numbers: dict[tuple[str, tuple[str, ...]], int]) -> list[dict[str, int]]:
    """The states reached from the first, numbered by a breadth-first walk over sorted symbols."""
    from collections import deque

    from lark.parsers.lalr_analysis import Shift

    table: Any = lark.parser.parser._parse_table
    first = table.start_states[START]
    known, waiting, rows = {first: 0}, deque([first]), []
    while waiting:
        row = {}
        for symbol, (action, target) in sorted(table.states[waiting.popleft()].items()):
            if action is not Shift:
                row[symbol] = -1 - numbers[target.origin.name, tuple(s.name for s in target.expansion)]
                continue
            if target not in known:
                known[target] = len(known)
                waiting.append(target)
            row[symbol] = known[target] + 1
        rows.append(row)
    return rows


def write() -> None:
    """Store the tables beside the grammar; done by `make tables` after an edit of the grammar."""
    data = build((FOLDER / "curr.lark").read_text(encoding="utf-8"), strict=True)
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False)
    (FOLDER / "tables.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    write()
