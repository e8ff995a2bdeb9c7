"""Every name of a text with the place of the grammar it stands in.

Works on tokens, statement by statement, and not on the tree: a statement that cannot be
read has names too, and the one that is being typed has one at the cursor.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from currc.compiler.diagnostic import Complaints
from currc.compiler.kinds import KINDS
from currc.compiler.layout import lay_out
from currc.compiler.lexer import scan
from currc.compiler.read_components import positional
from currc.compiler.source import Source
from currc.compiler.tokens import Tokens
from currc.compiler.trouble import CLOSERS, OPENERS
from currc.compiler.value_types import MetricAt, Real, Template, Type
from currc.compiler.words import Vocabulary
from currc.runtime.editor.expected import item_of, plain_argument, slot_of
from currc.runtime.editor.places import (
    Around,
    Column,
    Field,
    Head,
    HeaderEnd,
    Key,
    Own,
    Parameter,
    Parent,
    Place,
    Spot,
    TypeWord,
    Unit,
    Value,
)

KindOf = Callable[[str], str]
"""The kind of the block at a root address; empty where there is none."""

ENDS = frozenset({"NL", "LBRACE", "RBRACE", "$END"})
PLACEHOLDER = re.compile(r"(?<!\\)\{([A-Za-z_][A-Za-z0-9_]*)\}")


def spots(source: Source, vocabulary: Vocabulary, kind_of: KindOf) -> list[Spot]:
    """The names of a text in their order; those of a text beyond the limits are none."""
    quiet = Complaints(patient=True)
    walk = _Walk(lay_out(scan(source, quiet), quiet), vocabulary, kind_of)
    walk.file()
    return walk.found


class _Walk:
    """One way through the tokens, with the blocks that are open."""

    def __init__(self, tokens: Tokens, vocabulary: Vocabulary, kind_of: KindOf) -> None:
        self.tokens, self.vocabulary, self.kind_of = tokens, vocabulary, kind_of
        self.kinds = tokens.kinds
        self.found: list[Spot] = []
        self.open: list[Around] = []
        self.closers = _closers(tokens.kinds)

    @property
    def around(self) -> Around:
        return self.open[-1] if self.open else Around()

    def file(self) -> None:
        """Walk through all statements."""
        at = 0
        while at < len(self.kinds) and self.kinds[at] != "$END":
            if self.kinds[at] == "RBRACE":
                del self.open[-1:]
            if self.kinds[at] in ("NL", "RBRACE"):
                at += 1
                continue
            stop = at
            while self.kinds[stop] not in ENDS:
                stop += 1
            self.statement(at, stop)
            at = stop + (self.kinds[stop] == "LBRACE")

    def statement(self, at: int, stop: int) -> None:
        """The tokens from `at` to before `stop`, and the brace after them, if there is one."""
        opens = self.kinds[stop] == "LBRACE"
        match self.kinds[at]:
            case "LET":
                self.constant(at + 1, stop)
            case "USE":
                self.use(at + 1, stop)
            case "WHEN":
                self.guard(at + 1, stop)
            case "DROP":
                self.path(at + 1, stop, Key(self.around, dropped=True))
            case "NAME" if not opens and self.kinds[at + 1] in ("EQUAL", "DOT"):
                self.attribute(at, stop)
            case "NAME":
                self.header(at, stop, opens)
                return
            case _:
                self.values(at, stop, Value(None, ""))
        if opens:
            self.open.append(Around("?", "?"))

    def spot(self, at: int, place: Place) -> None:
        """Note one name that stands alone."""
        self.found.append(Spot(self.tokens.starts[at], self.tokens.ends[at], place, (self.tokens.text(at),)))

    def path(self, at: int, stop: int, place: Place) -> int:
        """Note a dotted name; the token after it."""
        names = [at] if at < stop and self.kinds[at] == "NAME" else []
        while names and self.kinds[names[-1] + 1] == "DOT" and self.kinds[names[-1] + 2] == "NAME":
            names.append(names[-1] + 2)
        path = tuple(self.tokens.text(name) for name in names)
        for index, name in enumerate(names):
            self.found.append(Spot(self.tokens.starts[name], self.tokens.ends[name], place, path, index))
        return names[-1] + 1 if names else at + 1

    def constant(self, at: int, stop: int) -> None:
        if at < stop and self.kinds[at] == "NAME":
            self.spot(at, Own("let", self.tokens.text(at)))
            if at + 1 < stop and self.kinds[at + 1] == "EQUAL":
                self.values(at + 2, stop, Value(None, ""))

    def use(self, at: int, stop: int) -> None:
        for name in range(at, stop):
            if self.kinds[name] == "NAME":
                self.spot(name, Own("use", self.tokens.text(name)))

    def guard(self, at: int, stop: int) -> None:
        address = f"{self.around.address}.when"
        middle = next((it for it in range(at, stop) if self.kinds[it] == "CMP"), stop)
        self.values(at, middle, Value(MetricAt(), address))
        self.values(middle + 1, stop, Value(Real(), address))

    def attribute(self, at: int, stop: int) -> None:
        equal = self.path(at, stop, Key(self.around))
        path = self.found[-1].path
        type, address = self.attribute_type(path)
        if equal < stop and self.kinds[equal] == "EQUAL":
            self.values(equal + 1, stop, Value(type, address))

    def attribute_type(self, path: tuple[str, ...]) -> tuple[Type | None, str]:
        """The type of an attribute of the block at hand, and its root address."""
        kind, home = KINDS.get(self.around.kind), self.around.address
        if kind is None:
            return None, ""
        if kind.open is not None:
            return kind.open, f"{home}.{'.'.join(path)}"
        if len(path) > 1 and kind.name == "arm":
            home = ".".join(path[:-1])
            kind = KINDS.get(self.kind_of(home))
        found = kind.attribute(path[-1]) if kind is not None else None
        return (found.type if found is not None else None), f"{home}.{path[-1]}"

    def header(self, at: int, stop: int, opens: bool) -> None:
        """A block's header, perhaps unfinished."""
        kind = self.tokens.text(at)
        if self.open and kind in KINDS and not KINDS[kind].inside and not self.tokens.indent(at):
            self.open.clear()  # what is open was never closed; a block of the file starts here
        self.spot(at, Head(self.around))
        named = at + 1 < stop and self.kinds[at + 1] == "NAME"
        own = self.tokens.text(at + 1) if named else kind
        address = f"{self.around.address}.{own}" if self.open else own
        if named:
            self.spot(at + 1, Own(kind, address))
        name = at + 1 + named
        extended = False
        while name < stop:
            before = self.kinds[name - 1]
            if self.kinds[name] != "NAME":
                name += 1
            elif before == "EXTENDS":
                name, extended = self.path(name, stop, Parent(kind, address)), True
            else:
                self.spot(name, TypeWord(kind) if before == "COLON" else HeaderEnd(kind, extended))
                name += 1
        if opens:
            self.open.append(Around(kind, address))

    def values(self, at: int, stop: int, place: Value) -> None:
        """The names in an expression, or in several."""
        start = at
        while at < stop:
            match self.kinds[at]:
                case "NAME" if self.kinds[at - 1] in ("INT", "FLOAT") and at > start:
                    self.spot(at, Unit(place.type))
                    at += 1
                case "NAME" if self.kinds[at + 1] == "LPAR":
                    self.spot(at, place)
                    end = self.closing(at + 1, stop)
                    self.arguments(self.tokens.text(at), at + 2, end, place)
                    at = end + 1
                case "NAME":
                    at = self.path(at, stop, place)
                case "LSQB":
                    end = self.closing(at, stop)
                    self.values(at + 1, end, place._replace(type=item_of(place.type), call=("", "")))
                    at = end + 1
                case "STRING" | "TEXT":
                    self.placeholders(at, place)
                    at += 1
                case _:
                    at += 1

    def closing(self, at: int, stop: int) -> int:
        """The bracket that closes the one at `at`, or `stop`."""
        return min(self.closers.get(at, stop), stop)

    def placeholders(self, at: int, place: Value) -> None:
        if isinstance(place.type, Template):
            for found in PLACEHOLDER.finditer(self.tokens.text(at)):
                start = self.tokens.starts[at] + found.start(1)
                self.found.append(Spot(start, start + len(found[1]), Column(place.address), (found[1],)))

    def arguments(self, word: str, at: int, stop: int, place: Value) -> None:
        """The arguments of a call that stands where a type is expected."""
        slot = slot_of(place.type, word, self.vocabulary)
        index, given = 0, list[str]()
        for first, end in self.parts(at, stop):
            named = self.kinds[first] == "NAME" and first + 1 < end and self.kinds[first + 1] == "EQUAL"
            if slot and named:
                self.spot(first, Parameter(slot, word))
                type: Type | Field | None = Field(slot, word, self.tokens.text(first))
            elif slot:
                type = self.positional(slot, word, index)
            else:
                type = plain_argument(place.type, word)
            call = ("", "") if named else (slot, word)
            self.values(first + 2 * named, end, Value(type, place.address, call, tuple(given)))
            index += not named
            given += [self.tokens.text(first)] if named else [type.name] if isinstance(type, Field) else []

    def parts(self, at: int, stop: int) -> Iterator[tuple[int, int]]:
        """The arguments between two brackets, cut at the commas that belong to them."""
        first = at
        while at < stop:
            if self.kinds[at] == "COMMA":
                if first < at:
                    yield first, at
                first = at + 1
            at = self.closing(at, stop) + 1 if self.kinds[at] in OPENERS else at + 1
        if first < stop:
            yield first, stop

    def positional(self, slot: str, word: str, index: int) -> Field | None:
        """The parameter that the positional argument of that number belongs to."""
        cls = self.vocabulary.component(slot, word)
        if (variadic := getattr(cls, "variadic", None)) is not None:
            return Field(slot, word, variadic)
        names = [name for name in positional(cls) if name != getattr(cls, "open_keywords", None)]
        return Field(slot, word, names[index]) if index < len(names) else None


def _closers(kinds: list[str]) -> dict[int, int]:
    """The closing bracket of each opening one."""
    found: dict[int, int] = {}
    waiting: list[int] = []
    for at, kind in enumerate(kinds):
        if kind in OPENERS:
            waiting.append(at)
        elif kind in CLOSERS and waiting:
            found[waiting.pop()] = at
    return found
