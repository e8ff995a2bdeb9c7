"""The law and the feed of a train node, from its parameters and inputs."""

from __future__ import annotations

from typing import Any

import numpy as np

from currc.compiler.graph import Node
from currc.compiler.plan import EvaluatePlan, Method, Segment, TaskPlan, TrainPlan
from currc.runtime.curriculum.balancing import MixState
from currc.runtime.curriculum.feed import Feed, stage_order
from currc.runtime.curriculum.ranking import Ranking, rankings
from currc.runtime.data.tokens import TokenRows
from currc.runtime.engine.context import Context
from currc.runtime.engine.nodes.yoke import Yoked
from currc.runtime.learning.law import Law
from currc.runtime.learning.state import TrialState
from currc.runtime.vocabulary import Vocabulary


def law_of(node: Node, tasks: dict[str, TaskPlan], yoke: Yoked) -> Law:
    """The law of a stage; a trial yoked by draws has its limit in examples."""
    asked = node.parameters
    train = TrainPlan.model_validate({**asked["train"], "seeds": (asked["seed"],)})
    segment = Segment.model_validate({"stage": "", **asked["segment"]})
    evaluate = EvaluatePlan.model_validate(asked["evaluate"])
    by_draws = yoke.draws is not None
    every = evaluate.every
    if by_draws and every.unit == asked["budget"]["match"]:
        # A limit of its own, so the same grid over it.
        every = every.model_copy(update={"amount": every.amount / asked["budget"]["limit"], "unit": "share"})
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
        combining=component("combine", segment.combine),
        task_weights={name: task.weight for name, task in tasks.items()},
        every=every,
        keep_best=evaluate.keep == "best",
        end=yoke.end,
        mean_weights=yoke.mean_weights,
    )


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
    order = stage_order(
        law.segment,
        law.index,
        law.seed,
        sizes={name: len(rows) for name, rows in tokens.items()},
        rankings=_rankings(node, context, law, tokens, ordering),
        earlier=earlier,
        ordering=ordering,
        mix=component("mix", _as_drawn(yoke.totals, tokens) if yoke.totals else law.segment.mix),
        state=_mix_state(law, tokens, state),
        moving=law.pacing.moves and ordering.windowed,
    )
    return Feed(order, tokens, law.tasks)


def _as_drawn(totals: dict[str, int], tokens: dict[str, TokenRows]) -> Method:
    """The mix that draws each task as often as the other trial did."""
    shares = {name: float(totals.get(name, 0)) for name in tokens}
    return Method(word="shares", parameters={"shares": shares})


def scoring_flops(node: Node, law: Law, tokens: dict[str, TokenRows], state: TrialState) -> float:
    """What scoring the rows by a model has cost: one forward, a third of a training step, over every row.

    Charged against training under `match = flops` alone.
    """
    by = node.parameters["by"]
    if law.match != "flops" or by is None:
        return 0.0
    if "reference_loss" not in component("score", Method.model_validate(by)).demands():
        return 0.0
    return state.student.flops({name: rows.lengths for name, rows in tokens.items()}) / 3


def _rankings(
    node: Node, context: Context, law: Law, tokens: dict[str, TokenRows], ordering: Any
) -> dict[str, Ranking]:
    """Rows from easy to hard; the score `random` of a control is drawn from the trial's own seed."""
    within, by = node.parameters["within"], node.parameters["by"]
    if by is not None and by["word"] == "random":
        return rankings({name: _by_chance(rows, law.seed) for name, rows in tokens.items()}, within, law.seed)
    scores = {
        name: np.load(context.input(f"score:{name}") / f"{name}.npy")
        for name in tokens
        if f"score:{name}" in node.inputs
    }
    return rankings(scores, within, law.seed) if scores and ordering.windowed else {}


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


def _mix_state(law: Law, tokens: dict[str, TokenRows], state: TrialState) -> MixState:
    lengths = {name: float(np.mean(rows.lengths)) for name, rows in tokens.items()}
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
    )
