"""The picture of the stream as it was drawn: of each arm, only where something moved."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import TypeVar

from currc.runtime.judging.results import ArmResult, Stream, Verdict
from currc.runtime.reporting.picture import WIDTH, Picture, drawn

Part = TypeVar("Part")

ASTRAY = 5
"""Rows by which one mix may be off at any moment, as the order is drawn."""
LITTLE = 0.01
"""The same as a share of all rows; where seeds lie less than five times as far apart, nothing is said."""


def realised(verdict: Verdict) -> list[str]:
    """Lines of at most 80 columns, as `plan` foresees them; none where no arm's mix or window moved."""
    pictures = {
        arm.name: pictured(arm, arm.stream) for arm in verdict.listed() if arm.stream and arm.stream.shares
    }
    return drawn(pictures, still=("the same mix all along", "all rows open all along"))


def pictured(arm: ArmResult, stream: Stream) -> Picture:
    """What one arm's trials drew, the mean over seeds, and how far these lie apart."""
    seeds, moved = len(arm.seeds), mix_moved(arm, stream)
    shares = {task: _wide(parts) for task, parts in stream.shares.items()} if moved else {}
    return Picture(
        shares,
        _wide(tuple(zip(stream.low, stream.high, strict=True))) if window_closed(stream) else (),
        by_chance=stream.by is None,
        of_mix=_apart(seeds, stream.shares_apart) if shares else (),
        of_window=_apart(seeds, stream.window_apart),
        sequence=stream.sequence,
    )


def mix_moved(arm: ArmResult, stream: Stream) -> bool:
    """Whether some task was ever further from its share of all rows than one mix can be."""
    parts = len(stream.low)
    rows = sum(arm.totals.drawn.values()) if arm.totals else 0.0
    most = max(LITTLE, ASTRAY / rows if rows else 1.0)
    for shares in stream.shares.values():
        mean = sum(shares) / parts
        if any(abs(gap) / parts > most for gap in accumulate(share - mean for share in shares)):
            return True
    return False


def window_closed(stream: Stream) -> bool:
    """Whether some rows were not open at some time."""
    return min(stream.high) < 1.0 or max(stream.low) > 0.0


def _wide(parts: Sequence[Part]) -> list[Part]:
    """Each part in as many columns as fit."""
    return [part for part in parts for _ in range(max(1, WIDTH // len(parts)))]


def _apart(seeds: int, gap: float) -> tuple[str, ...]:
    """What is said of seeds that differ by more than a share of a step does."""
    return (f"the mean of {seeds} seeds, up to {100 * gap:.0f} points apart",) if gap > 5 * LITTLE else ()
