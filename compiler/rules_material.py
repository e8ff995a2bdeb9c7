"""Rules about the model, its tasks and their rows."""

from __future__ import annotations

import re
from typing import Any

from currc.compiler.chain import trained
from currc.compiler.codes import Code
from currc.compiler.complain import listed
from currc.compiler.desk import Desk
from currc.compiler.diagnostic import Label
from currc.compiler.kinds import ENCODER_TASKS
from currc.compiler.source import Span
from currc.compiler.spec import Setting, Spec
from currc.compiler.value_types import Bound

WRITTEN_ANSWERS = ("extract", "summarize", "generate")
"""Kinds of task whose answers a causal model writes."""
SHA256 = re.compile(r"[0-9a-fA-F]{64}")


def one_model(spec: Spec, desk: Desk) -> None:
    """A spec has exactly one model."""
    models = spec.of_kind("model")
    if not models and not some_block_lost(desk):
        help = 'write a block `model student: encoder { ... }` that says `base = "bundled:minilm-l6"`'
        desk.say(Code.NO_MODEL, "the spec has no model", spec.at, "nothing to train", help=help)
    for other in models[1:]:
        first = Label(spec.parts[models[0]].span, "the first one")
        message = "one spec trains one model, and this is a second"
        desk.say(Code.TWO_MODELS, message, spec.parts[other].span, "a second model", first)


def some_block_lost(desk: Desk) -> bool:
    """Whether some block could not be read, which may have been the one that is missing."""
    return any("." not in address or address.endswith("*") for address in desk.scope.poisoned)


def some_task(spec: Spec, desk: Desk) -> None:
    """A spec has a task that is trained."""
    tasks = spec.of_kind("task")
    if not tasks and not some_block_lost(desk):
        help = "write a block as `task route: classify { ... }`; `currc init` writes a spec to begin with"
        desk.say(Code.NO_TASK, "the spec has no task", spec.at, "nothing to learn", help=help)
    elif tasks and not any(spec.find(f"{task}.train") or desk.is_lost(f"{task}.train") for task in tasks):
        note = "every task is only scored"
        at = spec.parts[tasks[0]].span
        desk.say(Code.NO_TASK, "no task has training rows", at, note, help="add `train = SOURCE`")


def base_is_readable(spec: Spec, desk: Desk) -> None:
    """A base is a hub id, a folder below the spec's own, or the name of a bundled model."""
    for model in spec.of_kind("model"):
        base, revision = spec.find(f"{model}.base"), spec.find(f"{model}.revision")
        if base is None or base.span is None:
            continue
        pinned = revision.span if revision is not None else None
        names_a_model(base.value, base.span, pinned, desk, unsure=desk.is_lost(f"{model}.revision"))


def names_a_model(base: str, at: Span, pinned: Span | None, desk: Desk, *, unsure: bool = False) -> None:
    """Complain where a base is none, or lacks a revision, or has a needless one at `pinned`."""
    hub = not base.startswith(("bundled:", "./", "../", "/"))
    if base.startswith(("../", "/")) or ".." in base.split("/"):
        note = "a folder lies below the spec's own, as `./models/small`"
        desk.say(Code.OUTSIDE_ROOT, "this folder lies outside the project", at, note)
    elif hub and not re.fullmatch(r"[\w.-]+(/[\w.-]+)?", base):
        note = "write `organisation/name`, `./folder` or `bundled:NAME`"
        desk.say(Code.BAD_MODEL, f'"{base}" names no model', at, note)
    elif hub and pinned is None and not unsure:
        message = "a hub model without a revision may change under you"
        note = "the newest version is taken, whatever it is by then"
        desk.say(Code.UNPINNED_MODEL, message, at, note, help='add `revision = "COMMIT"`')
    elif not hub and pinned is not None:
        desk.say(Code.DEAD_OPTION, "only hub models have a revision", pinned, "this has no effect")


def adapter_and_freeze(spec: Spec, desk: Desk) -> None:
    """An adapter freezes the whole base, so `freeze` beside it has no effect."""
    for model in spec.of_kind("model"):
        for arm in (None, *spec.arms):
            adapter, freeze = spec.find(f"{model}.adapter", arm), spec.find(f"{model}.freeze", arm)
            if adapter is None or freeze is None or word(adapter) == "none" or not freeze.value:
                continue
            span = freeze.span if freeze.span is not None else adapter.span
            if span is not None:
                message = f"`{word(adapter)}` freezes the whole base already"
                desk.say(Code.UNFIT_PAIR, message, span, "this has no effect beside an adapter")


def adapter_and_stages(spec: Spec, desk: Desk) -> None:
    """What stages freeze or thaw is the model's own, which an adapter leaves alone."""
    for model in spec.of_kind("model"):
        for arm in spec.arms:
            adapter, schedule = spec.find(f"{model}.adapter", arm), spec.value("schedule", arm)
            if adapter is None or word(adapter) == "none" or schedule not in spec.parts:
                continue
            for stage in spec.stages(schedule):
                freeze = spec.find(f"{stage}.freeze", arm)
                if freeze is not None and freeze.value is not None and freeze.span is not None:
                    message = f"`{word(adapter)}` trains nothing of the base in any stage"
                    others = [Label(adapter.span, "the adapter")] if adapter.span is not None else []
                    note = "this has no effect beside an adapter"
                    desk.say(Code.UNFIT_PAIR, message, freeze.span, note, *others)


def word(setting: Setting) -> str:
    """The word of a setting that holds one."""
    value: Any = setting.value
    return value.word if isinstance(value, Bound) else str(value)


def task_fits_model(spec: Spec, desk: Desk) -> None:
    """An encoder writes no text; only answers that are written have a length."""
    kinds = {spec.parts[model].type for model in spec.of_kind("model")}
    for task in spec.of_kind("task"):
        part = spec.parts[task]
        if "encoder" in kinds and part.type not in ENCODER_TASKS:
            message = f"an encoder cannot {part.type}"
            note = f"an encoder can {listed(ENCODER_TASKS)}"
            others = [Label(spec.parts[model].span, "this is an encoder") for model in spec.of_kind("model")]
            help = "use a model of kind `causal`, which writes text"
            desk.say(Code.UNFIT_PAIR, message, part.span, note, *others, help=help)
        if "encoder" in kinds and spec.value(f"{task}.train") is None and not desk.is_lost(f"{task}.train"):
            message = f"an encoder answers only tasks that it trains, and `{task}` has no `train`"
            help = "name a source to train on, or use a model of kind `causal`"
            desk.say(Code.UNFIT_PAIR, message, part.span, "nothing would learn to answer this", help=help)
        length = spec.find(f"{task}.max_new_tokens")
        writes = part.type in WRITTEN_ANSWERS and "encoder" not in kinds
        if length is not None and length.span is not None and not writes:
            message = f"`{task}` writes no text, so its length has no effect"
            desk.say(Code.DEAD_OPTION, message, length.span, "leave this out")
        labels = spec.find(f"{task}.labels")
        if labels is not None and labels.span is not None and part.type not in ("classify", "tag"):
            message = f"a task of kind `{part.type}` has no labels"
            desk.say(Code.DEAD_OPTION, message, labels.span, "leave this out")


def rows_have_a_likelihood(spec: Spec, desk: Desk) -> None:
    """Example weights that ask how likely an answer is have no answer from a number that a head gives."""
    encoders = [model for model in spec.of_kind("model") if spec.parts[model].type == "encoder"]
    numbers = [task for task in spec.of_kind("task") if spec.parts[task].type == "regress"]
    for arm in spec.arms if encoders and numbers else ():
        setting = spec.find("train.example_weights", arm)
        if setting is None or setting.span is None or "needs:likelihood" not in setting.value.traits:
            continue
        for task in [task for task in numbers if task in trained(spec, arm)][:1]:
            message = f"`{word(setting)}` asks how likely an answer is, and `{task}` is a number"
            other = Label(spec.parts[task].span, "its loss is a squared error")
            help = "take `superloss`, or a model of kind `causal`, which writes the number"
            note = "a squared error is no likelihood"
            desk.say(Code.UNFIT_PAIR, message, setting.span, note, other, help=help)


def metrics_fit(spec: Spec, desk: Desk) -> None:
    """Each metric can judge the kind of its task, and is named once."""
    for task in spec.of_kind("task"):
        kind = spec.parts[task].type
        own, also = spec.find(f"{task}.metric"), spec.find(f"{task}.also")
        for setting, metrics in ((own, (own.value,) if own else ()), (also, also.value if also else ())):
            for metric in metrics:
                judged = desk.vocabulary.component("metric", metric.word).kinds
                if kind not in judged and setting is not None:
                    span = setting.span or spec.parts[task].span
                    message = f"`{metric.word}` cannot judge a task of kind `{kind}`"
                    fit = listed(fitting_metrics(kind, desk))
                    desk.say(
                        Code.METRIC_UNFIT, message, span, "does not fit this task", help=f"there is {fit}"
                    )
        if own is not None and also is not None and also.span is not None and own.value in also.value:
            message = f"`{own.value.word}` is the task's metric already"
            desk.say(Code.DUPLICATE_ITEM, message, also.span, "leave it out of `also`")


def fitting_metrics(kind: str, desk: Desk) -> tuple[str, ...]:
    """The metrics that can judge a kind of task."""
    words = desk.vocabulary.words("metric")
    return tuple(word for word in words if kind in desk.vocabulary.component("metric", word).kinds)


def classes_there(spec: Spec, desk: Desk) -> None:
    """Only a task of kind `classify` has classes that could be balanced."""
    for task in spec.of_kind("task"):
        if (kind := spec.parts[task].type) == "classify":
            continue
        for arm in (None, *spec.arms):
            setting = spec.find(f"{task}.classes", arm)
            if setting is not None and setting.written and word(setting) != "natural":
                message = f"a task of kind `{kind}` has no classes to balance"
                span = setting.span or spec.parts[task].span
                help = "leave `classes` out; only tasks of kind `classify` have them"
                desk.say(Code.DEAD_OPTION, message, span, "this has no effect", help=help)


def gold_apart(spec: Spec, desk: Desk) -> None:
    """No source is gold and trained on at once; single rows are compared when the data is opened."""
    for arm in (None, *spec.arms):
        golds = {spec.value(f"{task}.gold"): task for task in spec.of_kind("task")}
        for task in spec.of_kind("task"):
            for use in ("train", "validation"):
                setting = spec.find(f"{task}.{use}", arm)
                if (
                    setting is None
                    or setting.span is None
                    or setting.value not in golds
                    or setting.value == "none"
                ):
                    continue
                gold = spec.find(f"{golds[setting.value]}.gold")
                span = gold.span if gold is not None else None
                others = [Label(span, "gold of this task")] if span is not None else []
                message = f"`{setting.value}` holds gold rows, which nothing but the verdict may see"
                note = f"`{use}` reads the same rows"
                desk.say(Code.GOLD_IN_TRAIN, message, setting.span, note, *others, address=f"{task}.{use}")


def validation_of_something(spec: Spec, desk: Desk) -> None:
    """A task without training rows has nothing to split off."""
    for task in spec.of_kind("task"):
        setting = spec.find(f"{task}.validation")
        untrained = spec.find(f"{task}.train") is None and not desk.is_lost(f"{task}.train")
        if untrained and setting is not None and setting.span is not None:
            message = f"`{task}` has no training rows, so `validation` has no effect"
            desk.say(Code.DEAD_OPTION, message, setting.span, "leave this out, or add `train`")


def paths_inside(spec: Spec, desk: Desk) -> None:
    """Files are named relative to the spec and lie below its folder; a digest is one."""
    for source in spec.of_kind("source"):
        path, digest = spec.find(f"{source}.path"), spec.find(f"{source}.sha256")
        if path is not None and path.span is not None:
            for one in (path.value,) if isinstance(path.value, str) else path.value:
                stays_inside(one, path.span, desk)
        if digest is not None and digest.span is not None and not SHA256.fullmatch(digest.value):
            desk.say(Code.OUT_OF_RANGE, "a SHA-256 has 64 hexadecimal digits", digest.span, "this is none")


def stays_inside(path: str, span: Span, desk: Desk) -> None:
    """Complain of a path that is absolute or leads out of the spec's folder."""
    if (
        path.startswith(("/", "~"))
        or ".." in path.replace("\\", "/").split("/")
        or re.match(r"[A-Za-z]:", path)
    ):
        note = "write a path relative to the spec, without `..`"
        desk.say(Code.OUTSIDE_ROOT, f'"{path}" leads outside the project', span, note)


def columns_once(spec: Spec, desk: Desk) -> None:
    """No column of a file gets two names."""
    for source in spec.of_kind("source"):
        renames = spec.find(f"{source}.columns")
        if renames is None or renames.span is None:
            continue
        olds = [old for _, old in renames.value]
        for old in sorted({old for old in olds if olds.count(old) > 1}):
            message = f'the column "{old}" gets two names'
            desk.say(Code.DUPLICATE_COLUMN, message, renames.span, "a column has one name")


MATERIAL_RULES = (
    one_model,
    some_task,
    base_is_readable,
    adapter_and_freeze,
    adapter_and_stages,
    task_fits_model,
    rows_have_a_likelihood,
    metrics_fit,
    classes_there,
    gold_apart,
    validation_of_something,
    paths_inside,
    columns_once,
)
