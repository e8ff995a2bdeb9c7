"""A value of a row's own columns, or a complaint that names the row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def cell(row: Mapping[str, Any], name: str, place: str) -> Any:
    """The value in a column.

    Raises:
        DataError: The row has no such column.
    """
    if name in row:
        return row[name]
    from currc.compiler.codes import Code
    from currc.runtime.data.rows import DataError

    columns = ", ".join(f"`{other}`" for other in row)
    message = f"the row has no column `{name}`"
    raise DataError(Code.COLUMN_MISSING, place, message, f"its columns are {columns}")


def refuse(place: str, message: str, help: str) -> None:
    """Complain about what a row's column holds.

    Raises:
        DataError: Always.
    """
    from currc.compiler.codes import Code
    from currc.runtime.data.rows import DataError

    raise DataError(Code.BAD_ROW, place, message, help)
