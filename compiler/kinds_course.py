"""The kinds that say what is seen when: difficulty, schedule, stage, promote."""

from __future__ import annotations

from currc.compiler.kind import Attribute, Kind
from currc.compiler.value_types import (
    Amount,
    Count,
    Flag,
    Layers,
    ListOf,
    Measure,
    MetricAt,
    Real,
    Ref,
    Rhythm,
    Share,
    Slot,
    Window,
    Words,
)

MOST_CYCLES = 100

DIFFICULTY = Kind(
    name="difficulty",
    about="one number per row; higher is harder",
    example="difficulty reading_load {\n  score = mean_of(length, rarity)\n}",
    extends=True,
    attributes=(
        Attribute(
            "score",
            Slot("score"),
            "how difficulty is measured",
            required=True,
            example="score = mean_of(length, rarity)",
        ),
        Attribute(
            "within",
            Words(("task", "all")),
            "among which rows percentiles are taken",
            default="task",
            example="within = task",
        ),
        Attribute(
            "refresh",
            Rhythm(("steps", "tokens", "examples")),
            "how often the losses of `own_loss` are read again while a trial trains; a share is of its limit",
            default="never",
            example="refresh = every(10%)",
        ),
    ),
)

SCHEDULE = Kind(
    name="schedule",
    about="what is seen when",
    example="schedule gentle {\n  by = reading_load\n  order = easy_first\n"
    "  pacing = root(start = 20%, full_at = 60%)\n}",
    extends=True,
    attributes=(
        Attribute(
            "by",
            Ref("difficulty"),
            "the difficulty that orders rows",
            absent="none",
            example="by = reading_load",
        ),
        Attribute(
            "order",
            Slot("order"),
            "in which order rows come",
            default="shuffled",
            example="order = easy_first",
        ),
        Attribute(
            "pacing",
            Slot("pacing", words=("none",)),
            "how fast the window of difficulty opens",
            default="none",
            example="pacing = root(start = 20%, full_at = 60%)",
        ),
        Attribute(
            "balance_by",
            Words(("none", "label")),
            "within what windows are cut: `label` takes percentiles in each class by itself, so that no pool "
            "misses one",
            default="none",
            example="balance_by = label",
        ),
        Attribute(
            "retire",
            Slot("retire"),
            "when rows leave the pool",
            default="none",
            example="retire = none",
        ),
        Attribute(
            "cycles",
            Count(least=1, most=MOST_CYCLES),
            "how often the stages are gone through; `max` holds for each time",
            default=1,
            example="cycles = 2",
        ),
    ),
)

STAGE = Kind(
    name="stage",
    about="one lesson of a schedule",
    example="stage basics {\n  tasks = [route]\n  take = 0% .. 40%\n  max = 30%\n}",
    inside="schedule",
    attributes=(
        Attribute(
            "after",
            Ref("stage"),
            "the stage before this one",
            absent="the first stage",
            example="after = basics",
        ),
        Attribute(
            "tasks",
            ListOf(Ref("task"), least=1),
            "the tasks that are trained in it",
            absent="all tasks of the arm",
            example="tasks = [route, fields]",
        ),
        Attribute(
            "take",
            Window(),
            "percentiles of difficulty that may be drawn",
            default=(0.0, 1.0),
            example="take = 0% .. 40%",
        ),
        Attribute(
            "min",
            Measure(("steps", "tokens", "examples"), share=True),
            "what is trained at least, before a promotion",
            default=Amount(0.0, "share"),
            example="min = 5%",
        ),
        Attribute(
            "max",
            Measure(("steps", "tokens", "examples"), share=True),
            "when the stage ends at the latest; a share is of the arm's limit",
            absent="the limit, for the last stage",
            example="max = 30%",
        ),
        Attribute(
            "replay",
            Share(below=True),
            "share of draws that goes to rows of earlier stages",
            default=0.0,
            example="replay = 15%",
        ),
        Attribute("mix", Slot("mix"), "rates of its tasks", absent="the arm's `mix`", example="mix = equal"),
        Attribute(
            "weights",
            Slot("weights"),
            "weights of its tasks' losses",
            absent="the arm's `weights`",
            example="weights = uncertainty",
        ),
        Attribute(
            "combine",
            Slot("combine"),
            "how its tasks' gradients become one",
            absent="the arm's `combine`",
            example="combine = pcgrad",
        ),
        Attribute(
            "lr_scale",
            Real(above=0.0),
            "factor of the learning rate while it lasts",
            default=1.0,
            example="lr_scale = 0.5",
        ),
        Attribute(
            "freeze",
            ListOf(Layers()),
            "parts that are not trained while it lasts; `[]` trains all, also what the model freezes",
            absent="the model's `freeze`",
            example="freeze = [embeddings]",
        ),
        Attribute(
            "max_tokens",
            Count(least=4, units=("tokens",)),
            "longest input while it lasts",
            absent="the model's `max_tokens`",
            example="max_tokens = 64 tokens",
        ),
        Attribute(
            "reset_optimizer",
            Flag(),
            "whether the optimiser forgets its moments when the stage starts; the learning rate goes on",
            default=False,
            example="reset_optimizer = true",
        ),
    ),
)

PROMOTE = Kind(
    name="promote",
    about="when a stage ends before its `max`; everything named must hold, on validation rows",
    example="promote {\n  when route.macro_f1 >= 0.70\n  hold = 2 evals\n}",
    named=False,
    inside="stage",
    guards=True,
    attributes=(
        Attribute(
            "plateau",
            MetricAt(),
            "a metric that must have stopped improving",
            absent="not asked",
            example="plateau = route.macro_f1",
        ),
        Attribute(
            "keep",
            ListOf(Ref("task"), least=1),
            "tasks that must not lie below their best",
            default=(),
            example="keep = [route]",
        ),
        Attribute(
            "hold",
            Count(least=1, units=("evals",)),
            "evaluations in a row for which all must hold",
            default=2,
            example="hold = 2 evals",
        ),
    ),
)

COURSE = (DIFFICULTY, SCHEDULE, STAGE, PROMOTE)
