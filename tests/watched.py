"""Runs commands under an audit hook and writes down what they said and what else they did.

Called as a program in the project's folder, with one list of words as JSON on each line of standard input.
"""

from __future__ import annotations

import io
import json
import os
import sys
from pathlib import Path

MADE = (
    *(
        "os.remove",
        "os.rename",
        "os.mkdir",
        "os.rmdir",
        "os.link",
        "os.symlink",
        "os.truncate",
        "os.chmod",
        "os.chown",
    ),
    *("os.utime", "os.setxattr", "shutil.", "tempfile."),
)
STARTED = (
    "subprocess.",
    "os.system",
    "os.exec",
    "os.fork",
    "os.posix_spawn",
    "os.spawn",
    "pty.",
    "ctypes.",
    "os.kill",
)
READ = ("os.listdir", "os.scandir")
CHANGES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Watch:
    """What forbidden things happen while it is `on`."""

    def __init__(self, root: Path) -> None:
        import currc.compiler

        own = Path(currc.compiler.__path__[0]).resolve().parent
        folders = [root, sys.prefix, sys.base_prefix, *(path for path in sys.path if path)]
        folders += [own / name for name in ("compiler", "grammar", "runtime", "curricula", ".links")]
        self.allowed = tuple({os.path.realpath(folder) + os.sep for folder in folders})
        self.root, self.on, self.seen = str(root), False, list[str]()

    def __call__(self, event: str, args: tuple[object, ...]) -> None:
        """One event of Python's."""
        if not self.on:
            return
        if event == "open":
            self.opened(*args)  # type: ignore[arg-type]
        elif event.startswith(("socket.", *STARTED, *MADE)):
            self.seen.append(f"{event} {args!r}")
        elif event in READ and args[0] is not None:
            self.read(args[0])
        elif event == "import" and str(args[1] or "").startswith(self.root):
            self.seen.append(f"import {args!r}")
        elif event == "compile" and "PWNED" in str(args[0]):
            self.seen.append(f"compile {args!r}")

    def opened(self, path: object, mode: object, flags: int) -> None:
        """A file that is opened, by path; those by number were opened before."""
        if isinstance(path, int):
            return
        if flags & CHANGES:
            self.seen.append(f"open {path!r} for {mode}")
        self.read(path)

    def read(self, path: object) -> None:
        """A file or folder that is looked into."""
        self.on = False
        there = os.path.realpath(os.fsdecode(path) if isinstance(path, bytes) else str(path))
        self.on = True
        if not (there + os.sep).startswith(self.allowed):
            self.seen.append(f"read {path!r}")


class Terminal(io.TextIOWrapper):
    """A stream that takes colours."""

    def isatty(self) -> bool:
        """Yes."""
        return True


def spoken(words: list[str], terminal: bool, watch: Watch) -> dict[str, object]:
    """What one command said on either stream, its exit code, and what it did besides."""
    from currc.runtime.command import main

    kind = Terminal if terminal else io.TextIOWrapper
    out, err = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (kind(io.BytesIO(), encoding="utf-8") for _ in range(2))
    watch.seen, watch.on = [], True
    try:
        code = main(words)
    finally:
        watch.on = False
        said = [stream.flush() or stream.buffer.getvalue().decode() for stream in (sys.stdout, sys.stderr)]
        sys.stdout, sys.stderr = out, err
    return {"code": code, "out": said[0], "err": said[1], "seen": watch.seen}


if __name__ == "__main__":
    sys.stdin.reconfigure(encoding="utf-8", errors="surrogateescape")
    watch = Watch(Path.cwd().resolve())
    sys.addaudithook(watch)
    for line in sys.stdin:
        words, terminal = json.loads(line)
        print(json.dumps(spoken(words, terminal, watch)), flush=True)
