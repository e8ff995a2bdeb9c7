"""The lines of a text file: UTF-8, gzip or plain, within limits, each with its number."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from typing import BinaryIO, cast

from currc.compiler.codes import Code
from currc.runtime.data.rows import DataError
from currc.runtime.data.sources.files import DataFile, open_file

LONGEST_LINE = 16 * 2**20
"""Bytes of one line; a longer one is refused before it is held in memory."""

RATIO = 100
"""Unpacked bytes for each packed one beyond which gzip data is taken for a bomb."""

GRACE = 64 * 2**20
"""Unpacked bytes that are read whatever the ratio."""


def lines(file: DataFile) -> Iterator[tuple[int, str]]:
    """Numbers from 1 and texts of a file's lines, line ends kept, a byte order mark dropped.

    gzip is recognised by its first two bytes or by the name `.gz`.

    Raises:
        DataError: A line is not UTF-8 or longer than 16 MiB; gzip data is damaged or
            unpacks to more than 100 times its size (beyond the first 64 MiB).
    """
    with open_file(file) as packed:
        for number, line in _numbered(file, packed):
            if number == 1:
                line = line.removeprefix(b"\xef\xbb\xbf")
            try:
                yield number, line.decode("utf-8")
            except UnicodeDecodeError as error:
                raise DataError(
                    Code.ENCODING,
                    f"{file.name}:{number}",
                    f"byte 0x{line[error.start]:02x} at position {error.start + 1} is not UTF-8",
                    "save the file as UTF-8",
                ) from None


def _numbered(file: DataFile, packed: BinaryIO) -> Iterator[tuple[int, bytes]]:
    size = packed.seek(0, 2)
    packed.seek(0)
    zipped = packed.read(2) == b"\x1f\x8b" or file.name.endswith(".gz")
    packed.seek(0)
    stream = cast(BinaryIO, gzip.GzipFile(fileobj=packed)) if zipped else packed
    most = max(GRACE, RATIO * size) if zipped else size
    number, read = 0, 0
    while line := _next(file, stream, number + 1):
        number += 1
        read += len(line)
        if len(line) > LONGEST_LINE:
            raise DataError(
                Code.BAD_ROW, f"{file.name}:{number}", f"the line is longer than {LONGEST_LINE >> 20} MiB"
            )
        if read > most and zipped:
            raise DataError(
                Code.BAD_ROW,
                f"{file.name}:{number}",
                f"{size:,} bytes unpack to more than {most:,}: this looks like a decompression bomb",
                "unpack the file yourself if it is meant",
            )
        yield number, line


def _next(file: DataFile, stream: BinaryIO, number: int) -> bytes:
    try:
        return stream.readline(LONGEST_LINE + 1)
    except (OSError, EOFError, zlib.error) as error:
        reason = str(error) or type(error).__name__
        message = f"the gzip data is damaged: {reason}"
        raise DataError(Code.BAD_ROW, f"{file.name}:{number}", message, "pack the file again") from None
