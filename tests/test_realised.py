"""The picture of what was drawn: exact lines, only where something moved, never wider than 80 columns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from verdicts import plan, task, verdict

from currc.runtime.command.report import _stream, markdown
from currc.runtime.judging.results import Stream, Totals, Verdict
from currc.runtime.reporting.realised import realised

PARTS = 25
EVEN = {"x": (0.5,) * PARTS, "y": (0.5,) * PARTS}
STAGED = {"x": (1.0,) * 10 + (0.5,) * 15, "y": (0.0,) * 10 + (0.5,) * 15}


def of(**other: Any) -> Stream:
    plain = {"shares": EVEN, "low": (0.0,) * PARTS, "high": (1.0,) * PARTS, "by": None}
    return Stream(**{**plain, "shares_apart": 0.0, "window_apart": 0.0, **other})


def judged(rows: float = 1000.0, **streams: Stream | None) -> Verdict:
    """A verdict whose arms drew these streams."""
    found = verdict(
        plan(list(streams), {"x": task(), "y": task()}), {arm: {"x": 0.6, "y": 0.6} for arm in streams}
    )
    totals = Totals(drawn={"x": rows / 2, "y": rows / 2}, used=100.0, past=0.0)
    arms = tuple(one.model_copy(update={"stream": streams[one.name], "totals": totals}) for one in found.arms)
    return found.model_copy(update={"arms": arms})


def test_stages_and_a_window_are_drawn_and_the_still_arm_is_named() -> None:
    staged = of(
        shares=STAGED, high=(0.3,) * 10 + (1.0,) * 15, by="length", shares_apart=0.5, window_apart=0.02
    )
    assert realised(judged(plain=of(), staged=staged)) == [
        "stream  tenths of the draws, from the first to the last; # all, . hardly any",
        "  staged",
        "    x                     |####################555555555555555555555555555555|",
        "    y                     |                    555555555555555555555555555555|",
        "    the mean of 6 seeds, up to 50 points apart",
        "  plain: the same mix all along",
        "window  quarters of the rows by difficulty: # open, + in part, . closed",
        "  staged",
        "    hardest               |....................##############################|",
        "    hard                  |....................##############################|",
        "    easy                  |++++++++++++++++++++##############################|",
        "    easiest               |##################################################|",
        "  plain: all rows open all along",
    ]  # fmt: skip


def test_nothing_is_drawn_where_nothing_moved() -> None:
    assert realised(judged(plain=of(), other=of())) == []
    assert _stream(judged(plain=of(), other=of())) == [
        "stream  every arm drew one mix, from all of its rows, all along"
    ]


def test_whole_rows_are_no_movement() -> None:
    """Of 100 rows, four a part: shares go up and down by a quarter where one mix is drawn."""
    jitter = {"x": (0.25, 0.75, 0.5, 0.5, 0.5) * 5, "y": (0.75, 0.25, 0.5, 0.5, 0.5) * 5}
    assert realised(judged(rows=100.0, plain=of(), other=of(shares=jitter))) == []
    drift = {"x": (0.4,) * 12 + (0.6,) * 13, "y": (0.6,) * 12 + (0.4,) * 13}
    assert realised(judged(rows=100.0, plain=of(), other=of(shares=drift))) == []
    assert realised(judged(rows=1000.0, plain=of(), other=of(shares=drift))) != []


def test_open_rows_by_chance_and_a_strict_order_are_said_to_be() -> None:
    lines = realised(judged(a=of(high=(0.5,) * PARTS), b=of(sequence="sorted_once", by="length")))
    assert f"    open rows, by chance  |{'5' * 50}|" in lines
    assert "    rows come one by one, in the sequence of `sorted_once`" in lines
    assert not any(line.startswith("stream") for line in lines)


def test_long_names_and_many_arms_keep_80_columns() -> None:
    many = {f"arm_with_a_very_long_name_{at}": of() for at in range(6)}
    lines = realised(judged(**many, moved=of(shares=STAGED, high=(0.5,) * PARTS)))
    assert max(map(len, lines)) <= 80


def test_an_older_run_says_that_it_is_not_known() -> None:
    found = judged(plain=None, other=None)
    assert realised(found) == []
    assert _stream(found) == ["stream  not known: the trials are of a version that did not log it"]
    old = found.model_dump(mode="json")
    for arm in old["arms"]:
        del arm["stream"]
    assert Verdict.model_validate(old) == found


def test_markdown_holds_the_picture_in_its_block() -> None:
    text = markdown(judged(plain=of(), staged=of(shares=STAGED)), Path("runs/desk/0123abcd"))
    block = text.split("```")[1]
    assert block.startswith("text\n")
    assert "\n".join(realised(judged(plain=of(), staged=of(shares=STAGED)))) in block
    assert markdown(judged(plain=of(), other=of()), Path("runs/desk/0123abcd")).count("stream") == 0
