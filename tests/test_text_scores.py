"""Scores that read text alone, against numbers worked out by hand."""

from __future__ import annotations

import zlib
from math import log
from typing import Any

import numpy as np
import pytest
from test_difficulty import ROWS, score

from currc.compiler.codes import Code
from currc.compiler.record import replaced
from currc.runtime.curriculum.difficulty.lexical_diversity import mtld
from currc.runtime.curriculum.ngrams import Text, surprise
from currc.runtime.curriculum.words import sentences, syllables, words
from currc.runtime.data.rows import DataError


def of(word: str, *texts: str, **parameters: Any) -> list[float]:
    """The scores of rows with these texts."""
    many = len(texts)
    rows = replaced(ROWS, keys=[str(i) for i in range(many)], places=["d:1"] * many, texts=list(texts))
    return score(word, rows, **parameters)


@pytest.mark.parametrize(
    ("word", "count"),
    [
        *[(word, 1) for word in ("a", "make", "the", "queue", "rhythm", "like", "strengths", "42", "hmm")],
        *[(word, 2) for word in ("table", "apple", "reading", "don't-do", "Café", "happy", "lion's-den")],
        *[(word, 3) for word in ("beautiful", "banana", "syllable")],
        ("readability", 5),
    ],
)
def test_syllables_by_the_stated_rule(word: str, count: int) -> None:
    assert syllables(word) == count


def test_words_and_sentences() -> None:
    assert words("It's a well-known fact: 3.5 – no!") == ["It's", "a", "well-known", "fact", "3", "5", "no"]
    assert sentences("One. Two! Three? ... Four\nfive e.g.this") == 5
    assert sentences("") == sentences("...") == 0


def test_readability_by_its_two_formulas() -> None:
    # Six words in one sentence, each of one syllable; then four words in two sentences, nine syllables.
    easy, hard = "The cat sat on the mat.", "Beautiful syllables. Reading banana!"
    syllables_a_word = (3 + 3 + 2 + 3) / 4
    found = of("readability", easy, hard, "")
    assert found == pytest.approx(
        [0.39 * 6 + 11.8 - 15.59, 0.39 * 2 + 11.8 * syllables_a_word - 15.59, -15.59], abs=1e-12
    )
    assert found[0] == pytest.approx(-1.45)
    ease = of("readability", easy, hard, "", formula="ease")
    assert ease == pytest.approx(
        [-(206.835 - 1.015 * 6 - 84.6), -(206.835 - 1.015 * 2 - 84.6 * syllables_a_word), -206.835]
    )
    assert ease[0] == pytest.approx(-116.145)


def test_compression_is_bytes_after_over_bytes_before() -> None:
    texts = ["ab" * 200, "The quick brown fox", "äöü"]
    expected = [len(zlib.compress(t.encode(), 9)) / len(t.encode()) for t in texts]
    assert of("compression", *texts, "") == [*expected, 0.0]
    # Nothing shortens six different bytes: they grow by a header and a checksum.
    assert expected[2] == 14 / 6
    assert expected[0] < 0.05


def test_lexical_diversity_of_the_papers_example() -> None:
    """McCarthy and Jarvis 2010, page 384: the share falls to 4/6 at the second `people`."""
    text = "of the people by the people for the people"
    # Both ways one factor is full (4/6 from the front, 3/5 from the back), and the rest is all different.
    assert of("lexical_diversity", text) == [9.0]
    assert of("lexical_diversity", text.upper() + "!") == [9.0]


def test_the_rest_of_a_text_is_a_part_of_a_factor() -> None:
    # Five different words of six: the share ends at 5/6 both ways, a part of (1/6) / 0.28.
    assert of("lexical_diversity", "a b c d e a") == pytest.approx([6 / ((1 / 6) / 0.28)])
    # From the front `a a` is a factor (1/2) and the rest has none; from the back the share ends at 5/6.
    front, back = 6 / 1, 6 / ((1 / 6) / 0.28)
    assert of("lexical_diversity", "a a b c d e") == pytest.approx([(front + back) / 2])
    assert of("lexical_diversity", "a b c d e a", factor=0.9) == pytest.approx([6 / 1.0])


def test_a_text_without_repetition_stands_above_those_with_one() -> None:
    # Taken as six words of which five differ.
    assert of("lexical_diversity", "a b c d e", "") == pytest.approx([6 / ((1 / 6) / 0.28), 0.0])
    for length in range(2, 40):
        different = [str(i) for i in range(length)]
        repeated = [mtld([*different[:-1], different[i]], 0.72) for i in range(length - 1)]
        assert mtld(different, 0.72) > max(repeated)


def test_disagreement_is_entropy_in_nats() -> None:
    votes = [["x", "x", "y", "y"], ["x", "x", "x"], "x, y ,x,x", {"x": 3, "y": 1}, "x", 3, ["x", None]]
    rows = replaced(
        ROWS,
        keys=[str(i) for i in range(7)],
        places=["d:1"] * 7,
        texts=[""] * 7,
        columns=[{"votes": one} for one in votes],
    )
    quarter = -(0.75 * log(0.75) + 0.25 * log(0.25))
    expected = [log(2), 0.0, quarter, quarter, 0.0, 0.0, 0.0]
    assert score("disagreement", rows, column="votes") == pytest.approx(expected, abs=1e-15)
    semicolons = replaced(rows, columns=[{"votes": "x,y;x"}] * 7)
    assert score("disagreement", semicolons, column="votes", separator=";")[0] == pytest.approx(log(2))


@pytest.mark.parametrize(
    "votes", [[], "", " , ", None, {}, {"x": -1}, {"x": "many"}, {"x": 0}, {"x": float("inf")}]
)
def test_a_row_that_nobody_labelled_is_named(votes: object) -> None:
    rows = replaced(ROWS, columns=[{"votes": ["x"]}, {"votes": votes}, {"votes": ["x"]}])
    with pytest.raises(DataError, match="which is no label") as caught:
        score("disagreement", rows, column="votes")
    assert (caught.value.code, caught.value.place) == (Code.BAD_ROW, "d.jsonl:2")


def text(*rows: list[int]) -> Text:
    return Text(
        np.array([token for row in rows for token in row], np.uint16), np.cumsum([0, *map(len, rows)])
    )


def test_unigrams_are_smoothed_after_witten_and_bell() -> None:
    """Three a and one b, two types of three: p(a) = (3 + 2/3) / 6, p(b) = (1 + 2/3) / 6, p(c) = (2/3) / 6."""
    model = text([0, 0], [0, 1])
    a, b, c = 11 / 18, 5 / 18, 2 / 18
    assert a + b + c == pytest.approx(1)
    found = surprise(text([0], [1, 2], []), model, 1, 3)
    assert found == pytest.approx([-log(a), -(log(b) + log(c)) / 2, 0.0])


def test_bigrams_fall_back_on_unigrams_where_a_history_has_few_followers() -> None:
    # After the row's beginning: a, a (one type). After a: a, b (two types). b and c are never followed.
    model = text([0, 0], [0, 1])
    a, b, c = 11 / 18, 5 / 18, 2 / 18
    begun, after_a = {0: (2 + a) / 3, 1: b / 3}, {0: (1 + 2 * a) / 4, 1: (1 + 2 * b) / 4, 2: 2 * c / 4}
    found = surprise(text([0, 1], [0, 0], [1, 2], [0, 2]), model, 2, 3)
    assert found == pytest.approx(
        [
            -(log(begun[0]) + log(after_a[1])) / 2,
            -(log(begun[0]) + log(after_a[0])) / 2,
            -(log(begun[1]) + log(c)) / 2,
            -(log(begun[0]) + log(after_a[2])) / 2,
        ]
    )


@pytest.mark.parametrize("order", [1, 2, 3])
def test_the_probabilities_of_all_next_tokens_sum_to_one(order: int) -> None:
    draw = np.random.default_rng(order)
    model = text(*[draw.integers(0, 6, 7).tolist() for _ in range(9)])
    for history in ([], [0], [5, 2], [1, 1, 4]):
        total = 0.0
        for token in range(7):  # token 6 was never seen
            with_it, without = text([*history, token]), text(history)
            rows = [float(surprise(one, model, order, 7)[0]) for one in (with_it, without)]
            total += np.exp(-(rows[0] * (len(history) + 1) - rows[1] * len(history)))
        assert total == pytest.approx(1.0)


def test_domain_shift_is_the_difference_of_two_surprises() -> None:
    """Each side's model is counted by hand; the general model of each row is made of the other row."""
    rows = replaced(
        ROWS,
        keys=["near", "far"],
        places=["d:1"] * 2,
        ids=np.array([0, 0, 1, 1], np.uint16),
        offsets=np.array([0, 2, 4]),
        aim=text([0, 0, 0, 1]),
    )
    # Two types. Target: 3 and 1 of 4, (count + 2 / 2) / (4 + 2); general: 0 of 2, (0 + 1 / 2) / (2 + 1).
    target, general = {0: 4 / 6, 1: 2 / 6}, 1 / 6
    expected = [-log(target[i]) + log(general) for i in (0, 1)]
    assert score("domain_shift", rows, by="unigrams") == pytest.approx(expected)


def test_rows_like_the_validation_rows_are_near() -> None:
    draw = np.random.default_rng(1)
    near, far = (draw.integers(low, low + 20, (50, 8)) for low in (0, 15))
    rows = replaced(
        ROWS,
        keys=[f"r{i}" for i in range(100)],
        places=["d:1"] * 100,
        ids=np.concatenate([near, far]).ravel().astype(np.uint16),
        offsets=np.arange(101) * 8,
        aim=text(*draw.integers(0, 20, (30, 8)).tolist()),
    )
    for by in ("unigrams", "bigrams", "trigrams"):
        found = np.array(score("domain_shift", rows, by=by))
        # How often a row of the validation rows' kind is nearer than one of the other kind.
        assert (found[:50, None] < found[50:]).mean() > 0.93


def test_domain_shift_needs_rows_to_be_far_from() -> None:
    with pytest.raises(ValueError, match="validation rows"):
        score("domain_shift")


def test_rarity_of_a_label_is_its_surprise_in_nats() -> None:
    """Of four rows two say `bug`: - log (2 / 4), the others - log (1 / 4)."""
    rows = replaced(ROWS, keys=list("abcd"), targets=["bug", "other", "bug", "feature"])
    assert score("label_rarity", rows) == pytest.approx([log(2), log(4), log(2), log(4)])
