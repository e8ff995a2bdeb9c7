"""The picture of the stream that a plan foresees, for each of its arms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from currc.compiler.plan import ArmPlan, Segment
from currc.runtime.curriculum.exposure import order_and_pacing
from currc.runtime.curriculum.ordering import Ordering
from currc.runtime.curriculum.pacing import Pacing
from currc.runtime.reporting.looking import of_leaving, of_ranks
from currc.runtime.reporting.picture import WIDTH, Picture, drawn
from currc.runtime.vocabulary import Vocabulary

if TYPE_CHECKING:
    from currc.runtime.engine.forecast import StageForecast


MOST_OPEN = ("how much of it is open follows validation: this is the most",)


def stream(arms: Sequence[ArmPlan], forecasts: Mapping[str, Sequence[StageForecast]]) -> list[str]:
    """Lines of plain characters, at most 80 columns: the mix, and the window of arms that have one.

    Each picture goes from the first draw on the left to the limit on the right; arms whose
    pictures are equal stand together.
    """
    return drawn({arm.name: foreseen(arm, forecasts[arm.name]) for arm in arms})


def foreseen(arm: ArmPlan, stages: Sequence[StageForecast]) -> Picture:
    """What an arm will see; a window only where difficulty ever closes a row."""
    order, pacing = order_and_pacing(arm)
    segments, by = arm.schedule.segments, arm.schedule.by
    moments = [_moment(stages, (column + 0.5) / WIDTH) for column in range(WIDTH)]
    shares = {
        task: [sum(one.share for one in stages[index].tasks if one.task == task) for index, _ in moments]
        for task in dict.fromkeys(one.task for stage in stages for one in stage.tasks)
    }
    shown = any(_windowed(order, pacing, segment) for segment in segments)
    return Picture(
        shares,
        [_window(order, pacing, segments[index], part) for index, part in moments] if shown else (),
        by_chance=by is None or by.score.word == "random",
        of_mix=(*_of_mix(arm), *of_leaving(arm)),
        of_window=(*of_ranks(arm), *(MOST_OPEN if pacing.adaptive else ())),
        sequence=arm.schedule.order.word if order.strict else None,
    )


def _of_mix(arm: ArmPlan) -> Iterator[str]:
    """What only the training will show."""
    if arm.stacked:
        yield "tasks enter one after another: these are the shares over the whole"
    if any(map(_adapts, arm.schedule.segments)):
        yield "its mix follows the training: these are the shares that it begins at"


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
