"""Rules about scores of difficulty: the rows, tasks and models that a score is made from are there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from currc.compiler.codes import Code
from currc.compiler.desk import Desk
from currc.compiler.diagnostic import Label
from currc.compiler.observers import Log, Reference
from currc.compiler.read_components import traits
from currc.compiler.rules_material import names_a_model, stays_inside
from currc.compiler.rules_schedules import span_of, views
from currc.compiler.source import Span
from currc.compiler.spec import Spec
from currc.compiler.value_types import Bound


def scores(spec: Spec, desk: Desk) -> None:
    """What a score needs of every task that it scores, and the models that it asks."""
    for score, span, arm in _scores(spec):
        for observer in score.observers:
            if isinstance(observer, Reference):
                _can_be_asked(spec, desk, observer, score, span)
            elif isinstance(observer, Log):
                stays_inside(observer.path, span, desk)
        _looks_are_logged(desk, score, span)
        for task in _scored(spec, arm):
            if "needs:validation" in score.traits:
                _has_validation(spec, desk, score, span, task, arm)
            if "needs:labels" in score.traits and spec.parts[task].type != "classify":
                kind = spec.parts[task].type
                message = f"`{score.word}` asks how likely a row's label is, and `{task}` has none"
                other = Label(spec.parts[task].span, f"this task is to {kind}")
                help = "score by the loss, as `cross_review` or `learnability` do, or leave the task out"
                desk.say(Code.UNFIT_PAIR, message, span, "needs tasks of kind `classify`", other, help=help)


def own_losses(spec: Spec, desk: Desk) -> None:
    """A score that is read from the model that trains stands alone, says how often, and fits its order."""
    for schedule, arm in views(spec):
        by = spec.value(f"{schedule}.by", arm)
        if by is None or any(desk.is_lost(f"{by}.{name}") for name in ("score", "refresh")):
            continue
        score, refresh = spec.find(f"{by}.score", arm), spec.find(f"{by}.refresh", arm)
        if score is None or refresh is None:
            continue
        span, anew = span_of(score, spec, by), refresh.value != "never"
        if "refreshed" in score.value.traits:
            _draws_from_windows(spec, desk, schedule, arm, span, score.value.word)
            if not anew:
                message = f"`{score.value.word}` changes as the model learns, and nothing says when to look"
                help = "add `refresh = every(10%)`"
                desk.say(Code.MISSING_ATTRIBUTE, message, span, "read how often?", help=help)
        elif "needs:own_losses" in score.value.traits:
            message = (
                f"`own_loss` stands alone: what else `{score.value.word}` averages is fixed before training"
            )
            help = "write `score = own_loss`, or `reference_loss` for the loss before training"
            desk.say(Code.UNFIT_PAIR, message, span, "scores of two kinds", help=help)
        elif anew:
            message = f"`refresh` reads losses of the model that trains, and `{score.value.word}` has none"
            help = "leave it out, or write `score = own_loss`"
            where = span_of(refresh, spec, by)
            desk.say(Code.DEAD_OPTION, message, where, "the score never changes", help=help)


def retiring(spec: Spec, desk: Desk) -> None:
    """Rows that leave while a trial trains leave pools that are drawn from by chance."""
    for schedule, arm in views(spec):
        retire = spec.find(f"{schedule}.retire", arm)
        if retire is not None and "looks" in retire.value.traits:
            span = span_of(retire, spec, schedule)
            _draws_from_windows(spec, desk, schedule, arm, span, retire.value.word)


def _draws_from_windows(
    spec: Spec, desk: Desk, schedule: str, arm: str | None, span: Span, looks: str
) -> None:
    """Pools that looks at training rows make anew are drawn from by chance, not one row after another."""
    order = spec.find(f"{schedule}.order", arm)
    if order is None or "strict" not in order.value.traits:
        return
    message = (
        f"`{order.value.word}` goes through the rows once, and `{looks}` would begin it anew at each look"
    )
    help = "draw from windows, as `order = easy_first` does with a `pacing`"
    other = Label(span, "looks while the model trains")
    where = span_of(order, spec, schedule)
    desk.say(Code.UNFIT_PAIR, message, where, "never reaches its end", other, help=help)


def noise_is_found(spec: Spec, desk: Desk) -> None:
    """Rows that leave for what is doubtful about their labels are those of some task that has labels."""
    for schedule, arm in views(spec):
        retire = spec.find(f"{schedule}.retire", arm)
        if retire is None or retire.span is None or "needs:labels" not in retire.value.traits:
            continue
        tasks = _scored(spec, arm)
        if tasks and all(spec.parts[task].type != "classify" for task in tasks):
            message = f"`{retire.value.word}` asks how likely a row's label is wrong, and no task has labels"
            other = Label(spec.parts[tasks[0]].span, f"this task is to {spec.parts[tasks[0]].type}")
            help = "leave `retire` out, or order the rows by their loss, as `cross_review` does"
            desk.say(Code.UNFIT_PAIR, message, retire.span, "no row would leave", other, help=help)


def labels_there(spec: Spec, desk: Desk) -> None:
    """A score that counts labels, an order's own too, scores tasks that have some."""
    for score, span, arm in (*_scores(spec), *_own_scores(spec)):
        if "labelled" not in traits(desk.vocabulary.component("score", score.word)):
            continue
        for task in _scored(spec, arm):
            if (kind := spec.parts[task].type) != "classify":
                message = f"rows are sorted by how frequent their labels are, and `{task}` has none"
                other = Label(spec.parts[task].span, f"this task is to {kind}")
                help = "name a column, as `coarse_to_fine(column = level)`, or leave the task out"
                desk.say(Code.UNFIT_PAIR, message, span, "needs tasks of kind `classify`", other, help=help)


def _looks_are_logged(desk: Desk, score: Bound, span: Span) -> None:
    """A score by the log of an earlier trial takes the looks that are in it."""
    if score.parameters.get("from_run") is not None and score.parameters.get("looks") is not None:
        message = f"`{score.word}` takes the looks that the earlier trial logged, and `looks` asks for others"
        desk.say(Code.DEAD_OPTION, message, span, "this has no effect", help="leave `looks` out")
    parts: Any = score.parameters.get("parts", ()) if score.word == "mean_of" else ()
    for part in parts:
        _looks_are_logged(desk, Bound(part["word"], part["parameters"]), span)


def _can_be_asked(spec: Spec, desk: Desk, reference: Reference, score: Bound, span: Span) -> None:
    """A reference is a model that there may be, and can tell the loss of an answer before it was trained."""
    if reference.base is not None:
        names_a_model(reference.base, span, span if reference.revision is not None else None, desk)
    elif reference.what == "loss":
        for model in spec.of_kind("model"):
            if spec.parts[model].type == "encoder":
                message = f"`{score.word}` needs a model that can answer, and the heads of an encoder are new"
                other = Label(spec.parts[model].span, "this is an encoder")
                help = 'name a causal model, as `reference_loss(model = "bundled:smollm2-135m")`'
                desk.say(Code.UNFIT_PAIR, message, span, "the loss of what model?", other, help=help)


def _scores(spec: Spec) -> Iterator[tuple[Bound, Span, str | None]]:
    """Every score that orders some schedule, where it is written, and the arm that sees it."""
    for schedule, arm in views(spec):
        by = spec.value(f"{schedule}.by", arm)
        score = spec.find(f"{by}.score", arm) if by is not None else None
        if score is not None and score.span is not None:
            yield score.value, score.span, arm


def _own_scores(spec: Spec) -> Iterator[tuple[Bound, Span, str | None]]:
    """Every score that an order brings itself, where that order is written, and the arm that sees it."""
    for schedule, arm in views(spec):
        order = spec.find(f"{schedule}.order", arm)
        if order is not None and order.value.score is not None and order.span is not None:
            yield order.value.score, order.span, arm


def _scored(spec: Spec, arm: str | None) -> tuple[str, ...]:
    """The tasks whose rows are scored: all that the arm trains."""
    tasks = (spec.value("tasks", arm) if arm is not None else None) or spec.of_kind("task")
    return tuple(task for task in tasks if spec.value(f"{task}.train", arm) is not None)


def _has_validation(spec: Spec, desk: Desk, score: Bound, span: Span, task: str, arm: str | None) -> None:
    validation = spec.find(f"{task}.validation", arm)
    if validation is None or validation.value != "none":
        return
    others = [Label(validation.span, "switched off here")] if validation.span is not None else []
    message = f"`{score.word}` compares with validation rows of `{task}`, and it has none"
    help = "give the task `validation = SOURCE`, rows of the kind that the model is for"
    desk.say(Code.NEEDS_VALIDATION, message, span, "compared with what?", *others, help=help)


SCORE_RULES = (scores, own_losses, retiring, labels_there, noise_is_found)
