"""What the data makes doubtful about a plan that is correct: warnings, each with the numbers behind it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np

from currc.compiler.codes import Code
from currc.compiler.diagnostic import Diagnostic, Label
from currc.compiler.plan import DecidePlan, Segment
from currc.compiler.spec import Spec
from currc.runtime.data.leaks import of_all, pairs
from currc.runtime.data.rows import DataError
from currc.runtime.engine.forecast import row_tokens
from currc.runtime.engine.outlook import Outlook
from currc.runtime.engine.preview import few_rows, pools
from currc.runtime.engine.said import about
from currc.runtime.judging.power import expected_effect
from currc.runtime.learning.models import ModelError
from currc.runtime.vocabulary import Vocabulary

REPEATED = 4.0
"""Passes over a task's rows beyond which the returns fade (Muennighoff et al. 2023, arXiv:2305.16264)."""
FEW_GOLD = 100
"""Gold rows below which one score is uncertain by more than ten points."""
Z95 = 1.96
MORE_SEEDS = (*range(2, 13), 15, 20, 25, 30, 40, 50)
MORE_ROWS = (1.5, 2, 3, 4, 5, 7, 10, 15, 20, 30, 50)
"""Seeds, and multiples of the gold rows, of which it is asked whether they would show `min_gain`."""

Concern = Diagnostic | DataError
"""Said about a place of the spec, or about rows of its data."""


def concerns(spec: Spec, seen: Outlook) -> list[Concern]:
    """Every warning about a plan over its data, in the order in which they are asked for.

    Raises:
        DataError: A score gives no order, or a window holds no rows.
    """
    return [one for ask in CONCERNS for one in ask(spec, seen)]


def of_model(problem: ModelError, spec: Spec) -> Diagnostic:
    """A complaint about a model as one about the place where the spec names it."""
    (model,) = spec.of_kind("model")
    return about(spec, f"{model}.base", model, problem.code, problem.message, "", problem.help)


def near_copies(spec: Spec, seen: Outlook) -> Iterator[Concern]:
    """Gold rows of which training rows say nearly the same."""
    if not (found := seen.near):
        return
    gold = {name: task.gold for name, task in seen.prepared.tasks.items()}
    lines = [f"{of_all(found, gold)} are nearly in training data", *pairs(found)]
    help = "look at these pairs; take out those that give the answer away"
    yield DataError(Code.NEAR_DUPLICATES, found[0].gold.place, "\n".join(lines), help)


def copies(spec: Spec, seen: Outlook) -> Iterator[Concern]:
    """Equal rows that are left out."""
    for source, many in seen.prepared.copies.items():
        if many:
            message = f"{_rows(many)} of `{source}` {_are(many)} left out, equal to an earlier one"
            help = "write `dedup = none` in the source to keep them"
            yield about(spec, f"{source}.path", source, Code.DUPLICATES_DROPPED, message, "", help)
    for name, task in seen.prepared.tasks.items():
        if task.copies:
            message = f"{_rows(task.copies)} of task `{name}` {_are(task.copies)} left out"
            note = "the same prompt and answer as another row"
            help = "write `dedup = none` in the source to keep them"
            own = name.partition("@")[0]
            yield about(spec, f"{own}.train", own, Code.DUPLICATES_DROPPED, message, note, help)


def cut_rows(spec: Spec, seen: Outlook) -> Iterator[Concern]:
    """Rows that are longer than the model's longest input."""
    if seen.tokenizer is None:
        return
    most = seen.model.max_tokens
    for name, task in seen.prepared.tasks.items():
        lengths = row_tokens(seen.model, seen.tokenizer, task)
        cut = int(np.sum(lengths > most))
        if cut:
            message = f"rows of `{name}` are cut to {most} tokens: {cut} of the {len(lengths)} looked at"
            note = f"the longest has {int(lengths.max())}"
            (model,) = spec.of_kind("model")
            help = f"write `max_tokens = {_enough(lengths)} tokens`, which takes 99 in 100 whole"
            yield about(spec, f"{model}.max_tokens", model, Code.ROWS_TRUNCATED, message, note, help, name)


def _enough(lengths: np.ndarray) -> int:
    return 8 * math.ceil(float(np.quantile(lengths, 0.99)) / 8)


def few_gold_rows(spec: Spec, seen: Outlook) -> Iterator[Concern]:
    """Gold rows so few that a score of the verdict says little."""
    decide = seen.plan.decide
    looked_at = (
        decide.metric.parts + tuple(one.metric for one in decide.protect) if decide is not None else ()
    )
    for task in dict.fromkeys(part.task for part in looked_at):
        gold = len(seen.prepared.tasks[task].gold)
        if gold < FEW_GOLD:
            message = f"`{task}` has {gold} gold row{'s' * (gold != 1)}, and the verdict looks at it"
            points = 100 * Z95 * 0.5 / math.sqrt(gold)
            note = f"a share of right answers near one half is uncertain by ±{points:.0f} points"
            help = "100 rows make that ±10 points, 400 rows ±5"
            yield about(spec, f"{task}.gold", task, Code.SMALL_GOLD, message, note, help)


def repeated(spec: Spec, seen: Outlook) -> Iterator[Concern]:
    """Tasks whose rows an arm sees again and again."""
    for task in spec.of_kind("task"):
        often = {
            arm: seen.most_seen[arm][task]
            for arm in spec.arms
            if seen.most_seen[arm].get(task, 0.0) > REPEATED * (1 + 1e-6)
        }
        if not often:
            continue
        arm = max(often, key=often.__getitem__)
        draws, size = _draws(seen, arm, task), len(seen.of(seen.plan.arm(arm))[task].train)
        evenly = often[arm] <= 1.01 * draws / size
        what = f"`{task}` is repeated" if evenly else f"some rows of `{task}` are repeated"
        message = f"{what} {often[arm]:.1f} times in {_arms(arm, len(often))}"
        note = f"{draws:,.0f} draws of {size:,} rows; beyond {REPEATED:g} times the returns fade"
        help = "add rows, lower the limit, or bound it by `mix = unimax(epochs = 4)`"
        yield about(spec, task, task, Code.REPEATED_OFTEN, message, note, help)


def unkept_bounds(spec: Spec, seen: Outlook) -> Iterator[Concern]:
    """Bounds on repetition that `unimax` cannot keep: the limit is larger than all of them, or a floor is."""
    for name in spec.arms:
        arm = seen.plan.arm(name)
        passes = dict.fromkeys(arm.tasks, 0.0)
        for segment, stage in zip(arm.schedule.segments, seen.forecasts[name], strict=True):
            for one in stage.tasks:
                passes[one.task] += one.epochs
            bound = segment.mix.parameters.get("epochs", math.inf)
            if segment.mix.word != "unimax":
                continue
            worst = max(segment.tasks, key=passes.__getitem__)
            if passes[worst] > bound * (1 + 1e-6):
                yield _unkept(spec, seen, name, segment, worst, passes[worst])


def _unkept(spec: Spec, seen: Outlook, name: str, segment: Segment, task: str, passes: float) -> Diagnostic:
    """A bound that the draws of a task up to the end of a stage break."""
    size, bound = len(seen.of(seen.plan.arm(name))[task].train), segment.mix.parameters["epochs"]
    arm, stages = f"arm `{name}`", len(seen.plan.arm(name).schedule.segments)
    where = f"stage `{segment.stage}` of {arm}" if stages > 1 else arm
    message = f"`unimax` cannot keep `{task}` to {bound:g} passes in {where}: it takes {passes:.1f}"
    note = f"{passes * size:,.0f} draws of {size:,} rows, and {bound:g} passes are {bound * size:,.0f}"
    floor = "lower `floor`, " if segment.mix.parameters.get("floor", 0.0) > 0.0 else ""
    help = f"{floor}lower the limit, add rows, or allow more `epochs`"
    own = f"{spec.value('schedule', name)}.{segment.stage}.mix"
    found = spec.find(own, name) or spec.find("mix", name)
    span = found.span if found is not None and found.span is not None else spec.arms[name].span
    address = f"arm.{name}.{segment.stage}"
    return Diagnostic(Code.BOUND_UNKEPT, message, Label(span, note), help=help, address=address)


def never_seen(spec: Spec, seen: Outlook) -> Iterator[Concern]:
    """Tasks that an arm is expected to draw less than once; of those in no stage `check` has spoken."""
    for task in spec.of_kind("task"):
        drawn = {
            arm: _draws(seen, arm, task)
            for arm in spec.arms
            if any(task in segment.tasks for segment in seen.plan.arm(arm).schedule.segments)
        }
        hardly = [arm for arm, draws in drawn.items() if draws < 1.0]
        if hardly:
            arm = min(hardly, key=drawn.__getitem__)
            message = f"`{task}` is expected to be drawn {drawn[arm]:.2g} times in {_arms(arm, len(hardly))}"
            note = f"has {len(seen.of(seen.plan.arm(arm))[task].train):,} rows"
            help = "raise its share, or leave it out by `tasks`"
            yield about(spec, task, task, Code.NEVER_SEEN, message, note, help)


def _draws(seen: Outlook, arm: str, task: str) -> float:
    return sum(one.draws for stage in seen.forecasts[arm] for one in stage.tasks if one.task == task)


def _arms(worst: str, many: int) -> str:
    return f"arm `{worst}`" + (f", and in {many - 1} more" if many > 1 else "")


def weak_effect(spec: Spec, seen: Outlook) -> Iterator[Concern]:
    """A `min_gain` that the experiment is too small to show."""
    decide = seen.plan.decide
    smallest = effect(seen) if decide is not None and decide.min_gain > 0 else None
    if decide is None or smallest is None or smallest <= decide.min_gain:
        return
    message = f"the smallest effect that this experiment can show, about {smallest:.3f}, is above `min_gain`"
    note = f"`min_gain` is {decide.min_gain:g}"
    ways = _ways(seen, decide)
    help = f"{' or '.join(ways)} would show it" if ways else ""
    yield about(spec, "decide.min_gain", "decide", Code.WEAK_EFFECT, message, note, help)


def effect(seen: Outlook) -> float | None:
    """The smallest difference of the objective that the experiment will likely show.

    `None` where it can show none, and for metrics that are no [0, 1] scores, of which nothing is assumed.
    """
    decide = seen.plan.decide
    if decide is None or not of_unit_range(decide):
        return None
    rows = _gold_rows(seen, decide)
    return expected_effect(_seeds(seen, decide), rows, decide.alpha, family(seen))


def family(seen: Outlook) -> int:
    """How many arms are compared with the control."""
    return max(1, sum(arm.role == "arm" for arm in seen.plan.arms) - 1)


def of_unit_range(decide: DecidePlan) -> bool:
    """Whether what is decided on lies in [0, 1], as the share of right answers does."""
    metrics = (Vocabulary().component("metric", part.metric.word) for part in decide.metric.parts)
    return all(getattr(metric, "range", None) == (0.0, 1.0) for metric in metrics)


def _gold_rows(seen: Outlook, decide: DecidePlan) -> list[int]:
    tasks = dict.fromkeys(part.task for part in decide.metric.parts)
    return [len(seen.prepared.tasks[task].gold) for task in tasks]


def _seeds(seen: Outlook, decide: DecidePlan) -> int:
    return len(seen.plan.arm(decide.control).train.seeds)


def _ways(seen: Outlook, decide: DecidePlan) -> list[str]:
    """What would show `min_gain`: more seeds, more gold rows, or the cheapest of both together."""
    rows, seeds, many = _gold_rows(seen, decide), _seeds(seen, decide), family(seen)

    def shows(seeds: int, times: float) -> bool:
        found = expected_effect(seeds, [round(n * times) for n in rows], decide.alpha, many)
        return found is not None and found <= decide.min_gain

    alone = [f"{n} seeds" for n in MORE_SEEDS if n > seeds and shows(n, 1)][:1]
    alone += [f"{times:g} times as many gold rows" for times in MORE_ROWS if shows(seeds, times)][:1]
    if alone:
        return alone
    both = [(n * times, n, times) for n in MORE_SEEDS if n > seeds for times in MORE_ROWS if shows(n, times)]
    return [f"{n} seeds with {times:g} times as many gold rows" for _, n, times in sorted(both)[:1]]


def _rows(many: int) -> str:
    return f"{many:,} row{'s' * (many != 1)}"


def _are(many: int) -> str:
    return "are" if many != 1 else "is"


CONCERNS: tuple[Callable[[Spec, Outlook], Iterator[Concern]], ...] = (
    near_copies,
    copies,
    cut_rows,
    few_gold_rows,
    repeated,
    unkept_bounds,
    never_seen,
    weak_effect,
    few_rows,
    pools,
)
