"""The law and the feed of a train node, from its parameters and inputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from currc.compiler.graph import Node
from currc.compiler.plan import EvaluatePlan, Method, MetricRef, Quantity, Segment, TaskPlan, TrainPlan
from currc.runtime.curriculum.balancing import MixState
from currc.runtime.curriculum.feed import Feed, Split, stage_feed, together
from currc.runtime.curriculum.looks import Looks
from currc.runtime.curriculum.ranking import Ranking, rankings
from currc.runtime.curriculum.stacking import Stack
from currc.runtime.data.tokens import TokenRows
from currc.runtime.engine.context import Context
from currc.runtime.engine.nodes.retire import scores_of
from currc.runtime.engine.nodes.yoke import Yoked
from currc.runtime.learning.law import Law
from currc.runtime.learning.looking import MEMORY
from currc.runtime.learning.state import TrialState
from currc.runtime.vocabulary import Vocabulary


def law_of(node: Node, tasks: dict[str, TaskPlan], yoke: Yoked, goals: Mapping[str, float]) -> Law:
    """The law of a stage; a trial yoked by draws has its limit in examples.

    `goals` are the validation scores to hope for, of tasks where more is known than the metric's best.
    """
    asked = node.parameters
    train = TrainPlan.model_validate({**asked["train"], "seeds": (asked["seed"],)})
    segment = Segment.model_validate({"stage": "", **asked["segment"]})
    evaluate = EvaluatePlan.model_validate(asked["evaluate"])
    by_draws = yoke.draws is not None

    def over(every: Quantity) -> Quantity:
        """The same grid over a limit of its own."""
        if not by_draws or every.unit != asked["budget"]["match"]:
            return every
        return every.model_copy(update={"amount": every.amount / asked["budget"]["limit"], "unit": "share"})

    return Law(
        seed=asked["seed"],
        segment=segment,
        index=asked["index"],
        last=asked["last"],
        match="examples" if by_draws else asked["budget"]["match"],
        limit=yoke.draws if yoke.draws is not None else asked["budget"]["limit"],
        batch=train.batch,
        lr=train.lr,
        warmup=train.warmup,
        clip=train.clip,
        lr_schedule=component("lr_schedule", train.lr_schedule),
        pacing=component("pacing", Method.model_validate(asked["pacing"])),
        weighting=component("weights", segment.weights),
        example_weighting=component("example_weights", train.example_weights),
        combining=component("combine", segment.combine),
        mixing=_mixing(segment, yoke, tasks),
        judged_by={name: task.metric.word for name, task in tasks.items()},
        goals={**best_values(tasks), **goals},
        task_weights={name: task.weight for name, task in tasks.items()},
        every=over(evaluate.every),
        keep_best=evaluate.keep == "best",
        frozen=tuple(asked["model"]["freeze"]) if segment.freeze is None else segment.freeze,
        max_tokens=segment.max_tokens or asked["model"]["max_tokens"],
        end=yoke.end,
        mean_weights=yoke.mean_weights,
        paces=yoke.paces,
        stack=_stack(asked, tasks),
        looks=_looks(asked, train.batch, over),
    )


def _looks(asked: Mapping[str, Any], batch: int, over: Callable[[Quantity], Quantity]) -> Looks | None:
    """What the trial looks at its training rows for; `None` where it never does."""
    refresh, retire = asked.get("refresh"), asked.get("retire", {"word": "none"})
    retiring = component("retire", Method.model_validate(retire))
    if refresh is None and not retiring.looks:
        return None
    return Looks(
        own=None if refresh is None else component("score", Method.model_validate(asked["by"])),
        refresh=None if refresh is None else over(Quantity.model_validate(refresh)),
        retiring=retiring if retiring.looks else None,
        within=asked["within"],
        seed=asked["seed"],
        least=batch,
    )


def _stack(asked: Mapping[str, Any], tasks: Mapping[str, TaskPlan]) -> Stack | None:
    """What each task waits for, where the order asks."""
    order = component("order", Method.model_validate(asked["order"]))
    if not order.stacks:
        return None
    requires = {name: tuple(asked["requires"][name]) for name in tasks}
    gates = {}
    for name in sorted({one for needed in requires.values() for one in needed}):
        metric = tasks[name].metric
        higher = component("metric", metric).higher_is_better
        gates[name] = order.gate(MetricRef(task=name, metric=metric), higher)
    return Stack(requires, gates)


def component(slot: str, method: Method) -> Any:
    """The component behind a word of the plan."""
    return Vocabulary().build(slot, method)


def feed_of(
    node: Node, context: Context, law: Law, yoke: Yoked, tokens: dict[str, TokenRows], state: TrialState
) -> Feed:
    """The feed of a stage that begins, or goes on, at the state's cursor."""
    asked = node.parameters
    ordering = component("order", Method.model_validate(asked["order"]))
    earlier = [
        (tuple(past["tasks"]), past["window"]["low"], past["window"]["high"]) for past in asked["earlier"]
    ]
    splits = splits_of(asked["tasks"], tokens, asked["balance_by"])
    fixed, standing = _rankings(node, context, law, tokens, ordering), None
    if law.looks is not None:
        before = [one for one in state.cursor.looks if one[0] < law.index]
        standing = law.looks.standing(before, state.memories[MEMORY], fixed, together(tokens, splits))
    return stage_feed(
        law.segment,
        law.index,
        law.seed,
        tokens=tokens,
        rankings=fixed,
        earlier=earlier,
        ordering=ordering,
        mix=law.mixing,
        state=_mix_state(law, tokens, splits, state),
        moving=law.pacing.moves and ordering.paced,
        splits=splits,
        drawn=state.cursor.at_entry["turns"],
        standing=standing,
    )


def splits_of(tasks: Mapping[str, Any], tokens: Mapping[str, TokenRows], balance_by: str) -> dict[str, Split]:
    """The tasks whose classes are drawn apart: at other shares than their own, or in balance."""
    found, balanced = {}, balance_by == "label"
    for name, rows in tokens.items():
        classes = component("classes", Method.model_validate(tasks[name]["classes"]))
        if classes.splits or balanced:
            labels = np.asarray(rows.targets, np.int64)
            found[name] = Split(labels, classes.shares(np.bincount(labels)), balanced)
    return found


def _mixing(segment: Segment, yoke: Yoked, tasks: Mapping[str, TaskPlan]) -> Any:
    """The stage's mix, or that which draws each task as often as the other trial did."""
    drawn = yoke.totals if yoke.totals is not None else yoke.mean_mix
    if drawn is None:
        return component("mix", segment.mix)
    shares = {name: float(drawn.get(name, 0)) for name in tasks}
    return component("mix", Method(word="shares", parameters={"shares": shares}))


def best_values(tasks: Mapping[str, TaskPlan]) -> dict[str, float]:
    """The best value of each task's own metric, higher is better: 0 of one without a bound, as a loss."""
    found = {}
    for name, task in tasks.items():
        metric = component("metric", task.metric)
        bounds = metric.range or (0.0, 0.0)
        found[name] = bounds[1] if metric.higher_is_better else -bounds[0]
    return found


def _rankings(
    node: Node, context: Context, law: Law, tokens: dict[str, TokenRows], ordering: Any
) -> dict[str, Ranking]:
    """Rows from easy to hard; the score `random` of a control is drawn from the trial's own seed."""
    within, by = node.parameters["within"], node.parameters["by"]
    if by is not None and by["word"] == "random":
        return rankings({name: _by_chance(rows, law.seed) for name, rows in tokens.items()}, within, law.seed)
    scores = scores_of(node, context, [name for name in tokens if f"score:{name}" in node.inputs])
    return rankings(scores, within, law.seed) if scores and ordering.ranks else {}


def _by_chance(rows: TokenRows, seed: int) -> Any:
    """The score `random` of a task's rows, from the trial's seed and the rows' keys."""
    from currc.runtime.curriculum.difficulty import ScoreRows

    nothing: list[Any] = [""] * len(rows)
    seen = ScoreRows(
        keys=rows.keys,
        places=nothing,
        texts=nothing,
        targets=nothing,
        columns=nothing,
        ids=rows.ids,
        offsets=rows.offsets,
        counts=np.zeros(0, np.int64),
        seed=seed,
    )
    return component("score", Method(word="random")).score(seen)


def _mix_state(
    law: Law, tokens: dict[str, TokenRows], splits: Mapping[str, Split], state: TrialState
) -> MixState:
    lengths = {name: _mean_length(rows, splits.get(name)) for name, rows in tokens.items()}
    per_row = {"steps": lambda _: 1.0, "examples": lambda _: 1.0, "tokens": lengths.__getitem__}
    per_row["flops"] = lambda name: state.student.flops({name: np.array([lengths[name]])})
    drawn = state.cursor.at_entry["drawn"]
    return MixState(
        tasks=law.tasks,
        sizes=np.array([len(rows) for rows in tokens.values()], np.int64),
        tokens=np.array(list(lengths.values())),
        units=np.array([per_row[law.match](name) for name in tokens], np.float64),
        budget=law.limit * (law.batch if law.match == "steps" else 1),
        drawn=np.array([drawn.get(name, 0) for name in tokens], np.int64),
        before=_rates_before(law, state),
    )


def _mean_length(rows: TokenRows, split: Split | None) -> float:
    """The mean tokens of a row as it is drawn: classes count by their share of the draws."""
    if split is None:
        return float(np.mean(rows.lengths))
    there = split.shares > 0.0
    sums = np.bincount(split.labels, rows.lengths)
    return float((split.shares * sums)[there] @ (1.0 / np.bincount(split.labels)[there]))


def _rates_before(law: Law, state: TrialState) -> np.ndarray | None:
    """The mean rate of each task over the stage before; `None` in the first one."""
    if law.index == 0:
        return None
    mean = state.cursor.mean_mix[law.index - 1]
    return np.array([mean.get(name, np.nan) for name in law.tasks])
