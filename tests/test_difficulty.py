"""The scores of difficulty, number by number."""

from __future__ import annotations

from math import log
from typing import Any

import numpy as np
import pytest

from currc.compiler.codes import Code
from currc.compiler.record import replaced
from currc.runtime.curriculum.difficulty import Difficulty, ScoreRows, percentiles
from currc.runtime.data.rows import DataError
from currc.runtime.vocabulary import Vocabulary

ROWS = ScoreRows(
    keys=["k0", "k1", "k2"],
    places=["d.jsonl:1", "d.jsonl:2", "d.jsonl:3"],
    texts=["a b c", "a", ""],
    targets=["x y", "x", "x y z"],
    columns=[{"grade": "2", "level": "B1"}, {"grade": 1, "level": "A1"}, {"grade": 3.5, "level": "C2"}],
    ids=np.array([0, 0, 1, 2], dtype=np.uint16),
    offsets=np.array([0, 3, 4, 4]),
    counts=np.array([6, 3, 1, 0]),
)


def score(name: str, rows: ScoreRows = ROWS, /, **parameters: Any) -> list[float]:
    built = Vocabulary().build("score", {"word": name, "parameters": parameters})
    assert isinstance(built, Difficulty)
    return built.score(rows).tolist()


def test_length_counts_tokens_or_words() -> None:
    assert score("length") == [3, 1, 0]
    assert score("length", of="words") == [3, 1, 0]
    assert score("length", of="target") == [2, 1, 3]


def test_rarity_is_surprise_in_nats() -> None:
    common, rare, once = (-log(count / 10) for count in (6, 3, 1))
    assert score("rarity") == pytest.approx([2 * common + rare, once, 0.0])
    assert score("rarity", per="token") == pytest.approx([(2 * common + rare) / 3, once, 0.0])


def test_rarity_of_a_token_that_was_never_counted_is_finite() -> None:
    rows = replaced(ROWS, ids=np.array([3, 3, 3, 3], dtype=np.uint16))
    assert score("rarity", rows) == pytest.approx([3 * log(10), log(10), 0.0])


def test_equal_rows_are_equally_rare_wherever_they_stand() -> None:
    rows = replaced(
        ROWS,
        keys=list("abcdef"),
        ids=np.array([0, 1, 2] * 6, dtype=np.uint16),
        offsets=np.arange(0, 19, 3),
        counts=np.array([7, 5, 3]),
    )
    assert len(set(score("rarity", rows))) == 1


def test_a_column_gives_its_numbers() -> None:
    assert score("column", name="grade") == [2.0, 1.0, 3.5]
    assert score("column", name="grade", higher="easier") == [-2.0, -1.0, -3.5]
    assert score("column", name="level", levels=["A1", "B1", "C2"]) == [1.0, 0.0, 2.0]


@pytest.mark.parametrize(
    ("parameters", "code", "place", "message"),
    [
        ({"name": "size"}, Code.COLUMN_MISSING, "d.jsonl:1", "no column `size`"),
        ({"name": "level"}, Code.BAD_ROW, "d.jsonl:1", "holds `B1`, which is not a finite number"),
        ({"name": "level", "levels": ["A1", "B1"]}, Code.BAD_ROW, "d.jsonl:3", "`C2`, which is not in"),
    ],
)
def test_a_column_that_cannot_be_read_names_the_row(
    parameters: dict[str, Any], code: Code, place: str, message: str
) -> None:
    with pytest.raises(DataError, match=message) as caught:
        score("column", **parameters)
    assert (caught.value.code, caught.value.place) == (code, place)
    assert caught.value.help


def test_a_column_that_holds_nan_is_refused() -> None:
    with pytest.raises(DataError, match="not a finite number"):
        score("column", replaced(ROWS, columns=[{"grade": "nan"}] * 3), name="grade")


def test_chance_depends_on_the_seed_and_the_row_alone() -> None:
    here = score("random")
    assert score("random") == here
    assert score("random", replaced(ROWS, seed=1)) != here
    assert len(set(here)) == 3
    many = score("random", replaced(ROWS, keys=[f"k{i}" for i in range(4000)]))
    assert np.mean(many) == pytest.approx(0.5, abs=0.03)
    assert np.std(many) == pytest.approx(1 / 12**0.5, abs=0.02)


def test_the_mean_of_scores_is_the_mean_of_their_percentiles() -> None:
    parts = [{"word": "length"}, {"word": "column", "parameters": {"name": "grade"}}]
    expected = (percentiles(np.array([3.0, 1.0, 0.0])) + percentiles(np.array([2.0, 1.0, 3.5]))) / 2
    assert score("mean_of", parts=parts) == pytest.approx(expected)


def test_a_mean_needs_what_its_parts_need() -> None:
    for parts, needs in (([{"word": "length"}], set()), ([{"word": "reference_loss"}], {"models"})):
        nested = [{"word": "mean_of", "parameters": {"parts": parts}}]
        built = Vocabulary().build("score", {"word": "mean_of", "parameters": {"parts": nested}})
        assert built.demands() == needs


def test_a_mean_of_an_unknown_word_is_refused_when_it_is_built() -> None:
    with pytest.raises(KeyError, match="no word 'size'"):
        Vocabulary().build("score", {"word": "mean_of", "parameters": {"parts": [{"word": "size"}]}})
