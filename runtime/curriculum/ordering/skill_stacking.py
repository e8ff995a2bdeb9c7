"""Skills one upon the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from currc.runtime.component import parameter
from currc.runtime.curriculum.ordering import Ordering

if TYPE_CHECKING:
    from currc.compiler.plan import MetricRef, Promote


class SkillStacking(Ordering):
    """Tasks enter in the order of their `requires`: a task once all that it requires are learnt.

        gate of a task   its own metric on validation reaches `threshold`, or without one no longer
                         gains, as `plateau` has it, at `hold` evaluations in a row since it entered
        a task enters    when the gates of all that it requires have opened, at the latest at p = d / (2 D)

    d is the length of the longest chain of `requires` below the task, D the largest d; p is progress
    over the whole arm. A gate that has opened stays open. The tasks that are in share the draws as
    the mix has it among them; their rows come in exact passes of seeded random order.

    Every entry is logged with the numbers that opened the gate, and the check of the realised
    order works them out again. `a~all_tasks` draws each task as often from beginning to end.

    Source: ours, after the ordered skill sets of Chen et al. 2023 (arXiv:2307.14430), which show that
    a skill is learnt faster once those it builds on are; their own method is the mix `skill_it`.
    """

    windowed: ClassVar[bool] = False
    paced: ClassVar[bool] = False
    stacks: ClassVar[bool] = True

    threshold: float | None = parameter(
        None, description="score of a task's own metric at which it counts as learnt; absent: a plateau",
        allow_inf_nan=False,
    )  # fmt: skip
    hold: int = parameter(
        2, description="evaluations in a row at which that must hold", unit="evals", ge=1, le=1000
    )

    def opens(self, low: float, high: float, fraction: float) -> tuple[float, float]:
        """All percentiles, (0, 1)."""
        return 0.0, 1.0

    def gate(self, metric: MetricRef, higher_is_better: bool) -> Promote:
        """What a task must show, by its own metric, before those that require it enter."""
        from currc.compiler.plan import Guard, Promote

        if self.threshold is None:
            return Promote(plateau=metric, hold=self.hold)
        guard = Guard(left=metric, op=">=" if higher_is_better else "<=", right=self.threshold)
        return Promote(when=(guard,), hold=self.hold)
