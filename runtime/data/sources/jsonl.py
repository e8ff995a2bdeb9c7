"""JSON Lines: one object a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from currc.compiler.codes import Code
from currc.runtime.data.rows import DataError, shown
from currc.runtime.data.sources.files import DataFile
from currc.runtime.data.sources.lines import lines


def read(file: DataFile) -> Iterator[tuple[int, dict[str, Any] | DataError]]:
    """Line numbers and objects of a file; a bad line is a complaint in its place, a blank one nothing."""
    for number, text in lines(file):
        if not text.isspace():
            yield number, _object(text.rstrip("\r\n"), f"{file.name}:{number}")


def _object(text: str, place: str) -> dict[str, Any] | DataError:
    try:
        value = json.loads(text, parse_constant=_refuse, object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        rest = text[error.pos :].strip()
        found = shown(rest, 20) if rest else "the line's end"
        return DataError(
            Code.BAD_ROW,
            place,
            f"the line is not JSON: at column {error.colno}, {found}: {error.msg.lower()}",
            "each line of a .jsonl file is one whole JSON object",
        )
    except RecursionError:
        return DataError(Code.BAD_ROW, place, "the JSON is nested too deeply")
    except ValueError as error:
        return DataError(Code.BAD_ROW, place, str(error))
    if not isinstance(value, dict):
        return DataError(
            Code.BAD_ROW,
            place,
            f"the line is JSON but no object: {shown(text.strip(), 30)}",
            'a row looks like `{"column": "value"}`',
        )
    return value


def _refuse(word: str) -> Any:
    raise ValueError(f"`{word}` is no JSON value; write null")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the name {shown(twice)} is given twice in one object")
    return values
