"""The manual page of a code: why it matters, an example that fails, and the same one put right.

Where a code is said in unlike cases, each has its pair of examples. Pages are Markdown files in
`code_pages/`, named by their codes and read one at a time. An example is the part of a spec that
matters; tests put it into a whole one and execute it.
"""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

from currc.compiler.codes import Code
from currc.compiler.record import Record

FOLDER = Path(__file__).parent / "code_pages"
WIDTH = 88

_FENCE = re.compile(r"^(`{3,})(\w+)(?: (\S+))?\n(.*?)^\1$", re.MULTILINE | re.DOTALL)


class Part(Record):
    """One fenced text of an example: a piece of a spec, or a file that lies beside it."""

    text: str
    file: str = ""
    """Path relative to the spec; empty for the spec itself."""


class Case(Record):
    """An example that gives the code, and the same one put right."""

    fails: tuple[Part, ...]
    works: tuple[Part, ...]


class Page(Record):
    """What is to be said about a code."""

    code: Code
    why: str
    cases: tuple[Case, ...]

    @property
    def markdown(self) -> str:
        """The page under its title."""
        return f"# {self.code.value}: {self.code.title}\n\n{_written(self.code)}"

    def text(self) -> str:
        """The page for a terminal."""
        parts = [_filled(self.why)]
        for case in self.cases:
            parts += ["fails:", *map(_indented, case.fails), "works:", *map(_indented, case.works)]
        return "\n\n".join(parts) + "\n"


def page(code: Code) -> Page:
    """The page of a code; every code has one."""
    why, *examples = re.split(r"^## (?:Fails|Works)\n", _written(code), flags=re.MULTILINE)
    fails, works = map(_parts, examples[::2]), map(_parts, examples[1::2])
    return Page(code, why.strip(), tuple(map(Case, fails, works)))


def _written(code: Code) -> str:
    return (FOLDER / f"{code.value}.md").read_text(encoding="utf-8")


def _parts(text: str) -> tuple[Part, ...]:
    return tuple(Part(found[4], found[3] or "") for found in _FENCE.finditer(text))


def _filled(text: str) -> str:
    """Paragraphs with lines of their own length; a list keeps its items apart."""
    paragraphs = re.split(r"\n\n|\n(?=- )", text)
    return "\n\n".join(
        textwrap.fill(one, WIDTH, subsequent_indent="  " * one.startswith("- ")) for one in paragraphs
    ).replace("\n\n- ", "\n- ")


def _indented(part: Part) -> str:
    text = textwrap.indent(part.text.rstrip("\n"), "    ")
    return f"  {part.file}\n{text}" if part.file else text
