"""Rules about scores of difficulty: the rows, tasks and models that a score is made from are there."""

from __future__ import annotations

from collections.abc import Iterator

from currc.compiler.codes import Code
from currc.compiler.desk import Desk
from currc.compiler.diagnostic import Label
from currc.compiler.rules_material import word
from currc.compiler.rules_schedules import views
from currc.compiler.spec import Setting, Spec


def scores(spec: Spec, desk: Desk) -> None:
    """What a score needs of every task that it scores."""
    for score, arm in _scores(spec):
        traits: frozenset[str] = score.value.traits
        for task in _scored(spec, arm):
            if "needs:validation" in traits:
                _has_validation(spec, desk, score, task, arm)


def _scores(spec: Spec) -> Iterator[tuple[Setting, str | None]]:
    """Every score that orders some schedule, as an arm sees it."""
    for schedule, arm in views(spec):
        by = spec.value(f"{schedule}.by", arm)
        score = spec.find(f"{by}.score", arm) if by is not None else None
        if score is not None and score.span is not None:
            yield score, arm


def _scored(spec: Spec, arm: str | None) -> tuple[str, ...]:
    """The tasks whose rows are scored: all that the arm trains."""
    tasks = (spec.value("tasks", arm) if arm is not None else None) or spec.of_kind("task")
    return tuple(task for task in tasks if spec.value(f"{task}.train", arm) is not None)


def _has_validation(spec: Spec, desk: Desk, score: Setting, task: str, arm: str | None) -> None:
    validation = spec.find(f"{task}.validation", arm)
    if validation is None or validation.value != "none" or score.span is None:
        return
    others = [Label(validation.span, "switched off here")] if validation.span is not None else []
    message = f"`{word(score)}` compares with validation rows of `{task}`, and it has none"
    help = "give the task `validation = SOURCE`, rows of the kind that the model is for"
    desk.say(Code.NEEDS_VALIDATION, message, score.span, "compared with what?", *others, help=help)


SCORE_RULES = (scores,)
