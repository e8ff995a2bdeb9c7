"""A picture of the stream of rows over training: shares of tasks, and the window of difficulty."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from currc.compiler.plan import ArmPlan, Segment
from currc.runtime.curriculum.exposure import order_and_pacing
from currc.runtime.curriculum.ordering import Ordering
from currc.runtime.curriculum.pacing import Pacing
from currc.runtime.vocabulary import Vocabulary

if TYPE_CHECKING:
    from currc.runtime.engine.forecast import StageForecast

WIDTH = 50
"""Moments of a picture, one a column: with names and frame it stays below 80 columns."""
BANDS = ("hardest", "hard", "easy", "easiest")
"""Quarters of the rows by difficulty, the hardest on top."""
NAMES = 22
"""Longest name that is written out."""


def stream(arms: Sequence[ArmPlan], forecasts: Mapping[str, Sequence[StageForecast]]) -> list[str]:
    """Lines of plain characters, at most 80 columns: the mix, and the window of arms that have one.

    Each picture goes from the first draw on the left to the limit on the right; arms whose
    pictures are equal stand together.
    """
    mixes = {arm.name: tuple(_mix(arm, forecasts[arm.name])) for arm in arms}
    windows = {arm.name: tuple(_difficulty(arm, forecasts[arm.name])) for arm in arms}
    lines = ["stream  tenths of the draws, from the first to the last; # all, . hardly any"]
    lines += _together(mixes)
    if any(windows.values()):
        lines += ["window  quarters of the rows by difficulty: # open, + in part, . closed"]
        lines += _together({arm: picture for arm, picture in windows.items() if picture})
    return lines


def _together(pictures: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Each picture once, below the names of its arms."""
    arms: dict[tuple[str, ...], list[str]] = {}
    for name, picture in pictures.items():
        arms.setdefault(picture, []).append(name)
    lines = []
    for picture, names in arms.items():
        said = "every arm" if len(arms) == 1 and len(names) > 1 else ", ".join(names)
        lines += [f"  {_short(said, 76)}", *picture]
    return lines


def _mix(arm: ArmPlan, stages: Sequence[StageForecast]) -> Iterator[str]:
    """The share of each task over training."""
    moments = _moments(stages)
    for task in dict.fromkeys(one.task for stage in stages for one in stage.tasks):
        shares = [sum(one.share for one in stages[index].tasks if one.task == task) for index, _ in moments]
        yield _line(task, "".join(map(_tenths, shares)))
    if arm.stacked:
        yield "    tasks enter one after another: these are the shares over the whole"
    if any(map(_adapts, arm.schedule.segments)):
        yield "    its mix follows the training: these are the shares that it begins at"


def _difficulty(arm: ArmPlan, stages: Sequence[StageForecast]) -> Iterator[str]:
    """Which quarters of the rows are open over training; nothing where all of them always are."""
    order, pacing = order_and_pacing(arm)
    segments = arm.schedule.segments
    if order.strict:
        yield f"    rows come one by one, in the sequence of `{arm.schedule.order.word}`"
    if not any(_windowed(order, pacing, segment) for segment in segments):
        return
    windows = [_window(order, pacing, segments[index], part) for index, part in _moments(stages)]
    by = arm.schedule.by
    if by is None or by.score.word == "random":
        yield _line("open rows, by chance", "".join(_tenths(high - low) for low, high in windows))
    else:
        for band, name in enumerate(BANDS):
            low = 0.75 - band / len(BANDS)
            yield _line(name, "".join(_open(window, low) for window in windows))
    if pacing.adaptive:
        yield "    how much of it is open follows validation: this is the most"


def _moments(stages: Sequence[StageForecast]) -> list[tuple[int, float]]:
    """Of each column its stage, and how much of that stage is done."""
    return [_moment(stages, (column + 0.5) / WIDTH) for column in range(WIDTH)]


def _adapts(segment: Segment) -> bool:
    """Whether the rates of a stage follow the training."""
    return bool(getattr(Vocabulary().component("mix", segment.mix.word), "adaptive", False))


def _moment(stages: Sequence[StageForecast], progress: float) -> tuple[int, float]:
    """Which stage a moment lies in, and how much of the stage is done."""
    begun = 0.0
    for index, stage in enumerate(stages):
        if progress < begun + stage.part or index == len(stages) - 1:
            return index, min(1.0, (progress - begun) / stage.part) if stage.part > 0 else 1.0
        begun += stage.part
    raise ValueError("a plan has a stage")


def _windowed(order: Ordering, pacing: Pacing, segment: Segment) -> bool:
    """Whether difficulty decides which rows of a stage are open."""
    whole = (segment.window.low, segment.window.high) == (0.0, 1.0)
    return order.windowed and not (whole and not (pacing.moves and order.paced))


def _window(order: Ordering, pacing: Pacing, segment: Segment, part: float) -> tuple[float, float]:
    """The percentiles that are open at a part of a stage; all that may be where validation decides."""
    window = segment.window
    if not order.windowed:
        return 0.0, 1.0
    if not order.paced:
        return order.between(window.low, window.high, 1.0, 0.0)
    opened = 1.0 if pacing.adaptive else pacing.fraction(part)
    return order.between(window.low, window.high, opened, pacing.closed(part))


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
