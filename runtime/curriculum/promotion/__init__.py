"""When a stage ends before its `max`: guards on validation, never on gold."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from currc.compiler.plan import PLATEAU_EVALS, Guard, MetricRef, Promote

COMPARISONS: Mapping[str, Callable[[float, float], bool]] = MappingProxyType(
    {">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt, "==": operator.eq}
)

PLATEAU_GAIN = 0.1
"""What is too little, in standard errors of the metric."""

KEEP_LOSS = 2.0
"""How far a kept task may fall below its best, in standard errors."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One metric of one task at one evaluation."""

    value: float
    """In the metric's own unit."""
    se: float = 0.0
    """Standard error over the validation rows, in the same unit."""
    higher_is_better: bool = True

    @property
    def score(self) -> float:
        """The value, negated where lower is better."""
        return self.value if self.higher_is_better else -self.value


Evaluation = Mapping[tuple[str, str], Measured]
"""What one evaluation found, by (task, metric word)."""


def ready(
    promote: Promote,
    history: Sequence[Evaluation],
    judged_by: Mapping[str, str] | None = None,
    since: int = 0,
) -> tuple[bool, str]:
    """Whether the stage may end now, and the numbers that say so.

    Every condition must hold at each of the last `hold` evaluations of the stage.
    A metric that is not measured, or is NaN, fulfils no condition.

    Args:
        promote: The stage's `promote` block.
        history: The arm's evaluations, oldest first.
        judged_by: The metric that decides for a task under `keep`; by default each
            metric that was measured for it must hold.
        since: How many of the evaluations lie before the stage: only `keep` looks at
            those, as a task's best may be one of them.

    Returns:
        The answer, and a line for the record such as
        ``held 2 of 2 evaluations: `route.macro_f1` 0.713 >= 0.7``.
    """
    held, reasons = 0, ["no evaluation yet"]
    for seen in range(len(history), max(len(history) - promote.hold, since), -1):
        checks = _conditions(promote, history[:seen], judged_by, since)
        if seen == len(history):
            reasons = [text for _, text in checks] or ["no condition"]
        if not checks or not all(holds for holds, _ in checks):
            break
        held += 1
    return held >= promote.hold, f"held {held} of {promote.hold} evaluations: {', '.join(reasons)}"


def _conditions(
    promote: Promote, history: Sequence[Evaluation], judged_by: Mapping[str, str] | None, since: int
) -> list[tuple[bool, str]]:
    """Each condition at the last evaluation of `history`, with its numbers."""
    checks = [_guard(guard, history[-1]) for guard in promote.when]
    if promote.plateau is not None:
        checks.append(_plateau(promote.plateau, history[since:]))
    for task in promote.keep:
        words = sorted(metric for name, metric in history[-1] if name == task)
        for word in [judged_by[task]] if judged_by and task in judged_by else words:
            checks.append(_keeps(task, word, history))
        if not words:
            checks.append((False, f"`{task}` is not measured"))
    return checks


def _guard(guard: Guard, last: Evaluation) -> tuple[bool, str]:
    name = f"{guard.left.task}.{guard.left.metric.word}"
    found = last.get((guard.left.task, guard.left.metric.word))
    if found is None:
        return False, f"`{name}` is not measured"
    holds = COMPARISONS[guard.op](found.value, guard.right)
    return holds, f"`{name}` {found.value:.4g} {'' if holds else 'not '}{guard.op} {guard.right:g}"


def _plateau(metric: MetricRef, history: Sequence[Evaluation]) -> tuple[bool, str]:
    """Whether the best of the last evaluations gained less than a tenth of a standard error."""
    name, key = f"{metric.task}.{metric.metric.word}", (metric.task, metric.metric.word)
    found = [evaluation[key] for evaluation in history if key in evaluation]
    if len(found) <= PLATEAU_EVALS:
        return False, f"`{name}` has {len(found)} of the {PLATEAU_EVALS + 1} evaluations a plateau needs"
    before = max(one.score for one in found[:-PLATEAU_EVALS])
    gain = max(one.score for one in found[-PLATEAU_EVALS:]) - before
    bound = PLATEAU_GAIN * found[-1].se
    # Without a standard error, a plateau is no gain at all.
    holds = gain < bound or gain <= 0.0
    words = f"`{name}` gained {gain:.3g} over {PLATEAU_EVALS} evaluations"
    return holds, f"{words}, {'under' if holds else 'not under'} {bound:.3g}"


def _keeps(task: str, word: str, history: Sequence[Evaluation]) -> tuple[bool, str]:
    """Whether a task is not below its best by more than two standard errors."""
    name, found = f"{task}.{word}", [one[task, word] for one in history if (task, word) in one]
    if (task, word) not in history[-1]:
        return False, f"`{name}` is not measured"
    loss = max(one.score for one in found) - found[-1].score
    allowed = KEEP_LOSS * found[-1].se
    return loss <= allowed, f"`{name}` {loss:.3g} below its best, {allowed:.3g} allowed"
