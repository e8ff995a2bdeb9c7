"""Batches drawn ahead are those of one step at a time, whatever comes between."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from toys import TASKS, Trial, law, method, rows, segment

from currc.runtime.curriculum.feed import Feed
from currc.runtime.data.ragged import Ragged
from currc.runtime.learning import batches
from currc.runtime.learning.batches import Batches
from currc.runtime.vocabulary import Vocabulary

LIMITS = {"steps": 70.0, "examples": 300.0, "tokens": 1200.0, "flops": 12000.0}
ORDERS = [
    ("shuffled", "none"),
    ("easy_first", "none"),
    ("easy_first", "root"),
    ("hard_first", "baby_steps"),
    ("shuffled", "sequence_length"),
]


def trial(unit: str, order: str = "easy_first", pacing: str = "root") -> Trial:
    one = law(segment(), match=unit, limit=LIMITS[unit], pacing=Vocabulary().build("pacing", method(pacing)))
    made = Trial(one, order=order)
    made.state.enter(one)
    return made


def alone(made: Trial, feed: Feed) -> dict[str, Ragged]:
    """The batch of the cursor's step, drawn by itself."""
    one = made.laws[0]
    pace = one.pace(made.cursor)
    drawn = feed.rows(made.cursor.stage_draws, one.batch, pace)
    return {task: feed.tokens[task].take(mine, pace.longest) for task, mine in drawn.items()}


def move_on(made: Trial, found: dict[str, Ragged]) -> None:
    """The cursor behind a step over this batch."""
    cursor, lengths = made.cursor, {task: batch.lengths for task, batch in found.items()}
    cursor.steps += 1
    for batch in found.values():
        cursor.stage_draws += len(batch.rows)
        cursor.examples += len(batch.rows)
        cursor.tokens += len(batch.ids)
    cursor.flops += made.state.student.flops(lengths)


def listed(batch: Ragged) -> list[Any]:
    parts = (batch.rows, batch.ids, batch.lengths, batch.answers, batch.targets)
    return [batch.task, *(None if part is None else (part.dtype.str, part.tolist()) for part in parts)]


def assert_same(found: dict[str, Ragged], expected: dict[str, Ragged]) -> None:
    assert list(found) == list(expected)
    assert [listed(batch) for batch in found.values()] == [listed(batch) for batch in expected.values()]


@pytest.mark.parametrize("unit", LIMITS)
@pytest.mark.parametrize(("order", "pacing"), ORDERS)
def test_each_batch_is_that_of_its_step_alone(unit: str, order: str, pacing: str) -> None:
    made = trial(unit, order, pacing)
    feed, plain, ahead = made.feed(0), made.feed(0), Batches(made.laws[0])
    while made.cursor.used(unit) < LIMITS[unit]:
        found, pace = ahead.next(made.cursor, feed)
        assert pace == made.laws[0].pace(made.cursor)
        assert_same(found, alone(made, plain))
        move_on(made, found)
    assert made.cursor.steps >= 50


@pytest.mark.parametrize("unit", ["steps", "tokens"])
def test_a_cursor_that_jumps_and_rates_that_change_are_followed(unit: str) -> None:
    made = trial(unit)
    feed, ahead = made.feed(0), Batches(made.laws[0])
    for step in range(40):
        if step in (9, 10, 25):
            feed = feed.turned(np.array([step, 10.0, 3.0]), made.cursor.stage_draws)
        if step == 17:
            made.cursor.tokens += 100
            made.cursor.steps += 5
        if step == 30:
            made.cursor.stage_draws -= 12
        found, pace = ahead.next(made.cursor, feed)
        assert pace == made.laws[0].pace(made.cursor)
        assert_same(found, alone(made, feed))
        move_on(made, found)


@pytest.mark.parametrize("unit", ["steps", "examples", "tokens"])
def test_the_tokens_of_many_steps_are_taken_together_and_none_beyond_the_stage(
    unit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, taken = trial(unit), []
    whole = Feed.take
    monkeypatch.setattr(
        Feed, "take", lambda feed, steps, longest: taken.append(len(steps)) or whole(feed, steps, longest)
    )
    made.stage(0, None, None, dict)
    assert taken[:6] == [1, 2, 4, 8, 16, 32]
    assert sum(taken) == made.cursor.steps


def test_few_steps_lie_ready_where_batches_are_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "MOST_ROWS", 9)
    made = trial("steps")
    ahead, feed = Batches(made.laws[0]), made.feed(0)
    for _ in range(10):
        move_on(made, ahead.next(made.cursor, feed)[0])
        assert len(ahead._ready) <= 1


@pytest.mark.parametrize("kind", ["classify", "tag", "extract", "causal"])
def test_rows_split_are_those_taken_by_themselves(kind: str) -> None:
    plain = rows(TASKS[0], 30)
    many, total = len(plain), len(plain.ids)
    other: dict[str, Any] = {
        "classify": {},
        "tag": {"kind": "tag", "targets": np.arange(total, dtype=np.int16)},
        "extract": {"targets": np.arange(2 * many, dtype=np.int32).reshape(-1, 2)},
        "causal": {"targets": None, "answers": np.arange(many, dtype=np.int32)},
    }[kind]
    made = type(plain)(**{**vars(plain), **other})
    chosen = np.random.default_rng(0).integers(0, many, 12)
    parts = made.take(chosen).split([3, 1, 8])
    for part, mine in zip(parts, np.split(chosen, [3, 4]), strict=True):
        assert listed(part) == listed(made.take(mine))
