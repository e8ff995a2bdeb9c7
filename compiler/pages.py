"""The manual page of a code: why it matters, an example that fails, and the same one put right.

Pages are Markdown files in `code_pages/`, named by their codes and read one at a time. An
example is the part of a spec that matters; tests put it into a whole one and execute it.
"""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

from currc.compiler.codes import Code
from currc.compiler.record import Record

FOLDER = Path(__file__).parent / "code_pages"
WIDTH = 88

AHEAD = "No version says this yet.\n\n## Fails\n\n## Works\n"
"""The page of a code that only the design has."""

_FENCE = re.compile(r"^(`{3,})(\w+)(?: (\S+))?\n(.*?)^\1$", re.MULTILINE | re.DOTALL)


class Part(Record):
    """One fenced text of an example: a piece of a spec, or a file that lies beside it."""

    text: str
    file: str = ""
    """Path relative to the spec; empty for the spec itself."""


class Page(Record):
    """What is to be said about a code."""

    code: Code
    why: str
    fails: tuple[Part, ...]
    works: tuple[Part, ...]

    @property
    def markdown(self) -> str:
        """The page under its title."""
        return f"# {self.code.value}: {self.code.title}\n\n{_written(self.code)}"

    def text(self) -> str:
        """The page for a terminal."""
        parts = [_filled(self.why)]
        for title, example in (("fails", self.fails), ("works", self.works)):
            parts += [f"{title}:", *(_indented(part) for part in example)]
        return "\n\n".join(parts) + "\n"


def page(code: Code) -> Page:
    """The page of a code; every code has one."""
    why, fails, works = re.split(r"^## .*\n", _written(code), flags=re.MULTILINE)
    return Page(code, why.strip(), _parts(fails), _parts(works))


def _written(code: Code) -> str:
    path = FOLDER / f"{code.value}.md"
    return path.read_text(encoding="utf-8") if path.is_file() else AHEAD


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
