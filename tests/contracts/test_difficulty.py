"""What holds for every score of difficulty, today's and tomorrow's."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from currc.compiler.observers import Observer, Proxy, Reference
from currc.compiler.record import replaced
from currc.runtime.curriculum.difficulty import Difficulty, ScoreRows, percentiles
from currc.runtime.curriculum.ngrams import Text
from currc.runtime.curriculum.seen import Seen, Vectors, compared
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


def sight(observer: Observer, rows: np.ndarray) -> Seen | Vectors:
    """What a model may have seen in some rows; numbers of each row's own, so that order tells nothing."""
    if isinstance(observer, Reference) and observer.what == "vectors":
        return Vectors(np.stack([np.sin(rows + k) for k in range(4)], 1), np.eye(4)[:3])
    looks = observer.looks if isinstance(observer, Proxy) else 1
    salt = float(observer.seed + observer.part) if isinstance(observer, Proxy) else 0.0
    logits = np.stack([np.sin(salt + np.outer(np.arange(looks) + 1, rows + k)) for k in range(3)], 2)
    own = (rows % 3).astype(np.int64)
    found = [compared(one, own) for one in logits]
    probabilities, gold, margins, errors = (np.array(part) for part in zip(*found, strict=True))
    hidden = np.zeros(len(rows), bool)
    if isinstance(observer, Proxy) and observer.trains != "all":
        mine = rows % observer.parts == observer.part
        hidden = mine if observer.trains == "part" else ~mine
    blind = [np.where(hidden, np.nan, part) for part in (-np.log(gold), gold, margins, errors)]
    return Seen(*blind, labels=np.where(hidden[:, None], np.nan, probabilities[-1]), own=own)


def rows_of(score: Difficulty, sentences: list[list[int]], order: list[int] | None = None) -> ScoreRows:
    """Rows whose tokens are the given ids, in the given order, as the models of the score saw them."""
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
        seen=[(one, sight(one, np.array(places, float))) for one in score.observers()],
        looks=np.abs(np.sin(np.outer([1.0, 2.0, 3.0], np.array(places) + 1.0))) if score.refreshed else None,
        seed=3,
    )


sentences = st.lists(
    st.lists(st.integers(0, VOCABULARY - 1), min_size=1, max_size=9), min_size=1, max_size=12
)


@pytest.mark.parametrize("score", SCORES, ids=word)
@given(sentences)
@settings(max_examples=20, deadline=None)
def test_scores_are_finite_and_repeatable(score: Difficulty, tokens: list[list[int]]) -> None:
    found = score.score(rows_of(score, tokens))
    assert found.shape == (len(tokens),)
    assert found.dtype == np.float64
    assert np.isfinite(found).all()
    assert (score.score(rows_of(score, tokens)) == found).all()


BOUNDS = {
    "aum": (-2.0, 2.0),  # the sines of `sight` differ by no more
    "compression": (0.0, 10.0),
    "confidence": (0.0, 1.0),
    "cross_review": (0.0, np.inf),
    "disagreement": (0.0, np.inf),
    "el2n": (0.0, 2.0**0.5),
    "forgetting": (0.0, 5.0),
    "label_noise": (0.0, 2.0),
    "length": (0.0, 9.0),
    "lexical_diversity": (0.0, np.inf),
    "mean_of": (0.0, 1.0),
    "own_loss": (0.0, np.inf),
    "random": (0.0, 1.0),
    "rarity": (0.0, np.inf),
    "reference_loss": (0.0, np.inf),
    "variability": (0.0, 0.5),
}
"""Where the manual page of a score promises bounds, or its formula has some."""


@pytest.mark.parametrize("score", [one for one in SCORES if word(one) in BOUNDS], ids=word)
@given(sentences)
@settings(max_examples=20, deadline=None)
def test_scores_lie_within_their_bounds(score: Difficulty, tokens: list[list[int]]) -> None:
    found = score.score(rows_of(score, tokens))
    least, most = BOUNDS[word(score)]
    assert (found >= least - 1e-12).all()
    assert (found <= most + 1e-12).all()


@pytest.mark.parametrize("score", SCORES, ids=word)
@given(sentences, st.randoms())
@settings(max_examples=20, deadline=None)
def test_where_a_row_stands_does_not_matter(score: Difficulty, tokens: list[list[int]], random) -> None:  # type: ignore[no-untyped-def]
    order = random.sample(range(len(tokens)), len(tokens))
    assert score.score(rows_of(score, tokens, order)) == pytest.approx(
        score.score(rows_of(score, tokens))[order], rel=1e-9, abs=1e-9
    )


@pytest.mark.parametrize("score", SCORES, ids=word)
def test_no_score_changes_its_rows(score: Difficulty) -> None:
    rows, same = (rows_of(score, [[1, 2], [3], [4, 5, 6]]) for _ in range(2))
    score.score(rows)
    for name in ("ids", "offsets", "counts"):
        assert (getattr(rows, name) == getattr(same, name)).all()
    for (_, seen), (_, before) in zip(rows.seen, same.seen, strict=True):
        for name in type(seen).__match_args__:
            np.testing.assert_array_equal(getattr(seen, name), getattr(before, name))


@pytest.mark.parametrize("score", SCORES, ids=word)
def test_it_can_do_without_what_it_does_not_ask_for(score: Difficulty) -> None:
    rows = replaced(rows_of(score, [[1, 2], [3]]), seen=(), aim=None, looks=None)
    if score.demands():
        with pytest.raises(ValueError, match="needs"):
            score.score(rows)
    else:
        assert np.isfinite(score.score(rows)).all()


def test_the_rows_have_the_fields_a_score_may_need() -> None:
    assert set(ScoreRows.__match_args__) >= {"keys", "texts", "columns", "seen", "seed"}


@given(st.lists(st.integers(-3, 3), min_size=1, max_size=30))
@settings(max_examples=100, deadline=None)
def test_percentiles_are_shares_of_rows_at_most_as_hard(scores: list[int]) -> None:
    found = percentiles(np.array(scores, dtype=float))
    for mine, share in zip(scores, found, strict=True):
        assert share == pytest.approx(sum(other <= mine for other in scores) / len(scores))


def test_a_score_that_is_not_finite_is_refused() -> None:
    with pytest.raises(ValueError, match="not finite"):
        percentiles(np.array([0.0, np.nan]))
