"""`currc run`: carry the plan out, then show the comparison and the verdict."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from currc.runtime.command.count import count

if TYPE_CHECKING:
    from currc.compiler.plan import Plan
    from currc.compiler.share import Trial
    from currc.compiler.spec import Spec
    from currc.runtime.engine.dynamics_log import TrialLogs
    from currc.runtime.engine.experiment import Experiment

STOPPED = (75, 130)
"""Exit codes of a run that a signal ended."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("spec", type=Path, help="a .curr file")
    parser.add_argument(
        "--runs", type=Path, default=Path("runs"), help="folder for runs and their store (runs)"
    )
    parser.add_argument("--workers", type=count, metavar="N", help="trials at once (as many as cores)")
    parser.add_argument("--arm", action="append", help="only this arm; no verdict")
    parser.add_argument("--seed", action="append", type=int, help="only this seed; no verdict")
    parser.add_argument(
        "--limit-steps", type=count, metavar="N", help="a smoke run of N steps; never a verdict"
    )
    parser.add_argument(
        "--locked", action="store_true", help="refuse data and models that are not those of `curr.lock`"
    )
    parser.add_argument(
        "--log-order", action="store_true", help="also write each trial's realised order as an Arrow file"
    )
    parser.add_argument(
        "--log-dynamics",
        action="store_true",
        help="also write what each arm's trials think of their rows at every evaluation, for `from_run`",
    )
    parser.add_argument("--json", action="store_true", help="print results.json instead of the table")


def run(options: argparse.Namespace) -> int:
    """Compile, carry out, judge, show."""
    from currc.runtime.command.spec import compilation, paint

    found = compilation(options.spec)
    if len(found.complaints):
        paint(found.complaints, "full", sys.stderr)
    plan = found.plan
    if plan is None:
        return 1
    _demand("arm", options.arm or (), [arm.name for arm in plan.arms])
    seeds = sorted({seed for arm in plan.arms for seed in arm.train.seeds})
    _demand("seed", map(str, options.seed or ()), list(map(str, seeds)))
    if options.log_order:
        from currc.runtime.engine.order_log import demand_arrow

        demand_arrow()
    if options.log_dynamics:
        _demand_labels(plan)
    _hold_to_lock(plan, options)
    return _carried_out(_shortened(plan, options.limit_steps), _docs(found.spec), options)


def _docs(spec: Spec) -> list[tuple[str, str]]:
    """What the blocks of a spec say of themselves, in the order of the text."""
    parts = [(f"{part.kind} {address}", part.doc, part.span) for address, part in spec.parts.items()]
    parts += [(f"arm {name}", arm.doc, arm.span) for name, arm in spec.arms.items()]
    parts.sort(key=lambda one: (one[2].source.name, one[2].start))
    return [(name, doc) for name, doc, _ in parts if doc]


def _hold_to_lock(plan: Plan, options: argparse.Namespace) -> None:
    """Refuse to run on what is not locked, where that is asked for; else warn of it where there is a lock.

    Raises:
        Unusable: `--locked` without a lock.
        DataError: Something drifted, and `--locked` forbids it.
    """
    from currc.compiler.pins import NAME
    from currc.runtime.command.lock import warn_of_drift
    from currc.runtime.command.spec import Unusable
    from currc.runtime.engine.curr_lock import lock_in
    from currc.runtime.engine.pinned import drifted

    if not options.locked:
        warn_of_drift(plan, options.spec)
        return
    lock = lock_in(options.spec.resolve().parent)
    if lock is None:
        raise Unusable(f"there is no `{NAME}` beside `{options.spec}`", f"currc lock {options.spec}")
    bad = drifted(plan, options.spec, lock)
    if bad is not None:
        raise bad


def _demand(what: str, asked: Iterable[str], known: Sequence[str]) -> None:
    """Every name that the command line asks for must be one of the plan's.

    Raises:
        Unusable: One is not; says which could have been meant.
    """
    from currc.compiler.suggest import suggest
    from currc.runtime.command.spec import Unusable

    for name in asked:
        if name not in known:
            near = suggest(name, known) or known
            raise Unusable(f"the plan has no {what} `{name}`", f"one of {', '.join(near)}")


def _demand_labels(plan: Plan) -> None:
    """Some task has labels, as what is logged of a row is how likely its label is.

    Raises:
        Unusable: None has.
    """
    from currc.runtime.command.spec import Unusable

    if not any(task.kind == "classify" and task.train for arm in plan.arms for task in arm.tasks.values()):
        raise Unusable("no task has labels, and dynamics are logged of tasks of kind `classify`")


def _shortened(plan: Plan, steps: int | None) -> Plan:
    """The same plan with a limit of so many steps, for a smoke run."""
    if steps is None:
        return plan
    budget = plan.budget.model_copy(update={"match": "steps", "limit": float(steps)})
    return plan.model_copy(update={"budget": budget})


def _carried_out(plan: Plan, docs: Sequence[tuple[str, str]], options: argparse.Namespace) -> int:
    from currc.runtime.command.results import finish
    from currc.runtime.engine.experiment import Experiment
    from currc.runtime.engine.retired import RETIRED, write_retired
    from currc.runtime.reporting.progress import Progress

    experiment = Experiment.of(plan, options.spec, options.runs)
    _say_plan(experiment)
    logs, ended = _logs(experiment, options), None
    if logs is not None:
        with Progress() as progress:
            ended = logs.carry_out(progress.listen, workers=options.workers)
    if ended is None or ended.code not in STOPPED:
        watched = logs.watched if logs is not None else {}
        with Progress() as progress:
            ended = experiment.carry_out(
                progress.listen, workers=options.workers, only=_wanted(options), watched=watched
            )
    if ended.code in STOPPED:
        print("currc: stopped and saved; run the same command again to go on", file=sys.stderr)
        return ended.code
    if ended.code and not experiment.records():
        return ended.code  # what went wrong has been said; a table of nothing would hide it
    told = _log_order(experiment, _wanted(options)) if options.log_order else 0
    if logs is not None and (files := logs.write()):
        print(f"currc: what each trial thought of its rows lies in {files[0].parent}/", file=sys.stderr)
    for line in write_retired(experiment):
        print(f"currc: {line}; see {RETIRED}", file=sys.stderr)
    code = finish(experiment, _quiet, docs, smoke=options.limit_steps is not None, as_json=options.json)
    return ended.code or told or code


def _logs(experiment: Experiment, options: argparse.Namespace) -> TrialLogs | None:
    """The logs of dynamics that are asked for."""
    if not options.log_dynamics:
        return None
    from currc.runtime.engine.dynamics_log import TrialLogs

    return TrialLogs.of(experiment, _wanted(options))


def _log_order(experiment: Experiment, only: Callable[[Trial], bool]) -> int:
    """Write the orders of what is finished, and say where they lie; the code to exit with."""
    from currc.runtime.engine.order_log import log_orders
    from currc.runtime.reporting.progress import Progress

    with Progress() as progress:
        files, code = log_orders(experiment, progress.listen, only)
    if files:
        print(f"currc: the order of each trial lies in {files[0].parent}/", file=sys.stderr)
    return code


def _wanted(options: argparse.Namespace) -> Callable[[Trial], bool]:
    def only(trial: Trial) -> bool:
        return (not options.arm or trial.arm in options.arm) and (
            not options.seed or trial.seed in options.seed
        )

    return only


def _say_plan(experiment: Experiment) -> None:
    plan, shared = experiment.plan, experiment.shared
    arms, trials = (
        f"{count} {what}{'s' * (count != 1)}"
        for count, what in ((len(plan.arms), "arm"), (len(shared.trials), "trial"))
    )
    print(f"{experiment.name}: {arms}, {trials}, plan {plan.hash()[:8]}", file=sys.stderr)


def _quiet(event: object) -> None:
    """The winner's folder is written without progress."""
