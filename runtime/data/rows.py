"""A row of data, its identity, and the complaint about a bad one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from currc.compiler.codes import Code
from currc.compiler.printable import printable, printable_lines
from currc.compiler.suggest import suggest

MOST_NAMED = 5
"""Places named in one complaint; the first ones of a file are enough to see the pattern."""

LONGEST_NAME = 100
"""Characters up to which a value is compared with names, which takes the square of its length."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a source after renames."""

    values: dict[str, Any]
    """JSON values by column; CSV values are all strings."""
    key: str
    """Identity by content: see `row_key`."""
    place: str
    """`file:line`, the file as written relative to the spec's folder, lines from 1."""


class DataError(Exception):
    """A user's mistake in data, as one complaint: the command prints it and exits with `exit_code`.

    The first line of `message` stands alone; further lines name further places. Names and
    values come from files, so whatever could steer a terminal is written as an escape.
    """

    exit_code: ClassVar[int] = 65

    def __init__(self, code: Code, place: str, message: str, help: str = "") -> None:
        self.code = code
        self.place = printable(place)
        self.message = printable_lines(message)
        self.help = printable(help)
        super().__init__(
            f"{code.value}: {self.place}: {self.message}" + (f"\nhelp: {self.help}" if help else "")
        )


class MissingExtra(DataError):
    """A format that needs a package which is not installed."""

    exit_code: ClassVar[int] = 69

    def __init__(self, place: str, purpose: str, extra: str) -> None:
        super().__init__(
            Code.EXTRA_MISSING,
            place,
            f"{purpose} needs the extra `{extra}`, which is not installed",
            f"pip install 'currc[{extra}]'",
        )


def row_key(values: dict[str, Any]) -> str:
    """The first 16 hexadecimal digits of the SHA-256 of the values' canonical JSON.

    The order of columns does not matter; `1`, `1.0` and `"1"` are three values.

    Raises:
        ValueError: A value has no JSON form: an infinity, NaN or half of a surrogate pair.
    """
    text = json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def draw(key: str, stream: str) -> float:
    """A number in [0, 1) that depends on the row's key and the stream's name only.

    Streams are independent, so that a sample does not prefer one side of a split.
    """
    return int(hashlib.sha256(f"{stream}:{key}".encode()).hexdigest()[:13], 16) / 16**13


def first_of(errors: Sequence[DataError], *, stopped: bool = False) -> DataError:
    """One complaint out of several: the first, with up to four further places in its message.

    `stopped` says that there may be more which nobody looked for.
    """
    first, *others = errors
    if not others:
        return first
    lines = [first.message]
    lines += [f"also {error.place}: {error.message}" for error in others[: MOST_NAMED - 1]]
    if len(errors) > MOST_NAMED:
        lines.append(f"and {len(errors) - MOST_NAMED:,} more")
    elif stopped:
        lines.append(f"reading stopped after {len(errors)} bad rows")
    return DataError(first.code, first.place, "\n".join(lines), first.help)


def closest(name: str, names: Iterable[str]) -> str:
    """The names most like `name` as a question for a help text, or nothing; a long text is no name."""
    found = suggest(name, names) if len(name) <= LONGEST_NAME else ()
    return f"did you mean {' or '.join(f'`{near}`' for near in found)}?" if found else ""


def shown(value: str, most: int = 60) -> str:
    """A value for a message, in backticks, on one line, control characters escaped, cut to `most`."""
    text = printable(value)
    return f"`{text[: most - 1]}…`" if len(text) > most else f"`{text}`"
