"""Progress on a terminal and elsewhere: what is said, and that nothing said can act on a terminal."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from currc.compiler.graph import Node
from currc.compiler.printable import printable_lines
from currc.runtime.engine import events
from currc.runtime.reporting.board import Board
from currc.runtime.reporting.progress import Progress, duration, plain, screen

A, B, C = (Node("train", name, {"name": name}, {}) for name in ("easy seed 1", "easy seed 2", "hard seed 1"))
GOLD = Node("evaluate", "gold of easy seed 1", {}, {"state": A.key})


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def half_way() -> Board:
    """One training done in 20 s, one at 50 % after 10 s, one waiting; two workers."""
    board = Board()
    board.take(events.RunStarted((A, B, C, GOLD), (), 2), 0.0)
    board.take(events.NodeStarted(A, 1), 0.0)
    board.take(events.NodeFinished(A, 20.0, 19.0, 10**9), 20.0)
    board.take(events.NodeStarted(B, 1), 20.0)
    board.take(events.Progress(B, 0.0, {"loss": 2.0, "tokens": 0.0}), 20.0)
    board.take(events.Progress(B, 0.5, {"loss": 1.0, "tokens": 15_000.0}), 30.0)
    return board


def shown(board: Board, now: float, width: int = 80) -> str:
    console = Console(file=io.StringIO(), width=width, color_system=None, legacy_windows=False)
    console.print(screen(board, now))
    text = console.file
    assert isinstance(text, io.StringIO)
    return text.getvalue()


def test_the_board_counts_trainings_and_their_parts() -> None:
    board = half_way()
    assert (board.finished, board.total) == (1, 3)
    assert board.fraction == pytest.approx(1.5 / 3)


def test_time_left_follows_the_pace() -> None:
    board = half_way()
    (running,) = board.running.values()
    assert running.tokens_per_s == pytest.approx(1500.0)
    assert running.seconds_left(30.0) == pytest.approx(10.0)
    assert running.seconds_left(34.0) == pytest.approx(6.0)
    assert board.seconds_left(30.0) == pytest.approx((10.0 + 20.0) / 2)


def test_before_there_is_a_pace_no_time_is_promised() -> None:
    board = Board()
    board.take(events.RunStarted((A, B), (), 1), 0.0)
    board.take(events.NodeStarted(A, 1), 0.0)
    assert board.seconds_left(5.0) is None
    board.take(events.Progress(A, 0.25, {}), 5.0)
    assert board.seconds_left(5.0) is None
    board.take(events.Progress(A, 0.5, {}), 10.0)
    assert board.seconds_left(10.0) == pytest.approx(10.0 + 20.0)


def test_a_failed_training_is_no_longer_waited_for() -> None:
    board = half_way()
    board.take(events.NodeFailed(C, 1, "diverged", "the loss is not finite"), 30.0)
    assert board.seconds_left(30.0) == pytest.approx(10.0 / 2)


def test_a_retried_node_runs_no_longer() -> None:
    board = half_way()
    board.take(events.NodeRetried(B, "signal 9"), 31.0)
    assert not board.running


@pytest.mark.parametrize("width", [80, 160])
def test_the_live_picture(width: int) -> None:
    lines = shown(half_way(), 30.0, width).splitlines()
    assert lines[0].split()[:2] == ["1/3", "trainings"]
    assert "50%" in lines[0]
    assert "0:15 left" in lines[0]
    assert lines[1].split() == [
        "easy",
        "seed",
        "2",
        "50%",
        "loss",
        "1.000",
        "1.5k",
        "tokens/s",
        "0:10",
        "left",
    ]
    assert max(map(len, lines)) <= width


def test_a_line_elsewhere_says_the_same() -> None:
    text = plain(half_way(), 30.0).plain
    assert text == "currc: 1/3 trainings, 50%; 0:15 left; easy seed 2 50% loss 1.000"


def elsewhere(clock: Clock) -> tuple[Progress, io.StringIO]:
    file = io.StringIO()
    return Progress(Console(file=file, width=80, force_terminal=False), clock), file


def test_elsewhere_a_line_every_30_seconds_and_at_each_finished_training() -> None:
    clock = Clock()
    progress, file = elsewhere(clock)
    with progress:
        progress.listen(events.RunStarted((A, B), (), 2))
        progress.listen(events.NodeStarted(A, 1))
        for _ in range(100):
            clock.now += 0.9
            progress.listen(events.Tick())
        assert len(file.getvalue().splitlines()) == 2  # at about 30 and 60 s, of 90
        progress.listen(events.NodeFinished(A, 90.0, 80.0, 10**9))
        assert len(file.getvalue().splitlines()) == 3
        progress.listen(events.RunEnded(0, 90.0))
    text = file.getvalue()
    assert "\r" not in text
    assert "\x1b" not in text
    assert (
        text.splitlines()[-1] == "currc: 1 of 2 trainings in 1:30, 80 CPU-seconds, at most 1.00 GB a process"
    )


def test_a_run_with_nothing_to_do_says_nothing() -> None:
    clock = Clock()
    progress, file = elsewhere(clock)
    with progress:
        progress.listen(events.RunStarted((), (GOLD,), 0))
        progress.listen(events.NodeReused(GOLD))
        clock.now = 100.0
        progress.listen(events.RunEnded(0, 0.1))
    assert file.getvalue() == ""


def test_a_failure_has_place_reason_and_next_step() -> None:
    progress, file = elsewhere(Clock())
    with progress:
        progress.listen(
            events.NodeFailed(A, 65, "data", "not JSON", "fix the line", "rows.jsonl:7", complaint="C0402")
        )
    assert file.getvalue() == "error[C0402]: easy seed 1: rows.jsonl:7: not JSON\n  help: fix the line\n"


def test_no_text_can_act_on_a_terminal() -> None:
    progress, file = elsewhere(Clock())
    hostile = "[bold]x[/bold] :smile: \x1b[31mred\x07 \u202eevil\r"
    with progress:
        progress.listen(events.Warned(hostile))
    assert "[bold]x[/bold] :smile:" in file.getvalue()
    for character in ("\x1b", "\x07", "\u202e", "\r"):
        assert character not in file.getvalue()
    assert printable_lines("ü – 日本 ~") == "ü – 日本 ~"


def test_a_terminal_without_colour_gets_no_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    file = io.StringIO()
    console = Console(file=file, width=80, force_terminal=True, color_system="standard")
    with Progress(console, Clock()) as progress:
        progress.listen(events.NodeFailed(A, 1, "diverged", "the loss is not finite"))
        progress.listen(events.Tick())
    assert "\x1b[31m" not in file.getvalue()
    assert "the loss is not finite" in file.getvalue()


def test_durations() -> None:
    assert [duration(seconds) for seconds in (0, 9.6, 187, 3729)] == ["0:00", "0:10", "3:07", "1:02:09"]


def test_why_a_stage_was_left_stays_on_the_screen() -> None:
    progress, file = elsewhere(Clock())
    said = "left at 20.0% of the limit: held 2 of 2 evaluations: `route.macro_f1` 0.713 >= 0.7"
    with progress:
        progress.listen(events.RunStarted((A, B), (), 2))
        progress.listen(events.Noted(A, said))
    assert f"note: {A.name}: {said}\n" in file.getvalue()
