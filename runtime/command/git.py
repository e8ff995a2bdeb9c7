"""Files as they were in a commit; nothing of a stranger's repository is run, and nothing is fetched."""

from __future__ import annotations

import os
import posixpath
import re
import subprocess
from functools import cached_property
from pathlib import Path

from currc.runtime.command.spec import Unusable

PREFIX = "git:"
REF = re.compile(r"[A-Za-z0-9_@][A-Za-z0-9_.@/^~{}+-]*", re.ASCII)
"""Names of commits that are passed on; none begins with `-`, none names a range or a file."""
LONGEST = 60.0
"""Seconds that git may take."""
QUIET = {"GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
LINK = "120000"


class Tree:
    """The files of a commit below one folder, as the compiler reads used files (`compiler/files.py`)."""

    def __init__(self, at: Path, commit: str, root: str, before: str) -> None:
        """The tree.

        Args:
            at: A folder of the repository on this machine.
            commit: The commit's full hash.
            root: The folder in the commit, as a POSIX path from its top; empty for all of it.
            before: What messages put before the names of its files, as `HEAD:specs/`.
        """
        self.at, self.commit, self.root, self.before = at, commit, root, before

    def place(self, folder: str, written: str) -> str | None:
        """As `Files.place`; links are not followed."""
        path = posixpath.normpath(posixpath.join(folder, written))
        return None if path.startswith(("../", "/")) or path == ".." else path

    def read(self, path: str, most: int) -> bytes | None:
        """As `Files.read`."""
        whole = posixpath.normpath(posixpath.join(self.root, path))
        listed = _git(self.at, "ls-tree", "-l", "-z", "--full-tree", self.commit, "--", f":(literal){whole}")
        entry = listed.partition(b"\0")[0].partition(b"\t")[0].split()
        if len(entry) != 4 or entry[1] != b"blob" or entry[0].decode() == LINK:
            raise FileNotFoundError(path)
        if int(entry[3]) > most:
            return None
        return _git(self.at, "cat-file", "blob", entry[2].decode())

    def called(self, path: str) -> str:
        """As `Files.called`."""
        return self.before + path


class Committed:
    """A file in a commit, named `git:REF:path` with the path as it would be named on this machine."""

    def __init__(self, name: str) -> None:
        """The file.

        Raises:
            Unusable: The name has no commit or path, there is no git, no repository or no such commit.
        """
        self.name = name
        self.ref, colon, self.path = name.removeprefix(PREFIX).partition(":")
        if not colon or not self.path:
            raise Unusable(
                f"`{name}` names no file in a commit", "write `git:REF:path`, as `git:HEAD:desk.curr`"
            )
        if not REF.fullmatch(self.ref) or ".." in self.ref:
            raise Unusable(f"`{self.ref}` is no name of a commit", "as `HEAD`, `main`, `v1.2` or `HEAD~3`")
        if "\0" in self.path:
            raise Unusable(f"`{name}` names no file in a commit")

    @cached_property
    def _folder(self) -> Path:
        """The nearest folder on the way to the file that is still there: git is asked from it."""
        folder = Path(os.path.abspath(self.path)).parent  # noqa: PTH100 - `resolve` would follow links
        while not folder.is_dir():
            folder = folder.parent
        return folder

    @cached_property
    def _inside(self) -> str:
        """The file's path from the top of its repository."""
        top = _asked(self._folder, "rev-parse", "--show-toplevel")
        if top is None:
            raise Unusable(f"`{self._folder}` is in no git repository", "name two files instead")
        absolute = self._folder.resolve() / os.path.relpath(os.path.abspath(self.path), self._folder)  # noqa: PTH100
        return absolute.relative_to(Path(top).resolve()).as_posix()

    @cached_property
    def commit(self) -> str:
        """The commit's full hash."""
        words = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{self.ref}^{{commit}}")
        found = _asked(self._folder, *words)
        if found is None:
            raise Unusable(f"the repository has no commit `{self.ref}`", "`git log` lists them")
        return found

    @property
    def tree(self) -> Tree:
        """The files beside it and below, which it may `use`."""
        before = f"{self.ref}:{self.path.removesuffix(posixpath.basename(self.path))}"
        return Tree(self._folder, self.commit, posixpath.dirname(self._inside), before)

    def read(self, most: int) -> bytes:
        """The file's bytes.

        Raises:
            Unusable: It was not there, or was larger than `most`.
        """
        self._inside  # noqa: B018 - says that there is no repository before saying that there is no commit
        try:
            found = self.tree.read(posixpath.basename(self._inside), most)
        except FileNotFoundError:
            here = f"`{self._inside}` is no file in `{self.ref}`"
            raise Unusable(here, f"`git log -- {self.path}` says when it came") from None
        if found is None:
            raise Unusable(f"`{self.name}` is larger than {most:,} bytes")
        return found


def _asked(at: Path, *words: str) -> str | None:
    """A line that git answers; `None` where it refuses."""
    try:
        return _git(at, *words).decode("utf-8", errors="surrogateescape").rstrip("\n")
    except FileNotFoundError:
        return None


def _git(at: Path, *words: str) -> bytes:
    """What a git command that only reads objects writes.

    Raises:
        FileNotFoundError: git refuses.
        Unusable: There is no git.
    """
    try:
        done = subprocess.run(  # noqa: S603 - a fixed command; its arguments are checked and no shell sees them
            ["git", "--no-pager", *words],  # noqa: S607 - the user's own git
            cwd=at,
            env={**os.environ, **QUIET},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=LONGEST,
        )
    except FileNotFoundError as missing:
        raise Unusable("there is no `git` on this machine", "install it, or name two files") from missing
    except subprocess.TimeoutExpired as late:
        raise Unusable(f"git did not answer within {LONGEST:.0f} s") from late
    if done.returncode != 0:
        raise FileNotFoundError(words[0])
    return done.stdout
