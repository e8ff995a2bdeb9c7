from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from specs import STAGED, TWO_ARMS, changed

from currc.compiler.compile import analyse, compile_file, compile_text, compiled
from currc.compiler.diagnostic import CompileError
from currc.runtime.vocabulary import Vocabulary

GOOD = Path(__file__).parent / "golden" / "good"


def test_an_error_is_raised_with_every_complaint() -> None:
    text = changed(TWO_ARMS, ("order = easy_first", "order = easy"), ("match = steps", "match = stepps"))
    with pytest.raises(CompileError) as caught:
        compile_text(text, Vocabulary())
    assert [found.code.value for found in caught.value.diagnostics] == ["C0105", "C0105"]


def test_a_warning_leaves_a_plan() -> None:
    result = compiled(TWO_ARMS + "\nlet unused = 3\n", Vocabulary())
    assert [found.code.value for found in result.complaints] == ["W0102"]
    assert result.plan is not None
    assert result.plan.hash() == compile_text(TWO_ARMS, Vocabulary()).hash()


def test_an_error_leaves_no_plan() -> None:
    assert compiled(changed(TWO_ARMS, ("easy_first", "easy")), Vocabulary()).plan is None


def test_a_file_is_compiled_like_its_text(tmp_path: Path) -> None:
    (tmp_path / "one.curr").write_text(TWO_ARMS)
    assert compile_file(tmp_path / "one.curr", Vocabulary()) == compile_text(TWO_ARMS, Vocabulary())


def test_the_example_of_the_language_has_the_arms_of_its_result_table() -> None:
    plan = compile_file(GOOD / "support_desk.curr", Vocabulary())
    assert [arm.name for arm in plan.arms if arm.role != "reference"] == [
        "baseline",
        "easy",
        "staged",
        "surgery",
        "easy~random_order",
        "easy~hard_first",
        "staged~random_order",
        "staged~hard_first",
        "staged~all_tasks",
    ]
    assert [arm.name for arm in plan.arms if arm.role == "reference"] == [
        "single_task~fields",
        "single_task~headline",
        "single_task~route",
    ]


def test_check_loads_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from currc.compiler.compile import analyse\n"
        "from currc.runtime.vocabulary import Vocabulary\n"
        f"assert not len(analyse(open({str(GOOD / 'staged_encoder.curr')!r}).read(), Vocabulary())[1])\n"
        "print(*sorted({name.split('.')[0] for name in sys.modules}))\n"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"torch", "numpy", "scipy", "transformers", "peft", "lark", "rich"} & set(loaded)


TOKENS = [
    *TWO_ARMS.split(),
    *STAGED.split(),
    *(
        "let",
        "use",
        "drop",
        "extends",
        "lib",
        "0%",
        "1e400",
        "-",
        "(",
        ")",
        "[",
        "]",
        "..",
        "when",
        '"',
        "\n",
        "\n",
    ),
]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_text_makes_the_compiler_fail(data: st.DataObject) -> None:
    """Whatever is swapped in a spec: complaints or a plan, never another exception."""
    words = data.draw(st.sampled_from([TWO_ARMS, STAGED])).split(" ")
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(words) - 1))
        match data.draw(st.sampled_from(["replace", "insert", "remove"])):
            case "replace":
                words[at] = data.draw(st.sampled_from(TOKENS))
            case "insert":
                words.insert(at, data.draw(st.sampled_from(TOKENS)))
            case _:
                del words[at]
    result = compiled(" ".join(words), Vocabulary())
    assert (result.plan is None) == bool(result.complaints.errors)


@pytest.mark.parametrize("text", [TWO_ARMS, STAGED])
def test_every_statement_that_is_left_out_gives_complaints_or_a_plan(text: str) -> None:
    lines = text.split("\n")
    for at in range(len(lines)):
        result = compiled("\n".join(lines[:at] + lines[at + 1 :]), Vocabulary())
        assert (result.plan is None) == bool(result.complaints.errors)


def test_analysis_of_an_empty_text_is_complaints() -> None:
    _, complaints = analyse("", Vocabulary())
    assert complaints.errors


@pytest.mark.parametrize("text", [TWO_ARMS, STAGED])
def test_a_line_that_cannot_be_read_causes_no_other_complaint(text: str) -> None:
    lines = text.split("\n")
    for at, line in enumerate(lines):
        broken = [line.replace(" = ", " ", 1), line.replace(" {", " ", 1), f"{line} @@"]
        for other in broken if line.strip() else ():
            spoilt = "\n".join([*lines[:at], other, *lines[at + 1 :]])
            found = [it.code.value for it in compiled(spoilt, Vocabulary()).complaints]
            assert all(code.startswith("C00") for code in found), (other, found)


def test_half_a_surrogate_pair_is_complained_of_wherever_it_stands() -> None:
    """An editor may send one; a component within a component is made by Pydantic, which refuses it."""
    score = 'score = mean_of(aum(from_run = "dynamics\udce1.jsonl"), length)'
    found = compiled(changed(TWO_ARMS, ("score = mean_of(length, rarity)", score)), Vocabulary()).complaints
    assert "C0035" in [it.code.value for it in found]
