"""A table of the page, from the columns that the terminal shows or with drawings in its cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from currc.runtime.reporting.grid import Column, Grid
from currc.runtime.reporting.html.element import Element, element

Cell = Element | str


@dataclass(frozen=True, slots=True)
class Drawn:
    """One column of drawings, with the scale as its head."""

    head: Element
    cells: tuple[Element, ...]


def table(
    names: Column,
    columns: Sequence[Column | Drawn],
    *,
    rows: Sequence[str] = (),
    caption: str | None = None,
    cards: bool = False,
) -> Element:
    """A table with a row for each name.

    Args:
        names: The first column.
        columns: The others; a head of several lines is said in one.
        rows: A class for each row, or none.
        caption: What is said above it.
        cards: Whether rows become blocks on a narrow screen; else the table is moved sideways there.
    """
    head = element("tr", element("th", names.head, scope="col"), *map(_head, columns))
    body = [
        element(
            "tr",
            element("th", name.plain, scope="row"),
            *(_cell(column, at) for column in columns),
            class_=rows[at] if rows else None,
        )
        for at, name in enumerate(names.cells)
    ]
    made = element(
        "table",
        element("caption", caption) if caption else None,
        element("thead", head),
        element("tbody", *body),
        class_="cards" if cards else None,
    )
    return made if cards else element("div", made, class_="wide")


def of_grid(grid: Grid) -> Element:
    """A table of the terminal."""
    names, columns = grid
    return table(names, columns)


def _head(column: Column | Drawn) -> Element:
    if isinstance(column, Drawn):
        return element("th", column.head, scope="col", class_="drawn")
    return element("th", _said(column), scope="col", class_=_kind(column))


def _cell(column: Column | Drawn, at: int) -> Element:
    if isinstance(column, Drawn):
        return element("td", column.cells[at], class_="drawn")
    cell = column.cells[at]
    kind = " ".join(filter(None, (_kind(column), OUTCOMES.get(cell.plain.partition(",")[0]))))
    return element("td", cell.plain.strip(), class_=kind or None, data_head=_said(column))


OUTCOMES = {"better": "better", "worse": "worse", "harmed": "worse", "helped": "better", "violated": "worse"}
"""Words that have a colour of their own."""


def _said(column: Column) -> str:
    return column.head.replace("\n", " ")


def _kind(column: Column) -> str | None:
    return None if column.justify == "left" else "number"
