from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from specs import MATERIAL, TWO_ARMS, changed, codes, complaints_of, plan_of, spec_of

from currc.compiler.circles import circles


def test_blocks_mean_the_same_in_any_order() -> None:
    first, *blocks = TWO_ARMS.split("\n\n")
    assert plan_of("\n\n".join([first, *reversed(blocks)])).hash() == plan_of(TWO_ARMS).hash()


def test_a_name_given_twice_keeps_its_first_block() -> None:
    text = changed(
        TWO_ARMS, ("source tickets_gold", 'source tickets {\n  path = "x.jsonl"\n}\n\nsource tickets_gold')
    )
    assert complaints_of(text) == [("C0101", "tickets")]


def test_blocks_and_constants_share_one_namespace() -> None:
    text = changed(TWO_ARMS, ("model student", "let route = 3\n\nmodel student"))
    assert complaints_of(text) == [("C0101", "route")]


def test_kind_names_are_reserved_for_blocks_and_constants() -> None:
    text = changed(TWO_ARMS, ("model student", "let budget = 3\n\nmodel student"), ("arm other", "arm train"))
    assert complaints_of(text) == [("C0108", "budget"), ("C0108", "train")]


@pytest.mark.parametrize(
    ("value", "same"),
    [
        ("2 * 200 steps", "400 steps"),
        ("800 steps / 2", "400 steps"),
        ("50% * 800 steps", "400 steps"),
        ("100 steps + 300 steps", "400 steps"),
        ("500 steps - 100 steps", "400 steps"),
        ("(1 + 3) * 100 steps", "400 steps"),
        ("half * 2", "400 steps"),
        ("800 steps / 4 steps * 2 steps", "400 steps"),
    ],
)
def test_arithmetic_keeps_dimensions(value: str, same: str) -> None:
    constants = f"let half = 200 steps\nlet limit_here = {value}\n\nmodel student"
    text = changed(TWO_ARMS, ("model student", constants), ("limit = 400 steps", "limit = limit_here"))
    assert plan_of(text).budget == plan_of(changed(TWO_ARMS, ("400 steps", same))).budget


def test_decimal_arithmetic_gives_the_same_plan_as_the_number_itself() -> None:
    def text(lr: str) -> str:
        return changed(
            TWO_ARMS, ("model student", f"let base_lr = 1e-4\n\ntrain {{\n  lr = {lr}\n}}\n\nmodel student")
        )

    assert plan_of(text("base_lr * 3")).hash() == plan_of(text("3e-4")).hash()


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("1 steps + 1 tokens", "C0211"),
        ("2 steps * 3 steps", "C0211"),
        ("1 + 1 steps", "C0211"),
        ("2 / 1 steps", "C0211"),
        ("1 steps / 0", "C0212"),
        ("1 stepps", "C0210"),
        ("nothing * 2", "C0104"),
        ("1e308 * 10 steps", "C0203"),
        ('"text" * 2', "C0201"),
    ],
)
def test_arithmetic_without_meaning_is_reported(value: str, code: str) -> None:
    text = changed(TWO_ARMS, ("limit = 400 steps", f"limit = {value}"))
    assert codes(text) == [code]


def test_a_constant_may_be_of_any_type() -> None:
    lets = (
        'let files = ["a.jsonl", "b.jsonl"]\n'
        "let pace = root(start = 20%, full_at = 60%)\n"
        'let file = "data/gold.jsonl"\n'
    )
    text = changed(
        TWO_ARMS,
        ("model student", f"{lets}\nmodel student"),
        ('path = "data/tickets/*.jsonl"', "path = files"),
        ('path = "data/gold.jsonl"', "path = file"),
        ("pacing = root(start = 20%, full_at = 60%)", "pacing = pace"),
    )
    written = changed(TWO_ARMS, ('path = "data/tickets/*.jsonl"', 'path = ["a.jsonl", "b.jsonl"]'))
    assert plan_of(text).hash() == plan_of(written).hash()


def test_circles_of_constants_are_reported_once_and_their_users_are_silent() -> None:
    text = changed(
        TWO_ARMS,
        ("model student", "let one = two\nlet two = one + 1 steps\n\nmodel student"),
        ("limit = 400 steps", "limit = one"),
    )
    assert complaints_of(text) == [("C0107", "one")]


def test_a_tower_of_constants_is_refused_in_bounded_time() -> None:
    levels = "\n".join(f"let c{i} = c{i + 1} + c{i + 1}" for i in range(40))
    text = changed(
        TWO_ARMS,
        ("model student", f"{levels}\nlet c40 = 1 steps\n\nmodel student"),
        ("limit = 400 steps", "limit = c0"),
    )
    assert set(codes(text)) == {"C0031"}


def test_a_long_chain_of_constants_is_refused_without_exhausting_the_stack() -> None:
    levels = "\n".join(f"let c{i} = c{i + 1}" for i in range(5000))
    text = changed(TWO_ARMS, ("model student", f"{levels}\nlet c5000 = 1 steps\n\nmodel student"))
    assert codes(changed(text, ("limit = 400 steps", "limit = c0"))) == ["C0031"]


def test_extends_takes_over_what_the_block_does_not_say() -> None:
    twin = """
task urgency extends route {
  target = "{urgency}"
}
"""
    text = TWO_ARMS + twin.replace("task urgency", "task urgency: classify")
    task = plan_of(text).arm("baseline").tasks["urgency"]
    assert (task.target, task.train, task.metric.word) == ("{urgency}", "tickets", "macro_f1")
    assert spec_of(text).find("urgency.train").origins[0].kind == "inherited"  # type: ignore[union-attr]


def test_extends_needs_a_block_of_the_same_kind() -> None:
    assert complaints_of(changed(TWO_ARMS, ("other extends baseline", "other extends gentle"))) == [
        ("C0114", "gentle")
    ]
    assert complaints_of(changed(TWO_ARMS, ("other extends baseline", "other extends basline"))) == [
        ("C0104", "basline")
    ]
    assert complaints_of(changed(TWO_ARMS, ("budget {", "budget extends other {"))) == [("C0117", "other")]


def test_documentation_is_kept_with_its_block() -> None:
    text = changed(TWO_ARMS, ("task route", "## Which queue?\n## One of four.\ntask route"))
    assert spec_of(text).parts["route"].doc == "Which queue?\nOne of four."


class TestUse:
    LIBRARY = MATERIAL[: MATERIAL.index("budget {")].replace(
        "edition 2026\n", "edition 2026\n\nlet many = 400 steps\n"
    )
    MAIN = """edition 2026

use "shared/tasks.curr" as lib

schedule gentle {
  by = lib.reading_load
  order = easy_first
  pacing = root(start = 20%, full_at = 60%)
}

budget {
  match = steps
  limit = lib.many
}

arm baseline {
  mix = unimax(epochs = 4)
}

arm other extends baseline {
  schedule = gentle
  lib.route.weight = 2
}

decide {
  control = baseline
  metric = lib.route.macro_f1
}
"""

    @pytest.fixture
    def root(self, tmp_path: Path) -> Path:
        (tmp_path / "shared").mkdir()
        (tmp_path / "shared" / "tasks.curr").write_text(self.LIBRARY)
        return tmp_path

    def test_blocks_are_called_by_the_name_of_their_file(self, root: Path) -> None:
        plan = plan_of(self.MAIN, root)
        assert sorted(plan.arm("baseline").tasks) == ["lib.product", "lib.route"]
        assert plan.arm("baseline").tasks["lib.route"].train == "lib.tickets"
        assert plan.arm("other").tasks["lib.route"].weight == 2.0
        assert plan.budget.limit == 400.0

    def test_a_used_file_may_use_another(self, root: Path) -> None:
        (root / "shared" / "lengths.curr").write_text("edition 2026\n\nlet many = 400 steps\n")
        own = self.LIBRARY.replace(
            "let many = 400 steps", 'use "lengths.curr" as inner\n\nlet many = inner.many'
        )
        (root / "shared" / "tasks.curr").write_text(own)
        assert plan_of(self.MAIN, root).budget.limit == 400.0

    @pytest.mark.parametrize(
        ("path", "code"),
        [
            ("../tasks.curr", "C0116"),
            ("/etc/passwd", "C0116"),
            ("shared/none.curr", "C0115"),
            ("shared", "C0115"),
        ],
    )
    def test_a_file_that_may_not_be_used_is_reported_and_what_it_would_hold_is_not(
        self, root: Path, path: str, code: str
    ) -> None:
        assert codes(self.MAIN.replace("shared/tasks.curr", path), root) == [code]

    def test_a_link_out_of_the_project_is_not_followed(
        self, root: Path, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        outside = tmp_path_factory.mktemp("outside") / "tasks.curr"
        outside.write_text(self.LIBRARY)
        (root / "shared" / "tasks.curr").unlink()
        (root / "shared" / "tasks.curr").symlink_to(outside)
        assert codes(self.MAIN, root) == ["C0116"]

    def test_files_that_use_each_other_are_reported(self, root: Path) -> None:
        (root / "shared" / "tasks.curr").write_text(self.LIBRARY + '\nuse "tasks.curr" as me\n')
        assert "C0107" in codes(self.MAIN, root)

    def test_a_used_file_holds_no_arms(self, root: Path) -> None:
        (root / "shared" / "tasks.curr").write_text(self.LIBRARY + "\narm strange {\n  mix = equal\n}\n")
        assert ("C0113", "arm") in complaints_of(self.MAIN, root)

    def test_a_text_without_a_file_uses_none(self) -> None:
        assert codes(self.MAIN) == ["C0115"]

    def test_a_file_and_a_block_do_not_share_a_name(self, root: Path) -> None:
        text = changed(
            self.MAIN, ("schedule gentle", "schedule lib"), ("schedule = gentle", "schedule = lib")
        )
        assert ("C0101", "lib") in complaints_of(text, root)


@given(st.dictionaries(st.integers(0, 8), st.lists(st.integers(0, 9), max_size=3), max_size=9))
def test_circles_are_found_exactly_where_there_are_some(uses: dict[int, list[int]]) -> None:
    graph = {str(name): [str(other) for other in others] for name, others in uses.items()}
    found = circles(graph)
    for ring in found:
        for name, after in zip(ring, [*ring[1:], ring[0]], strict=True):
            assert after in graph[name]
    left = {name: set(others) & set(graph) for name, others in graph.items()}
    while free := [name for name, others in left.items() if not others]:
        left = {name: others - set(free) for name, others in left.items() if name not in free}
    assert bool(found) == bool(left)
