"""Where a gain comes from: a description beside the verdict."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from currc.runtime.judging.results import Difference, Explanation
from currc.runtime.judging.scores import ArmScores


def explain(
    arms: Mapping[str, ArmScores],
    control: ArmScores,
    stand_ins: Mapping[str, str],
    on_objective: Callable[[ArmScores, ArmScores], Difference],
) -> list[Explanation]:
    """For each arm and each of its control arms: what the control arm gains, what the arm adds to that.

    Args:
        arms: Arms with all their trials, by name.
        control: The arm that all are compared with.
        stand_ins: Arms that train just what a control arm would, by the name it would have had;
            where that is `control` itself, the arm's own difference says it all.
        on_objective: Difference of two arms on `decide.metric`.
    """
    own = {name: name for name, other in arms.items() if other.role == "control"}
    others = {name: arm for name, arm in stand_ins.items() if arm != control.arm}
    found = []
    for name, stands_in in (own | others).items():
        parent, other = arms.get(name.partition("~")[0]), arms.get(stands_in)
        if parent is None or other is None:
            continue
        added = on_objective(parent, other)
        found.append(
            Explanation(
                arm=parent.arm,
                control=other.arm,
                kind=name.partition("~")[2],
                gain=on_objective(other, control),
                added=added,
                shown=_shown(added),
            )
        )
    return found


def alike(arms: Mapping[str, ArmScores]) -> list[tuple[str, str]]:
    """Control arms that scored all as another arm did, with the first such arm: one training twice.

    Where a plan can tell, it has left such a control out; where only the data could, this says it.
    """
    found = []
    names = list(arms)
    for at, name in enumerate(names):
        if arms[name].role != "control":
            continue
        same = [other for other in names[:at] if _same(arms[name], arms[other])]
        found += [(name, other) for other in same[:1]]
    return found


def _same(one: ArmScores, other: ArmScores) -> bool:
    """Whether two arms have the same scores of the same rows under the same seeds."""
    if (one.seeds, one.rows) != (other.seeds, other.rows):
        return False
    return all(
        (values == other.values[task][word]).all()
        for task, of_task in one.values.items()
        for word, values in of_task.items()
    )


def _shown(added: Difference) -> Literal["matters", "hurts", "not shown"]:
    if added.low is not None and added.low > 0:
        return "matters"
    if added.high is not None and added.high < 0:
        return "hurts"
    return "not shown"
