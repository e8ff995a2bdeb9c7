"""Texts that were made to exhaust the compiler: each ends with a complaint that names its limit."""

from __future__ import annotations

from pathlib import Path

import pytest
from specs import TWO_ARMS, changed, codes

from currc.compiler.compile import analyse
from currc.compiler.diagnostic import MOST_KEPT
from currc.compiler.suggest import suggest
from currc.runtime.vocabulary import Vocabulary

EDITION = "edition 2026\n"


def using(folder: Path, count: int) -> str:
    for number in range(count):
        (folder / f"f{number}.curr").write_text(EDITION)
    return EDITION + "".join(f'use "f{number}.curr" as f{number}\n' for number in range(count))


def chained(folder: Path, depth: int) -> str:
    for number in range(1, depth + 1):
        inner = f'use "f{number + 1}.curr" as f\n' if number < depth else ""
        (folder / f"f{number}.curr").write_text(EDITION + inner)
    return EDITION + 'use "f1.curr" as f\n'


def test_used_files_are_counted(tmp_path: Path) -> None:
    assert "C0038" not in codes(using(tmp_path, 256), tmp_path)
    assert codes(using(tmp_path, 257), tmp_path).count("C0038") == 1


def test_used_files_are_sixteen_deep_at_most(tmp_path: Path) -> None:
    assert "C0038" not in codes(chained(tmp_path, 16), tmp_path)
    assert codes(chained(tmp_path, 17), tmp_path).count("C0038") == 1


def test_references_count_as_trials() -> None:
    task = 'task t{}: extract {{\n  train = tickets\n  gold = tickets_gold\n  prompt = "{{body}}"\n'
    many = "".join(f'{task.format(n)}  target = "{{a}}"\n  metric = exact_match\n}}\n' for n in range(60))
    text = changed(TWO_ARMS, ("control = baseline", "control = baseline\n  references = [pairs]")) + many
    assert "C0504" in codes(text)
    assert "C0504" not in codes(changed(text, ("[pairs]", "[leave_one_out]")))


def test_two_hundred_errors_are_enough() -> None:
    text = EDITION + "train {\n" + "".join(f"  wrong{n} = 1\n" for n in range(5_000)) + "}\n"
    assert len(analyse(text, Vocabulary())[1]) == MOST_KEPT


@pytest.mark.parametrize("items", [['"l{}"', "  labels = [{}]\n  metric"]])
def test_a_list_of_thousands_is_not_searched_for_each_item(items: list[str]) -> None:
    label, line = items
    listed = ", ".join(label.format(n) for n in range(20_000))
    assert codes(changed(TWO_ARMS, ("  metric", line.format(listed)))) == []


def test_a_circle_of_thousands_is_told_in_a_line() -> None:
    text = EDITION + "".join(f"let a{n} = a{(n + 1) % 5_000}\n" for n in range(5_000))
    [circle] = [it for it in analyse(text, Vocabulary())[1] if it.code.value == "C0107"]
    assert len(circle.message) < 200
    assert len(circle.secondary) < 10


def test_a_name_is_found_among_thousands() -> None:
    names = [f"source_{n:05d}" for n in range(8_000)]
    assert suggest("source_04711x", names) == ("source_04711",)
    assert suggest("xsource_04711", names) == ("source_04711",)
    assert suggest("a" * 60_000, ["a" * 59_999]) == ()
