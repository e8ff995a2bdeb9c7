"""`use`: other files of the same project, read within limits."""

from __future__ import annotations

from pathlib import Path

from currc.compiler.codes import Code
from currc.compiler.diagnostic import Complaints, Diagnostic, Label
from currc.compiler.parse import parse
from currc.compiler.scope import inside
from currc.compiler.source import Source
from currc.compiler.syntax import File, Use

TYPE_CHECKING = False
if TYPE_CHECKING:
    from currc.compiler.files import Files

SAVE = "save it to a file beside those that it uses, and check the file"

DEEPEST, MOST_FILES, MOST_BYTES = 16, 256, 4_000_000
"""How deep files use files, how many are used, and how many bytes they hold together."""


class _Shelf:
    """The files read so far."""

    def __init__(self, root: Files, complaints: Complaints) -> None:
        self.root, self.complaints = root, complaints
        self.files: dict[str, File] = {}
        self.bytes = 0


def gather(file: File, root: Files | Path | None, complaints: Complaints) -> dict[str, File]:
    """Every used file by the name it is used under, as `lib` or `lib.inner`.

    Paths are relative to the file that says `use` and stay under `root`. A file that cannot
    be read is reported, and its name poisoned by an empty file.
    """
    if not file.uses:
        return {}
    if root is None:
        for use in file.uses:
            _say(use, Code.USE_UNREADABLE, "a text without a file can use no other", complaints, SAVE)
        return {use.name.text: _nothing(use) for use in file.uses}
    from currc.compiler.files import Folder

    shelf = _Shelf(Folder(root) if isinstance(root, Path) else root, complaints)
    _read_uses(file, "", "", (), shelf)
    return shelf.files


def _read_uses(file: File, module: str, folder: str, trail: tuple[str, ...], shelf: _Shelf) -> None:
    for use in file.uses:
        name = inside(module, use.name.text)
        if name in shelf.files:
            note = f"`{use.name.text}` is used already"
            _say(use, Code.DUPLICATE_NAME, note, shelf.complaints)
            continue
        path = shelf.root.place(folder, use.path.value)
        text = _text(use, path, trail, shelf)
        shelf.files[name] = _nothing(use)
        if path is not None and text is not None:
            used = parse(Source(shelf.root.called(path), text), shelf.complaints)
            shelf.files[name] = used
            _read_uses(used, name, path.rpartition("/")[0], (*trail, path), shelf)


def _text(use: Use, path: str | None, trail: tuple[str, ...], shelf: _Shelf) -> str | None:
    """The text of a used file; `None` after a complaint."""
    if path is None:
        _say(
            use,
            Code.USE_OUTSIDE_ROOT,
            "write a relative path to a file under the spec's folder",
            shelf.complaints,
        )
    elif path in trail:
        _say(use, Code.CYCLE, "this file uses itself in the end", shelf.complaints)
    elif len(trail) >= DEEPEST:
        _say(use, Code.USE_BEYOND, f"files use each other at most {DEEPEST} deep", shelf.complaints)
    elif len(shelf.files) >= MOST_FILES:
        _say(use, Code.USE_BEYOND, f"a spec uses at most {MOST_FILES} files", shelf.complaints)
    else:
        return _bytes(use, path, shelf)
    return None


def _bytes(use: Use, path: str, shelf: _Shelf) -> str | None:
    try:
        raw = shelf.root.read(path, MOST_BYTES - shelf.bytes)
        if raw is None:
            note = f"all used files together hold at most {MOST_BYTES // 1_000_000} MB"
            _say(use, Code.USE_BEYOND, note, shelf.complaints)
            return None
        shelf.bytes += len(raw)
        return raw.decode("utf-8")
    except FileNotFoundError:
        help = f"a path begins at the folder of the file that says `use`: this one means `{path}`"
        _say(use, Code.USE_UNREADABLE, "there is no such file", shelf.complaints, help)
    except OSError as problem:
        _say(use, Code.USE_UNREADABLE, problem.strerror or "it cannot be read", shelf.complaints)
    except UnicodeDecodeError:
        _say(use, Code.NOT_UTF8, "this file is not UTF-8 text", shelf.complaints)
    return None


def _say(use: Use, code: Code, note: str, complaints: Complaints, help: str = "") -> None:
    message = f'cannot use "{use.path.value}"'
    complaints.add(Diagnostic(code, message, Label(use.path.span, note), help=help))


def _nothing(use: Use) -> File:
    """A file of which nothing could be read: every name in it is poisoned."""
    return File(None, (), (), (), frozenset({"*"}), use.span)
