"""Scores that are made of what models saw, against numbers worked out by hand."""

from __future__ import annotations

from math import exp, log, sqrt
from typing import Any

import numpy as np
import pytest
from test_difficulty import ROWS

from currc.compiler.observers import Observer, Proxy, Reference
from currc.compiler.record import replaced
from currc.runtime.curriculum.difficulty import Difficulty
from currc.runtime.curriculum.difficulty.label_noise import wrong
from currc.runtime.curriculum.seen import Seen, Vectors, compared
from currc.runtime.vocabulary import Vocabulary

NAN = np.nan


def seen(own: Any = None, labels: Any = None, **looked: Any) -> Seen:
    """What a model saw; what is not said is unknown."""
    shape = np.array([*looked.values(), [own]][0]).shape
    arrays = {name: np.full(shape, NAN) for name in ("losses", "gold", "margins", "errors")}
    arrays |= {name: np.array(one, float) for name, one in looked.items()}
    known = np.zeros((shape[1], 0)) if labels is None else np.array(labels, float)
    return Seen(**arrays, labels=known, own=np.full(shape[1], -1) if own is None else np.array(own))


def score(word: str, *sights: Seen | Vectors, **parameters: Any) -> list[float]:
    """The score where its models, in their order, saw this."""
    built = Vocabulary().build("score", {"word": word, "parameters": parameters})
    assert isinstance(built, Difficulty)
    rows = replaced(ROWS, seen=list(zip(built.observers(), sights, strict=True)))
    return built.score(rows).tolist()


def observers(word: str, **parameters: Any) -> tuple[Observer, ...]:
    built = Vocabulary().build("score", {"word": word, "parameters": parameters})
    assert isinstance(built, Difficulty)
    return built.observers()


def test_compared_with_certainty() -> None:
    """Logits log 1, log 3: probabilities 1/4 and 3/4."""
    logits = np.array([[0.0, log(3)], [7.0, 7.0 + log(3)], [-log(3), 0.0]])
    probabilities, gold, margins, errors = compared(logits, np.array([0, 1, 0]))
    assert probabilities == pytest.approx(np.array([[0.25, 0.75]] * 3))
    assert gold == pytest.approx([0.25, 0.75, 0.25])
    assert margins == pytest.approx([-log(3), log(3), -log(3)])
    assert errors == pytest.approx([0.75 * sqrt(2), 0.25 * sqrt(2), 0.75 * sqrt(2)])


def test_margins_take_the_largest_of_the_others() -> None:
    _, _, margins, errors = compared(np.log([[0.5, 0.3, 0.2], [0.2, 0.3, 0.5]]), np.array([0, 1]))
    assert margins == pytest.approx([log(0.5 / 0.3), log(0.3 / 0.5)])
    assert errors == pytest.approx([sqrt(0.25 + 0.09 + 0.04), sqrt(0.04 + 0.49 + 0.25)])


def test_hopeless_logits_stay_finite() -> None:
    _, gold, margins, errors = compared(np.array([[-5000.0, 5000.0]]), np.array([0]))
    assert (gold[0], margins[0]) == (0.0, -10_000.0)
    assert errors == pytest.approx([sqrt(2)])


def test_reference_loss_is_that_of_the_reference() -> None:
    assert score("reference_loss", seen(losses=[[0.3, 0.1, 0.2]])) == [0.3, 0.1, 0.2]
    assert observers("reference_loss") == (Reference(),)
    assert observers("reference_loss", model="org/name", revision="abc") == (
        Reference(base="org/name", revision="abc"),
    )


def test_confidence_variability_and_area_under_the_margin() -> None:
    gold = [[0.2, 0.9, 0.5], [0.4, 0.9, 0.5], [0.6, 0.9, 0.8]]
    margins = [[-1.0, 2.0, 0.0], [1.0, 4.0, 0.0], [3.0, 0.0, 0.0]]
    one = seen(gold=gold, margins=margins)
    assert score("confidence", one, looks=3) == pytest.approx([0.6, 0.1, 0.4])
    # Population deviations: sqrt((0.04 + 0 + 0.04) / 3) and sqrt((0.01 + 0.01 + 0.04) / 3).
    assert score("variability", one, looks=3) == pytest.approx([sqrt(0.08 / 3), 0.0, sqrt(0.02)], abs=1e-12)
    assert score("aum", one, looks=3) == [-1.0, -2.0, 0.0]


def test_forgetting_counts_what_was_right_and_became_wrong() -> None:
    right = np.array([[1, 1, 0], [0, 1, 0], [1, 1, 0], [0, 1, 0], [0, 1, 1]])
    one = seen(margins=np.where(right == 1, 1.0, -1.0))
    assert score("forgetting", one, looks=5) == [2.0, 0.0, 0.0]
    never = seen(margins=[[-1.0, 1.0, -1.0], [-1.0, -1.0, 0.0]])
    assert score("forgetting", never, looks=2) == [2.0, 1.0, 2.0]


def test_scores_of_one_training_ask_for_one_training() -> None:
    words = ("confidence", "variability", "forgetting", "aum")
    assert {observers(word, looks=4) for word in words} == {(Proxy(looks=4),)}
    parts = [{"word": word, "parameters": {}} for word in words]
    assert observers("mean_of", parts=parts) == (Proxy(looks=5),)


def test_el2n_is_the_mean_length_of_the_error_over_seeds() -> None:
    sights = [seen(errors=[[0.1, 0.5, 1.4]]), seen(errors=[[0.3, 0.5, 1.0]])]
    assert score("el2n", *sights, seeds=2) == pytest.approx([0.2, 0.5, 1.2])
    assert observers("el2n", seeds=2, at=0.3) == (Proxy(seed=0, until=0.3), Proxy(seed=1, until=0.3))


def test_cross_review_is_the_mean_loss_of_the_others() -> None:
    sights = [seen(losses=[[NAN, 2.0, 3.0]]), seen(losses=[[1.0, NAN, 5.0]]), seen(losses=[[2.0, 4.0, NAN]])]
    assert score("cross_review", *sights, shards=3) == [1.5, 3.0, 4.0]
    for part, one in enumerate(observers("cross_review", shards=4)):
        assert one == Proxy(parts=4, part=part, trains="part", limit=0.25)


def test_learnability_is_what_the_loss_has_above_models_that_never_saw_the_row() -> None:
    now, others = (
        seen(losses=[[1.0, 2.0, 0.5]]),
        [seen(losses=[[NAN, 0.5, NAN]]), seen(losses=[[0.75, NAN, 1.5]])],
    )
    assert score("learnability", now, *others) == [0.25, 1.5, -1.0]
    assert observers("learnability", at=0.1, parts=2) == (
        Proxy(until=0.1),
        Proxy(parts=2, part=0, trains="rest", limit=0.5),
        Proxy(parts=2, part=1, trains="rest", limit=0.5),
    )


def test_the_confident_joint_finds_labels_that_others_are_sure_of() -> None:
    """Thresholds: label 0 (0.9 + 0.7 + 0.2) / 3 = 0.6; label 1 (0.8 + 0.4) / 2 = 0.6; label 2 has no row."""
    labels = np.array([[0.9, 0.1, 0.0], [0.7, 0.3, 0.0], [0.2, 0.7, 0.1], [0.1, 0.8, 0.1], [0.5, 0.4, 0.1]])
    own = np.array([0, 0, 0, 1, 1])
    # The third reaches label 1's threshold alone; the last none, so it is no error for sure.
    assert wrong(labels, own).tolist() == [False, False, True, False, False]


def test_of_two_labels_that_are_reached_the_more_probable_counts() -> None:
    labels = np.array([[0.55, 0.45], [0.45, 0.55], [0.1, 0.9], [0.9, 0.1]])
    own = np.array([0, 0, 1, 1])
    # Both thresholds are 0.5: row 1 and row 3 are taken for the other label.
    assert wrong(labels, own).tolist() == [False, True, False, True]


def test_label_noise_puts_errors_behind_all_others() -> None:
    own = [0, 0, 1]
    first = seen(labels=[[0.9, 0.1], [NAN, NAN], [NAN, NAN]], own=own)
    second = seen(labels=[[NAN, NAN], [0.2, 0.8], [0.3, 0.7]], own=own)
    # Thresholds 0.55 and 0.7: the second row is confidently of the other label.
    assert score("label_noise", first, second, folds=2) == pytest.approx([0.1, 0.8 + 1.0, 0.3])
    assert observers("label_noise", folds=4)[3] == Proxy(parts=4, part=3, trains="rest", limit=0.75)


def test_domain_shift_by_embedding_turns_away_from_the_mean() -> None:
    aims = np.array([[2.0, 0.0], [0.0, 2.0]])
    rows = np.array([[1.0, 1.0], [3.0, 0.0], [-1.0, -1.0]])
    found = score("domain_shift", Vectors(rows, aims), by="embedding")
    assert found == pytest.approx([0.0, 1 - 1 / sqrt(2), 2.0])
    assert observers("domain_shift") == ()


def test_a_score_without_its_models_says_what_it_needs() -> None:
    for word in ("confidence", "cross_review", "reference_loss", "el2n", "label_noise", "learnability"):
        built = Vocabulary().build("score", {"word": word})
        assert isinstance(built, Difficulty)
        with pytest.raises(ValueError, match=r"the score needs what (Proxy|Reference)"):
            built.score(ROWS)


def test_gold_probability_is_that_of_the_softmax() -> None:
    _, gold, _, _ = compared(np.array([[1.0, 2.0, 3.0]]), np.array([2]))
    assert gold[0] == pytest.approx(exp(3) / (exp(1) + exp(2) + exp(3)))
