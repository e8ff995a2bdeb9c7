"""What a plan will do, before it does it: shares, draws, passes, tokens and floating point operations.

The shares are those that training will use, from the same `mix` and the same rows;
only the mean length of a row is measured here with the base's tokenizer file, or
taken from its words where there is none yet.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from currc.compiler.depths import latest
from currc.compiler.plan import ArmPlan, BudgetPlan, ModelPlan, Plan, Segment
from currc.runtime.curriculum.balancing import Balancing, MixState
from currc.runtime.curriculum.exposure import order_and_pacing
from currc.runtime.data.prepare import PreparedTask
from currc.runtime.vocabulary import Vocabulary

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Counts = NDArray[np.float64]

SAMPLE = 400
"""Rows of a task whose mean length stands for all."""

MOMENTS = 50
"""Moments of a stage at which the longest input is looked at, where that changes."""

TOKENS_A_WORD = 1.4
"""Where no tokenizer file is at hand: English words in common subword vocabularies."""


@dataclass(frozen=True, slots=True)
class TaskForecast:
    """One task in one stage of one arm."""

    task: str
    share: float
    """Of the drawn rows, in [0, 1]; replayed rows are counted with the others."""
    draws: float
    epochs: float
    """Passes over the task's training rows in this stage."""
    tokens: float
    replayed: float = 0.0
    """Of the draws, those of rows of earlier stages by `replay`."""


@dataclass(frozen=True, slots=True)
class StageForecast:
    """One stage of one arm, as long as it may last at most."""

    stage: str
    part: float
    """Of the arm's limit, in [0, 1]."""
    tasks: tuple[TaskForecast, ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """What of a model's size decides its cost, as `learning.models.trunk.cost_of` counts a built network."""

    parameters: float
    """Of its layers, embeddings not counted."""
    layers: int
    width: int
    learning: int
    """Layers whose own weights are trained; an adapter's thin matrices are not counted."""
    behind: int
    """Layers that a gradient passes through: the lowest that learns and all above it."""

    def flops(self, tokens: float, length: float) -> float:
        """Of training over so many tokens in rows of a mean length."""
        weights = 2 * self.parameters * (1 + (self.behind + self.learning) / self.layers)
        attention = 4 * self.width * (self.layers + 2 * self.behind) * length
        return tokens * (weights + attention)


def stages(
    plan: Plan,
    arm: ArmPlan,
    rows: Mapping[str, PreparedTask],
    lengths: Mapping[str, Counts],
    size: Shape | None = None,
) -> list[StageForecast]:
    """The stages of an arm; a stage takes its `max`, the last one what is left.

    `lengths` are the tokens of some rows of each task; `size` is that of the model, looked at where
    `match = flops`.
    """
    left, drawn = 1.0, dict.fromkeys(arm.tasks, 0.0)
    found: list[StageForecast] = []
    for index, segment in enumerate(arm.schedule.segments):
        part = min(left, _part(segment, plan.budget, left))
        left -= part
        again = _again(arm.schedule.segments[:index]) if segment.replay > 0 else ()
        past = {one.task: one.share for one in found[-1].tasks} if found else None
        if arm.stacked:
            tasks = _stacked(plan, arm, segment, rows, lengths, size)
        else:
            tasks = _tasks(plan, arm, segment, again, part, rows, lengths, size, drawn, past)
        for one in tasks:
            drawn[one.task] += one.draws
        found.append(StageForecast(segment.stage, part, tasks))
    return found


def _stacked(
    plan: Plan,
    arm: ArmPlan,
    segment: Segment,
    rows: Mapping[str, PreparedTask],
    lengths: Mapping[str, Counts],
    size: Shape | None,
) -> tuple[TaskForecast, ...]:
    """The tasks of an arm in which they enter one after another, each as late as it may."""
    enters = latest({task: arm.tasks[task].requires for task in segment.tasks})
    moments = sorted({*enters.values(), 1.0})
    drawn, tokens = dict.fromkeys(arm.tasks, 0.0), dict.fromkeys(arm.tasks, 0.0)
    for begin, end in pairwise(moments):
        inside = tuple(task for task in segment.tasks if enters[task] <= begin)
        some = segment.model_copy(update={"tasks": inside})
        for one in _tasks(plan, arm, some, (), end - begin, rows, lengths, size, drawn, None):
            drawn[one.task] += one.draws
            tokens[one.task] += one.tokens
    whole = sum(drawn.values())
    return tuple(
        TaskForecast(
            task, drawn[task] / whole, drawn[task], drawn[task] / len(rows[task].train), tokens[task]
        )
        for task in segment.tasks
    )


def _part(segment: Segment, budget: BudgetPlan, left: float) -> float:
    """The share of the limit that a stage takes at most."""
    if segment.max is None:
        return left
    return segment.max.amount if segment.max.unit == "share" else segment.max.amount / budget.limit


def _again(earlier: Sequence[Segment]) -> tuple[str, ...]:
    """The tasks of earlier stages, whose rows a stage may replay."""
    return tuple(dict.fromkeys(task for segment in earlier for task in segment.tasks))


def _tasks(
    plan: Plan,
    arm: ArmPlan,
    segment: Segment,
    again: tuple[str, ...],
    part: float,
    rows: Mapping[str, PreparedTask],
    lengths: Mapping[str, Counts],
    size: Shape | None,
    drawn: Mapping[str, float],
    past: Mapping[str, float] | None,
) -> tuple[TaskForecast, ...]:
    """The tasks of a stage; what it replays, from the tasks `again`, is drawn by its own mix over those.

    `past` are the shares of the stage before.
    """
    mix = Vocabulary().build("mix", segment.mix)
    if not isinstance(mix, Balancing):
        raise TypeError(f"{segment.mix.word} is no mix")
    budget = plan.budget.limit * (arm.train.batch if plan.budget.match == "steps" else 1)
    sources = (*segment.tasks, *again)
    tokens = mean_lengths(lengths, sources)
    units = _units(plan.budget, tokens, size)
    sizes = np.array([len(rows[task].train) for task in sources], np.int64)
    before = np.array([drawn[task] for task in sources], np.int64)

    def rates(here: slice) -> NDArray[np.float64]:
        tasks = sources[here]
        earlier = np.array([past.get(task, np.nan) for task in tasks]) if past is not None else None
        state = MixState(tasks, sizes[here], tokens[here], units[here], budget, before[here], earlier)
        return mix.rates(state)

    many = len(segment.tasks)
    shares = rates(slice(many))
    if again:
        outer = segment.replay * rates(slice(many, None))
        shares = np.concatenate([(1.0 - segment.replay) * shares, outer])
    # Inputs that lengthen while training goes on: short at first, so the same tokens are more rows.
    moments = [mean_lengths(lengths, sources, longest) for longest in _longest(arm, segment)]
    steps = [part * budget / len(moments) / float(shares @ _units(plan.budget, at, size)) for at in moments]
    draws = shares * sum(steps)
    used = shares * (np.array(steps) @ np.array(moments))
    return tuple(
        TaskForecast(
            task,
            share=float(shares[mine].sum()),
            draws=float(draws[mine].sum()),
            epochs=float(draws[mine].sum()) / len(rows[task].train),
            tokens=float(used[mine].sum()),
            replayed=float(draws[many:][mine[many:]].sum()),
        )
        for task in dict.fromkeys(sources)
        for mine in (np.array([source == task for source in sources]),)
    )


def _units(budget: BudgetPlan, tokens: Counts, size: Shape | None) -> Counts:
    """What a row of each mean length uses of the budget, tokens where operations are not known."""
    if budget.match == "flops" and size is not None:
        return np.array([size.flops(length, length) for length in tokens.tolist()])
    return tokens if budget.match in ("tokens", "flops") else np.ones(len(tokens))


def _longest(arm: ArmPlan, segment: Segment) -> list[int | None]:
    """The longest input at moments of a stage; one `None` where inputs are not cut."""
    _, pacing = order_and_pacing(arm)
    if not pacing.lengthens:
        return [None]
    most = segment.max_tokens or arm.model.max_tokens
    return [pacing.longest((moment + 0.5) / MOMENTS, most) for moment in range(MOMENTS)]


def mean_lengths(
    lengths: Mapping[str, Counts], tasks: Sequence[str], longest: int | None = None
) -> NDArray[np.float64]:
    """The mean tokens of a row of each task, cut to `longest`; 0 for a task without rows, float64 [tasks]."""
    most = np.inf if longest is None else longest
    return np.array([np.minimum(lengths[task], most).mean() if len(lengths[task]) else 0.0 for task in tasks])


def row_lengths(
    model: ModelPlan, root: Path, rows: Mapping[str, PreparedTask], *, offline: bool = False
) -> tuple[dict[str, Counts], bool]:
    """The tokens of some rows of each task, and whether a tokenizer counted them.

    `offline` asks no hub, and estimates from words for a model that is from one.
    """
    file = tokenizer_file(model, root, offline=offline)
    most = model.max_tokens
    lengths = {name: np.minimum(row_tokens(model, file, task), most) for name, task in rows.items()}
    return lengths, file is not None


def row_tokens(model: ModelPlan, file: Path | None, task: PreparedTask) -> NDArray[np.float64]:
    """The tokens of the first 400 training rows of a task, before any cut, float64 [rows].

    By the tokenizer in `file`, else from words. A causal model's chat frame is not counted.
    """
    some = task.train[:SAMPLE]
    texts = [f"{row.prompt}\n{row.target}" if model.kind == "causal" else row.prompt for row in some]
    if file is None:
        return np.array([TOKENS_A_WORD * len(text.split()) + 2 for text in texts])
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(file))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return np.array([len(one.ids) for one in tokenizer.encode_batch(texts)], np.float64)


def tokenizer_file(model: ModelPlan, root: Path, *, offline: bool = False) -> Path | None:
    """The base's tokenizer file; `None` where it has none of that form, or would have to be fetched.

    Raises:
        ModelError: The base is not to be had.
    """
    from currc.runtime.learning.models.base import from_hub, locate

    if offline and from_hub(model):
        return None
    file = locate(model, root).folder / "tokenizer.json"
    return file if file.exists() else None


def shape(model: ModelPlan, root: Path) -> Shape | None:
    """The size of a model from its config file; `None` where there is none before the first run."""
    from currc.runtime.learning.models.base import locate

    place = locate(model, root)
    file = place.folder / "config.json"
    if not file.exists():
        return None
    config = json.loads(file.read_text(encoding="utf-8"))
    asked = model.init.parameters
    width = asked.get("width") or config["hidden_size"]
    layers = asked.get("layers") or place.layers or config["num_hidden_layers"]
    inner = config.get("intermediate_size", 4 * config["hidden_size"]) * width / config["hidden_size"]
    heads = config["num_attention_heads"]
    groups = config.get("num_key_value_heads") or heads
    gates = 3 if config.get("hidden_act") in ("silu", "swiglu") else 2
    layer = width * width * (2 + 2 * groups / heads) + gates * width * inner
    learning, lowest = _learning(model, layers)
    return Shape(layers * layer, layers, width, learning, layers - lowest)


def _learning(model: ModelPlan, layers: int) -> tuple[int, int]:
    """How many layers are trained, and the lowest that a gradient must reach."""
    if model.adapter.word != "none":
        return 0, 0
    parts = [part.split(":")[1:] for part in model.freeze if part.startswith("layers:")]
    frozen = {layer for first, last in parts for layer in range(int(first), int(last) + 1)}
    free = [layer for layer in range(layers) if layer not in frozen]
    return len(free), 0 if "embeddings" not in model.freeze else min(free, default=layers)
