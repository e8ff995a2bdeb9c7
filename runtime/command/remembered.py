"""What `check` said about a spec before, to be said again while nothing has changed.

An answer is kept under the digest of all that it depends on: the spec's text, name and
folder, Python, and currc's own files, so that another version or a new word asks anew. In it
stand the digests of the files that the spec uses. Whatever is odd about an answer, or about
the place where answers lie, means that there is none; then the spec is read.

With `CURRC_CACHE=off` nothing is kept and nothing asked for.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

TYPE_CHECKING = False  # importing typing takes 5 ms; mypy knows the name
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from currc.compiler.compile import Reading
    from currc.compiler.diagnostic import Complaints, Diagnostic, Label
    from currc.compiler.source import Span
    from currc.compiler.syntax import File

FORMAT = 1
"""Raised when the answers of an older version would be misread."""

MOST_ANSWERS = 512
"""When there are more, the oldest half goes."""

LARGEST = 262_144
"""Bytes of an answer; a longer one is not kept."""

HOME = Path(__file__).parent.parent.parent
READERS = (
    "compiler", "grammar", "runtime/component.py", "runtime/vocabulary.py", "runtime/curriculum",
    "runtime/learning", "runtime/judging",
)  # fmt: skip
"""Where currc's files lie that decide what is said about a spec."""


class Question:
    """A spec as it stands now."""

    def __init__(self, text: str, name: str, root: Path, way: str) -> None:
        """The question; `way` leads to the folder `root` and stands before its files' names in messages."""
        self.text, self.name, self.root, self.way = text, name, root, way
        self.place: Path | None = None
        """Where the answer lies, if there is one."""
        if (folder := _folder()) is not None:
            asked = [FORMAT, sys.version, *_own_files(), str(root), name, text]
            self.place = folder / f"{_digest(json.dumps(asked).encode())}.json"

    def answer(self) -> Complaints | None:
        """The complaints as they were found before; `None` where the spec has to be read."""
        if self.place is None:
            return None
        try:
            with self.place.open("rb") as file:
                found = json.loads(file.read(LARGEST + 1))
            texts = [(self.name, self.text), *(self._unchanged(*used) for used in found["used"])]
            return _read(found["complaints"], texts)
        except (OSError, ValueError, LookupError, TypeError, RecursionError):
            return None

    def _unchanged(self, written: str, resolved: str, digest: str) -> tuple[str, str]:
        """Name and text of a used file that is what it was.

        Raises:
            LookupError: It has changed, or its name leads to another file now.
        """
        path = (self.root / written).resolve()
        data = path.read_bytes()
        if path != self.root / resolved or _digest(data) != digest:
            raise LookupError(written)
        return self.way + resolved, data.decode()

    def keep(self, reading: Reading) -> None:
        """Keep the complaints that were found now; not where a used file could not be read."""
        sources = [file.span.source for file in (reading.file, *reading.modules.values())]
        # A file that cannot be read stands there with the source of the one that uses it.
        if self.place is None or len({id(source) for source in sources}) < len(sources):
            return
        numbers = {id(source): number for number, source in enumerate(sources)}
        try:
            complaints = [_written(it, numbers) for it in reading.complaints]
        except LookupError:  # a complaint about a text of its own
            return
        used = [
            [written, source.name.removeprefix(self.way), _digest(source.text.encode())]
            for written, source in zip(_ways(reading, self.way), sources[1:], strict=True)
        ]
        data = json.dumps({"used": used, "complaints": complaints}).encode()
        if len(data) <= LARGEST:
            _store(self.place, data)


def _folder() -> Path | None:
    """Where answers lie: in the user's folder for such things; `None` where none are wanted."""
    if os.environ.get("CURRC_CACHE") == "off":
        return None
    for base in (os.environ.get("XDG_CACHE_HOME", ""), os.environ.get("HOME", "") + "/.cache"):
        if Path(base).is_absolute():
            return Path(base, "currc", "check")
    return None


def _own_files() -> Iterator[tuple[str, int, int]]:
    """Name, size and time of change of each file of ours that has a say."""
    for name in READERS:
        place = HOME / name
        if place.is_dir():
            yield from _files(str(place))
        else:
            yield name, place.stat().st_size, place.stat().st_mtime_ns


def _files(folder: str) -> Iterator[tuple[str, int, int]]:
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            if entry.is_dir():
                if entry.name != "__pycache__":
                    yield from _files(entry.path)
            else:
                about = entry.stat()
                yield entry.path, about.st_size, about.st_mtime_ns


def _digest(data: bytes) -> str:
    from hashlib import sha256

    return sha256(data).hexdigest()


def _ways(reading: Reading, way: str) -> Iterator[str]:
    """For each used file the way to it from the spec's folder, as it is written."""
    within: dict[str, File] = {"": reading.file, **reading.modules}
    for name in reading.modules:
        outer, _, own = name.rpartition(".")
        by = within[outer]
        use = next(use for use in by.uses if use.name.text == own)
        folder = Path(by.span.source.name.removeprefix(way)).parent if outer else Path()
        yield str(folder / use.path.value)


def _store(place: Path, data: bytes) -> None:
    """Put an answer in its place; a disk that takes nothing is no reason to complain about a spec."""
    from currc.runtime.engine import writer

    try:
        writer.make_folder(place.parent)
        writer.write_bytes(place, data)
        kept = sorted(place.parent.glob("*.json"), key=lambda answer: answer.stat().st_mtime_ns)
        for old in kept[: MOST_ANSWERS // 2] if len(kept) > MOST_ANSWERS else ():
            writer.remove(old)
    except (OSError, writer.CannotWrite):
        pass


def _written(it: Diagnostic, numbers: Mapping[int, int]) -> list[Any]:
    """A complaint as JSON; a text is its number among those that were read."""

    def at(span: Span) -> list[int]:
        return [numbers[id(span.source)], span.start, span.end]

    def label(one: Label) -> list[Any]:
        return [*at(one.span), one.text]

    fix = it.fix and [*at(it.fix.span), it.fix.replacement, it.fix.safe, it.fix.description]
    others = [label(one) for one in it.secondary]
    return [it.code.value, it.message, label(it.primary), others, it.help, fix, it.address]


def _read(written: list[Any], texts: list[tuple[str, str]]) -> Complaints:
    """The complaints out of JSON."""
    from currc.compiler.codes import Code
    from currc.compiler.diagnostic import Complaints, Diagnostic, Fix, Label
    from currc.compiler.source import Source, Span

    sources = [Source(name, text) for name, text in texts]

    def label(number: int, start: int, end: int, text: str) -> Label:
        return Label(Span(sources[number], start, end), text)

    codes = {code.value: code for code in Code}
    complaints = Complaints()
    for code, message, primary, others, help, fix, address in written:
        secondary = tuple(label(*one) for one in others)
        mend = Fix(Span(sources[fix[0]], *fix[1:3]), *fix[3:]) if fix else None
        complaints.add(Diagnostic(codes[code], message, label(*primary), secondary, help, mend, address))
    return complaints
