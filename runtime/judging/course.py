"""What the trials of one arm drew and used, how their stages ended, and what came when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from statistics import fmean

from currc.compiler.plan import ArmPlan
from currc.runtime.judging.results import StageEnd, Stream, Totals
from currc.runtime.judging.scores import ArmScores
from currc.runtime.vocabulary import Vocabulary

DIGITS = 4
"""Of the shares that are kept."""


def totals(scores: ArmScores, limit: float) -> Totals | None:
    """Means and the largest overshoot over the scored seeds; `None` if one is unknown."""
    known = [scores.spent[seed] for seed in scores.seeds if seed in scores.spent]
    if not known or len(known) < len(scores.seeds):
        return None
    return Totals(
        drawn={task: fmean(one.drawn.get(task, 0) for one in known) for task in known[0].drawn},
        used=fmean(one.used for one in known),
        past=max(max(one.used for one in known) - limit, 0.0),
    )


def stages(arm: ArmPlan, scores: ArmScores, limit: float) -> tuple[StageEnd, ...]:
    """How each stage of each scored trial ended, stage by stage."""
    names = [segment.stage for segment in arm.schedule.segments]
    if len(names) == 1:
        return ()
    return tuple(
        StageEnd(stage=name, seed=seed, at=ends[place][0] / limit, reason=ends[place][1])
        for place, name in enumerate(names)
        for seed in scores.seeds
        if seed in scores.spent and place < len(ends := scores.spent[seed].stages)
    )


def stream(arm: ArmPlan, scores: ArmScores, vocabulary: Vocabulary) -> Stream | None:
    """What came when, the mean over the scored seeds; `None` for a reference or if one is unknown."""
    logs = [scores.spent[seed].stream for seed in scores.seeds if seed in scores.spent]
    whole = max(map(len, logs), default=0)
    if arm.role == "reference" or not whole or len(logs) < len(scores.seeds) or min(map(len, logs)) < whole:
        return None
    by_seed = [_shares([drawn for drawn, _, _ in log], tuple(arm.tasks)) for log in logs]
    shares = {task: [of_seed[task] for of_seed in by_seed] for task in arm.tasks}
    low = [[begin for _, begin, _ in log] for log in logs]
    high = [[end for _, _, end in log] for log in logs]
    by = arm.schedule.by.score.word if arm.schedule.by else "random"
    order = arm.schedule.order.word
    return Stream(
        shares={task: _mean(found) for task, found in shares.items()},
        low=_mean(low),
        high=_mean(high),
        shares_apart=max(map(_apart, shares.values())),
        window_apart=max(_apart(low), _apart(high)),
        by=None if by == "random" else by,
        sequence=order if getattr(vocabulary.component("order", order), "strict", False) else None,
    )


def _shares(drawn: Sequence[Mapping[str, float]], tasks: Sequence[str]) -> dict[str, list[float]]:
    """The share of each task in the rows of each part, from the draws up to its end."""
    ends = [[one.get(task, 0.0) for task in tasks] for one in drawn]
    parts = [[b - a for a, b in zip(*two, strict=True)] for two in pairwise([[0.0] * len(tasks), *ends])]
    whole = [sum(part) or 1.0 for part in parts]
    return {
        task: [part[at] / rows for part, rows in zip(parts, whole, strict=True)]
        for at, task in enumerate(tasks)
    }


def _mean(by_seed: Sequence[Sequence[float]]) -> tuple[float, ...]:
    return tuple(round(fmean(part), DIGITS) for part in zip(*by_seed, strict=True))


def _apart(by_seed: Sequence[Sequence[float]]) -> float:
    gaps = (max(part) - min(part) for part in zip(*by_seed, strict=True))
    return round(float(max(gaps)), DIGITS)
