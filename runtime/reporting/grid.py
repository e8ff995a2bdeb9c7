"""Columns of text beside names, in as many tables as the width asks; a number is never cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import JustifyMethod
from rich.table import Table
from rich.text import Text

from currc.runtime.judging.results import ArmResult

ASCII = str.maketrans({"−": "-", "–": "-", "±": "~", "Δ": "gain over", "×": "x", "↓": "(lower)"})
"""For terminals that cannot show more; `≥` becomes `>=`."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its head of one or two lines, and a cell for each arm."""

    head: str
    cells: tuple[Text, ...]
    justify: JustifyMethod = "left"


Grid = tuple[Column, Sequence[Column]]
"""A table: its names and the columns beside them."""


def names_of(arms: Sequence[ArmResult], fold: bool) -> Column:
    """The arms' names; `fold` breaks a control arm's name before its `~`."""
    return Column("arm", tuple(Text(arm.name.replace("~", "\n ~") if fold else arm.name) for arm in arms))


def cells(texts: Sequence[str]) -> tuple[Text, ...]:
    """The cells of a column."""
    return tuple(Text(text) for text in texts)


def chunks(columns: Sequence[Column], names: Column, width: int) -> list[Grid]:
    """The columns in order, in tables that fit into the width; at least one column a table."""
    found: list[list[Column]] = []
    for column in columns:
        if found and fits([*found[-1], column], names, width):
            found[-1].append(column)
        else:
            found.append([column])
    return [(names, of_table) for of_table in found]


def fits(columns: Sequence[Column], names: Column, width: int) -> bool:
    """Whether a table of these columns is no wider."""
    return sum(_width(column) + 2 for column in [names, *columns]) <= width


def _width(column: Column) -> int:
    lines = [*column.head.split("\n"), *(line for cell in column.cells for line in cell.plain.split("\n"))]
    return max(Text(line).cell_len for line in lines)


def grid(names: Column, columns: Sequence[Column], plain: bool) -> Table:
    """A table without lines: two spaces between columns, one before the first."""
    table = Table(box=None, padding=(0, 1), pad_edge=True, header_style="")
    tall = max(column.head.count("\n") for column in [names, *columns])
    for column in [names, *columns]:
        head = Text(column.head + "\n" * (tall - column.head.count("\n")), "bold")  # Rich puts heads low
        table.add_column(
            in_ascii(head) if plain else head, justify=column.justify, no_wrap=column is not names
        )
    for row in zip(*(column.cells for column in [names, *columns]), strict=True):
        table.add_row(*(in_ascii(cell) if plain else cell for cell in row))
    return table


def in_ascii(text: Text) -> Text:
    """The text in ASCII, for a terminal that has nothing else; styles of parts are lost."""
    return Text(text.plain.replace("≥", ">=").translate(ASCII), text.style)
