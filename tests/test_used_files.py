"""Used files, constants, overrides and drops where they meet each other."""

from __future__ import annotations

from pathlib import Path

import pytest
from specs import STAGED, TWO_ARMS, changed, codes, complaints_of, plan_of

from currc.runtime.command import main

INNER = 'edition 2026\n\nlet most = 30%\n\nsource rows {\n  path = "a.jsonl"\n}\n'
LIB = """edition 2026

use "inner.curr" as deep

source gold {
  path = "g.jsonl"
}

task place: extract {
  train = deep.rows
  gold = gold
  prompt = "{body}"
  target = "{place}"
}
"""
OTHER = 'edition 2026\n\nuse "inner.curr" as deep\n\nlet most = deep.most\n'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    texts = {"inner": INNER, "lib": LIB, "other": OTHER}
    texts |= {f"ring{n}": f'edition 2026\n\nuse "ring{1 - n}.curr" as next\n' for n in (0, 1)}
    for name, text in texts.items():
        (tmp_path / f"{name}.curr").write_text(text)
    return tmp_path


def using(lines: str, text: str = TWO_ARMS) -> str:
    return changed(text, ("edition 2026\n", f"edition 2026\n\n{lines}\n"))


def test_a_used_file_uses_another_and_its_names_lead_there(root: Path) -> None:
    place = plan_of(using('use "lib.curr" as lib'), root).arm("baseline").tasks["lib.place"]
    assert (place.train, place.gold) == ("lib.deep.rows", "lib.gold")


def test_one_file_may_be_used_by_two_ways(root: Path) -> None:
    text = using('use "lib.curr" as lib\nuse "other.curr" as second', STAGED)
    assert codes(changed(text, ("max = 30%", "max = second.most")), root) == []
    plan = plan_of(changed(text, ("max = 30%", "max = lib.deep.most")), root)
    assert plan.hash() == plan_of(changed(text, ("max = 30%", "max = second.deep.most")), root).hash()


def test_files_that_use_each_other_are_told_once(root: Path) -> None:
    assert complaints_of(using('use "ring0.curr" as ring'), root) == [("C0107", '"ring0.curr"')]


def test_an_arm_overrides_what_a_used_file_says(root: Path) -> None:
    text = using('use "lib.curr" as lib') + "\narm third extends baseline {\n  lib.place.weight = 2\n}\n"
    plan = plan_of(text, root)
    assert [plan.arm(arm).tasks["lib.place"].weight for arm in ("third", "baseline")] == [2.0, 1.0]
    assert plan.arm("third").factors == ("lib.place.weight",)


def test_a_block_extends_one_of_a_used_file_and_keeps_its_names(root: Path) -> None:
    city = '\ntask city: extract extends lib.place {\n  target = "{city}"\n}\n'
    task = plan_of(using('use "lib.curr" as lib') + city, root).arm("baseline").tasks["city"]
    assert (task.train, task.prompt, task.target) == ("lib.deep.rows", "{body}", "{city}")


@pytest.mark.parametrize(
    ("limit", "steps"),
    [
        ("2 * 50 steps", 100.0),
        ("40 * 10 steps / 2", 200.0),
        ("100 steps + 20 steps", 120.0),
        ("twice", 200.0),
    ],
)
def test_constants_and_units_are_computed_with(limit: str, steps: float) -> None:
    text = using("let once = 100 steps\nlet twice = 2 * once")
    assert plan_of(changed(text, ("400 steps", limit))).budget.limit == steps


def test_hours_and_minutes_add_up_and_other_dimensions_do_not() -> None:
    time = ("match = steps", "time = 1 h + 30 min\n  match = steps")
    assert plan_of(changed(TWO_ARMS, time)).budget.time == 5400.0
    assert complaints_of(changed(TWO_ARMS, ("400 steps", "100 steps + 5 min"))) == [
        ("C0211", "100 steps + 5 min")
    ]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("school.basics.take", []),
        ("school.basics.promote", []),
        ("school.basics", ["C0603"]),
        ("school", ["C0603"]),
    ],
)
def test_an_arm_drops_attributes_and_promotions_but_no_stage_or_schedule(
    path: str, expected: list[str]
) -> None:
    assert codes(f"{STAGED}\narm third extends other {{\n  drop {path}\n}}\n") == expected


FAULTY = INNER.replace("rows {", "rows }")


@pytest.mark.parametrize(
    ("stand", "named", "file"),
    [
        ("", "specs/desk.curr", "specs/shared/inner.curr"),
        ("specs", "desk.curr", "shared/inner.curr"),
        ("specs/shared", "../desk.curr", "../shared/inner.curr"),
        ("", "linked.curr", "{here}/specs/shared/inner.curr"),
    ],
    ids=["from above", "beside it", "from below", "through a link"],
)
@pytest.mark.parametrize(
    "command", [("check",), ("plan", "--no-data"), ("show",)], ids=lambda words: words[0]
)
def test_a_used_file_is_called_as_one_can_open_it_from_here(
    command: tuple[str, ...],
    stand: str,
    named: str,
    file: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    shared = tmp_path / "specs" / "shared"
    shared.mkdir(parents=True)
    (shared / "inner.curr").write_text(FAULTY)
    (shared / "lib.curr").write_text(LIB)
    (shared.parent / "desk.curr").write_text(using('use "shared/lib.curr" as lib'))
    (tmp_path / "linked.curr").symlink_to(shared.parent / "desk.curr")
    monkeypatch.chdir(tmp_path / stand)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("CURRC_CACHE")
    expected = file.format(here=tmp_path.resolve())
    for _ in range(2):  # `check` reads, then remembers
        assert main([*command, named]) == 1
        out, err = capsys.readouterr()
        assert f"--> {expected}:5:13" in out + err
