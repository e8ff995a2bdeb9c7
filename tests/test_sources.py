import contextlib
import datetime
import decimal
import gzip
import hashlib
import json
import os
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from currc.compiler.codes import Code
from currc.compiler.plan import Method, Quantity, SourcePlan
from currc.runtime.data.rows import DataError, MissingExtra, Row, row_key
from currc.runtime.data.sources import columns_of, files, lines, read_source, sample, source_digest
from currc.runtime.data.sources.files import find

GOOD = '{"body": "the app crashes", "queue": "bug"}\n{"body": "refund please", "queue": "billing"}\n'


def write(root: Path, name: str, content: str | bytes) -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read(root: Path, *paths: str, **plan: Any) -> list[Row]:
    return read_source(SourcePlan(path=paths, **plan), root)


def complaint(root: Path, *paths: str, **plan: Any) -> DataError:
    with pytest.raises(DataError) as caught:
        read(root, *paths, **plan)
    return caught.value


def test_rows_have_values_keys_and_places(tmp_path: Path) -> None:
    write(
        tmp_path,
        "t.jsonl",
        "\ufeff" + GOOD.replace("\n", "\r\n", 1) + "\n  \n" + '{"body": "ü", "queue": null}',
    )
    rows = read(tmp_path, "t.jsonl")
    assert [row.values["body"] for row in rows] == ["the app crashes", "refund please", "ü"]
    assert [row.place for row in rows] == ["t.jsonl:1", "t.jsonl:2", "t.jsonl:5"]
    canonical = '{"body":"ü","queue":null}'.encode()
    assert rows[2].key == hashlib.sha256(canonical).hexdigest()[:16]


def test_the_key_is_of_the_content_alone() -> None:
    assert row_key({"a": 1, "b": 2}) == row_key({"b": 2, "a": 1})
    assert len({row_key({"a": value}) for value in (1, 1.0, "1", True, None)}) == 5


BAD_LINES = [
    (
        '{"body": "x" "queue": 1}',
        "C0402",
        "the line is not JSON: at column 14, `\"queue\": 1}`: expecting ',' delimiter",
    ),
    ('{"body": "x"', "C0402", "the line is not JSON: at column 13, the line's end: expecting ',' delimiter"),
    ("[1, 2]", "C0402", "the line is JSON but no object: `[1, 2]`"),
    ('"text"', "C0402", 'the line is JSON but no object: `"text"`'),
    ('{"a": NaN}', "C0402", "`NaN` is no JSON value; write null"),
    ('{"a": 1, "a": 2}', "C0402", "the name `a` is given twice in one object"),
    ('{"a": "\\ud800"}', "C0402", "a value has no JSON form: half of a surrogate pair"),
    ("[" * 100_000, "C0402", "the JSON is nested too deeply"),
]


@pytest.mark.parametrize(("line", "code", "message"), BAD_LINES, ids=range(len(BAD_LINES)))
def test_a_bad_json_line(tmp_path: Path, line: str, code: str, message: str) -> None:
    write(tmp_path, "d/t.jsonl", GOOD + line + "\n" + GOOD)
    error = complaint(tmp_path, "d/t.jsonl")
    assert (error.code.value, error.place, error.message) == (code, "d/t.jsonl:3", message)
    assert error.exit_code == 65


def test_nothing_from_a_file_steers_the_terminal(tmp_path: Path) -> None:
    write(tmp_path, "t\x1b[31m.csv", "a\u202e,\x1b]0;x\n1,2,3\n")
    assert complaint(tmp_path, "t\x1b[31m.csv").place == "t\\x1b[31m.csv:2"
    write(tmp_path, "t.csv", "a\u202e,\x1b]0;x\n1,2\n")
    error = complaint(tmp_path, "t.csv", columns={"zzzzzz": "b"})
    assert error.help == "columns: \\x1b]0;x, a\\u202e"
    assert str(error).isprintable() or str(error).replace("\n", "").isprintable()


def test_huge_numbers_are_complaints(tmp_path: Path) -> None:
    write(tmp_path, "t.jsonl", '{"a": 1e999}\n{"a": ' + "9" * 5000 + "}\n")
    error = complaint(tmp_path, "t.jsonl")
    assert error.place == "t.jsonl:1"
    assert "also t.jsonl:2: Exceeds the limit" in error.message


def test_the_first_five_bad_rows_are_named(tmp_path: Path) -> None:
    write(tmp_path, "t.jsonl", GOOD + "no\n" * 3)
    assert complaint(tmp_path, "t.jsonl").message.splitlines() == [
        "the line is not JSON: at column 1, `no`: expecting value",
        "also t.jsonl:4: the line is not JSON: at column 1, `no`: expecting value",
        "also t.jsonl:5: the line is not JSON: at column 1, `no`: expecting value",
    ]
    write(tmp_path, "t.jsonl", "no\n" * 100)
    message = complaint(tmp_path, "t.jsonl").message.splitlines()
    assert len(message) == 6
    assert message[-2:] == [
        "also t.jsonl:5: the line is not JSON: at column 1, `no`: expecting value",
        "reading stopped after 5 bad rows",
    ]


def test_bytes_that_are_not_utf8(tmp_path: Path) -> None:
    write(tmp_path, "t.jsonl", GOOD.encode() + b'{"body": "caf\xe9"}\n')
    error = complaint(tmp_path, "t.jsonl")
    assert (error.code, error.place) == (Code.ENCODING, "t.jsonl:3")
    assert error.message == "byte 0xe9 at position 14 is not UTF-8"
    write(tmp_path, "t.csv", b"body,queue\nok,bug\ncaf\xe9,bug\n")
    assert complaint(tmp_path, "t.csv").place == "t.csv:3"
    write(tmp_path, "u.jsonl", GOOD.encode("utf-16"))
    assert complaint(tmp_path, "u.jsonl").message == "byte 0xff at position 1 is not UTF-8"


def test_a_bad_row_before_the_undecodable_one_is_not_lost(tmp_path: Path) -> None:
    write(tmp_path, "t.jsonl", b"no\n\xff\n")
    error = complaint(tmp_path, "t.jsonl")
    assert error.place == "t.jsonl:1"
    assert "also t.jsonl:2: byte 0xff" in error.message


def test_a_line_without_end_is_refused_before_it_is_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "LONGEST_LINE", 2**20)
    write(tmp_path, "t.jsonl", b'{"a": "' + b"x" * 2**20 + b'"}')
    assert complaint(tmp_path, "t.jsonl").message == "the line is longer than 1 MiB"


def test_csv_values_are_strings_and_places_are_first_lines(tmp_path: Path) -> None:
    write(tmp_path, "t.csv", '\ufeffbody,n\r\n"two\r\nlines, ""quoted""",1\r\n\r\nx,2\r\n')
    rows = read(tmp_path, "t.csv")
    assert [row.values for row in rows] == [
        {"body": 'two\r\nlines, "quoted"', "n": "1"},
        {"body": "x", "n": "2"},
    ]
    assert [row.place for row in rows] == ["t.csv:2", "t.csv:5"]
    write(tmp_path, "t.tsv", "a\tb\n1,5\t2\n")
    assert read(tmp_path, "t.tsv")[0].values == {"a": "1,5", "b": "2"}


@pytest.mark.parametrize(
    ("text", "code", "place", "message"),
    [
        ("a,b\n1,2\n1,2,3\n", "C0402", "t.csv:3", "3 fields where the header has 2"),
        ("a,b\n1\n", "C0402", "t.csv:2", "1 fields where the header has 2"),
        ("a,a\n1,2\n", "C0414", "t.csv:1", "the header names `a` twice"),
        ("a,\n1,2\n", "C0402", "t.csv:1", "a column of the header has no name"),
        ('a,b\n1,2\n"x"y,2\n', "C0402", "t.csv:3", "the record is not CSV: ',' expected after '\"'"),
        ('a,b\n1,"x\n2,3\n', "C0402", "t.csv:2", "the record is not CSV: unexpected end of data"),
        (
            f"a\n{'x' * 200_000}\n",
            "C0402",
            "t.csv:2",
            "the record is not CSV: field larger than field limit (131072)",
        ),
    ],
)
def test_a_bad_csv_record(tmp_path: Path, text: str, code: str, place: str, message: str) -> None:
    write(tmp_path, "t.csv", text)
    error = complaint(tmp_path, "t.csv")
    assert (error.code.value, error.place, error.message) == (code, place, message)


def test_gzip_is_seen_by_its_bytes(tmp_path: Path) -> None:
    packed = gzip.compress(GOOD.encode())
    write(tmp_path, "t.jsonl", GOOD)
    write(tmp_path, "t.jsonl.gz", packed)
    write(tmp_path, "hidden.jsonl", packed)
    plain = [row.key for row in read(tmp_path, "t.jsonl")]
    assert [row.key for row in read(tmp_path, "t.jsonl.gz")] == plain
    assert [row.key for row in read(tmp_path, "hidden.jsonl")] == plain
    assert read(tmp_path, "t.jsonl.gz")[1].place == "t.jsonl.gz:2"


def test_damaged_gzip(tmp_path: Path) -> None:
    packed = gzip.compress("".join(f'{{"n": {i}}}\n' for i in range(20_000)).encode())
    write(tmp_path, "cut.jsonl.gz", packed[: len(packed) // 2])
    error = complaint(tmp_path, "cut.jsonl.gz")
    assert error.message.startswith("the gzip data is damaged: Compressed file ended")
    assert int(error.place.rpartition(":")[2]) > 1
    write(tmp_path, "no.jsonl.gz", GOOD)
    assert complaint(tmp_path, "no.jsonl.gz").message.startswith(
        "the gzip data is damaged: Not a gzipped file"
    )
    flipped = bytearray(packed)
    flipped[len(packed) // 2] ^= 0xFF
    write(tmp_path, "flip.jsonl.gz", bytes(flipped))
    assert complaint(tmp_path, "flip.jsonl.gz").code is Code.BAD_ROW


def test_a_gzip_bomb_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "GRACE", 2**20)
    row = b'{"a": "' + b"x" * 2**16 + b'"}\n'
    bomb = gzip.compress(row * 200)  # 13 MiB from some 14 KiB
    write(tmp_path, "bomb.jsonl.gz", bomb)
    error = complaint(tmp_path, "bomb.jsonl.gz")
    assert "this looks like a decompression bomb" in error.message
    assert error.place == "bomb.jsonl.gz:" + str(max(2**20, 100 * len(bomb)) // len(row) + 1)


def test_parquet_and_arrow(tmp_path: Path) -> None:
    import pyarrow.parquet

    table = pyarrow.table(
        {
            "text": ["a", "b"],
            "n": [1, None],
            "x": [0.5, float("nan")],
            "day": [datetime.date(2026, 1, 2), None],
            "price": [decimal.Decimal("1.50"), None],
            "tags": [["x", "y"], []],
        }
    )
    pyarrow.parquet.write_table(table, tmp_path / "t.parquet")
    with pyarrow.ipc.new_file(tmp_path / "file.arrow", table.schema) as sink:
        sink.write_table(table)
    with pyarrow.ipc.new_stream(tmp_path / "stream.arrow", table.schema) as sink:
        sink.write_table(table)
    rows = read(tmp_path, "t.parquet")
    assert rows[0].values == {
        "text": "a", "n": 1, "x": 0.5, "day": "2026-01-02", "price": "1.50", "tags": ["x", "y"]
    }  # fmt: skip
    assert rows[1].values == {"text": "b", "n": None, "x": None, "day": None, "price": None, "tags": []}
    assert rows[1].place == "t.parquet:2"
    keys = [row.key for row in rows]
    assert [row.key for row in read(tmp_path, "file.arrow")] == keys
    assert [row.key for row in read(tmp_path, "stream.arrow")] == keys

    write(tmp_path, "cut.parquet", (tmp_path / "t.parquet").read_bytes()[:200])
    assert complaint(tmp_path, "cut.parquet").message.startswith("the file is damaged: ")
    pyarrow.parquet.write_table(pyarrow.table({"b": [b"x"]}), tmp_path / "bytes.parquet")
    error = complaint(tmp_path, "bytes.parquet")
    assert (error.place, error.message) == (
        "bytes.parquet:1", "a value of type `bytes` is neither text nor number"
    )  # fmt: skip


def test_parquet_without_pyarrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "t.parquet", b"PAR1")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    error = complaint(tmp_path, "t.parquet")
    assert isinstance(error, MissingExtra)
    assert error.exit_code == 69
    assert (
        error.message == "reading Parquet and Arrow files needs the extra `parquet`, which is not installed"
    )
    assert error.help == "pip install 'currc[parquet]'"


HUB = Method(word="hub", parameters={"name": "org/tickets", "subset": "en", "split": None, "revision": "abc"})


def test_a_hub_without_datasets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    error = complaint(tmp_path, hub=HUB)
    assert isinstance(error, MissingExtra)
    assert error.help == "pip install 'currc[hf]'"
    assert error.place == "hub:org/tickets/en@abc[train]"


def test_hub_rows_are_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def load_dataset(*arguments: Any, **options: Any) -> list[dict[str, Any]]:
        asked.append((arguments, options))
        return [{"a": 1}, {"a": 2}]

    monkeypatch.setitem(sys.modules, "datasets", types.SimpleNamespace(load_dataset=load_dataset))
    rows = read(tmp_path, hub=HUB, columns={"a": "b"})
    assert [(row.values, row.place) for row in rows] == [
        ({"b": 1}, "hub:org/tickets/en@abc[train]:1"),
        ({"b": 2}, "hub:org/tickets/en@abc[train]:2"),
    ]
    assert asked == [(("org/tickets", "en"), {"split": "train", "revision": "abc"})]


def test_an_unreachable_hub_is_no_bad_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def load_dataset(*arguments: Any, **options: Any) -> None:
        raise ConnectionError("no route\nto the hub")

    monkeypatch.setitem(sys.modules, "datasets", types.SimpleNamespace(load_dataset=load_dataset))
    error = complaint(tmp_path, hub=HUB)
    assert (error.exit_code, error.message) == (69, "the rows could not be fetched: no route")


def test_a_missing_path_never_becomes_a_hub_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    error = complaint(tmp_path, "org/tickets")
    assert (error.code, error.exit_code) == (Code.FILE_MISSING, 65)


def test_unknown_formats(tmp_path: Path) -> None:
    for name in ("t.txt", "t", "t.json", "t.parquet.gz"):
        write(tmp_path, name, GOOD)
        error = complaint(tmp_path, name)
        assert error.code is Code.UNKNOWN_FORMAT
        assert error.message == f"a file named `{name}` is of no format that is read here"


def test_globs_are_sorted_and_each_file_is_read_once(tmp_path: Path) -> None:
    for i, name in enumerate(
        ["b/2.jsonl", "b/10.jsonl", "a/1.jsonl", "a/deep/3.jsonl", ".hidden/x.jsonl", "a/.y.jsonl"]
    ):
        write(tmp_path, name, f'{{"n": {i}}}\n')
    names = [file.name for file in find(["*/*.jsonl"], tmp_path)]
    assert names == ["a/1.jsonl", "b/10.jsonl", "b/2.jsonl"]
    names = [file.name for file in find(["b/2.jsonl", "**/*.jsonl"], tmp_path)]
    assert names == ["b/2.jsonl", "a/1.jsonl", "a/deep/3.jsonl", "b/10.jsonl"]
    assert [file.name for file in find(["**"], tmp_path)] == [
        "a/1.jsonl", "a/deep/3.jsonl", "b/10.jsonl", "b/2.jsonl"
    ]  # fmt: skip
    error = complaint(tmp_path, "c/*.jsonl")
    assert (error.code, error.message) == (Code.FILE_MISSING, "no file matches `c/*.jsonl`")


def test_missing_files_name_the_nearest(tmp_path: Path) -> None:
    write(tmp_path, "data/tickets.jsonl", GOOD)
    error = complaint(tmp_path, "data/tickts.jsonl")
    assert (error.code, error.message) == (Code.FILE_MISSING, "there is no file `data/tickts.jsonl`")
    assert error.help == "did you mean `tickets.jsonl`?"


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A project beside a secret, with every kind of way out of it."""
    root = tmp_path / "project"
    write(tmp_path, "secret/s.jsonl", GOOD)
    write(root, "data/t.jsonl", GOOD)
    (root / "folder.jsonl").mkdir()
    os.mkfifo(root / "fifo.jsonl")
    (root / "out.jsonl").symlink_to(tmp_path / "secret/s.jsonl")
    (root / "out").symlink_to(tmp_path / "secret")
    (root / "up").symlink_to("..")
    (root / "ring.jsonl").symlink_to("ring.jsonl")
    (root / "device.jsonl").symlink_to("/dev/zero")
    (root / "within.jsonl").symlink_to("data/t.jsonl")
    return root


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("../secret/s.jsonl", Code.OUTSIDE_ROOT),
        ("data/../../secret/s.jsonl", Code.OUTSIDE_ROOT),
        ("/etc/passwd", Code.OUTSIDE_ROOT),
        ("/dev/zero", Code.OUTSIDE_ROOT),
        ("/proc/self/environ", Code.OUTSIDE_ROOT),
        ("/*/passwd", Code.OUTSIDE_ROOT),
        ("", Code.NOT_A_FILE),
        ("data/t.jsonl\0.png", Code.OUTSIDE_ROOT),
        ("out.jsonl", Code.OUTSIDE_ROOT),
        ("out/s.jsonl", Code.OUTSIDE_ROOT),
        ("device.jsonl", Code.OUTSIDE_ROOT),
        ("up/secret/s.jsonl", Code.OUTSIDE_ROOT),
        ("out.*", Code.OUTSIDE_ROOT),
        ("out/*.jsonl", Code.FILE_MISSING),
        ("../*/s.jsonl", Code.FILE_MISSING),
        ("up/secret/*.jsonl", Code.FILE_MISSING),
        ("fifo.jsonl", Code.NOT_A_FILE),
        ("fifo.*", Code.NOT_A_FILE),
        ("folder.jsonl", Code.NOT_A_FILE),
        (".", Code.NOT_A_FILE),
        ("ring.jsonl", Code.FILE_MISSING),
        ("~/x.jsonl", Code.FILE_MISSING),
        ("$HOME/x.jsonl", Code.FILE_MISSING),
        ("${HOME}/x.jsonl", Code.FILE_MISSING),
        ("data/t.jsonl/x.jsonl", Code.FILE_MISSING),
        ("x" * 5000, Code.FILE_MISSING),
        ("file:///etc/passwd", Code.FILE_MISSING),
        ("https://host/t.jsonl", Code.FILE_MISSING),
    ],
)
def test_paths_lead_to_files_of_the_project_only(hostile: Path, path: str, code: Code) -> None:
    assert complaint(hostile, path).code is code


def test_links_inside_the_project_are_followed(hostile: Path) -> None:
    assert len(read(hostile, "within.jsonl")) == 2
    assert len(read(hostile, "data/../within.jsonl")) == 2


def test_a_file_that_turns_into_a_pipe_or_link_is_not_opened(hostile: Path) -> None:
    (file,) = find(["data/t.jsonl"], hostile)
    file.path.unlink()
    os.mkfifo(file.path)
    with pytest.raises(DataError, match="C0415"):
        files.open_file(file)
    file.path.unlink()
    file.path.symlink_to("/etc/passwd")
    with pytest.raises(DataError, match="C0401"):
        files.open_file(file)


def test_globs_look_at_a_limited_number_of_entries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for i in range(40):
        write(tmp_path, f"{i}/t.jsonl", GOOD)
    (tmp_path / "0/loop").symlink_to("..")
    monkeypatch.setattr(files, "MOST_ENTRIES", 500)
    assert len(find(["**/*.jsonl"], tmp_path)) == 40
    assert complaint(tmp_path, "**/**/**/**/**/*.jsonl").message == (
        "`**/**/**/**/**/*.jsonl` looks at more than 500 folder entries"
    )


def test_renames(tmp_path: Path) -> None:
    write(tmp_path, "t.csv", "Ticket Text,queue\nhello,bug\n")
    rows = read(tmp_path, "t.csv", columns={"Ticket Text": "body"})
    assert rows[0].values == {"body": "hello", "queue": "bug"}
    assert rows[0].key == row_key({"body": "hello", "queue": "bug"})
    assert columns_of(SourcePlan(path=("t.csv",), columns={"Ticket Text": "body"}), tmp_path) == (
        "body",
        "queue",
    )

    error = complaint(tmp_path, "t.csv", columns={"Ticket Txt": "body"})
    assert (error.code, error.place, error.message, error.help) == (
        Code.COLUMN_MISSING,
        "t.csv",
        "no row has the column `Ticket Txt` that is renamed to `body`",
        "did you mean `Ticket Text`?",
    )
    error = complaint(tmp_path, "t.csv", columns={"Ticket Text": "queue"})
    assert (error.code, error.message) == (
        Code.DUPLICATE_COLUMN,
        "after the renames two columns are named `queue`",
    )
    swapped = read(tmp_path, "t.csv", columns={"Ticket Text": "queue", "queue": "Ticket Text"})
    assert swapped[0].values == {"queue": "hello", "Ticket Text": "bug"}


def test_equal_rows_are_dropped_whatever_their_column_order(tmp_path: Path) -> None:
    write(tmp_path, "a.jsonl", '{"a": 1, "b": 2}\n{"a": 3, "b": 4}\n{"b": 2, "a": 1}\n')
    write(tmp_path, "b.jsonl", '{"a": 3, "b": 4}\n{"a": 1.0, "b": 2}\n')
    assert [row.place for row in read(tmp_path, "*.jsonl")] == ["a.jsonl:1", "a.jsonl:2", "b.jsonl:2"]
    assert len(read(tmp_path, "*.jsonl", dedup="none")) == 5


def rows_of(count: int) -> list[Row]:
    return [Row({"n": n}, row_key({"n": n}), f"t:{n}") for n in range(count)]


@settings(deadline=None, max_examples=30)
@given(st.permutations(range(200)), st.floats(0, 1))
def test_a_sampled_share_depends_on_the_rows_alone(order: list[int], share: float) -> None:
    rows, amount = rows_of(200), Quantity(amount=share, unit="share")
    chosen = {row.key for row in sample(rows, amount)}
    assert {row.key for row in sample([rows[i] for i in order], amount)} == chosen
    half = [rows[i] for i in order[:100]]
    assert {row.key for row in sample(half, amount)} == chosen & {row.key for row in half}
    assert abs(len(chosen) - 200 * share) <= 5 * (200 * 0.25) ** 0.5


@settings(deadline=None, max_examples=30)
@given(st.permutations(range(50)), st.integers(0, 60))
def test_a_sampled_number_is_exact_and_keeps_the_order(order: list[int], number: int) -> None:
    rows = [rows_of(50)[i] for i in order]
    chosen = sample(rows, Quantity(amount=number, unit="examples"))
    assert len(chosen) == min(50, number)
    assert [row for row in rows if row in chosen] == chosen
    assert {row.key for row in chosen} == {
        row.key for row in sample(rows_of(50), Quantity(amount=number, unit="examples"))
    }


def test_the_digest_is_what_sha256sum_prints(tmp_path: Path) -> None:
    write(tmp_path, "b.jsonl", GOOD)
    write(tmp_path, "a.jsonl", '{"a": 1}\n')
    digest = source_digest(SourcePlan(path=("b.jsonl", "a.jsonl")), tmp_path)
    shell = subprocess.run(
        "sha256sum a.jsonl b.jsonl | sha256sum", shell=True, cwd=tmp_path, capture_output=True
    )
    assert shell.stdout.decode().split()[0] == digest
    assert source_digest(SourcePlan(path=("*.jsonl",), dedup="none"), tmp_path) == digest
    with (tmp_path / "a.jsonl").open("a") as file:
        file.write(" ")
    assert source_digest(SourcePlan(path=("*.jsonl",)), tmp_path) != digest


def test_file_names_need_not_be_utf8(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.jsonl")).write_text(GOOD)
    plan = SourcePlan(path=("*.jsonl",))
    assert len(read_source(plan, tmp_path)) == 2
    assert len(source_digest(plan, tmp_path)) == 64


def test_a_pinned_digest(tmp_path: Path) -> None:
    write(tmp_path, "t.jsonl", GOOD)
    digest = hashlib.sha256(GOOD.encode()).hexdigest()
    assert len(read(tmp_path, "t.jsonl", sha256=digest)) == 2
    write(tmp_path, "t.jsonl", GOOD + " ")
    error = complaint(tmp_path, "t.jsonl", sha256=digest)
    now = hashlib.sha256((GOOD + " ").encode()).hexdigest()
    assert (error.code, error.message) == (
        Code.DATA_CHANGED,
        f"the data has SHA-256 {now[:12]}…, the spec pins {digest[:12]}…",
    )
    assert now in error.help


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30)
@given(st.lists(st.dictionaries(st.text(), values, max_size=4), max_size=5))
def test_any_json_object_is_read_as_written(tmp_path: Path, objects: list[dict[str, Any]]) -> None:
    write(tmp_path, "t.jsonl", "".join(json.dumps(value, ensure_ascii=False) + "\n" for value in objects))
    rows = read(tmp_path, "t.jsonl", dedup="none")
    assert [row.values for row in rows] == objects


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=200)
@given(
    st.binary(max_size=200),
    st.sampled_from(["t.jsonl", "t.csv", "t.tsv", "t.jsonl.gz", "t.parquet", "t.arrow"]),
)
def test_no_bytes_end_in_another_error_than_ours(tmp_path: Path, content: bytes, name: str) -> None:
    write(tmp_path, name, content)
    with contextlib.suppress(DataError):
        assert all(isinstance(row, Row) for row in read(tmp_path, name))
