"""What holds for every metric, today's and tomorrow's."""

from __future__ import annotations

import numpy as np
import pytest

from currc.runtime.judging.metrics import Answer, Metric, Outcome
from currc.runtime.vocabulary import Vocabulary

VOCABULARY = Vocabulary()
METRICS = [VOCABULARY.component("metric", word)() for word in VOCABULARY.words("metric")]
KINDS = {"classify", "extract", "summarize", "generate", "regress", "tag"}
TARGETS: dict[str, list[Answer]] = {
    "classify": ["red", "green", "blue", "green", "green"],
    "extract": ["size: 3", "size: 4\ncolour: red", "name: an old fox", "size: 3", "made of: tin"],
    "summarize": ["a fox ran home", "two lines\nof text", "rain again tomorrow", "sun", "no news today"],
    "generate": ["key: value", "some words: more", "x: y", "left: right", "up: down"],
    "regress": [1.0, 2.5, 3.0, 0.0, 4.0],
    "tag": [("O", "B"), ("B", "I"), ("O", "O"), ("B", "O"), ("O", "B")],
}


def perfect(metric: Metric) -> list[Outcome]:
    return [Outcome(target, target, 0.0) for target in TARGETS[min(metric.kinds)]]


def mixed(metric: Metric) -> list[Outcome]:
    """Three right answers and two that belong to another row."""
    targets = TARGETS[min(metric.kinds)]
    given = [targets[1], targets[0], *targets[2:]]
    return [Outcome(p, t, 0.1 * i + 0.2) for i, (p, t) in enumerate(zip(given, targets, strict=True))]


@pytest.fixture(params=METRICS, ids=lambda metric: metric.word())
def metric(request: pytest.FixtureRequest) -> Metric:
    return request.param


def test_it_says_what_it_is(metric: Metric) -> None:
    assert metric.kinds <= KINDS
    assert metric.kinds
    assert metric.title
    assert type(metric).__doc__


def test_the_mean_of_the_examples_is_the_value(metric: Metric) -> None:
    found = mixed(metric)
    values = metric.examples(found)
    assert values.shape == (5,)
    assert values.dtype == np.float64
    assert metric.value(found) == pytest.approx(values.mean(), abs=1e-12)


def test_the_order_of_rows_does_not_matter(metric: Metric) -> None:
    found = mixed(metric)
    turned = [found[i] for i in (3, 0, 4, 2, 1)]
    assert metric.examples(turned) == pytest.approx(metric.examples(found)[[3, 0, 4, 2, 1]], abs=1e-12)


def test_the_value_lies_in_the_range(metric: Metric) -> None:
    low, high = metric.range or (-np.inf, np.inf)
    assert low <= metric.value(mixed(metric)) <= high


def test_perfect_answers_have_the_best_value(metric: Metric) -> None:
    best, worse = metric.value(perfect(metric)), metric.value(mixed(metric))
    assert best > worse if metric.higher_is_better else best < worse
    if metric.range:
        assert best == pytest.approx(metric.range[1] if metric.higher_is_better else metric.range[0])


def test_one_row_is_enough(metric: Metric) -> None:
    assert np.isfinite(metric.examples(mixed(metric)[:1])).all()


def test_no_row_is_an_error(metric: Metric) -> None:
    with pytest.raises(ValueError, match="at least one outcome"):
        metric.examples([])
