"""Which tasks are in and which still wait for the tasks that they require."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from currc.compiler.depths import latest
from currc.compiler.plan import Promote
from currc.runtime.curriculum.promotion import Evaluation, ready


@dataclass(frozen=True)
class Stack:
    """The tasks of an arm, each upon those that it requires."""

    requires: Mapping[str, tuple[str, ...]]
    """By task, the tasks to be learnt first; none of them wait for each other in a circle."""
    gates: Mapping[str, Promote]
    """By task, what it must show before those that require it enter."""

    @cached_property
    def latest(self) -> dict[str, float]:
        """The progress at which each task enters whatever the gates say: d / (2 D) for depth d of D."""
        return latest(self.requires)

    def inside(
        self, evaluations: Sequence[Evaluation], moments: Sequence[float], progress: float
    ) -> dict[str, str]:
        """The tasks that are in by now, in the order in which they entered, and why each is.

        A task's own evaluations are those after the one at which it was found to be in.

        Args:
            evaluations: Those of the arm so far, oldest first.
            moments: The progress at each of them.
            progress: The progress now.
        """
        latest, opened = self.latest, dict[str, str]()
        found = {task: "it requires nothing" for task in self.requires if not self.requires[task]}
        since = dict.fromkeys(found, 0)
        for count, moment in enumerate(moments, 1):
            for task, begin in since.items():
                if task in self.gates and task not in opened:
                    holds, reason = ready(self.gates[task], evaluations[:count], since=begin)
                    if holds:
                        opened[task] = reason
            for task, needed in self.requires.items():
                if task not in found and (opened.keys() >= set(needed) or moment >= latest[task]):
                    found[task] = self._reason(task, opened)
                    since[task] = count
        late = [task for task in self.requires if task not in found and progress >= latest[task]]
        return found | {task: self._reason(task, opened) for task in late}

    def _reason(self, task: str, opened: Mapping[str, str]) -> str:
        if waits := [one for one in self.requires[task] if one not in opened]:
            return f"at {self.latest[task]:.1%} at the latest, whatever {' and '.join(waits)} shows"
        return "; ".join(opened[one] for one in self.requires[task])
