"""The log of the stream: what was drawn up to each 25th of the limit, and what was open there."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from toys import TASKS, Trial, law, method, segment, share
from verdicts import plan, scores, task

from currc.compiler.plan import Method, Window
from currc.runtime.judging.course import stream
from currc.runtime.judging.scores import ArmScores, Spent
from currc.runtime.learning.loop import Stopped
from currc.runtime.learning.stream_log import PARTS
from currc.runtime.vocabulary import Vocabulary

ROWS = 4
"""A step of a toy."""


def drawn_by(trial: Trial, steps: int) -> dict[str, int]:
    """What a trial of the same law has drawn after so many steps."""
    other = Trial(*trial.laws)
    with pytest.raises(Stopped):
        other.run(stop_after=steps)
    return other.cursor.drawn


@pytest.mark.parametrize("match", ["steps", "examples"])
def test_the_log_says_what_was_drawn_at_each_point(match: str) -> None:
    limit = {"steps": 50.0, "examples": 50.0 * ROWS}[match]
    trial = Trial(law(segment(mix=method("odm")), match=match, limit=limit)).run()
    found = [one[0] for one in trial.cursor.stream]
    assert len(found) == PARTS
    assert found[-1] == trial.cursor.drawn
    for part in (0, 11, 23):
        assert found[part] == drawn_by(trial, 2 * (part + 1))


def test_a_step_over_a_point_is_divided_in_proportion() -> None:
    """Ten steps over 25 parts: each part is 0.4 of a step, so its rows are 1.6."""
    trial = Trial(law(segment(TASKS[:1]), tasks=TASKS[:1], limit=10.0), sizes=(40,)).run()
    whole = [one[0][TASKS[0]] for one in trial.cursor.stream]
    assert np.diff([0.0, *whole]) == pytest.approx([1.6] * PARTS)


@pytest.mark.parametrize("match", ["tokens", "flops"])
def test_what_is_drawn_past_the_limit_is_not_in_it(match: str) -> None:
    trial = Trial(law(segment(), match=match, limit={"tokens": 300.0, "flops": 9000.0}[match])).run()
    found = [one[0] for one in trial.cursor.stream]
    assert len(found) == PARTS
    assert trial.cursor.examples - ROWS < sum(found[-1].values()) <= trial.cursor.examples
    totals = [sum(one.values()) for one in found]
    assert totals == sorted(totals)


def test_the_window_is_that_which_rows_came_from() -> None:
    """Opened from a fifth to all at 60 %, in a straight line, within the lower half."""
    pacing = Vocabulary().build("pacing", method("linear", start=0.2, full_at=0.6))
    window = Window(low=0.0, high=0.5)
    trial = Trial(law(segment(window=window), pacing=pacing, limit=100.0), order="easy_first").run()
    low, high = ([one[end] for one in trial.cursor.stream] for end in (1, 2))
    assert low == [0.0] * PARTS
    # The step that ends a part began a hundredth before its end.
    done = [(4 * (part + 1) - 1) / 100 for part in range(PARTS)]
    assert high == pytest.approx([0.5 * min(1.0, 0.2 + 0.8 * at / 0.6) for at in done])


def test_a_stage_after_another_goes_on_with_the_log() -> None:
    first = segment(TASKS[:1], window=Window(low=0.0, high=0.4), max=share(0.4))
    second = segment(TASKS[1:])
    trial = Trial(law(first, last=False, limit=50.0), law(second, index=1, limit=50.0), order="easy_first")
    log = trial.run().cursor.stream
    assert [set(one[0]) for one in log] == [{TASKS[0]}] * 10 + [set(TASKS)] * 15
    assert [one[2] for one in log] == [0.4] * 10 + [1.0] * 15


def given(logs: list[list[Any]], **schedule: Any) -> Any:
    """What judging makes of the logs of an arm's seeds."""
    asked = plan(["a", "b"], {"x": task(), "y": task()}, seeds=len(logs))
    arm = asked.arm("a")
    arm = arm.model_copy(update={"schedule": arm.schedule.model_copy(update=schedule)})
    [mine] = [one for one in scores(asked, {"a": {"x": 0.5, "y": 0.5}}) if one.arm == "a"]
    spent = {
        seed: Spent({}, 1.0, (), tuple((drawn, 0.0, high) for drawn, high in log))
        for seed, log in zip(mine.seeds, logs, strict=True)
    }
    known = ArmScores(mine.arm, mine.role, mine.of, mine.seeds, mine.values, mine.rows, spent=spent)
    return stream(arm, known, Vocabulary())


def test_seeds_are_averaged_and_how_far_they_lie_apart_is_said() -> None:
    one = [({"x": 10.0}, 0.5), ({"x": 10.0, "y": 10.0}, 1.0)]
    other = [({"x": 5.0, "y": 5.0}, 0.5), ({"x": 5.0, "y": 25.0}, 0.8)]
    found = given([one, other])
    assert found.shares == {"x": (0.75, 0.0), "y": (0.25, 1.0)}
    assert (found.low, found.high) == ((0.0, 0.0), (0.5, 0.9))
    assert (found.shares_apart, found.window_apart) == (0.5, 0.2)
    assert (found.by, found.sequence) == (None, None)


def test_a_part_that_went_to_looking_has_no_shares() -> None:
    assert given([[({"x": 4.0}, 1.0), ({"x": 4.0}, 1.0)]]).shares == {"x": (1.0, 0.0), "y": (0.0, 0.0)}


def test_a_trial_without_a_log_leaves_none() -> None:
    assert given([[({"x": 4.0}, 1.0)], []]) is None


def test_an_order_of_its_own_is_named() -> None:
    found = given([[({"x": 4.0}, 1.0)]], order=Method(word="sorted_once"))
    assert found.sequence == "sorted_once"
