"""The writer: after any failure, kill or loss of power there is the old content or the new."""

from __future__ import annotations

import ast
import errno
import os
import re
import signal
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import currc.runtime
from currc.runtime.engine import manifest, writer
from currc.runtime.engine.owner import Owner
from currc.runtime.engine.store import Store

OPERATIONS = ("open", "write", "fsync", "mkdir", "rename", "replace", "chmod", "unlink", "rmdir", "ftruncate")
NEVER_REACHED = 10
KEY = "ab" * 32


class Case(NamedTuple):
    """Something the writer does, the state it starts from, and what may be seen afterwards."""

    prepare: Callable[[Path], None]
    act: Callable[[Path], None]
    look: Callable[[Path], str]
    """`old`, `new`, or anything else when neither is whole."""


def fill(text: str) -> Callable[[Path], None]:
    def build(folder: Path) -> None:
        (folder / "inner").mkdir()
        (folder / "inner" / "b.bin").write_bytes(text.encode() * 1000)
        (folder / "a.txt").write_text(text)

    return build


def make(path: Path, text: str, *, replace: bool = False) -> None:
    with writer.folder(path, {"text": text}, replace=replace) as folder:
        fill(text)(folder)


def content(path: Path) -> str:
    """What `fill` was given, if the folder is whole; `none` if there is no folder."""
    if not path.exists():
        return "none"
    manifest.read(path).check_digests(path)
    return (path / "a.txt").read_text()


def newest(root: Path) -> str:
    found = Store(root).checkpoints(KEY).latest()
    assert found is not None
    return {2: "old", 3: "new"}[found.step]


def two_checkpoints(root: Path) -> None:
    for step in (1, 2):
        Store(root).checkpoints(KEY).save(step, fill(str(step)))


def published(root: Path) -> str:
    store = Store(root)
    if store.has(KEY):
        assert content(store.open(KEY)) == "new"
        return "new"
    return newest(root)  # still the old state: its checkpoints must not be gone


CASES = {
    "replace a file": Case(
        lambda root: writer.write_bytes(root / "file", b"old"),
        lambda root: writer.write_bytes(root / "file", b"new"),
        lambda root: (root / "file").read_text(),
    ),
    "a new folder": Case(
        lambda root: None,
        lambda root: make(root / "folder", "new"),
        lambda root: content(root / "folder").replace("none", "old"),
    ),
    "replace a folder": Case(
        lambda root: make(root / "folder", "old"),
        lambda root: make(root / "folder", "new", replace=True),
        lambda root: content(root / "folder"),
    ),
    "remove a folder": Case(
        lambda root: make(root / "folder", "old"),
        lambda root: writer.remove(root / "folder"),
        lambda root: content(root / "folder").replace("none", "new"),
    ),
    "a third checkpoint": Case(
        two_checkpoints,
        lambda root: Store(root).checkpoints(KEY).save(3, fill("3")),
        newest,
    ),
    "publish a node": Case(
        lambda root: Store(root).checkpoints(KEY).save(2, fill("2")),
        lambda root: void(Store(root).publish(KEY, fill("new"))),
        published,
    ),
}


def void(value: object) -> None:
    """Nothing, of anything."""


class Faults:
    """Counts operations of the system and makes one of them go wrong, in a child process."""

    def __init__(self, at: int, mode: str, ledger: Path) -> None:
        self.at, self.mode, self.ledger = at, mode, ledger
        self.count = 0
        self.synced: set[int] = set()

    def install(self) -> None:
        for name in OPERATIONS:
            setattr(os, name, self.wrap(name, getattr(os, name)))

    def wrap(self, name: str, real: Callable[..., object]) -> Callable[..., object]:
        def operation(*args: object, **kwargs: object) -> object:
            self.count += 1
            if self.count == self.at:
                self.strike(name, real, args)
            result = real(*args, **kwargs)
            if name == "fsync":
                self.synced.add(os.fstat(args[0]).st_ino)  # type: ignore[arg-type]
            return result

        return operation

    def strike(self, name: str, real: Callable[..., object], args: tuple[object, ...]) -> None:
        if self.mode == "fail":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        if name == "write":  # a write that dies half-way
            real(args[0], bytes(args[1])[: len(args[1]) // 2])  # type: ignore[arg-type, call-overload]
        self.at = -1
        self.ledger.write_text(" ".join(map(str, self.synced)))
        os.kill(os.getpid(), signal.SIGKILL)


def struck(root: Path, ledger: Path, case: Case, at: int, mode: str) -> int:
    """Exit code of a child that carries out a case and is struck at the `at`-th operation."""
    pid = os.fork()
    if pid == 0:
        faults = Faults(at, mode, ledger)
        faults.install()
        code = 0
        try:
            case.act(root)
        except BaseException as error:
            code = 73 if writer.no_room(error) else 1
        os._exit(NEVER_REACHED if faults.count < at else code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def identity(path: Path) -> tuple[int, int]:
    found = path.lstat()
    return found.st_ino, found.st_mtime_ns


def lose_power(root: Path, ledger: Path, before: set[tuple[int, int]]) -> None:
    """Cut every file written since, whose bytes were never synced."""
    synced = set(map(int, ledger.read_text().split()))
    for path in root.rglob("*"):
        if path.is_file() and path.lstat().st_ino not in synced and identity(path) not in before:
            os.truncate(path, path.lstat().st_size // 2)


def leftovers(root: Path) -> list[str]:
    return [path.name for path in root.rglob("*") if ".tmp-" in path.name or ".old-" in path.name]


@pytest.mark.parametrize("mode", ["fail", "power"])
@pytest.mark.parametrize("name", CASES)
def test_a_fault_at_any_operation_leaves_old_or_new(tmp_path: Path, name: str, mode: str) -> None:
    case, ledger = CASES[name], tmp_path / "ledger"
    seen = set()
    for at in range(1, 200):
        root = tmp_path / str(at)
        root.mkdir()
        case.prepare(root)
        before = {identity(path) for path in root.rglob("*")}
        code = struck(root, ledger, case, at, mode)
        assert code in (0, 73, NEVER_REACHED, -signal.SIGKILL)
        if code == -signal.SIGKILL:
            lose_power(root, ledger, before)
        writer.sweep(root)
        assert leftovers(root) == []
        state = case.look(root)
        assert state == "new" if code in (0, NEVER_REACHED) else state in ("old", "new")
        seen.add(state)
        if code == NEVER_REACHED:
            break
    else:
        pytest.fail("the operations never ended")
    assert seen == {"old", "new"}


def test_a_failed_write_leaves_nothing_behind_even_before_a_sweep(tmp_path: Path) -> None:
    with pytest.raises(writer.CannotWrite, match="no/such"):
        writer.write_bytes(tmp_path / "no" / "such" / "file", b"x")
    with pytest.raises(ZeroDivisionError), writer.folder(tmp_path / "goal") as folder:
        (folder / "half").write_text(str(1 / 0))
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_there_is_not_overwritten(tmp_path: Path) -> None:
    make(tmp_path / "goal", "first")
    with pytest.raises(FileExistsError):
        make(tmp_path / "goal", "second")
    assert content(tmp_path / "goal") == "first"
    assert [path.name for path in tmp_path.iterdir()] == ["goal"]


def test_what_is_written_is_private(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        writer.make_folder(tmp_path / "x" / "y")
        make(tmp_path / "x" / "y" / "goal", "text")
        writer.write_json(tmp_path / "x" / "file.json", {"a": 1})
    finally:
        os.umask(before)
    for path in (tmp_path / "x").rglob("*"):
        wanted = 0o700 if path.is_dir() else 0o600
        assert stat.S_IMODE(path.stat().st_mode) == wanted, path


def test_json_is_canonical_and_refuses_nan(tmp_path: Path) -> None:
    writer.write_json(tmp_path / "a.json", {"b": [1, 2.5], "a": "ü"})
    assert (tmp_path / "a.json").read_bytes() == '{"a":"ü","b":[1,2.5]}\n'.encode()
    with pytest.raises(ValueError, match="not JSON compliant"):
        writer.write_json(tmp_path / "a.json", float("nan"))


def test_equal_folders_have_equal_bytes(tmp_path: Path) -> None:
    make(tmp_path / "one", "text")
    make(tmp_path / "two", "text")
    assert (tmp_path / "one" / manifest.NAME).read_bytes() == (tmp_path / "two" / manifest.NAME).read_bytes()


def test_a_link_in_a_folder_is_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(ValueError, match="neither a file nor a folder"),
        writer.folder(tmp_path / "x") as folder,
    ):
        (folder / "link").symlink_to("/etc/hostname")
    assert list(tmp_path.iterdir()) == []


def test_a_sweep_spares_the_living_and_the_foreign(tmp_path: Path) -> None:
    dead = Owner("00000000", 1, 1).text
    mine = f".a.tmp-{Owner.me().text}-0"
    for name in (f".a.tmp-{dead}-0", mine, ".a.tmp-of-someone-else", "a.tmp"):
        (tmp_path / name).write_text("x")
    writer.sweep(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {mine, ".a.tmp-of-someone-else", "a.tmp"}


def test_a_process_is_not_taken_for_a_later_one_of_the_same_number() -> None:
    me = Owner.me()
    assert me.alive
    assert Owner.parse(me.text) == me
    assert not Owner(me.boot, me.pid, me.started + 1).alive
    assert not Owner("0123abcd", me.pid, me.started).alive
    assert Owner.parse("nobody") is None


def test_a_zombie_is_dead() -> None:
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.write(write, Owner.me().text.encode())
        os._exit(0)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    owner = Owner.parse(os.read(read, 100).decode())
    assert owner is not None
    assert owner.pid == pid
    assert not owner.alive
    os.waitpid(pid, 0)
    os.close(read)
    os.close(write)


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "x"),
        OSError(errno.EDQUOT, "x"),
        OSError(errno.EROFS, "x"),
        RuntimeError("I/O error: No space left on device (os error 28)"),
        OSError("250000 requested and 131072 written"),
    ],
)
def test_a_full_disk_is_known_whoever_reports_it(error: Exception) -> None:
    assert writer.no_room(error)
    assert not writer.no_room(FileNotFoundError(errno.ENOENT, "no such file"))


# --- the rule: files are written by the writer, or inside a folder that it handed out ---

WRITES = {
    *("write_text", "write_bytes", "touch", "symlink_to", "hardlink_to", "tofile", "save_file", "savez"),
    *(
        "savez_compressed",
        "save_pretrained",
        "dump",
        "to_csv",
        "to_parquet",
        "write_table",
        "copyfile",
        "copy2",
    ),
    *("copytree", "move", "open_memmap", "NamedTemporaryFile", "mkdtemp", "mkstemp", "makedirs"),
}
WRITING_CALLS = {"np.save", "numpy.save", "torch.save", "sqlite3.connect", "shutil.copy", "os.mkdir"}
ALLOWED = {
    "engine/writer.py",
    "engine/lock.py",  # the holder's record, inside the lock file
    "learning/models/dequantise.py",  # a cache below the engine, by the same rule: build, sync, rename
    "command/forms.py",  # appends to the summary of a job on GitHub, which belongs to its runner
}


def opens_to_write(call: ast.Call) -> bool:
    name = ast.unparse(call.func)
    if name == "os.open":
        return re.search("O_WRONLY|O_RDWR|O_CREAT|O_APPEND", ast.unparse(call)) is not None
    if not (name == "open" or name.endswith(".open")):
        return False
    modes = [a for a in (*call.args, *(k.value for k in call.keywords)) if isinstance(a, ast.Constant)]
    return any(isinstance(m.value, str) and set(m.value) & set("wax+") and len(m.value) <= 3 for m in modes)


def raw_writes(tree: ast.AST) -> Iterator[ast.Call]:
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call):
            continue
        name = ast.unparse(call.func)
        if name.startswith("writer.") or "devnull" in ast.unparse(call):
            continue
        if name.rpartition(".")[2] in WRITES or name in WRITING_CALLS or opens_to_write(call):
            yield call


def names_a_folder(call: ast.Call) -> bool:
    return any(
        (isinstance(part, ast.Name) and part.id == "folder")
        or (isinstance(part, ast.Attribute) and part.attr == "folder")
        for part in ast.walk(call)
    )


def is_handed_a_folder(call: ast.Call, tree: ast.Module) -> bool:
    """Whether the write names a folder, or stands in a private function whose every call does."""
    if names_a_folder(call):
        return True
    for function in tree.body:
        if isinstance(function, ast.FunctionDef) and call in ast.walk(function):
            calls = [
                c for c in ast.walk(tree) if isinstance(c, ast.Call) and ast.unparse(c.func) == function.name
            ]
            return function.name.startswith("_") and bool(calls) and all(map(names_a_folder, calls))
    return False


def test_nobody_else_writes_files() -> None:
    """A raw write goes into the `folder` that was handed to its function; else through `writer`."""
    root = Path(next(iter(currc.runtime.__path__)))
    wrong = []
    for path in sorted(root.rglob("*.py")):
        if path.relative_to(root).as_posix() in ALLOWED:
            continue
        tree = ast.parse(path.read_text())
        for call in raw_writes(tree):
            if not is_handed_a_folder(call, tree):
                wrong.append(f"{path.relative_to(root)}:{call.lineno}: {ast.unparse(call)}")
    assert wrong == []


@pytest.mark.parametrize(
    "code",
    [
        "open(place, 'w')",
        "path.open('ab')",
        "open(path, mode='x')",
        "path.write_text(text)",
        "np.save(path / 'x.npy', ids)",
        "json.dump(value, file)",
        "model.save_pretrained(where)",
    ],
)
def test_the_scan_sees_a_write(code: str) -> None:
    tree = ast.parse(code)
    (call,) = raw_writes(tree)
    assert not is_handed_a_folder(call, tree)


@pytest.mark.parametrize(
    "code", ["open(path)", "path.open('rb')", "json.dumps(x)", "writer.write_bytes(p, b)"]
)
def test_the_scan_does_not_see_ghosts(code: str) -> None:
    assert list(raw_writes(ast.parse(code))) == []
