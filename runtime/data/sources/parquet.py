"""Parquet and Arrow files, through pyarrow (extra `parquet`)."""

from __future__ import annotations

import datetime
import decimal
import math
from collections.abc import Iterator
from typing import Any

from currc.compiler.codes import Code
from currc.runtime.data.rows import DataError, MissingExtra
from currc.runtime.data.sources.files import DataFile, open_file


def read(file: DataFile) -> Iterator[tuple[int, dict[str, Any] | DataError]]:
    """Row numbers from 1 and values of a file, read in batches.

    Times become ISO 8601 text, decimals their text, NaN null; bytes and infinities are complaints.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise MissingExtra(file.name, "reading Parquet and Arrow files", "parquet") from None

    number = 0
    with open_file(file) as stream:
        try:
            for batch in _batches(pyarrow, file, stream):
                for values in batch.to_pylist():
                    number += 1
                    yield number, _row(values, f"{file.name}:{number}")
        except (pyarrow.ArrowException, OSError) as error:
            reason = str(error).splitlines()[0]
            place = f"{file.name}:{number + 1}"
            raise DataError(Code.BAD_ROW, place, f"the file is damaged: {reason}") from None


def _batches(pyarrow: Any, file: DataFile, stream: Any) -> Iterator[Any]:
    if file.name.endswith(".parquet"):
        yield from pyarrow.parquet.ParquetFile(stream).iter_batches(batch_size=1024)
        return
    try:
        reader = pyarrow.ipc.open_file(stream)
        yield from (reader.get_batch(i) for i in range(reader.num_record_batches))
    except pyarrow.ArrowInvalid:  # Arrow has two layouts under one name; `datasets` writes the streaming one
        stream.seek(0)
        yield from pyarrow.ipc.open_stream(stream)


def _row(values: dict[str, Any], place: str) -> dict[str, Any] | DataError:
    try:
        return {name: plain(value) for name, value in values.items()}
    except ValueError as error:
        return DataError(Code.BAD_ROW, place, str(error), "convert the column to text or numbers")


def plain(value: Any) -> Any:
    """The JSON value of what a column-oriented file holds.

    Raises:
        ValueError: It has none.
    """
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        if math.isinf(value):
            raise ValueError("an infinity is no JSON value")
        return None if math.isnan(value) else value
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return str(value)
    raise ValueError(f"a value of type `{type(value).__name__}` is neither text nor number")
