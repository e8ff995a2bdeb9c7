"""The kinds that say what is trained on what: model, source, columns, task, group."""

from __future__ import annotations

from currc.compiler.kind import Attribute, Kind
from currc.compiler.value_types import (
    Count,
    Either,
    Layers,
    ListOf,
    Measure,
    Real,
    Ref,
    Share,
    Slot,
    Template,
    Text,
    Words,
)

JUDGED = "gold answers must be judged alike in every arm"
SAME_ROWS = "every arm must hold out the same rows"

MODEL = Kind(
    name="model",
    about="the one small model that all arms start from",
    example='model student: encoder {\n  base = "bundled:minilm-l6"\n}',
    types=("encoder", "causal"),
    later_types=("seq2seq",),
    attributes=(
        Attribute(
            "base",
            Text(),
            "hub id, `./folder`, or `bundled:NAME`; `bundled:NAME/2` keeps the first two layers",
            required=True,
            example='base = "bundled:minilm-l6/2"',
        ),
        Attribute(
            "revision",
            Text(),
            "commit or tag of a hub model, so that the same bytes are read for ever",
            absent="the hub's newest",
            example='revision = "12fd25f77366fa6b3b4b768ec3050bf629380bac"',
        ),
        Attribute(
            "init",
            Slot("init", words=("pretrained",)),
            "weights at the start: those of `base`, or random ones in a shape of your own",
            default="pretrained",
            example="init = random(layers = 2, width = 64, heads = 2)",
        ),
        Attribute(
            "adapter",
            Slot("adapter", words=("none",)),
            "a small trained addition to a frozen model; `none` trains the whole model",
            default="none",
            example="adapter = lora(rank = 16, alpha = 32)",
        ),
        Attribute(
            "sharing",
            Words(("full",), later=("adapters", "soft")),
            "which parameters tasks have in common; `full` shares all but the heads",
            default="full",
            example="sharing = full",
        ),
        Attribute(
            "freeze",
            ListOf(Layers()),
            "parts that are not trained, counted from 0 with both ends included",
            default=(),
            example="freeze = [embeddings, layers(0 .. 3)]",
        ),
        Attribute(
            "max_tokens",
            Count(least=4, units=("tokens",)),
            "longest input in tokens; the prompt is cut, never the answer",
            default=256,
            example="max_tokens = 256 tokens",
        ),
        Attribute(
            "precision",
            Words(("auto", "fp32", "bf16")),
            "number format of the forward pass; `auto` is settled once per run, alike for every arm",
            default="auto",
            example="precision = fp32",
        ),
    ),
)

SOURCE = Kind(
    name="source",
    about="rows, and where they come from",
    example='source tickets {\n  path = "data/tickets/*.jsonl"\n}',
    extends=True,
    attributes=(
        Attribute(
            "path",
            Either((Text(), ListOf(Text(), least=1), Words((), later=("hub",)))),
            "file, list or glob of JSONL, CSV or Parquet, relative to the spec's folder",
            required=True,
            example='path = "data/tickets/*.jsonl"',
        ),
        Attribute(
            "sample",
            Either((Words(("all",)), Measure(("examples",), share=True))),
            "how many rows are read, chosen by their hash",
            default="all",
            example="sample = 20%",
        ),
        Attribute(
            "dedup",
            Words(("exact", "none"), later=("near",)),
            "whether rows that are equal to an earlier one are dropped",
            default="exact",
            example="dedup = none",
        ),
        Attribute(
            "sha256",
            Text(),
            "digest that the files must have",
            absent="not compared",
            example='sha256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"',
        ),
    ),
)

COLUMNS = Kind(
    name="columns",
    about="renames: the name in this spec, and the column's name in the file",
    example='columns {\n  body = "Ticket Text"\n}',
    named=False,
    inside="source",
    open=Text(),
)

TASK = Kind(
    name="task",
    about="one skill: its rows, what the model reads and answers, and how answers are judged",
    example="task route: classify {\n  train = tickets\n  gold = tickets_gold\n"
    '  prompt = "{body}"\n  target = "{queue}"\n}',
    types=("classify", "extract", "summarize", "generate", "regress", "tag"),
    extends=True,
    attributes=(
        Attribute(
            "train",
            Ref("source"),
            "the source of its training rows",
            absent="the task is only scored",
            example="train = tickets",
        ),
        Attribute(
            "gold",
            Ref("source"),
            "the source of its gold rows, read once at the end",
            required=True,
            example="gold = tickets_gold",
            same=JUDGED,
        ),
        Attribute(
            "validation",
            Either((Share(above=True, below=True), Ref("source", words=("none",)))),
            "rows that steer while training: a share of `train` by row hash, a source, or `none`",
            default=0.1,
            example="validation = 10%",
            same=SAME_ROWS,
        ),
        Attribute(
            "prompt",
            Template(),
            "what the model reads; `{column}` stands for a column of the row",
            required=True,
            example='prompt = "Which queue should handle this ticket?\\n{body}"',
        ),
        Attribute(
            "target",
            Template(),
            "what the model should answer",
            required=True,
            example='target = "{queue}"',
            same=JUDGED,
        ),
        Attribute(
            "labels",
            ListOf(Text(), least=1),
            "all answers that are allowed, for `classify` and `tag`",
            absent="those found in the training rows",
            example='labels = ["billing", "bug", "other"]',
            same=JUDGED,
        ),
        Attribute(
            "metric",
            Slot("metric"),
            "how answers are judged",
            absent="by kind: classify `accuracy`, extract `token_f1`, summarize `rouge_l`, "
            "generate `loss`, regress `spearman`, tag `span_f1`",
            example="metric = macro_f1",
            same=JUDGED,
        ),
        Attribute(
            "also",
            ListOf(Slot("metric")),
            "further metrics to report, and to use in guards and `protect`",
            default=(),
            example="also = [accuracy, loss]",
            same=JUDGED,
        ),
        Attribute(
            "requires",
            ListOf(Ref("task")),
            "tasks to be learnt first, by the order `skill_stacking`",
            default=(),
            example="requires = [pos]",
        ),
        Attribute(
            "weight",
            Real(least=0.0),
            "factor of the task's loss",
            default=1.0,
            example="weight = 2",
        ),
        Attribute(
            "lr_scale",
            Real(above=0.0),
            "factor of the learning rate of the task's own parameters",
            default=1.0,
            example="lr_scale = 0.5",
        ),
        Attribute(
            "classes",
            Slot("classes"),
            "how often each class of a `classify` task is drawn",
            default="natural",
            example="classes = equal",
        ),
        Attribute(
            "max_new_tokens",
            Count(least=1, units=("tokens",)),
            "longest answer that is generated",
            default=32,
            example="max_new_tokens = 24 tokens",
            same=JUDGED,
        ),
    ),
)

GROUP = Kind(
    name="group",
    about="a name for several tasks, usable wherever tasks are listed",
    example="group language {\n  tasks = [pos, topic]\n}",
    attributes=(
        Attribute(
            "tasks",
            ListOf(Ref("task"), least=1),
            "the tasks of the group",
            required=True,
            example="tasks = [pos, topic]",
        ),
    ),
)

MATERIAL = (MODEL, SOURCE, COLUMNS, TASK, GROUP)
