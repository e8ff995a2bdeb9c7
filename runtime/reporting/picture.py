"""A picture of the stream of rows in plain characters: shares of tasks, and the window of difficulty."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

WIDTH = 50
"""Columns of a picture: with names and frame it stays below 80."""
BANDS = ("hardest", "hard", "easy", "easiest")
"""Quarters of the rows by difficulty, the hardest on top."""
NAMES = 22
"""Longest name that is written out."""

MIX = "tenths of the draws, from the first to the last; # all, . hardly any"
WINDOW = "quarters of the rows by difficulty: # open, + in part, . closed"


@dataclass(frozen=True, slots=True)
class Picture:
    """One arm over training, from left to right in moments of equal length, at most `WIDTH`."""

    shares: Mapping[str, Sequence[float]]
    """By task its share of the draws at each moment, in [0, 1]; empty: no mix is shown."""
    windows: Sequence[tuple[float, float]] = ()
    """The percentiles of difficulty that are open at each moment; empty: no window is shown."""
    by_chance: bool = False
    """Whether the percentiles are of no difficulty, so that only how many rows are open counts."""
    of_mix: tuple[str, ...] = ()
    """What is said below the shares."""
    of_window: tuple[str, ...] = ()
    """What is said below the window, or in its place."""
    sequence: str | None = None
    """Word of the order in whose sequence rows come one by one."""

    def mix(self) -> tuple[str, ...]:
        """The share of each task, a line each."""
        return (
            *(_line(task, "".join(map(_tenths, shares))) for task, shares in self.shares.items()),
            *(f"    {note}" for note in self.of_mix),
        )

    def window(self) -> tuple[str, ...]:
        """What of the rows is open, by quarters of difficulty or as one share."""
        return tuple(self._window())

    def _window(self) -> Iterator[str]:
        if self.sequence is not None:
            yield f"    rows come one by one, in the sequence of `{self.sequence}`"
        if not self.windows:
            return
        if self.by_chance:
            yield _line("open rows, by chance", "".join(_tenths(high - low) for low, high in self.windows))
        else:
            for band, name in enumerate(BANDS):
                low = 0.75 - band / len(BANDS)
                yield _line(name, "".join(_open(window, low) for window in self.windows))
        yield from (f"    {note}" for note in self.of_window)


def drawn(pictures: Mapping[str, Picture], still: tuple[str, str] | None = None) -> list[str]:
    """Lines of at most 80 columns: the mix of every arm, then the window of those that have one.

    Arms whose pictures are equal stand together. `still` is what to say of arms without a mix, and
    without a window, where others have one.
    """
    lines = []
    for at, (head, reading) in enumerate((("stream", MIX), ("window", WINDOW))):
        parts = {arm: one.window() if at else one.mix() for arm, one in pictures.items()}
        seen = {arm: part for arm, part in parts.items() if part}
        if not seen:
            continue
        lines += [f"{head}  {reading}", *_together(seen, len(pictures))]
        if still and (rest := [arm for arm in parts if arm not in seen]):
            lines.append(f"  {_short(', '.join(rest), 76 - len(still[at]))}: {still[at]}")
    return lines


def _together(parts: Mapping[str, tuple[str, ...]], many: int) -> list[str]:
    """Each part once, below the names of its arms, which are some of so many."""
    arms: dict[tuple[str, ...], list[str]] = {}
    for name, part in parts.items():
        arms.setdefault(part, []).append(name)
    lines = []
    for part, names in arms.items():
        every = 1 < len(names) == many
        lines += [f"  {_short('every arm' if every else ', '.join(names), 76)}", *part]
    return lines


def _open(window: tuple[float, float], low: float) -> str:
    """How much of a quarter of the percentiles, from `low` on, a window holds."""
    inside = min(window[1], low + 0.25) - max(window[0], low)
    return "#" if inside >= 0.25 - 1e-9 else "+" if inside > 1e-9 else "."


def _tenths(share: float) -> str:
    """A share in one character."""
    if share <= 0.0:
        return " "
    tenths = int(10 * share + 0.5)
    return "." if tenths == 0 else "#" if tenths == 10 else str(tenths)


def _line(name: str, cells: str) -> str:
    return f"    {_short(name, NAMES):<{NAMES}}|{cells}|"


def _short(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 3]}..."
