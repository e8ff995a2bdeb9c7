"""An element of a page. Text can only be put in as text, so that no name or datum becomes markup."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from currc.compiler.printable import printable_lines

VOID = frozenset({"meta", "br"})
"""Elements without an end."""


@dataclass(frozen=True, slots=True)
class Element:
    """One element with what is in it; `str` of it is HTML."""

    name: str
    attributes: tuple[tuple[str, str], ...] = ()
    children: tuple[Element | str, ...] = ()

    def __str__(self) -> str:
        return "".join(self._pieces())

    def _pieces(self) -> Iterator[str]:
        yield f"<{self.name}"
        yield from (f' {name}="{_safe(value)}"' for name, value in self.attributes)
        yield ">"
        for child in self.children:
            if isinstance(child, Element):
                yield from child._pieces()
            else:
                yield _safe(child)
        if self.name not in VOID:
            yield f"</{self.name}>"


def element(name: str, *children: Element | str | None, **attributes: str | float | None) -> Element:
    """An element; children and attributes that are `None` are left out.

    An attribute's underscores become hyphens, and one at the end goes: `class_`, `stroke_width`.
    """
    return Element(
        name,
        tuple(
            (key.rstrip("_").replace("_", "-"), value if isinstance(value, str) else f"{value:g}")
            for key, value in attributes.items()
            if value is not None
        ),
        tuple(child for child in children if child is not None),
    )


def _safe(text: str) -> str:
    """The text without a character that is markup, or that turns or hides others."""
    return escape(printable_lines(text), quote=True)
