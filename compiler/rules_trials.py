"""How many trials a plan would have, counted before a single one is made."""

from __future__ import annotations

from math import comb

from currc.compiler.chain import trained
from currc.compiler.codes import Code
from currc.compiler.controls import controls
from currc.compiler.desk import Desk
from currc.compiler.lower import budget_plan
from currc.compiler.lower_arms import arm_plan
from currc.compiler.spec import Spec

MOST_TRIALS = 10_000
MOST_CONTROLS = 10
"""That one arm can ask for, or more."""


def trials(spec: Spec, desk: Desk) -> None:
    """The number of trials stays within reason, those of the references included."""
    _within_reason(spec, desk, added=0)


def trials_with_controls(spec: Spec, desk: Desk) -> None:
    """As `trials`, with the control arms; only a spec that could come near the limit has them counted."""
    asked = "decide" in spec.parts and spec.value("decide.controls") != "none"
    if asked and not desk.complaints.errors and _count(spec) * len(spec.arms) * MOST_CONTROLS > MOST_TRIALS:
        arms = tuple(arm_plan(spec, name) for name in sorted(spec.arms))
        _within_reason(spec, desk, added=len(controls(spec, arms, budget_plan(spec)).added))


def _count(spec: Spec) -> int:
    """The seeds of every arm; 0 where they could not be read."""
    seeds = spec.value("train.seeds")
    return seeds if isinstance(seeds, int) else len(seeds or ())


def _within_reason(spec: Spec, desk: Desk, *, added: int) -> None:
    seeds = spec.find("train.seeds")
    if seeds is None:
        return
    count, arms, references = _count(spec), len(spec.arms), _references(spec)
    total = count * (arms + added + references)
    if total <= MOST_TRIALS:
        return
    counted = [_several(arms, "arm"), _several(added, "control"), _several(references, "reference")]
    *front, last = [one for one in counted if one]
    listed = f"{', '.join(front)} and {last}" if front else last
    message = f"{listed} with {_several(count, 'seed')} are {total:_} trials"
    help = "take fewer seeds, or compare fewer arms in one spec"
    span = seeds.span or spec.at
    desk.say(Code.TOO_MANY_TRIALS, message, span, f"at most {MOST_TRIALS:_} are run", help=help)


def _several(count: int, what: str) -> str:
    return f"{count:_} {what}{'s' * (count != 1)}" if count else ""


def _references(spec: Spec) -> int:
    """The reference arms that `decide` asks for, all of the control's tasks."""
    control = spec.value("decide.control") if "decide" in spec.parts else None
    asked = spec.value("decide.references") if control in spec.arms else None
    if asked is None or asked == "none" or control is None:
        return 0
    tasks = len(trained(spec, control))
    alone = tasks if tasks > 1 else 0
    made = {"single_task": alone, "leave_one_out": alone, "pairs": comb(tasks, 2) if tasks > 2 else 0}
    return sum(made[word] for word in asked)
