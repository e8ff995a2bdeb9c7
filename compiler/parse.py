"""Pass 1: text to syntax tree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from currc.compiler.diagnostic import Complaints
from currc.compiler.layout import lay_out
from currc.compiler.lexer import scan
from currc.compiler.nodes import Nodes
from currc.compiler.source import Source, Span
from currc.compiler.syntax import File
from currc.compiler.tables import tables
from currc.compiler.tokens import Tokens

EDITIONS = (2026,)


def parse(source: Source, complaints: Complaints) -> File:
    """The tree of a spec, as far as it can be read; every mistake is reported.

    A statement that cannot be read is left out and its address poisoned.
    """
    tokens = lay_out(scan(source, complaints), complaints)
    if not tokens:
        return File(None, (), (), (), frozenset({"*"}) if len(complaints) else frozenset(), Span(source, 0, len(source.text)))
    file: File = _Walk(tokens, Nodes(tokens, complaints)).walk()
    return file


PASS, GATHER, MAKE = 0, 1, 2


@dataclass(frozen=True, slots=True)
class _Automaton:
    """The tables in the form the walk needs.

    `rows[state][symbol]` as in `Tables`; `settled[state]` is the rule, plus one, that a
    state reduces by whatever comes, or 0; `rules[rule]` is (length, origin, sort, action).
    """

    rows: tuple[dict[str, int], ...]
    settled: tuple[int, ...]
    rules: tuple[tuple[int, str, int, str], ...]


@cache
def _automaton() -> _Automaton:
    rows, rules = tables().rows, tables().rules
    settled = tuple(-min(row.values()) if len(set(row.values())) == 1 and min(row.values()) < 0 else 0 for row in rows)
    sorts = [PASS if rule.passing else GATHER if rule.gathering else MAKE for rule in rules]
    table = (
        (len(rule.symbols), rule.origin, sort, rule.action + "_" * (rule.action == "text"))
        for rule, sort in zip(rules, sorts, strict=True)
    )
    return _Automaton(rows, settled, tuple(table))


class _Walk:
    """One LALR walk over tokens; values are token numbers, nodes, and lists of both."""

    def __init__(self, tokens: Tokens, nodes: Nodes) -> None:
        self.tokens, self.nodes = tokens, nodes
        self.states = [0]
        self.values: list[Any] = []
        self.at = 0

    def walk(self) -> Any:
        """The value of the whole text."""
        automaton = _automaton()
        rows, settled = automaton.rows, automaton.settled
        makers: list[Callable[..., Any] | None] = [getattr(self.nodes, r[3], None) for r in automaton.rules]
        states, values = self.states, self.values
        kinds = [*self.tokens.kinds, "$END"]
        at, state = 0, 0
        while True:
            rule = settled[state]
            if not rule:
                step = rows[state].get(kinds[at], 0)
                if step > 0:
                    state = step - 1
                    states.append(state)
                    values.append(at)
                    at += 1
                    continue
                if step == 0:
                    raise SyntaxError(f"{kinds[at]} {self.tokens.source.place(self.tokens.starts[at])} {sorted(rows[state])}")
                rule = -step
            length, origin, sort, _ = automaton.rules[rule - 1]
            if sort == PASS:
                states.pop()
            else:
                parts = values[-length:]
                del states[-length:], values[-length:]
                if sort == MAKE:
                    values.append(makers[rule - 1](*parts))
                    if origin == "file":
                        return values[-1]
                elif type(parts[0]) is list:
                    parts[0].extend(parts[1:])
                    values.append(parts[0])
                else:
                    values.append(parts)
            state = rows[states[-1]][origin] - 1
            states.append(state)
