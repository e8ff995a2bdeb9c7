"""What `currc score` shows, at a fixed width."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr
from specs import TWO_ARMS, changed, plan_of
from test_trials import STAGED, material

from currc.compiler.plan import DifficultyPlan, Method
from currc.compiler.show_line import width
from currc.runtime.command.score import _demand_plain
from currc.runtime.command.spec import Unusable
from currc.runtime.curriculum.agreement import spearman
from currc.runtime.data.templates import Example
from currc.runtime.engine.scored import Scorer, TaskScores, scorers
from currc.runtime.reporting.score_sheet import as_json, extremes, histogram, sheet
from currc.runtime.reporting.values import call


def scorer(word: str, within: str = "task", **parameters: object) -> Scorer:
    by = DifficultyPlan.model_validate({"score": {"word": word, "parameters": parameters}, "within": within})
    return Scorer("plain", by)


TEXTS = [
    "a cat",
    "two\tcats\non a mat",
    "evil \x1b[31mred\u202e cat",
    "a long " + "story " * 30,
    "a cat again",
]
ROWS = [
    Example(f"Tell: {text}", f"answer {i}", text, f"key{i}", f"rows.jsonl:{i + 1}")
    for i, text in enumerate(TEXTS)
]
FOUND = TaskScores(
    "cats",
    ROWS,
    [
        (scorer("length", of="words"), np.array([2.0, 5.0, 3.0, 32.0, 3.0])),
        (scorer("rarity", "all", per="row"), np.array([1.0, 2.0, 4.0, 8.0, -0.5])),
    ],
)


def test_a_sheet_at_eighty_columns() -> None:
    lines = sheet([FOUND], 80, 2, blocks=False).split("\n")
    assert lines[0] == "cats  5 training rows"
    assert lines[3].split()[:3] == ["1", "length(of", "="]
    assert lines[3].split()[-3:] == ["2", "3", "32"]
    assert lines[4].split()[-3:] == ["-0.5", "2", "8"]
    assert lines[6:8] == ["rank correlation (Spearman)", "   1"]
    assert lines[8] == "2  +0.67  rarity within all"
    assert lines[10:13] == [
        "easiest by length(of = words)",
        "         2  a cat → answer 0",
        "         3  evil <U+001B>[31mred<U+202E> cat → answer 2",
    ]
    assert lines[14] == "hardest by length(of = words)"
    assert lines[15].startswith("        32  a long story story ")
    assert lines[15].endswith("... → answer 3")
    assert lines[16] == "         5  two cats on a mat → answer 1"


@pytest.mark.parametrize("wide", [40, 60, 80, 120])
@pytest.mark.parametrize("blocks", [True, False])
def test_no_line_is_wider_than_asked_and_nothing_moves_the_cursor(wide: int, blocks: bool) -> None:
    shown = sheet([FOUND, FOUND], wide, 5, blocks=blocks)
    assert max(map(width, shown.split("\n"))) <= wide
    assert not {"\x1b", "\u202e", "\t", "\r"} & set(shown)
    assert blocks or shown.replace("…", "").replace("→", "").isascii()


def test_a_histogram_has_equally_wide_bins() -> None:
    assert histogram(np.array([0.0, 0.4, 0.6, 1.0, 2.0]), 4).tolist() == [2, 1, 1, 1]
    assert histogram(np.arange(100.0)).sum() == 100


def test_a_full_bin_is_highest_and_only_an_empty_one_blank() -> None:
    one = TaskScores("t", ROWS, [(scorer("length", of="words"), np.array([0.0, 0.0, 0.0, 0.0, 23.0]))])
    assert f"█{' ' * 22}▂" in sheet([one], 100, 1, blocks=True)
    assert f"@{' ' * 22}:" in sheet([one], 100, 1, blocks=False)


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(-3, 3)), min_size=3, max_size=40))
@settings(max_examples=80, deadline=None)
def test_rank_correlation_is_that_of_scipy(pairs: list[tuple[int, int]]) -> None:
    first, second = (np.array(column, dtype=float) for column in zip(*pairs, strict=True))
    found = spearman([first, second])
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        assert np.isnan(found[0, 1])
    else:
        assert found[0, 1] == pytest.approx(spearmanr(first, second).statistic, abs=1e-9)
        assert found[0, 0] == pytest.approx(1.0)
        assert found[1, 0] == found[0, 1]


def test_easiest_and_hardest_do_not_depend_on_where_rows_stand() -> None:
    scores = np.array([1.0, 1.0, 1.0, 2.0, 2.0])
    order = [4, 2, 0, 3, 1]
    easy, hard = extremes(scores, ROWS, 2)
    turned = extremes(scores[order], [ROWS[i] for i in order], 2)
    assert [ROWS[i].key for i in easy] == [ROWS[order[i]].key for i in turned[0]] == ["key0", "key1"]
    assert [ROWS[i].key for i in hard] == [ROWS[order[i]].key for i in turned[1]] == ["key4", "key3"]


def test_json_holds_numbers_and_no_nan() -> None:
    flat = TaskScores("t", ROWS, [*FOUND.scores, (scorer("length", of="target"), np.ones(5))])
    found = json.loads(json.dumps(as_json([flat], "desk", 1), allow_nan=False))
    task = found["tasks"]["t"]
    assert (found["format_version"], found["spec"], task["rows"]) == (1, "desk", 5)
    assert [one["score"] for one in task["scores"]] == ["length(of = words)", "rarity", "length(of = target)"]
    assert task["scores"][1]["within"] == "all"
    assert task["scores"][0]["hardest"] == [
        {"score": 32.0, "place": "rows.jsonl:4", "text": TEXTS[3][:400], "target": "answer 3"}
    ]
    assert sum(task["scores"][0]["histogram"]) == 5
    assert task["correlation"][2] == [None, None, None]
    assert task["correlation"][0][1] == pytest.approx(0.6669, abs=1e-3)


def test_a_score_comes_with_those_it_is_made_of_and_each_once() -> None:
    score = "mean_of(length, mean_of(rarity, length), aum(looks = 3))"
    text = changed(TWO_ARMS, ("mean_of(length, rarity)", score))
    start, end = text.index("task product"), text.index("difficulty reading_load")
    found = scorers(plan_of(text[:start] + text[end:]), ("rarity", "compression"))
    words = [call("score", Method.model_validate(one.by.score.model_dump(mode="json"))) for one in found]
    assert words == [
        "mean_of(length, mean_of(rarity, length), aum(looks = 3))",
        "length",
        "mean_of(rarity, length)",
        "rarity",
        "aum(looks = 3)",
        "compression",
    ]
    assert [len(one.by.observers) for one in found] == [1, 0, 0, 0, 1, 0]


@pytest.mark.parametrize(
    ("word", "why"),
    [
        ("lenght", "is no score"),
        ("confidence", "asks a model"),
        ("column", "needs an argument"),
        ("random", "by chance"),
    ],
)
def test_extra_scores_are_plain_words(word: str, why: str) -> None:
    with pytest.raises(Unusable, match=why) as caught:
        _demand_plain(["length", word])
    assert "length" in str(caught.value.help)


def test_the_command_scores_what_a_run_would(tmp_path: Path) -> None:
    material(tmp_path)
    (tmp_path / "spec.curr").write_text(STAGED)
    command = [Path(sys.executable).with_name("currc"), "score", "spec.curr", "--json", "--with", "rarity"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)["tasks"]
    assert found.keys() == {"colour", "thing"}
    assert [one["score"] for one in found["colour"]["scores"]] == ["length", "rarity"]
    lengths = found["colour"]["scores"][0]
    assert lengths["hardest"][0]["score"] == lengths["highest"] > lengths["lowest"]
    again = subprocess.run([*command[:3]], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stderr
    assert "colour  " in again.stdout
    assert not [*(tmp_path / "runs").rglob("state.safetensors")], "a score of text trains nothing"
