"""What a change costs: which trials stay as they are, which go on from a stage, which train anew.

The work graphs of both plans are woven as for a run, with one digest for all data and
models: what the plans call alike is taken to be alike, since the bytes are not looked at.
Every seed of an arm has the same fate, so one seed is woven and the others are counted.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from currc.compiler.plan import ArmPlan, Plan
from currc.compiler.share import Facts, Trial, base_key, share
from currc.runtime.curriculum.exposure import stretches
from currc.runtime.engine.effects import Side, row_shares

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
    todo: float
    """Training to do, in whole trials: what trials share counts once, a reference by its part of a trial."""
    whole: float
    """The same of all trials, were nothing stored."""

    def trials(self, fate: Fate) -> int:
        """How many trials have a fate."""
        return sum(one.trials for one in self.redo if one.fate == fate)


def bill(before: Plan, after: Plan) -> Bill:
    """What has to be computed for the newer plan where all of the older one is stored."""
    old, new = _woven(before), _woven(after)
    known = {key for trial in old.values() for key in (*trial.stages, trial.scores)}
    stored = {seed for arm in before.arms for seed in arm.train.seeds}
    redo: list[Redo] = []
    for arm in after.arms:
        ready = sum(seed in stored for seed in arm.train.seeds)
        if ready:
            redo.append(_fate(arm, new[arm.name], known, ready, after))
        if fresh := len(arm.train.seeds) - ready:
            redo.append(Redo(arm.name, arm.role, "retrained", fresh, 1.0))
    used = {key for trial in new.values() for key in (*trial.stages, trial.scores)} & known
    gone = [name for name, trial in old.items() if used.isdisjoint((trial.scores, *trial.stages))]
    dropped = sum(len(arm.train.seeds) for arm in before.arms if arm.name in gone)
    return Bill(tuple(redo), dropped, *_sums(after, new, known, stored))


def _sums(plan: Plan, trials: dict[str, Trial], known: set[str], stored: set[int]) -> tuple[float, float]:
    """Training to do and all training: each stage once, however many arms share it."""
    todo: dict[str, float] = {}
    whole: dict[str, float] = {}
    for arm in plan.arms:
        fresh = sum(seed not in stored for seed in arm.train.seeds)
        for key, stretch in zip(trials[arm.name].stages, stretches(arm, plan.budget), strict=True):
            part = (stretch.end - stretch.begin) * _length(plan, arm)
            whole[key] = part * len(arm.train.seeds)
            todo[key] = part * (fresh if key in known else len(arm.train.seeds))
    return sum(todo.values()), sum(whole.values())


def _length(plan: Plan, arm: ArmPlan) -> float:
    """A trial's length in parts of the limit; a single task's is its part of the control's draws."""
    if arm.yoke is None or arm.yoke.what != "draws":
        return 1.0
    control = plan.arm(arm.yoke.arm)
    shares = row_shares(Side(plan, control, {}))
    trained = [name for name, task in control.tasks.items() if task.train is not None]
    return sum(shares[name] if shares is not None else 1 / len(trained) for name in arm.tasks)


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
