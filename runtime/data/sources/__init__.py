"""The rows of a source: files or a hub, renamed, without duplicates, sampled."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from currc.compiler.codes import Code
from currc.compiler.plan import Quantity, SourcePlan
from currc.runtime.data.rows import MOST_NAMED, DataError, Row, closest, draw, first_of, row_key, shown
from currc.runtime.data.sources import csv, hub, jsonl, parquet
from currc.runtime.data.sources.files import DataFile, find, open_file

Numbered = Iterator[tuple[int, dict[str, Any] | DataError]]
"""Line numbers with what stands there: values by column, or a complaint in their place."""

READERS: dict[str, Callable[[DataFile], Numbered]] = {
    ".jsonl": jsonl.read,
    ".ndjson": jsonl.read,
    ".csv": csv.read,
    ".tsv": csv.read,
    ".parquet": parquet.read,
    ".arrow": parquet.read,
    ".feather": parquet.read,
}


def read_source(plan: SourcePlan, root: Path) -> list[Row]:
    """The rows of a source in the order of its files, after renames, dedup and sample.

    Args:
        plan: Paths are relative to `root` and stay below it.
        root: Folder of the spec.

    Raises:
        DataError: A path is bad, a row cannot be read (up to 5 named), a renamed column does
            not exist, or the digest is not `plan.sha256`.
        MissingExtra: Parquet without pyarrow, a hub without datasets.
    """
    return sample(distinct(plan, every_row(plan, root)), plan.sample)


def every_row(plan: SourcePlan, root: Path) -> list[Row]:
    """The rows of a source as its files hold them, after renames.

    Raises:
        DataError, MissingExtra: As `read_source`.
    """
    check_digest(plan, root)
    rows: list[Row] = []
    for name, numbered in _parts(plan, root):
        rows += _rows(name, numbered, plan.columns)
    _check_renames(plan, rows)
    return rows


def distinct(plan: SourcePlan, rows: Sequence[Row]) -> list[Row]:
    """The first of each group of equal rows, in the order given; all rows where the source keeps them."""
    if plan.dedup == "near":
        raise DataError(Code.BAD_ROW, _name(plan), "`dedup = near` is not available", "write `dedup = exact`")
    if plan.dedup == "none":
        return list(rows)
    return list({row.key: row for row in reversed(rows)}.values())[::-1]


def sample(rows: Sequence[Row], amount: Quantity | None) -> list[Row]:
    """A part of the rows, chosen by the hash of each row and left in the order given.

    A share takes each row by its own hash, so adding rows moves none; a number of
    examples takes the rows with the smallest hashes.
    """
    if amount is None:
        return list(rows)
    if amount.unit == "share":
        return [row for row in rows if draw(row.key, "sample") < amount.amount]
    ranked = sorted(range(len(rows)), key=lambda i: (draw(rows[i].key, "sample"), i))
    return [rows[i] for i in sorted(ranked[: int(amount.amount)])]


def columns_of(plan: SourcePlan, root: Path, rows: int = 100) -> tuple[str, ...]:
    """Columns after renames in order of appearance, from the first `rows` rows of each file."""
    found: dict[str, None] = {}
    for _, numbered in _parts(plan, root):
        for _, values in islice(numbered, rows):
            if isinstance(values, DataError):
                raise values
            found.update(dict.fromkeys(plan.columns.get(column, column) for column in values))
    return tuple(found)


def source_digest(plan: SourcePlan, root: Path) -> str:
    """SHA-256 over names and bytes of a source's files: what `sha256sum FILES | sha256sum` prints.

    Files are in the order of their names. A hub source is digested by its rows.
    """
    if plan.hub is not None:
        listing = "".join(f"{row.key}\n" for row in _rows(hub.title(plan.hub), hub.read(plan.hub), {}))
    else:
        files = sorted(find(plan.path, root), key=lambda file: file.name)
        listing = "".join(f"{_file_digest(file)}  {file.name}\n" for file in files)
    # file names need not be UTF-8
    return hashlib.sha256(listing.encode(errors="surrogateescape")).hexdigest()


def file_digests(plan: SourcePlan, root: Path) -> dict[str, str]:
    """SHA-256 of each file of a source, by its name; of a hub source that of its rows.

    Raises:
        DataError: A file is missing, or leads outside `root`.
    """
    if plan.hub is not None:
        return {hub.title(plan.hub): source_digest(plan, root)}
    return {file.name: _file_digest(file) for file in find(plan.path, root)}


def check_digest(plan: SourcePlan, root: Path) -> None:
    """Raise `DataError` unless the data has the digest that the spec pins, if it pins one.

    For one file that is what `sha256sum FILE` prints, for several `source_digest`.
    """
    if plan.sha256 is None:
        return
    files = [] if plan.hub is not None else find(plan.path, root)
    actual = _file_digest(files[0]) if len(files) == 1 else source_digest(plan, root)
    if actual != plan.sha256.lower():
        raise DataError(
            Code.DATA_CHANGED,
            _name(plan),
            f"the data has SHA-256 {actual[:12]}…, the spec pins {plan.sha256[:12]}…",
            f'if the change is meant, write `sha256 = "{actual}"`',
        )


def _parts(plan: SourcePlan, root: Path) -> Iterator[tuple[str, Numbered]]:
    """Name and rows of each file of a source, or of its hub split."""
    if plan.hub is not None:
        yield hub.title(plan.hub), hub.read(plan.hub)
        return
    for file in find(plan.path, root):
        yield file.name, _reader(file)(file)


def _reader(file: DataFile) -> Callable[[DataFile], Numbered]:
    suffix = Path(file.name.removesuffix(".gz")).suffix
    if suffix in READERS and not (file.name.endswith(".gz") and READERS[suffix] is parquet.read):
        return READERS[suffix]
    raise DataError(
        Code.UNKNOWN_FORMAT,
        file.name,
        f"a file named {shown(Path(file.name).name)} is of no format that is read here",
        f"known are {', '.join(READERS)}; all but the last three also with .gz",
    )


def _rows(name: str, numbered: Numbered, columns: dict[str, str]) -> list[Row]:
    """The rows of one file; after five bad ones it is given up."""
    rows: list[Row] = []
    bad: list[DataError] = []
    try:
        for number, values in numbered:
            row = values if isinstance(values, DataError) else _row(values, f"{name}:{number}", columns)
            if isinstance(row, Row):
                rows.append(row)
            else:
                bad.append(row)
                if len(bad) == MOST_NAMED:
                    break
    except DataError as end:  # nothing can be read after it
        if not bad:
            raise
        bad.append(end)
    if bad:
        raise first_of(bad, stopped=len(bad) == MOST_NAMED)
    return rows


def _row(values: dict[str, Any], place: str, columns: dict[str, str]) -> Row | DataError:
    if columns:
        renamed = {columns.get(column, column): value for column, value in values.items()}
        if len(renamed) < len(values):
            names = [columns.get(column, column) for column in values]
            twice = next(name for name in names if names.count(name) > 1)
            return DataError(
                Code.DUPLICATE_COLUMN, place, f"after the renames two columns are named `{twice}`"
            )
        values = renamed
    try:
        return Row(values, row_key(values), place)
    except ValueError as error:
        what = "half of a surrogate pair" if isinstance(error, UnicodeEncodeError) else str(error)
        return DataError(Code.BAD_ROW, place, f"a value has no JSON form: {what}")


def _check_renames(plan: SourcePlan, rows: Sequence[Row]) -> None:
    for old, new in plan.columns.items():
        if rows and not any(new in row.values for row in rows):
            known = {column for row in rows for column in row.values}
            raise DataError(
                Code.COLUMN_MISSING,
                _name(plan),
                f"no row has the column `{old}` that is renamed to `{new}`",
                closest(old, known) or f"columns: {', '.join(sorted(known))}",
            )


def _file_digest(file: DataFile) -> str:
    with open_file(file) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _name(plan: SourcePlan) -> str:
    return hub.title(plan.hub) if plan.hub is not None else ", ".join(plan.path)
