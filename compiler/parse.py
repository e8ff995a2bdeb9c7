"""Pass 1: text to syntax tree."""

from __future__ import annotations

from functools import cache, cached_property

from currc.compiler.diagnostic import Complaints, Enough
from currc.compiler.layout import lay_out
from currc.compiler.lexer import scan
from currc.compiler.nodes import Nodes
from currc.compiler.opening import check_edition, require_edition
from currc.compiler.record import Record, replaced
from currc.compiler.source import Source, Span
from currc.compiler.syntax import File
from currc.compiler.tables import START, tables
from currc.compiler.tokens import Tokens

TYPE_CHECKING = False  # importing typing takes 5 ms; mypy knows the name
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from currc.compiler.recover import Recovery


def parse(source: Source, complaints: Complaints) -> File:
    """The tree of a spec, as far as it can be read; every mistake is reported.

    A statement that cannot be read is left out and its address poisoned; a text with far
    too many mistakes gives a file of which nothing is known.
    """
    try:
        return _parsed(source, complaints)
    except Enough:
        return unreadable(source)


def _parsed(source: Source, complaints: Complaints) -> File:
    before = len(complaints)
    raw = scan(source, complaints)
    tokens = lay_out(raw, complaints)
    if not tokens or (not raw and len(complaints) > before):
        return unreadable(source)
    require_edition(tokens, complaints)
    file = _Walk(tokens, complaints).walk()
    check_edition(file, complaints)
    return file


def unreadable(source: Source) -> File:
    """A file of which nothing is known."""
    return File(None, (), (), (), frozenset({"*"}), Span(source, 0, len(source.text)))


PASS, GATHER, MAKE = 0, 1, 2


class _Automaton(Record):
    """The tables in the form the walk needs.

    `rows[state][symbol]` as in `Tables`, but through rules that only hand a value on;
    `settled[state]` is the rule, plus one, that a state reduces by whatever comes, or 0;
    `rules[rule]` is (length, origin, sort, maker), the maker a method of `Nodes` where one is called.
    """

    rows: tuple[dict[str, int], ...]
    settled: tuple[int, ...]
    rules: tuple[tuple[int, str, int, Callable[..., Any] | None], ...]


@cache
def _automaton() -> _Automaton:
    rows, rules = tables().rows, tables().rules
    settled = tuple(
        -min(row.values()) if len(set(row.values())) == 1 and min(row.values()) < 0 else 0 for row in rows
    )
    sorts = [PASS if rule.passing else GATHER if rule.gathering else MAKE for rule in rules]
    table = (
        (
            len(rule.symbols),
            rule.origin,
            sort,
            getattr(Nodes, rule.action + "_" * (rule.action == "text"), None),
        )
        for rule, sort in zip(rules, sorts, strict=True)
    )
    short = tuple({symbol: _shortcut(row, step, settled) for symbol, step in row.items()} for row in rows)
    return _Automaton(short, settled, tuple(table))


def _shortcut(row: Mapping[str, int], step: int, settled: tuple[int, ...]) -> int:
    """Where a step ends up once the rules that only hand a value on have been followed.

    After a reduction to `number`, say, the parser always goes on to `atom` and `unary`.
    """
    while step > 0 and (rule := settled[step - 1]) and tables().rules[rule - 1].passing:
        step = row[tables().rules[rule - 1].origin]
    return step


class _Walk:
    """LALR walks over tokens; values are token numbers, nodes, and lists of both.

    Nothing is copied at statement boundaries: states and values below the first token
    of a statement stay as they are until it is finished, so that cutting the stacks
    there restores the parser as it was.
    """

    def __init__(self, tokens: Tokens, complaints: Complaints) -> None:
        self.tokens, self.complaints = tokens, complaints
        self.nodes = Nodes(tokens, complaints)
        self.states: list[int] = [0]
        self.values: list[Any] = []

    def walk(self) -> File:
        """The whole text as a tree."""
        doubtful = self.tokens.cut or bool(self.tokens.doubtful)
        if doubtful:
            self.recovery.leave_out_doubtful()
        at = self._run(0)
        sound = at is None and not doubtful
        if at is not None:
            self._balance()
            self.states, self.values, at = [0], [], 0
        while at is not None:
            at = self._run(at)
            if at is not None:
                first, row = self.recovery.first_of(at), _automaton().rows[self.states[-1]]
                self._cut(first)
                if not self.recovery.recover(first, at, row):
                    return unreadable(self.tokens.source)
                at = first
        file: File = self.values[-1]
        return file if sound else replaced(file, poisoned=frozenset(self.recovery.poisoned))

    @cached_property
    def recovery(self) -> Recovery:
        """What mends a text; imported with all its rules only where there is a mistake."""
        from currc.compiler.recover import Recovery

        return Recovery(self.tokens, self.complaints)

    def _balance(self) -> None:
        if not self.tokens.cut:
            from currc.compiler.balance import balance

            balance(self.tokens, self.complaints)

    def _run(self, at: int) -> int | None:
        """Read from token `at`; the number of a token that cannot follow, or `None` at the end."""
        automaton = _automaton()
        rows, settled, rules = automaton.rows, automaton.settled, automaton.rules
        nodes, kinds, states, values = self.nodes, self.tokens.kinds, self.states, self.values
        state = states[-1]
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
                    return at
                rule = -step
            length, origin, sort, make = rules[rule - 1]
            if sort == PASS:
                states.pop()
            else:
                parts = values[-length:]
                del states[-length:], values[-length:]
                if sort == MAKE:
                    values.append(make(nodes, *parts))  # type: ignore[misc]
                    if origin == START:
                        return None
                elif type(parts[0]) is list:
                    parts[0].extend(parts[1:])
                    values.append(parts[0])
                else:
                    values.append(parts)
            state = rows[states[-1]][origin] - 1
            states.append(state)

    def _cut(self, first: int) -> None:
        """Restore the parser as it was before token `first`."""
        place = self.tokens.starts[first]
        while self.values and self._begins(self.values[-1], first, place):
            self.values.pop()
            self.states.pop()

    def _begins(self, value: Any, first: int, place: int) -> bool:
        """Whether a value starts at or after a token."""
        while type(value) is list:
            value = value[0]
        return bool(value >= first if type(value) is int else value is not None and value.span.start >= place)
