"""The store: what it hands out is what was put in, to the bit, or nothing."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from currc.runtime.engine import manifest, writer
from currc.runtime.engine.store import Missing, Store

KEY = "0123456789abcdef" * 4


def fill(size: int = 3000) -> Callable[[Path], None]:
    def build(folder: Path) -> None:
        (folder / "weights.bin").write_bytes(random.Random(size).randbytes(size))
        (folder / "cursor.json").write_text('{"steps": 12}')

    return build


def flip(path: Path, bit: int) -> None:
    data = bytearray(path.read_bytes())
    data[bit // 8] ^= 1 << (bit % 8)
    path.write_bytes(data)


def test_a_published_node_is_there_and_whole(tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert not store.has(KEY)
    with pytest.raises(Missing):
        store.open(KEY)
    store.publish(KEY, fill(), {"kind": "train", "name": "easy seed 1"})
    assert store.has(KEY)
    assert (store.open(KEY) / "cursor.json").read_text() == '{"steps": 12}'
    assert store.about(KEY) == {"key": KEY, "kind": "train", "name": "easy seed 1"}


def test_equal_nodes_have_equal_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        Store(tmp_path / name).publish(KEY, fill(), {"kind": "train"})
    files = {
        name: {p.name: p.read_bytes() for p in Store(tmp_path / name).path(KEY).iterdir()} for name in "ab"
    }
    assert files["a"] == files["b"]


def test_looking_writes_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    assert not store.has(KEY)
    assert store.checkpoints(KEY).latest() is None
    assert store.cost(KEY) == {}
    assert not (tmp_path / "store").exists()


def test_300_flipped_bits_and_not_one_silent_load(tmp_path: Path) -> None:
    """Any bit of any file of a node, its manifest included (safetensors alone let 289 of 300 pass)."""
    dice = random.Random(0)
    warnings: list[str] = []
    path = Store(tmp_path).publish(KEY, fill())
    for number in range(300):
        file = dice.choice(sorted(path.iterdir()))
        bit = dice.randrange(file.stat().st_size * 8)
        flip(file, bit)
        with pytest.raises(Missing):
            Store(tmp_path, warnings.append).open(KEY)
        assert not path.exists()
        (tmp_path / "damaged" / f"{KEY}.0").rename(path)
        flip(file, bit)
        assert Store(tmp_path).open(KEY)
        assert len(warnings) == number + 1
    assert "it will be computed again" in warnings[0]


def test_a_cut_file_is_seen_without_reading_it(tmp_path: Path) -> None:
    for length in (0, 1, 2999):
        Store(tmp_path).publish(KEY, fill())
        path = Store(tmp_path).path(KEY) / "weights.bin"
        path.write_bytes(path.read_bytes()[:length])
        assert not Store(tmp_path).has(KEY)


@pytest.mark.parametrize("file", ["weights.bin", manifest.NAME])
def test_a_missing_file_is_a_missing_node(tmp_path: Path, file: str) -> None:
    store = Store(tmp_path)
    store.publish(KEY, fill())
    (store.path(KEY) / file).unlink()
    assert not store.has(KEY)
    store.publish(KEY, fill())
    assert store.open(KEY)


def test_a_node_under_another_key_is_not_that_node(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.publish(KEY, fill())
    other = "f" * 64
    writer.make_folder(store.path(other).parent)
    store.path(KEY).rename(store.path(other))
    assert not store.has(other)
    with pytest.raises(Missing):
        store.open(other)


def test_every_byte_is_read_once_in_a_process(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.publish(KEY, fill())
    store.open(KEY)
    flip(store.path(KEY) / "weights.bin", 5)
    store.open(KEY)  # the same object does not look again
    with pytest.raises(Missing):
        Store(tmp_path).open(KEY)


def test_a_failed_build_leaves_nothing(tmp_path: Path) -> None:
    def build(folder: Path) -> None:
        fill()(folder)
        raise ValueError("no")

    store = Store(tmp_path)
    with pytest.raises(ValueError, match="no"):
        store.publish(KEY, build)
    assert list(store.path(KEY).parent.iterdir()) == []


def test_the_first_to_publish_wins(tmp_path: Path) -> None:
    store = Store(tmp_path)

    def build(folder: Path) -> None:
        Store(tmp_path).publish(KEY, fill(10))
        fill(20)(folder)

    store.publish(KEY, build)
    assert (store.open(KEY) / "weights.bin").stat().st_size == 10
    assert [path.name for path in store.path(KEY).parent.iterdir()] == [KEY]


# --- checkpoints ---


def test_two_checkpoints_stay_and_the_newest_counts(tmp_path: Path) -> None:
    checkpoints = Store(tmp_path).checkpoints(KEY)
    for step in (5, 10, 15):
        checkpoints.save(step, fill(step), {"stage": "basics"})
    latest = checkpoints.latest()
    assert latest is not None
    assert (latest.step, latest.about["stage"]) == (15, "basics")
    assert (latest.folder / "weights.bin").stat().st_size == 15
    assert [path.name for path in sorted(checkpoints.place.iterdir())] == ["000000000010", "000000000015"]


@pytest.mark.parametrize("damage", ["flip", "cut", "no manifest", "empty"])
def test_a_damaged_checkpoint_falls_back_to_the_one_before(tmp_path: Path, damage: str) -> None:
    warnings: list[str] = []
    checkpoints = Store(tmp_path, warnings.append).checkpoints(KEY)
    for step in (5, 10):
        checkpoints.save(step, fill())
    broken = checkpoints.place / "000000000010"
    if damage == "flip":
        flip(broken / "weights.bin", 777)
    elif damage == "cut":
        (broken / "weights.bin").write_bytes(b"x")
    else:
        for path in broken.iterdir():
            if damage == "empty" or path.name == manifest.NAME:
                path.unlink()
    latest = checkpoints.latest()
    assert latest is not None
    assert latest.step == 5
    assert "the checkpoint before it is used" in warnings[0]
    checkpoints.save(10, fill(7))
    again = checkpoints.latest()
    assert again is not None
    assert again.step == 10


def test_all_checkpoints_damaged_is_none(tmp_path: Path) -> None:
    checkpoints = Store(tmp_path).checkpoints(KEY)
    for step in (5, 10):
        checkpoints.save(step, fill())
        flip(checkpoints.place / f"{step:012d}" / "weights.bin", 9)
    assert checkpoints.latest() is None


def test_checkpoints_go_when_their_node_is_published(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.checkpoints(KEY).save(5, fill())
    store.publish(KEY, fill())
    assert list((tmp_path / "checkpoints").iterdir()) == []


def test_recovery_removes_what_the_dead_left(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.publish(KEY, fill())
    store.checkpoints(KEY).save(5, fill())  # as if the process had died before clearing them
    dead = f".{KEY}.tmp-00000000-1-1-0"
    (store.path(KEY).parent / dead).mkdir()
    (store.path(KEY).parent / dead / "weights.bin").write_bytes(b"half")
    store.recover()
    assert not store.checkpoints(KEY).place.exists()
    assert [path.name for path in store.path(KEY).parent.iterdir()] == [KEY]
    assert store.open(KEY)


def test_costs_are_kept_beside_results(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.record_cost(KEY, {"seconds": 1.5, "cpu": 1.25, "peak_rss": 1e6})
    assert store.cost(KEY) == {"seconds": 1.5, "cpu": 1.25, "peak_rss": 1e6}
