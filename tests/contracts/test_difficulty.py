"""What holds for every score of difficulty, today's and tomorrow's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from currc.runtime.curriculum.difficulty import Difficulty, ScoreRows, percentiles
from currc.runtime.curriculum.ngrams import Text
from tests.contracts.every import every, word

SCORES = every("score")
VOCABULARY = 50


class EveryColumn(Mapping[str, float]):
    """A row that has whatever column a score asks for."""

    def __init__(self, value: float) -> None:
        self.value = value

    def __getitem__(self, name: str) -> float:
        return self.value

    def __iter__(self):  # type: ignore[no-untyped-def]
        return iter(["level", "votes"])

    def __len__(self) -> int:
        return 2


def rows_of(sentences: list[list[int]], order: list[int] | None = None) -> ScoreRows:
    """Rows whose tokens are the given ids, in the given order of rows."""
    places = order if order is not None else list(range(len(sentences)))
    mine = [sentences[i] for i in places]
    ids = np.array([token for tokens in mine for token in tokens], dtype=np.uint16)
    return ScoreRows(
        keys=[f"row{i:04}" for i in places],
        places=[f"rows.jsonl:{i + 1}" for i in places],
        texts=[" ".join(f"w{token}" for token in tokens) for tokens in mine],
        targets=["yes " * (i % 3 + 1) for i in places],
        columns=[EveryColumn(float(i % 5)) for i in places],
        ids=ids,
        offsets=np.cumsum([0, *map(len, mine)]),
        counts=np.bincount(ids, minlength=VOCABULARY) + 1,
        aim=Text(np.array([1, 2, 3, 2, 1], np.uint16), np.array([0, 3, 5])),
        losses=np.array([0.1 * (i % 7) for i in places]),
        seed=3,
    )


sentences = st.lists(
    st.lists(st.integers(0, VOCABULARY - 1), min_size=1, max_size=9), min_size=1, max_size=12
)


@pytest.mark.parametrize("score", SCORES, ids=word)
@given(sentences)
@settings(max_examples=20, deadline=None)
def test_scores_are_finite_and_repeatable(score: Difficulty, tokens: list[list[int]]) -> None:
    found = score.score(rows_of(tokens))
    assert found.shape == (len(tokens),)
    assert found.dtype == np.float64
    assert np.isfinite(found).all()
    assert (score.score(rows_of(tokens)) == found).all()


@pytest.mark.parametrize("score", SCORES, ids=word)
@given(sentences, st.randoms())
@settings(max_examples=20, deadline=None)
def test_where_a_row_stands_does_not_matter(score: Difficulty, tokens: list[list[int]], random) -> None:  # type: ignore[no-untyped-def]
    order = random.sample(range(len(tokens)), len(tokens))
    assert score.score(rows_of(tokens, order)) == pytest.approx(
        score.score(rows_of(tokens))[order], rel=1e-9, abs=1e-9
    )


@pytest.mark.parametrize("score", SCORES, ids=word)
def test_no_score_changes_its_rows(score: Difficulty) -> None:
    rows, same = rows_of([[1, 2], [3], [4, 5, 6]]), rows_of([[1, 2], [3], [4, 5, 6]])
    score.score(rows)
    for name in ("ids", "offsets", "counts", "losses"):
        assert (getattr(rows, name) == getattr(same, name)).all()


@pytest.mark.parametrize("score", SCORES, ids=word)
def test_it_can_do_without_what_it_does_not_ask_for(score: Difficulty) -> None:
    rows = replace(rows_of([[1, 2], [3]]), losses=None, aim=None)
    if score.demands():
        with pytest.raises(ValueError, match="needs"):
            score.score(rows)
    else:
        assert np.isfinite(score.score(rows)).all()


def test_the_rows_have_the_fields_a_score_may_need() -> None:
    assert {field.name for field in fields(ScoreRows)} >= {"keys", "texts", "columns", "losses", "seed"}


@given(st.lists(st.integers(-3, 3), min_size=1, max_size=30))
@settings(max_examples=100, deadline=None)
def test_percentiles_are_shares_of_rows_at_most_as_hard(scores: list[int]) -> None:
    found = percentiles(np.array(scores, dtype=float))
    for mine, share in zip(scores, found, strict=True):
        assert share == pytest.approx(sum(other <= mine for other in scores) / len(scores))


def test_a_score_that_is_not_finite_is_refused() -> None:
    with pytest.raises(ValueError, match="not finite"):
        percentiles(np.array([0.0, np.nan]))
