"""The kinds that say how every trial is trained: train, budget, evaluate."""

from __future__ import annotations

from currc.compiler.kind import Attribute, Kind
from currc.compiler.value_types import (
    Amount,
    Count,
    Either,
    ListOf,
    Measure,
    Real,
    Share,
    Slot,
    Words,
)

ALIKE = "it is the same for every arm"
AUTO = Words(("auto", "on", "off"))

TRAIN = Kind(
    name="train",
    about="the optimiser, and its law over the part of the budget that is used",
    example="train {\n  batch = 16\n  lr = 3e-4\n  seeds = 6\n}",
    named=False,
    attributes=(
        Attribute(
            "batch", Count(least=1, units=("examples",)), "rows a step", default=16, example="batch = 16"
        ),
        Attribute(
            "lr",
            Real(above=0.0),
            "highest learning rate",
            absent="1e-3 with LoRA or a frozen trunk, else 5e-5",
            example="lr = 3e-4",
        ),
        Attribute(
            "optimizer",
            Slot("optimizer"),
            "how gradients move the parameters",
            default="adamw",
            example="optimizer = adamw(beta2 = 0.98)",
        ),
        Attribute(
            "lr_schedule",
            Slot("lr_schedule"),
            "how the learning rate falls after the warm-up",
            default="linear",
            example="lr_schedule = cosine",
        ),
        Attribute(
            "warmup",
            Share(below=True),
            "share of the budget in which the learning rate rises",
            default=0.06,
            example="warmup = 6%",
        ),
        Attribute(
            "weight_decay",
            Real(least=0.0),
            "pull of the parameters towards 0, decoupled from the gradient",
            default=0.01,
            example="weight_decay = 0.01",
        ),
        Attribute(
            "clip",
            Real(above=0.0),
            "largest norm of a step's gradient",
            default=1.0,
            example="clip = 1.0",
        ),
        Attribute(
            "seeds",
            Either((Count(least=1, most=1000), ListOf(Count(), least=1))),
            "trials of every arm: a number of seeds counted from 0, or a list",
            default=6,
            example="seeds = 6",
            same=ALIKE,
        ),
        Attribute(
            "packing",
            AUTO,
            "whether short rows share one line of a batch; `auto` is settled once per run",
            default="auto",
            example="packing = off",
        ),
        Attribute(
            "compile",
            Words(("auto", "off"), later=("on",)),
            "whether the model is compiled by torch; `auto` is settled once per run",
            default="auto",
            example="compile = off",
        ),
        Attribute(
            "example_weights",
            Slot("example_weights", words=("none",)),
            "how much each row counts, by its own loss",
            default="none",
            example="example_weights = superloss",
        ),
        Attribute(
            "penalty",
            Words(("none",), later=("ewc", "l2_start", "kl_start", "group_lasso", "harm")),
            "what is added to the loss against forgetting or harm",
            default="none",
            example="penalty = none",
        ),
    ),
)

BUDGET = Kind(
    name="budget",
    about="what a trial may use; the same for every arm",
    example="budget {\n  match = tokens\n  limit = 300_000 tokens\n}",
    named=False,
    attributes=(
        Attribute(
            "match",
            Words(("steps", "examples", "tokens", "flops")),
            "what is equal between arms when they end",
            absent="the unit of `limit`, where there is one arm",
            example="match = tokens",
            same=ALIKE,
        ),
        Attribute(
            "limit",
            Measure(("steps", "examples", "tokens"), bare=True),
            "how much every trial trains, in the unit of `match`; a plain number where `match = flops`",
            required=True,
            example="limit = 300_000 tokens",
            same=ALIKE,
        ),
        Attribute(
            "time",
            Measure(("s", "min", "h")),
            "longest time of a trial",
            absent="no limit",
            example="time = 45 min",
            same=ALIKE,
        ),
        Attribute(
            "memory",
            Measure(("MiB", "GiB")),
            "most memory of a trial",
            absent="no limit",
            example="memory = 2 GiB",
            same=ALIKE,
        ),
        Attribute(
            "total",
            Measure(("steps", "examples", "tokens", "s", "min", "h")),
            "what the whole experiment may use",
            later="trials have limits of their own, the whole has none",
            absent="no limit",
            example="total = 2 h",
            same=ALIKE,
        ),
    ),
)

EVALUATE = Kind(
    name="evaluate",
    about="validation while training",
    example="evaluate {\n  every = 100 steps\n}",
    named=False,
    attributes=(
        Attribute(
            "every",
            Measure(("steps", "tokens", "examples"), share=True),
            "how far apart evaluations are; a share is of the limit",
            default=Amount(0.1, "share"),
            example="every = 100 steps",
            same=ALIKE,
        ),
        Attribute(
            "subset",
            Count(least=1, units=("examples",)),
            "validation rows a task that are looked at",
            default=512,
            example="subset = 512",
            same=ALIKE,
        ),
        Attribute(
            "keep",
            Words(("last", "best")),
            "which state of a trial is scored: the last one, or the best by validation",
            default="last",
            example="keep = best",
            same=ALIKE,
        ),
    ),
)

TRIAL = (TRAIN, BUDGET, EVALUATE)
