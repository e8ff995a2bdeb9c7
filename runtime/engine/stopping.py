"""Signals that ask to stop: noted, never acted upon in the middle of something."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)
"""All mean "save and leave": schedulers differ in which they send (ecosystem.md, 1.4)."""


class StopRequest:
    """Listens for stop signals while its `with` block runs, in the main thread of a process."""

    def __init__(self) -> None:
        self.first: int | None = None
        """Number of the first signal that came; `None` while none has."""
        self.count = 0
        self._before: dict[signal.Signals, object] = {}

    @property
    def code(self) -> int:
        """The exit code it asks for: 130 by Ctrl-C, 75 by the others, 0 while there is none."""
        if self.first is None:
            return 0
        return 130 if self.first == signal.SIGINT else 75

    def note(self, number: int, frame: FrameType | None = None) -> None:
        """Take note of a signal."""
        self.first = self.first or number
        self.count += 1

    def __enter__(self) -> StopRequest:
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self.note) for number in STOP_SIGNALS}
            # The fork server blocks them until there is someone to listen.
            signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)  # type: ignore[arg-type]  # what signal.signal gave back
