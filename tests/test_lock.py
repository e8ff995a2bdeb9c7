"""The lock: one writer a store, known by name, gone with its process."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from currc.runtime.engine.lock import Locked
from currc.runtime.engine.store import Store


def forked(act: Callable[[], int]) -> int:
    """Process number of a child that exits with what `act` returns."""
    pid = os.fork()
    if pid == 0:
        code = 99
        try:
            code = act()
        finally:
            os._exit(code)
    return pid


def exit_code(pid: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def hold(root: Path, gate: int) -> int:
    """0 if the lock was won; it is kept until `gate` closes."""
    try:
        with Store(root).lock("currc run a.curr"):
            os.read(gate, 1)
    except Locked:
        return 3
    return 0


def test_of_20_processes_exactly_one_wins(tmp_path: Path) -> None:
    for round_ in range(3):
        read, write = os.pipe()

        def contend(read: int = read, write: int = write, root: Path = tmp_path / str(round_)) -> int:
            os.close(write)
            return hold(root, read)

        pids = [forked(contend) for _ in range(20)]
        losers = 0
        while losers < 19:  # all but the winner leave by themselves
            pid, status = os.wait()
            assert os.waitstatus_to_exitcode(status) == 3
            pids.remove(pid)
            losers += 1
        os.close(write)
        os.close(read)
        (winner,) = pids
        assert exit_code(winner) == 0


def test_the_loser_is_told_who_when_and_what(tmp_path: Path) -> None:
    with Store(tmp_path).lock("currc run a.curr"):
        with pytest.raises(Locked) as found, Store(tmp_path).lock("currc run b.curr"):
            pass
        record = found.value.record
        assert record is not None
        assert record.pid == os.getpid()
        text = str(found.value)
        for part in ("currc run a.curr", str(os.getpid()), record.host, record.since, record.id):
            assert part in text


def test_a_lock_is_free_after_its_block_and_after_an_error(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for _ in range(2):
        with pytest.raises(RuntimeError), store.lock("first"):
            raise RuntimeError
        with store.lock("second") as lock:
            assert lock.stale is None


def test_the_lock_of_a_killed_holder_is_free_and_its_record_found(tmp_path: Path) -> None:
    read, write = os.pipe()
    pid = forked(lambda: hold(tmp_path, read))
    while not (tmp_path / "lock").exists() or not (tmp_path / "lock").read_text():
        time.sleep(0.01)
    os.kill(pid, signal.SIGKILL)
    assert exit_code(pid) == -signal.SIGKILL
    with Store(tmp_path).lock("currc run b.curr") as lock:
        assert lock.stale is not None
        assert lock.stale.pid == pid
    os.close(read)
    os.close(write)


def test_one_who_waits_gets_it_next(tmp_path: Path) -> None:
    read, write = os.pipe()
    pid = forked(lambda: hold(tmp_path, read))
    while not (tmp_path / "lock").exists() or not (tmp_path / "lock").read_text():
        time.sleep(0.01)
    with pytest.raises(Locked), Store(tmp_path).lock("impatient", wait=0.1):
        pass
    os.write(write, b"x")
    with Store(tmp_path).lock("patient", wait=30.0):
        assert exit_code(pid) == 0
    os.close(read)
    os.close(write)
