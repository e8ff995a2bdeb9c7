"""What a change costs: which trials stay as they are, which go on from a stage, which train anew.

The work graphs of both plans are woven as for a run, with one digest for all data and
models: what the plans call alike is taken to be alike, since the bytes are not looked at.
Every seed of an arm has the same fate, so one seed is woven and the others are counted.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from currc.compiler.compare import Sides
from currc.compiler.plan import ArmPlan, Plan
from currc.compiler.share import Facts, Trial, base_key, share
from currc.runtime.curriculum.exposure import stretches

Fate = Literal["reused", "rescored", "resumed", "retrained"]
FATES: tuple[Fate, ...] = ("reused", "rescored", "resumed", "retrained")
"""Nothing to do; only gold answers anew; trained from the end of a stage on; trained from the start."""


class Redo(NamedTuple):
    """What becomes of some trials of one arm."""

    arm: str
    role: str
    fate: Fate
    trials: int
    part: float
    """Of each trial's limit that is trained, in [0, 1]."""
    after: str = ""
    """The stage that a resumed trial goes on from."""


class Bill(NamedTuple):
    """The trials of the newer plan, and those that nobody asks for any more."""

    redo: tuple[Redo, ...]
    dropped: int
    """Trials of the older plan of which nothing is used."""

    def trials(self, fate: Fate) -> int:
        """How many trials have a fate."""
        return sum(one.trials for one in self.redo if one.fate == fate)

    def parts(self) -> tuple[float, float]:
        """Trials to train and all trials, each counted by the part of its arm's limit."""
        todo = sum(one.trials * one.part for one in self.redo)
        return todo, float(sum(one.trials for one in self.redo))


def bill(sides: Sides) -> Bill:
    """What has to be computed for the newer plan where all of the older one is stored.

    `sides` holds the plans as they were written, without renames: these stand in `moved`.
    """
    before, after = sides
    seeds = {arm.name: set(arm.train.seeds) for arm in before.arms}
    old, new = _woven(before), _woven(after)
    known = {key for trial in old.values() for key in (*trial.stages, trial.scores)}
    redo: list[Redo] = []
    used: set[str] = set()
    stored = set.union(*seeds.values())
    for arm in after.arms:
        trial = new[arm.name]
        ready = [seed for seed in arm.train.seeds if seed in stored]
        if ready:
            redo.append(_fate(arm, trial, known, len(ready), after))
            used |= {trial.scores, *trial.stages} & known
        if fresh := len(arm.train.seeds) - len(ready):
            redo.append(Redo(arm.name, arm.role, "retrained", fresh, 1.0))
    dropped = sum(
        len(seeds[name]) for name, trial in old.items() if used.isdisjoint((trial.scores, *trial.stages))
    )
    return Bill(tuple(redo), dropped)


def _woven(plan: Plan) -> dict[str, Trial]:
    """The trial of each arm with one seed, which is the same in both plans."""
    arms = tuple(
        arm.model_copy(update={"train": arm.train.model_copy(update={"seeds": (0,)})}) for arm in plan.arms
    )
    facts = Facts(
        sources=dict.fromkeys(plan.sources, ""), models={base_key(arm): "" for arm in arms}, machine={}
    )
    return {trial.arm: trial for trial in share(plan.model_copy(update={"arms": arms}), facts).trials}


def _fate(arm: ArmPlan, trial: Trial, known: set[str], trials: int, plan: Plan) -> Redo:
    if trial.scores in known:
        return Redo(arm.name, arm.role, "reused", trials, 0.0)
    if trial.stages[-1] in known:
        return Redo(arm.name, arm.role, "rescored", trials, 0.0)
    done = 0
    while trial.stages[done] in known:
        done += 1
    if not done:
        return Redo(arm.name, arm.role, "retrained", trials, 1.0)
    last = stretches(arm, plan.budget)[done - 1]
    return Redo(arm.name, arm.role, "resumed", trials, 1.0 - last.end, last.segment.stage)
