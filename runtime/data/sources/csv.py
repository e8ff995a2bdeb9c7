"""CSV and TSV with a header line; every value is a string."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any

from currc.compiler.codes import Code
from currc.runtime.data.rows import DataError, shown
from currc.runtime.data.sources.files import DataFile
from currc.runtime.data.sources.lines import lines


def read(file: DataFile) -> Iterator[tuple[int, dict[str, Any] | DataError]]:
    """First line numbers and values of a file's records; a bad record is a complaint in its place.

    Quoting follows RFC 4180, so a quoted field may hold line ends. A file with broken
    quoting ends there, because nobody can say where the next record starts.
    """
    delimiter = "\t" if ".tsv" in file.name else ","
    reader = csv.reader((text for _, text in lines(file)), delimiter=delimiter, strict=True)
    header: list[str] | None = None
    start = 1
    try:
        for fields in reader:
            if not fields:
                pass  # a blank line
            elif header is None:
                header = _header(fields, f"{file.name}:{start}")
            elif len(fields) != len(header):
                yield start, _ragged(fields, header, f"{file.name}:{start}")
            else:
                yield start, dict(zip(header, fields, strict=True))
            start = reader.line_num + 1
    except csv.Error as error:
        yield (
            start,
            DataError(
                Code.BAD_ROW,
                f"{file.name}:{start}",
                f"the record is not CSV: {error}",
                'a field with quotes or line ends is written "like ""this"""; for long texts use JSONL',
            ),
        )


def _header(fields: list[str], place: str) -> list[str]:
    for name in fields:
        if not name.strip():
            raise DataError(Code.BAD_ROW, place, "a column of the header has no name", "name every column")
        if fields.count(name) > 1:
            raise DataError(Code.DUPLICATE_COLUMN, place, f"the header names {shown(name)} twice")
    return fields


def _ragged(fields: list[str], header: list[str], place: str) -> DataError:
    return DataError(
        Code.BAD_ROW,
        place,
        f"{len(fields)} fields where the header has {len(header)}",
        "quote fields that hold the separator",
    )
