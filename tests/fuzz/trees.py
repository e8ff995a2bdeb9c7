"""Random trees of the grammar with a text of each: what a spec may look like, however it is laid out.

A part comes back as its tokens and the shape that a parser must find: the name of the node and its
fields without spans. Blanks, line ends and comments between the tokens are drawn when they are joined.
"""

from __future__ import annotations

from random import Random
from typing import Any

from currc.compiler.record import Record, fields_of
from currc.compiler.source import Span

Part = tuple[list[str], Any]
RESERVED = ("edition", "use", "as", "let", "extends", "when", "drop", "true", "false")
NAMES = ("a", "b1", "_", "train", "task", "steps", "e5", "x_y_z", "Edition", "T", "model", "nan", "inf")
SIGNS = (*"az 09_.,:;=+-*/<>()[]#%$@!?&|^~`'é漢\u0301😀{}\"\\\n\t", "\\{", "\\}")
ESCAPED = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}
BESIDE_NOTHING = (" ", "  ", "\t")


def shape(value: Any) -> Any:
    """A node as the drawn shapes are written."""
    if isinstance(value, Record):
        fields = (shape(one) for one in fields_of(value).values() if not isinstance(one, Span))
        return (type(value).__name__, *fields)
    if isinstance(value, tuple):
        return [shape(one) for one in value]
    return value


class Trees:
    """Draws trees: `spec()` gives a text and its shape."""

    def __init__(self, draw: Random) -> None:
        self.draw = draw

    def spec(self) -> tuple[str, Any]:
        """A whole file."""
        uses, constants, blocks = ([] for _ in range(3))
        text = self.blank_lines() + f"edition{self.blank()}2026" + self.line_end()
        for _ in range(self.some(3)):
            tokens, found = self.draw.choice((self.use, self.constant, self.block, self.block))()
            doc, found = self.documented(found)
            {"Use": uses, "Const": constants, "Block": blocks}[found[0]].append(found)
            text += doc + self.joined(tokens) + self.line_end()
        number = ("Number", 2026.0, "", True)
        return text, ("File", number, uses, constants, blocks, frozenset())

    def some(self, most: int) -> int:
        """A number up to `most`, seldom a great one."""
        return int((most + 1) * self.draw.random() ** 1.5)

    # items and statements

    def use(self) -> Part:
        path, found = self.string()
        tokens, name = self.name()
        return ["use", *path, "as", *tokens], ("Use", found, name)

    def constant(self) -> Part:
        (name,), named = self.name()
        tokens, value = self.expr(2)
        return ["let", name, "=", *tokens], ("Const", named, value)

    def block(self, depth: int = 2) -> Part:
        kind, found = self.name()
        tokens, header = [*kind], [found]
        for sign, make in (("", self.name), (":", self.name), ("extends", self.path)):
            more, part = make() if self.draw.random() < 0.4 else ([], None)
            tokens += [sign, *more] if part and sign else more
            header.append(part)
        tokens += ["{"]
        statements = []
        for _ in range(self.some(3)):
            makes = (self.attribute, self.attribute, self.guard, self.drop)
            inner = depth and self.draw.random() < 0.2
            more, statement = self.block(depth - 1) if inner else self.draw.choice(makes)()
            doc, statement = self.documented(statement)
            tokens += ["\n", doc, *more]
            statements.append(statement)
        tokens += ["\n"] * (bool(statements) or self.draw.random() < 0.5)
        return [*tokens, "}"], ("Block", *header, statements, "")

    def attribute(self) -> Part:
        path, found = self.path()
        tokens, value = self.expr(2)
        return [*path, "=", *tokens], ("Attribute", found, value)

    def guard(self) -> Part:
        (left, found), (right, other) = self.expr(1), self.expr(1)
        sign = self.draw.choice((">=", "<=", "<", ">", "=="))
        return ["when", *left, sign, *right], ("Guard", found, sign, other)

    def drop(self) -> Part:
        path, found = self.path()
        return ["drop", *path], ("Drop", found)

    # values

    def expr(self, depth: int) -> Part:
        low, found = self.sum(depth)
        if self.draw.random() < 0.9:
            return low, found
        high, other = self.sum(depth)
        return [*low, "..", *high], ("Range", found, other)

    def sum(self, depth: int) -> Part:
        return self.fold("+-", self.product, depth)

    def product(self, depth: int) -> Part:
        return self.fold("*/", self.unary, depth)

    def fold(self, signs: str, operand: Any, depth: int) -> Part:
        tokens, found = operand(depth)
        while self.draw.random() < 0.12:
            sign = self.draw.choice(signs)
            more, other = operand(depth)
            tokens, found = [*tokens, sign, *more], ("Binary", sign, found, other)
        return tokens, found

    def unary(self, depth: int) -> Part:
        if self.draw.random() < 0.9:
            return self.atom(depth)
        tokens, found = self.unary(depth)
        return ["-", *tokens], ("Unary", found)

    def atom(self, depth: int) -> Part:
        simple = (self.number, self.number, self.string, self.text, self.truth, self.path)
        nested = (self.call, self.list, self.group)
        if depth and self.draw.random() < 0.25:
            return self.draw.choice(nested)(depth - 1)
        return self.draw.choice(simple)()

    def group(self, depth: int) -> Part:
        tokens, found = self.expr(depth)
        return ["(", *tokens, ")"], found

    def list(self, depth: int) -> Part:
        parts = [self.expr(depth) for _ in range(self.some(4))]
        return ["[", *self.commas(parts), "]"], ("List", [found for _, found in parts])

    def call(self, depth: int) -> Part:
        (name,), named = self.name()
        parts = [self.argument(depth) for _ in range(self.some(4))]
        return [name, "(", *self.commas(parts), ")"], ("Call", named, [found for _, found in parts])

    def argument(self, depth: int) -> Part:
        tokens, value = self.expr(depth)
        if self.draw.random() < 0.5:
            return tokens, ("Argument", None, value)
        (name,), named = self.name()
        return [name, "=", *tokens], ("Argument", named, value)

    def commas(self, parts: list[Part]) -> list[str]:
        tokens = [token for inner, _ in parts for token in (*inner, ",")]
        return tokens if self.draw.random() < 0.3 else tokens[:-1]

    def name(self) -> Part:
        word = self.draw.choice(NAMES)
        return [word], ("Name", word)

    def path(self) -> Part:
        words = self.draw.choices(NAMES, k=1 + self.some(2))
        tokens = [token for word in words for token in (word, ".")]
        return tokens[:-1], ("Path", [("Name", word) for word in words])

    def truth(self) -> Part:
        truth = self.draw.random() < 0.5
        return ["true" if truth else "false"], ("Bool", truth)

    def number(self) -> Part:
        digits = str(int(10 ** (9 * self.draw.random() ** 3)))
        whole = self.draw.random() < 0.6
        if not whole:
            digits += self.draw.choice((".5", ".", ".0_1", "e3", "e-4", "E+2", ".25e1"))
            digits = digits if digits[-1] != "." else digits + "0"
        elif self.draw.random() < 0.2:
            digits += "_000"
        value, turn = float(digits.replace("_", "")), self.draw.random()
        if turn < 0.2:
            return [f"{digits}%"], ("Number", value, "%", whole)
        unit = self.draw.choice(NAMES) if turn < 0.5 else ""
        # One token, so that no line end comes between a number and its unit.
        return [f"{digits}{self.draw.choice(BESIDE_NOTHING)}{unit}" if unit else digits], (
            "Number", value, unit, whole
        )  # fmt: skip

    def string(self) -> Part:
        letters = self.draw.choices(SIGNS, k=self.some(8))
        return [f'"{self.escaped(letters)}"'], ("String", "".join(letters))

    def text(self) -> Part:
        indent = self.draw.choice(("", "  ", "\t"))
        lines = [["x"], *(self.draw.choices(SIGNS, k=self.some(6)) for _ in range(self.some(2)))]
        lines = [[] if set(line) <= {" "} else line for line in lines]
        written = "".join(f"\n{indent if line else ''}{self.escaped(line)}" for line in lines)
        meant = "\n".join("".join(line) for line in lines)
        return [f'"""{written}\n{indent}"""'], ("String", meant)

    def escaped(self, letters: list[str]) -> str:
        return "".join(ESCAPED.get(sign, sign) for sign in letters)

    # layout

    def joined(self, tokens: list[str]) -> str:
        """The tokens with blanks between them, and line ends and comments where brackets are open."""
        depth, text = 0, ""
        for token in filter(None, tokens):
            if token == "\n":
                text += self.line_end()
                continue
            between = self.gap() if depth else self.draw.choice(("", self.blank()))
            if not between and f"{text[-1:]}{token[0]}".replace("_", "a").isalnum():
                between = " "  # or two words would be one
            text += between + token
            depth += (token in "([") - (token in ")]")
        return text

    def blank(self) -> str:
        return self.draw.choice(BESIDE_NOTHING)

    def gap(self) -> str:
        """What may stand between two tokens in a bracket."""
        return self.draw.choice(("", "", "", " ", "\n", "\r\n  ", f" # {self.remark()}\n "))

    def line_end(self) -> str:
        """The end of a statement, with what may stand after it and on the next lines."""
        remark = f"{self.blank()}#{self.remark()}" if self.draw.random() < 0.1 else ""
        return remark + self.draw.choice(("\n", "\n", "\r\n", " \n\t\n")) + self.blank_lines()

    def blank_lines(self) -> str:
        return self.draw.choice(("", "", "", "", "\n", " \r\n", f"  # {self.remark()}\n"))

    def remark(self) -> str:
        return self.draw.choice((" why", ' "not a string', " {", "", " é # ## twice", ' """', " [ ("))

    def documented(self, found: Any) -> tuple[str, Any]:
        """Lines that document what comes next, and the same with the doc where it is a block."""
        lines = ["x", "", "two  words", "  indented", "# more"][: self.some(5)]
        if found[0] == "Block":
            found = (*found[:-1], "\n".join(lines))
        return "".join(f"  ## {line}".rstrip() + "\n" for line in lines), found
