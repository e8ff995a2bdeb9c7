"""What a plan will do, before it does it: shares, draws, passes, tokens and floating point operations.

The shares are those that training will use, from the same `mix` and the same rows;
only the mean length of a row is measured here with the base's tokenizer file, or
taken from its words where there is none yet.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from currc.compiler.plan import ArmPlan, BudgetPlan, ModelPlan, Plan, Segment
from currc.runtime.curriculum.balancing import Balancing, MixState
from currc.runtime.data.prepare import PreparedTask
from currc.runtime.vocabulary import Vocabulary

SAMPLE = 400
"""Rows of a task whose mean length stands for all."""

TOKENS_A_WORD = 1.4
"""Where no tokenizer file is at hand: English words in common subword vocabularies."""


@dataclass(frozen=True, slots=True)
class TaskForecast:
    """One task in one stage of one arm."""

    task: str
    share: float
    """Of the drawn rows, in [0, 1]."""
    draws: float
    epochs: float
    """Passes over the task's training rows in this stage."""
    tokens: float


@dataclass(frozen=True, slots=True)
class StageForecast:
    """One stage of one arm, as long as it may last at most."""

    stage: str
    part: float
    """Of the arm's limit, in [0, 1]."""
    tasks: tuple[TaskForecast, ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """What of a model's size decides its cost."""

    parameters: float
    """Of its layers, embeddings not counted."""
    layers: int
    width: int

    def flops(self, tokens: float, length: float) -> float:
        """Of training over so many tokens in rows of a mean length: 6 N + 12 layers width length a token."""
        return tokens * (6 * self.parameters + 12 * self.layers * self.width * length)


def stages(
    plan: Plan, arm: ArmPlan, rows: Mapping[str, PreparedTask], lengths: Mapping[str, float]
) -> list[StageForecast]:
    """The stages of an arm; a stage takes its `max`, the last one what is left."""
    left, drawn = 1.0, dict.fromkeys(arm.tasks, 0.0)
    found: list[StageForecast] = []
    for segment in arm.schedule.segments:
        part = min(left, _part(segment, plan.budget, left))
        left -= part
        rates = {one.task: one.share for one in found[-1].tasks} if found else None
        tasks = _tasks(plan, arm, segment, part, rows, lengths, drawn, rates)
        for one in tasks:
            drawn[one.task] += one.draws
        found.append(StageForecast(segment.stage, part, tasks))
    return found


def _part(segment: Segment, budget: BudgetPlan, left: float) -> float:
    """The share of the limit that a stage takes at most."""
    if segment.max is None:
        return left
    return segment.max.amount if segment.max.unit == "share" else segment.max.amount / budget.limit


def _tasks(
    plan: Plan,
    arm: ArmPlan,
    segment: Segment,
    part: float,
    rows: Mapping[str, PreparedTask],
    lengths: Mapping[str, float],
    drawn: Mapping[str, float],
    rates: Mapping[str, float] | None,
) -> tuple[TaskForecast, ...]:
    mix = Vocabulary().build("mix", segment.mix)
    if not isinstance(mix, Balancing):
        raise TypeError(f"{segment.mix.word} is no mix")
    sizes = np.array([len(rows[task].train) for task in segment.tasks], np.int64)
    tokens = np.array([lengths[task] for task in segment.tasks])
    counted = plan.budget.match in ("tokens", "flops")
    budget = plan.budget.limit * (arm.train.batch if plan.budget.match == "steps" else 1)
    units = tokens if counted else np.ones(len(sizes))
    before = np.array([drawn[task] for task in segment.tasks], np.int64)
    earlier = np.array([rates.get(task, np.nan) for task in segment.tasks]) if rates is not None else None
    shares = mix.rates(MixState(segment.tasks, sizes, tokens, units, budget, before, earlier))
    draws = part * budget / float(shares @ units)
    return tuple(
        TaskForecast(task, float(share), draws * share, draws * share / size, draws * share * length)
        for task, share, size, length in zip(segment.tasks, shares, sizes, tokens, strict=True)
    )


def row_lengths(
    model: ModelPlan, root: Path, rows: Mapping[str, PreparedTask]
) -> tuple[dict[str, float], bool]:
    """The mean tokens of a row of each task, and whether a tokenizer counted them."""
    file = _tokenizer_file(model, root)
    lengths = {}
    for name, task in rows.items():
        texts = [
            f"{row.prompt}\n{row.target}" if model.kind == "causal" else row.prompt
            for row in task.train[:SAMPLE]
        ]
        lengths[name] = min(_mean_length(texts, file), float(model.max_tokens)) if texts else 0.0
    return lengths, file is not None


def _mean_length(texts: list[str], file: Path | None) -> float:
    if file is None:
        return TOKENS_A_WORD * float(np.mean([len(text.split()) for text in texts])) + 2
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(file))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return float(np.mean([len(one.ids) for one in tokenizer.encode_batch(texts)]))


def _tokenizer_file(model: ModelPlan, root: Path) -> Path | None:
    from currc.runtime.learning.models.base import locate

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
    return Shape(layers * layer, layers, width)
