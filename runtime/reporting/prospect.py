"""What a plan will do with its data, as people read it: rows, shares, passes, cost, smallest effect."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from currc.compiler.plan import ArmPlan
from currc.runtime.engine.retired import leaves
from currc.runtime.reporting.looking import looking, looks
from currc.runtime.reporting.numbers import rough
from currc.runtime.reporting.outline import columns
from currc.runtime.reporting.scoring import scoring
from currc.runtime.reporting.stream import stream
from currc.runtime.vocabulary import Vocabulary

if TYPE_CHECKING:
    from currc.runtime.engine.forecast import StageForecast
    from currc.runtime.engine.outlook import Outlook
    from currc.runtime.engine.timed import Timed

EVEN = 1.01
"""How much more often than on average a row may be seen without a number of its own."""


def prospect(seen: Outlook, before: Timed) -> str:
    """Everything that can be told once the data is open; `before` are earlier trainings of the model."""
    pictured = [arm for arm in seen.plan.arms if arm.role != "reference"]
    parts = [
        *_rows(seen),
        *_retired(seen),
        "",
        *_shares(seen),
        "",
        *stream(pictured, seen.forecasts),
        "",
        *_cost(seen, before),
        *scoring(seen),
        *looking(seen),
        *_effect(seen),
    ]
    return "\n".join(parts) + "\n"


def _rows(seen: Outlook) -> list[str]:
    """Rows of each task."""
    rows: list[tuple[str, ...]] = [
        ("task", "train", "validation", "gold", "copies left out", "tokens a row"),
    ]
    for task, fact in seen.prepared.facts.items():
        counts = (fact.train, fact.validation, fact.gold, fact.copies)
        rows.append((task, *(f"{count:,}" for count in counts), f"{seen.measured[0][task]:.1f}"))
    return columns(rows, right=True)


def _retired(seen: Outlook) -> list[str]:
    """How many rows leave before training, by arm and task; arms that lose the same rows, once."""
    groups: dict[str, list[str]] = {}
    for arm in seen.plan.arms:
        rows = {task: len(one.train) for task, one in seen.of(arm).items()}
        gone = [
            f"{many:,} of {rows[task]:,} of {task}"
            for task in rows
            if (many := leaves(arm, task, rows[task]))
        ]
        if gone and arm.role != "reference":
            groups.setdefault(", ".join(gone), []).append(arm.name)
    return [
        f"retire  {', '.join(arms)}: {gone} leave before training, most likely mislabelled"
        for gone, arms in groups.items()
    ]


def _shares(seen: Outlook) -> list[str]:
    """Shares of the rows and tokens, draws and passes of each task in each stage, and over all stages
    its rows that are never drawn and those that are drawn again; arms that see the same, once.

    Where a window repeats some rows more than others, also how often the most repeated are seen.
    """
    head = ["expected", "of rows", "of tokens", "draws", "passes", "never", "again"]
    if any(_uneven(seen, name) for name in seen.forecasts):
        head.append("most seen")
    table = [head]
    for arms, name in _alike(seen):
        stages = seen.forecasts[name]
        table.append([arms])
        if len(stages) > 1:
            for stage in stages:
                table.append([f"  {stage.stage}, {stage.part:.0%} of the limit"])
                tokens = sum(one.tokens for one in stage.tasks)
                table += [
                    _row(f"    {one.task}", one.share, one.tokens / tokens, one.draws, one.epochs)
                    for one in stage.tasks
                ]
            table.append(["  all stages"])
        indent = "    " if len(stages) > 1 else "  "
        whole = sum(one.draws for stage in stages for one in stage.tasks)
        tokens = sum(one.tokens for stage in stages for one in stage.tasks)
        for task, (draws, passes) in _totals(stages).items():
            own = sum(one.tokens for stage in stages for one in stage.tasks if one.task == task)
            row = _row(indent + task, draws / whole, own / tokens, draws, passes)
            table.append([*row, *_fall(seen, name, task)])
    cells = [(row + [""] * len(head))[: len(head)] for row in table if len(row) > 1]
    lines = iter(columns(cells, right=True))
    return [row[0] if len(row) == 1 else next(lines) for row in table]


def _row(name: str, share: float, tokens: float, draws: float, passes: float) -> list[str]:
    return [name, f"{share:.1%}", f"{tokens:.1%}", f"{draws:,.0f}", f"{passes:.2f}"]


def _fall(seen: Outlook, name: str, task: str) -> list[str]:
    """Rows never drawn and drawn again, and how often at most; unknown where an arm looks at its rows."""
    if looks(seen.plan.arm(name)):
        return ["?", "?", "?"]
    never, again = seen.coverage[name][task]
    return [f"{never:,.0f}", f"{again:,.0f}", f"{seen.most_seen[name][task]:.2f}"]


def _totals(stages: Sequence[StageForecast]) -> dict[str, tuple[float, float]]:
    """Draws and passes of each task over all stages."""
    found: dict[str, tuple[float, float]] = {}
    for one in (one for stage in stages for one in stage.tasks):
        draws, passes = found.get(one.task, (0.0, 0.0))
        found[one.task] = draws + one.draws, passes + one.epochs
    return found


def _uneven(seen: Outlook, name: str) -> bool:
    """Whether an arm sees some rows of a task more often than others."""
    totals = _totals(seen.forecasts[name])
    return any(seen.most_seen[name][task] > EVEN * passes for task, (_, passes) in totals.items())


def _alike(seen: Outlook) -> list[tuple[str, str]]:
    """Arms that see the same, together, and the first of them; `every arm` where all do."""
    groups: dict[tuple[object, ...], list[str]] = {}
    for name, stages in seen.forecasts.items():
        most = tuple(round(many, 9) for many in seen.most_seen[name].values())
        arm = seen.plan.arm(name)
        drawn = tuple(task.classes.word for task in arm.tasks.values()), _moving(arm), looks(arm)
        groups.setdefault((tuple(stages), most, drawn), []).append(name)
    return [("every arm" if len(groups) == 1 else ", ".join(names), names[0]) for names in groups.values()]


def _moving(arm: ArmPlan) -> bool:
    """Whether rows are drawn from a window that moves, and not in exact passes."""
    return bool(getattr(Vocabulary().component("pacing", arm.schedule.pacing.word), "moves", False))


def _cost(seen: Outlook, before: Timed) -> list[str]:
    """Tokens, floating point operations and time of the whole experiment, as far as they are known."""
    tokens = {arm.name: _tokens(seen, arm) * len(arm.train.seeds) for arm in seen.plan.arms}
    of_references = sum(tokens[arm.name] for arm in seen.plan.arms if arm.role == "reference")
    lengths, counted = seen.measured
    length = sum(lengths.values()) / len(lengths)
    shape = seen.shape
    flops = None
    if shape is not None:
        flops = sum(shape.flops(tokens[arm.name], length) * (1 + extra(arm)) for arm in seen.plan.arms)
    by = "counted by the tokenizer" if counted else "estimated from words"
    return [
        f"tokens  {sum(tokens.values()) - of_references:,.0f} in arms and controls,"
        f" {of_references:,.0f} in references ({by})",
        f"FLOPs   {f'{flops:.2g}' if flops else 'unknown, the model is not on this machine'} of training",
        *([_time(flops, before)] if flops else []),
    ]


def _time(flops: float, before: Timed) -> str:
    """How long the training will take, were nothing of it stored, by how long others took."""
    if not before.trainings:
        return "time    not known before a first training of this model on this machine"
    cores = before.cores
    about = rough(flops / before.flops * before.seconds / cores)
    many = f"{before.trainings} earlier training{'s' * (before.trainings > 1)}"
    return f"time    about {about} on {cores} core{'s' * (cores > 1)}, if as fast as {many} of this model"


def _tokens(seen: Outlook, arm: ArmPlan) -> float:
    """The tokens of one trial; a yoked reference trains its tasks on as many rows as its control draws."""
    like = seen.forecasts.get(arm.name)
    if like is None:
        like = seen.forecasts[arm.yoke.arm] if arm.yoke is not None else next(iter(seen.forecasts.values()))
    return sum(one.tokens for stage in like for one in stage.tasks if one.task in arm.tasks)


def extra(arm: ArmPlan) -> float:
    """What an arm's methods add to a training step, as a share of it: a backward pass is two thirds."""
    vocabulary = Vocabulary()
    found = [
        component.cost(len(segment.tasks))
        for segment in arm.schedule.segments
        for component in (
            vocabulary.build("weights", segment.weights),
            vocabulary.build("combine", segment.combine),
            vocabulary.build("mix", segment.mix),
        )
    ]
    return max((one.forwards + 2 * one.backwards) / 3 for one in found)


def _effect(seen: Outlook) -> list[str]:
    """The smallest difference of the objective that this experiment will likely show."""
    decide = seen.plan.decide
    if decide is None:
        return []
    from currc.runtime.engine.concerns import effect, of_unit_range
    from currc.runtime.judging.power import POWER, Assumed

    smallest = effect(seen)
    if not of_unit_range(decide):
        return ["effect  how small a difference can be shown is not known before training for such a metric"]
    if smallest is None:
        return ["effect  nothing can be shown with one seed or one gold row"]
    asked = f"; `min_gain` is {decide.min_gain:g}" if decide.min_gain else ""
    return [
        f"effect  a true difference of {smallest:.3f} is found with probability {POWER:g}{asked}",
        f"        {Assumed()}",
    ]
