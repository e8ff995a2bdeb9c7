"""`currc search`: fixed shares of the tasks, found on short trainings before the real one."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from currc.runtime.command.count import any_count, count

if TYPE_CHECKING:
    from currc.compiler.plan import ArmPlan, Method, Plan
    from currc.runtime.curriculum.search import Followed, Sampled
    from currc.runtime.engine.searched import Answer, Check, Hunt

PART = 0.25
"""A proxy's limit as a share of the spec's, where the command line does not say how many steps."""
SEEDS = 3
"""Seeds that weights are followed with."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("spec", type=Path, help="a .curr file")
    parser.add_argument(
        "--method",
        required=True,
        metavar="M",
        help="regmix, mixing_law, doremi or doge, also as 'doge(mu = 0.1)'; see `currc explain M`",
    )
    parser.add_argument("--arm", help="whose model, tasks and settings (the control, or the first arm)")
    parser.add_argument(
        "--proxies",
        type=count,
        metavar="N",
        help="mixes to train on (8 a task and 8 more); seeds for doremi and doge (3)",
    )
    parser.add_argument(
        "--steps", type=count, metavar="N", help="optimiser steps of each (a quarter of the spec's limit)"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the proxies and the mixes (0)")
    parser.add_argument(
        "--check",
        type=any_count,
        default=3,
        metavar="N",
        help="new seeds to train at the found and the proportional shares, to compare (3; 0 for none)",
    )
    parser.add_argument(
        "--runs", type=Path, default=Path("runs"), help="folder for runs and their store (runs)"
    )
    parser.add_argument("--workers", type=count, metavar="N", help="proxies at once (as many as cores)")
    parser.add_argument("--json", action="store_true", help="print the same as JSON")


def run(options: argparse.Namespace) -> int:
    """Train the proxies, then print the shares and how sure they are."""
    from currc.runtime.command.spec import opened

    method, search = _method(options.method)
    plan = opened(options.spec)
    if plan is None:
        return 1
    arm = _arm(plan, options)
    hunt = _hunt(plan, arm, method, search, options)

    from currc.runtime.reporting.progress import Progress

    with Progress() as progress:
        code = hunt.read(progress.listen, options.workers)
    if code:
        return _left(code)
    _say_cost(hunt, plan, options)
    with Progress() as progress:
        code = hunt.carry_out(progress.listen, options.workers)
    if code in (75, 130):
        return _left(code)
    answer = hunt.answer()
    with Progress() as progress:
        code = hunt.check(answer.shares, options.check, progress.listen, options.workers) or code
    if code in (75, 130):
        return _left(code)
    _print(hunt, answer, hunt.checked(answer.shares, options.check), options)
    return code


def _method(text: str) -> tuple[Method, Sampled | Followed]:
    """The search that a text names, with the parameters that it gives.

    Raises:
        Unusable: There is no such search, or it has no such parameters.
    """
    from currc.compiler.one_word import word_of
    from currc.runtime.command.spec import Unusable
    from currc.runtime.curriculum.search import Followed, Sampled
    from currc.runtime.vocabulary import Vocabulary

    vocabulary = Vocabulary()
    known = "one of " + ", ".join(vocabulary.words("search"))
    if not text.strip():
        raise Unusable("--method names no method of search", known)
    method, complaints = word_of(text, "search", vocabulary)
    if method is None:
        for bad in complaints:
            why = "" if bad.help else f": {bad.primary.text}"
            raise Unusable(f"--method: {bad.message}{why}", bad.help or known)
        raise Unusable(f"--method: `{text}` is no method of search", known)
    built = vocabulary.build("search", method)
    if not isinstance(built, Sampled | Followed):
        raise TypeError(f"{method.word} is no search")
    return method, built


def _arm(plan: Plan, options: argparse.Namespace) -> ArmPlan:
    """The arm that is meant.

    Raises:
        Unusable: There is none of that name, or there is nothing to search in it.
    """
    from currc.compiler.suggest import suggest
    from currc.runtime.command.spec import Unusable

    known = [arm.name for arm in plan.arms if arm.role == "arm"]
    control = plan.decide.control if plan.decide is not None else known[0]
    name = options.arm or control
    if name not in known:
        near = suggest(name, known) or known
        raise Unusable(f"the plan has no arm `{name}`", f"one of {', '.join(near)}")
    arm = plan.arm(name)
    trained = {task: about for task, about in arm.tasks.items() if about.train is not None}
    place = f"{options.spec}: arm `{name}`"
    if len(trained) < 2:
        only = next(iter(trained), "none")
        message = f"there is nothing to mix: the only task that trains is `{only}`"
        raise Unusable(message, "name a second task", place)
    if blind := [task for task, about in trained.items() if about.validation is None]:
        message = f"task `{blind[0]}` has no validation rows, and a search goes by their loss"
        raise Unusable(message, "give it `validation = 10%`, or a source of its own", place)
    return arm


def _hunt(
    plan: Plan, arm: ArmPlan, method: Method, search: Sampled | Followed, options: argparse.Namespace
) -> Hunt:
    """The search as the command line asks for it.

    Raises:
        Unusable: There are too few proxies for the fit.
    """
    from currc.compiler.search_graph import proxy_plan
    from currc.runtime.command.spec import Unusable
    from currc.runtime.curriculum.search import Sampled
    from currc.runtime.engine.experiment import Experiment
    from currc.runtime.engine.searched import Hunt

    proxies = proxy_plan(plan, arm, PART, options.steps)
    tasks = len(proxies.arms[0].tasks)
    many = options.proxies or (8 * tasks + 8 if isinstance(search, Sampled) else SEEDS)
    if isinstance(search, Sampled) and many < (least := search.least(tasks)):
        message = f"`{method.word}` cannot be fitted to {many} proxies on {tasks} tasks"
        raise Unusable(message, f"--proxies {least} at least; {8 * tasks + 8} are a good start")
    return Hunt(Experiment.of(proxies, options.spec, options.runs), method, search, options.seed, many)


def _left(code: int) -> int:
    if code in (75, 130):
        print("currc: stopped and saved; run the same command again to go on", file=sys.stderr)
    return code


def _say_cost(hunt: Hunt, plan: Plan, options: argparse.Namespace) -> None:
    """Say on standard error what the search will train, before it does."""
    from currc.runtime.engine.search_cost import cost
    from currc.runtime.reporting.search_sheet import cost_line

    trials = sum(len(arm.train.seeds) for arm in plan.arms)
    line = cost_line(cost(hunt, plan.budget, options.check), hunt, options.check, trials)
    print(f"{options.spec.stem}: {line}", file=sys.stderr)


def _print(hunt: Hunt, answer: Answer, check: Check | None, options: argparse.Namespace) -> None:
    from currc.runtime.reporting.search_sheet import as_json, sheet

    if options.json:
        print(json.dumps(as_json(hunt, answer, check, options.spec.stem), ensure_ascii=False, indent=1))
    else:
        print(sheet(hunt, answer, check, options.spec.stem), end="")
