"""Metrics: exact values from their formulas, and the row-wise numbers they hand to tests."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from currc.runtime.judging.metrics import Metric, Outcome
from currc.runtime.judging.metrics.accuracy import Accuracy
from currc.runtime.judging.metrics.exact_match import ExactMatch
from currc.runtime.judging.metrics.field_f1 import FieldF1, pairs
from currc.runtime.judging.metrics.loss import Loss
from currc.runtime.judging.metrics.macro_f1 import MacroF1
from currc.runtime.judging.metrics.rouge_l import RougeL, common, summary_f1
from currc.runtime.judging.metrics.token_f1 import TokenF1

labels = st.sampled_from("abcd")
answers = st.lists(st.tuples(labels, labels), min_size=1, max_size=40)
fields = st.lists(
    st.tuples(st.sampled_from(["x: 1", "x: 1\ny: 2", "z: 3", ""]), st.sampled_from(["x: 1", "y: 2\nz: 3"])),
    min_size=2,
    max_size=12,
)


def outcomes(pairs: Sequence[tuple[str, str]]) -> list[Outcome]:
    return [Outcome(prediction, target, 0.0) for prediction, target in pairs]


def one(metric: Metric, prediction: str, target: str) -> float:
    return metric.value([Outcome(prediction, target, 0.0)])


def left_out(metric: Metric, found: Sequence[Outcome]) -> np.ndarray:
    return np.array([metric.value([*found[:i], *found[i + 1 :]]) for i in range(len(found))])


def test_accuracy_is_the_share_of_right_labels() -> None:
    found = outcomes([("a", "a"), ("b", "a"), ("b", "b"), ("c", "b")])
    assert Accuracy().examples(found).tolist() == [1.0, 0.0, 1.0, 0.0]
    assert Accuracy().value(found) == 0.5


def test_loss_is_the_mean_loss_and_lower_is_better() -> None:
    found = [Outcome("", "", 0.5), Outcome("", "", 2.0)]
    assert Loss().value(found) == 1.25
    assert not Loss.higher_is_better
    assert Loss.range is None


def test_a_diverged_loss_stays_visible() -> None:
    assert math.isnan(Loss().examples([Outcome("", "", math.nan)])[0])


@pytest.mark.parametrize(
    ("prediction", "target", "expected"),
    [
        ("The Eiffel Tower!", "eiffel tower", 1.0),
        ("eiffel  tower in Paris", "Eiffel Tower", 0.0),
        ("a an the", "", 0.0),
        ("?", "!", 0.0),  # nothing is left of the target: compared as it stands
        ("The", "the", 1.0),
        ("", "tower", 0.0),
    ],
)
def test_exact_match_compares_as_squad_does(prediction: str, target: str, expected: float) -> None:
    assert one(ExactMatch(), prediction, target) == expected


@pytest.mark.parametrize(
    ("prediction", "target", "expected"),
    [
        ("the red red fox", "a red fox", 2 * 2 / (3 + 2)),  # the second `red` is not found twice
        ("Saint Bernadette Soubirous", "Bernadette Soubirous", 2 * 2 / 5),
        ("fox", "hound", 0.0),
        ("", "hound", 0.0),
        ("...", "!!!", 0.0),
        ("!!!", "!!!", 1.0),
    ],
)
def test_token_f1_is_the_overlap_of_two_multisets(prediction: str, target: str, expected: float) -> None:
    assert one(TokenF1(), prediction, target) == pytest.approx(expected, abs=1e-15)


@settings(deadline=None)
@given(answers)
def test_macro_f1_agrees_with_scikit_learn_on_the_gold_classes(drawn: list[tuple[str, str]]) -> None:
    called, wanted = zip(*drawn, strict=True)
    oracle = f1_score(wanted, called, labels=sorted(set(wanted)), average="macro", zero_division=0)
    assert MacroF1().value(outcomes(drawn)) == pytest.approx(oracle, abs=1e-12)


def test_a_label_that_is_only_predicted_is_no_class_of_its_own() -> None:
    # a: 1 hit of 2 wanted, 1 called -> 2/3; b: 1 hit, 1 wanted, 1 called -> 1
    found = outcomes([("a", "a"), ("nonsense", "a"), ("b", "b")])
    assert MacroF1().value(found) == pytest.approx((2 / 3 + 1) / 2)


@settings(deadline=None)
@given(answers)
def test_the_influence_on_macro_f1_is_that_of_leaving_the_row_out(drawn: list[tuple[str, str]]) -> None:
    found = outcomes(drawn)
    classes = {row.target for row in found}
    kept = [{row.target for row in found[:i] + found[i + 1 :]} == classes for i in range(len(found))]
    values = MacroF1().examples(found)
    if all(kept):  # else the last row of a class goes, and leaving it out changes the number of classes
        n, without = len(found), left_out(MacroF1(), found)
        assert values == pytest.approx(
            MacroF1().value(found) + (n - 1) * (without.mean() - without), abs=1e-9
        )


def test_the_spread_of_macro_f1_is_that_of_new_gold_sets() -> None:
    rng = np.random.default_rng(0)

    def draw() -> list[Outcome]:
        wanted = rng.choice(["a", "b", "c"], p=[0.6, 0.3, 0.1], size=300)
        called = np.where(rng.random(300) < 0.7, wanted, rng.choice(["a", "b", "c"], size=300))
        return outcomes(list(zip(called.tolist(), wanted.tolist(), strict=True)))

    sets = [draw() for _ in range(400)]
    values = np.array([MacroF1().value(found) for found in sets])
    told = np.array([MacroF1().examples(found).std(ddof=1) / 300**0.5 for found in sets])
    assert told.mean() == pytest.approx(values.std(), rel=0.12)


def test_field_f1_counts_pairs_over_all_rows() -> None:
    found = outcomes(
        [
            ("product: Disk\nversion: 2.1", "product: disk\nversion: 2.0\nseverity: high"),  # 1 of 2 and 3
            ('{"product": "Fan", "version": 3}', "product: fan\nversion: 3"),  # 2 of 2 and 2
            ("no idea", "product: lamp"),  # 0 of 0 and 1
        ]
    )
    assert FieldF1().value(found) == pytest.approx(2 * 3 / (2 + 3 + 2 + 2 + 0 + 1))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" Product :  Hard  DISK ", {("product", "hard disk"): 1}),
        ("at: 10:30", {("at", "10:30"): 1}),
        ("a: x\na: x", {("a", "x"): 2}),
        ('{"a": [1, 2], "b": null}', {("a", "[1, 2]"): 1, ("b", "null"): 1}),
        ('{"a": 1', {}),
        ("[1, 2]", {}),
        ("", {}),
        ("{" * 100_000, {}),
    ],
)
def test_pairs_are_read_from_lines_or_json(text: str, expected: dict[tuple[str, str], int]) -> None:
    assert dict(pairs(text)) == expected


def test_a_gold_set_without_pairs_cannot_pass_for_perfect() -> None:
    assert FieldF1().value(outcomes([("nothing", "nothing")])) == 0.0


@settings(deadline=None)
@given(fields)
def test_the_influence_on_field_f1_is_that_of_leaving_the_row_out(drawn: list[tuple[str, str]]) -> None:
    found = outcomes(drawn)
    without, n = left_out(FieldF1(), found), len(found)
    expected = FieldF1().value(found) + (n - 1) * (without.mean() - without)
    assert FieldF1().examples(found) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    ("summary", "target", "expected"),
    [
        ("police kill the gunman", "police killed the gunman", 3 / 4),  # Lin 2004, example S2
        ("the gunman kill police", "police killed the gunman", 2 / 4),  # Lin 2004, example S3
        ("a b c d e f g", "a c e g", 2 * 4 / 11),
        ("Über-groß", "ÜBER gross!", 1.0),
        ("x", "y", 0.0),
        ("", "y", 0.0),
        ("...", "?!", 0.0),
        ("?!", "?!", 1.0),
    ],
)
def test_rouge_l_by_hand(summary: str, target: str, expected: float) -> None:
    assert one(RougeL(), summary, target) == pytest.approx(expected, abs=1e-15)


def test_rouge_l_of_several_lines_is_the_union_over_lines() -> None:
    # Lin 2004, section 3.2: the union of w1 w2 and w1 w3 w5 is four of the target's five words.
    assert summary_f1("w1 w2 w6 w7 w8\nw1 w3 w8 w9 w5", "w1 w2 w3 w4 w5") == pytest.approx(2 * 4 / 15)


def test_a_word_of_the_summary_is_found_once() -> None:
    assert summary_f1("red", "red\nred") == pytest.approx(2 * 1 / 3)


@settings(deadline=None)
@given(st.lists(st.sampled_from("abc"), max_size=9), st.lists(st.sampled_from("abcd"), max_size=9))
def test_a_common_subsequence_is_one_and_no_longer_one_exists(target: list[str], other: list[str]) -> None:
    rest = iter(other)
    found = [target[i] for i in reversed(common(target, other))]
    assert all(word in rest for word in found)
    assert len(found) == _length(target, other)


def _length(a: list[str], b: list[str]) -> int:
    """The textbook table."""
    row = [0] * (len(b) + 1)
    for word in a:
        new = [0]
        for j, other in enumerate(b):
            new.append(row[j] + 1 if word == other else max(row[j + 1], new[j]))
        row = new
    return row[-1]
