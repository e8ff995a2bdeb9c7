"""A run as it happens, on standard error: live on a terminal, plain lines elsewhere."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from types import TracebackType

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from currc.compiler.printable import printable_lines
from currc.runtime.engine import events
from currc.runtime.reporting.board import TRIALS, Board, Running

PLAIN_EVERY = 30.0
"""Seconds between two plain lines that only say that the run is alive."""


class Progress:
    """Listens to a run while its `with` block runs.

    On a terminal: one bar for all trainings and one line for each running node.
    Elsewhere: one line at each finished training and every 30 s, nothing overwritten.
    Failures and warnings stay on the screen either way.
    """

    def __init__(self, console: Console | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        """A listener that shows nothing yet.

        Args:
            console: Standard error by default; `NO_COLOR` and dumb terminals are respected.
            clock: Seconds of a steady clock.
        """
        self.console = console or Console(stderr=True, highlight=False, markup=False, emoji=False)
        self.clock = clock
        self.board = Board()
        self.live: Live | None = None
        self._spoke = clock()

    def __enter__(self) -> Progress:
        if self.console.is_terminal and not self.console.is_dumb_terminal:
            self.live = Live(console=self.console, auto_refresh=False, transient=True)
            self.live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.live is not None:
            self.live.stop()
            self.live = None

    def listen(self, event: events.Event) -> None:
        """Take in an event and show what it changes."""
        now = self.clock()
        self.board.take(event, now)
        for line in _lasting(event, self.board):
            self._say(line)
        if self.live is not None:
            if isinstance(event, events.Tick | events.RunStarted | events.RunEnded):
                self.live.update(screen(self.board, now), refresh=True)
        elif _is_training(event) or (self.board.needed and now - self._spoke >= PLAIN_EVERY):
            self._say(plain(self.board, now))

    def _say(self, line: Text) -> None:
        self._spoke = self.clock()
        # A file's lines are whole; on a screen they break between words.
        self.console.print(line, soft_wrap=self.live is None)


def screen(board: Board, now: float) -> RenderableType:
    """The live picture: the bar, then a line for each running node."""
    if not board.needed:
        return Text()
    bar = Table.grid(padding=(0, 1))
    bar.add_row(
        Text(f"{board.finished}/{board.total} {_unit(board)}"),
        ProgressBar(total=1.0, completed=board.fraction, width=24),
        Text(f"{board.fraction:4.0%}"),
        Text(_left(board.seconds_left(now)), style="dim"),
        Text(_reused(board), style="dim"),
    )
    rows = Table.grid(padding=(0, 2))
    rows.add_column(no_wrap=True, overflow="ellipsis", max_width=40)
    for one in board.running.values():
        rows.add_row(Text(f"  {printable_lines(one.node.name)}"), *[Text(cell) for cell in _cells(one, now)])
    return Group(bar, rows)


def plain(board: Board, now: float) -> Text:
    """The same in one line without any control sequence."""
    parts = [
        f"{board.finished}/{board.total} {_unit(board)}, {board.fraction:.0%}",
        _left(board.seconds_left(now)),
        _reused(board),
        *[
            " ".join([printable_lines(one.node.name), *filter(None, _cells(one, now)[:2])])
            for one in board.running.values()
        ],
    ]
    return Text("currc: " + "; ".join(part for part in parts if part))


def duration(seconds: float) -> str:
    """Seconds as `3:07` or `1:02:09`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def _cells(one: Running, now: float) -> list[str]:
    """Share, loss, speed and time left of a running node; empty where unknown."""
    loss, speed = one.numbers.get("loss"), one.tokens_per_s
    return [
        f"{one.fraction:.0%}" if one.first else "",
        f"loss {loss:.3f}" if loss is not None else "",
        f"{_thousands(speed)} tokens/s" if speed is not None else "",
        _left(one.seconds_left(now)),
    ]


def _thousands(number: float) -> str:
    return f"{number / 1000:.1f}k" if number >= 1000 else f"{number:.0f}"


def _left(seconds: float | None) -> str:
    return "" if seconds is None else f"{duration(seconds)} left"


def _unit(board: Board) -> str:
    trains = any(node.kind in TRIALS for node in board.needed.values())
    return "trainings" if trains else "steps of work"


def _reused(board: Board) -> str:
    return f"{len(board.reused)} results reused" if board.reused else ""


def _is_training(event: events.Event) -> bool:
    return isinstance(event, events.NodeFinished) and event.node.kind in TRIALS


def _lasting(event: events.Event, board: Board) -> list[Text]:
    """What stays on the screen after an event, a line each."""
    if isinstance(event, events.NodeFailed):
        return _failure(event)
    if isinstance(event, events.NodeRetried):
        return [_line("warning", f"{event.node.name}: {event.reason}; it is tried again", "yellow")]
    if isinstance(event, events.Noted):
        return [_line("note", f"{event.node.name}: {event.message}", "cyan")]
    if isinstance(event, events.Warned):
        return [_line("warning", event.message, "yellow")]
    if isinstance(event, events.Stopping):
        name = signal.Signals(event.signal).name
        return [_line("note", f"{name}: saving and stopping; Ctrl-C again leaves at once", "cyan")]
    if isinstance(event, events.RunEnded) and board.done:
        return [_summary(board, event.seconds)]
    return []


def _failure(event: events.NodeFailed) -> list[Text]:
    code = f"[{event.complaint}]" if event.complaint else ""
    place = f"{event.place}: " if event.place else ""
    lines = [_line(f"error{code}", f"{event.node.name}: {place}{event.message}", "red")]
    if event.help:
        lines.append(_line("  help", event.help, "cyan"))
    if event.log is not None and event.cause in ("bug", "lost"):
        lines.append(_line("  log", str(event.log), "cyan"))
    return lines


def _line(head: str, body: str, style: str) -> Text:
    return Text.assemble((f"{head}: ", style), printable_lines(body))


def _summary(board: Board, seconds: float) -> Text:
    cpu = sum(event.cpu for event in board.done.values())
    peak = max(event.peak_rss for event in board.done.values())
    parts = [
        f"{board.finished} of {board.total} {_unit(board)} in {duration(seconds)}",
        f"{cpu:.0f} CPU-seconds",
        f"at most {peak / 1e9:.2f} GB a process",
        _reused(board),
        f"{len(board.failed)} failed" if board.failed else "",
        f"{len(board.blocked)} not computed because of that" if board.blocked else "",
    ]
    return Text("currc: " + ", ".join(part for part in parts if part))
