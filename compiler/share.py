"""Pass 5: the work graph of a plan: what must be computed, each thing once.

A node's key is the hash of its parameters and its inputs' keys, with the data
digests at the leaves. Everything that can influence a training stands in its key
and nothing else does (language.md, section 5, "Shared work"): no arm's name, no
later stage, no gold. So arms with an equal prefix share it without being told to,
and a second run finds every key in the store.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from currc.compiler.graph import Node, WorkGraph
from currc.compiler.moves import as_stored, stored_names
from currc.compiler.plan import ArmPlan, ModelPlan, Plan, Segment, TaskPlan
from currc.compiler.record import Record, replaced
from currc.compiler.share_scores import charged, refreshed, scored, staying
from currc.compiler.share_windows import windows_across, windows_of

LOOP = 3
"""Version of what a training means; raised when the same key would give other bytes."""


class Facts(Record):
    """What the plan does not know: the bytes it names and the machine it meets."""

    sources: dict[str, str]
    """SHA-256 of each source's files, by its name."""
    models: dict[str, str]
    """SHA-256 of each base model, by `base@revision`; the references of scores among them."""
    machine: dict[str, Any]
    """Threads, precision, device, versions: resolved once per run, the same for every arm."""
    logs: Mapping[str, str] = MappingProxyType({})
    """SHA-256 of each log of an earlier trial that a score reads, by its path; absent where no bytes
    are looked at."""


class Trial(Record):
    """One arm with one seed: the nodes of its stages and of its gold scores."""

    arm: str
    seed: int
    stages: tuple[str, ...]
    """Keys of the train nodes in order."""
    scores: str
    """Key of the evaluate node."""


class Shared(Record):
    """The work graph and where each trial's results will lie in it."""

    graph: WorkGraph
    reads: dict[str, str]
    """Keys of the read nodes by `train:TASK` and `gold:TASK`."""
    guard: str
    """Key of the gold guard over all tasks; it must pass before anything trains."""
    windows: dict[str, str]
    """By arm, the key of the check of those windows of which only scores tell whether they hold rows."""
    trials: tuple[Trial, ...]
    called: dict[str, str]
    """The present name of each task and source that work is stored under an earlier name of."""
    segments: int
    """Stage trainings of all trials before sharing; `len` of the train nodes is after it."""


class _Weaver:
    """Nodes by key as they are woven; equal nodes fall together."""

    def __init__(self, plan: Plan, facts: Facts, held_out: dict[str, float]) -> None:
        self.plan, self.facts, self.held_out = plan, facts, held_out
        self.nodes: dict[str, Node] = {}
        self.trials: dict[tuple[str, int], Trial] = {}

    def add(self, kind: str, name: str, parameters: dict[str, Any], inputs: dict[str, str]) -> str:
        node = Node(kind=kind, name=name, parameters=parameters, inputs=inputs)
        self.nodes.setdefault(node.key, node)
        return node.key

    def rows(self, arm: ArmPlan, name: str) -> str:
        return _read(self, name, arm.tasks[name], "train")

    def tokens(self, arm: ArmPlan, name: str) -> str:
        return _tokenize(self, arm, name, "train", arm.model.max_tokens)

    def model(self, arm: ArmPlan) -> dict[str, Any]:
        return {
            "model": arm.model.model_dump(mode="json"),
            "digest": self.facts.models[base_key(arm)],
            "machine": self.facts.machine,
        }

    def log(self, path: str) -> str:
        return self.facts.logs.get(path, path)

    def first_stage(self, arm: ArmPlan, seed: int, trained: tuple[str, ...]) -> dict[str, Any]:
        return _law(self, arm, seed, trained) | _stage(arm, 0, arm.schedule.segments[0])


def share(plan: Plan, facts: Facts) -> Shared:
    """The work graph of a plan on a machine; pure, so equal plans and facts give equal keys.

    In it tasks and sources have their first names, so that a rename with `moved` computes nothing anew.
    """
    weaver, names = weaver_of(plan, facts)
    plan = weaver.plan
    reads: dict[str, str] = {}
    windows: list[dict[str, Any]] = []
    for arm in plan.arms:
        for name, task in arm.tasks.items():
            for part in ("train", "gold") if task.train is not None else ("gold",):
                key = _read(weaver, name, task, part)
                label = f"{part}:{name}"
                role = label if reads.get(label, key) == key else f"{label}@{arm.name}"
                reads[role] = key
                if part == "train" and arm.role == "arm":
                    windows += windows_of(arm, name, role)
    guard = weaver.add("guard", "gold guard", {"windows": windows} if windows else {}, reads)
    across = windows_across(weaver, plan)
    for arm in _yoked_last(plan):
        for seed in arm.train.seeds:
            weaver.trials[arm.name, seed] = _trial(weaver, arm, seed)
    trials = tuple(weaver.trials[arm.name, seed] for arm in plan.arms for seed in arm.train.seeds)
    return Shared(
        graph=WorkGraph.of(weaver.nodes.values()),
        reads=reads,
        guard=guard,
        windows=across,
        trials=trials,
        called={stored: name for name, stored in names.items()},
        segments=sum(len(trial.stages) for trial in trials),
    )


def weaver_of(plan: Plan, facts: Facts) -> tuple[_Weaver, dict[str, str]]:
    """What weaves a plan, under the first names of its tasks and sources; those names by the present ones."""
    names = stored_names(plan)
    sources = {names.get(name, name): digest for name, digest in facts.sources.items()}
    stored = as_stored(plan)
    return _Weaver(stored, replaced(facts, sources=sources), held_out(stored)), names


def _yoked_last(plan: Plan) -> list[ArmPlan]:
    """Arms in an order in which every yoke, and every goal, points back."""
    done: list[ArmPlan] = []
    waiting = list(plan.arms)
    while waiting:
        names = {arm.name for arm in done}
        ready = [arm for arm in waiting if names.issuperset(_looks_at(plan, arm))]
        if not ready:
            raise ValueError(f"yokes form a ring: {[arm.name for arm in waiting]}")
        done += ready
        waiting = [arm for arm in waiting if arm not in ready]
    return done


def _looks_at(plan: Plan, arm: ArmPlan) -> list[str]:
    """The arms whose trials an arm's own depend on."""
    yoke = [arm.yoke.arm] if arm.yoke is not None else []
    return [*yoke, *(_alone(plan).values() if arm.goals == "single_task" else ())]


def _alone(plan: Plan) -> dict[str, str]:
    """By task, the reference that trains it alone."""
    return {
        task: arm.name
        for arm in plan.arms
        if arm.yoke is not None and arm.yoke.what == "draws"
        for task in arm.tasks
    }


def held_out(plan: Plan) -> dict[str, float]:
    """The share of each source that trains no task: the largest that any task of the source asks for."""
    shares: dict[str, float] = {}
    for arm in plan.arms:
        for task in arm.tasks.values():
            if task.train is not None and isinstance(task.validation, float):
                shares[task.train] = max(shares.get(task.train, 0.0), task.validation)
    return shares


def _read(weaver: _Weaver, name: str, task: TaskPlan, part: str) -> str:
    """Rows of one task; training rows and gold rows apart, so that new gold retrains nothing."""
    plan = weaver.plan
    held_apart = task.validation if isinstance(task.validation, str) else None
    named = [task.gold] if part == "gold" else [task.train, held_apart]
    sources = {source: plan.sources[source] for source in named if source is not None}
    rows = {"kind", "prompt", "target", "labels"} | ({"gold"} if part == "gold" else {"train", "validation"})
    parameters: dict[str, Any] = {
        "task": name,
        "part": part,
        "rows": task.model_dump(mode="json", include=rows),
        "sources": {source: spec.model_dump(mode="json") for source, spec in sources.items()},
        "digests": {source: weaver.facts.sources[source] for source in sources},
    }
    if part == "train":
        parameters["held_out"] = weaver.held_out.get(str(task.train), 0.0)
    return weaver.add("read", f"{part} rows of {name}", parameters, {})


def _tokenize(
    weaver: _Weaver, arm: ArmPlan, name: str, part: str, max_tokens: int, *, limits: bool = False
) -> str:
    task = arm.tasks[name]
    parameters = {
        "task": name,
        "part": part,
        "kind": task.kind,
        "labels": task.labels,
        "form": "encoder" if arm.model.kind == "encoder" else "causal",
        "model": arm.model.model_dump(mode="json", include={"kind", "base", "revision", "init"}),
        "digest": weaver.facts.models[base_key(arm)],
        "max_tokens": max_tokens,
    }
    if limits:
        parameters["limits"] = True
    inputs = {"rows": _read(weaver, name, task, part)}
    if part == "gold" and task.train is not None and not task.labels:
        inputs["labels"] = _read(weaver, name, task, "train")
    return weaver.add("tokenize", f"{part} tokens of {name}", parameters, inputs)


def base_key(arm: ArmPlan) -> str:
    """The key of an arm's base model in `Facts.models`."""
    return model_key(arm.model)


def model_key(model: ModelPlan) -> str:
    """The key of a base model in `Facts.models`."""
    return f"{model.base}@{model.revision or ''}"


def _trial(weaver: _Weaver, arm: ArmPlan, seed: int) -> Trial:
    trained = arm.trained
    scores, stays = scored(weaver, arm, trained), staying(weaver, arm, trained)
    stages: list[str] = []
    for index, segment in enumerate(arm.schedule.segments):
        parameters = _law(weaver, arm, seed, trained) | _stage(arm, index, segment)
        inputs = {**scores, **stays}
        limit = segment.max_tokens or arm.model.max_tokens
        cut = arm.schedule.lengthens
        inputs |= {
            f"tokens:{name}": _tokenize(weaver, arm, name, "train", limit, limits=cut) for name in trained
        }
        if stages:
            inputs["state"] = stages[-1]
        elif weaver.plan.budget.match == "flops":
            inputs |= charged(weaver, arm, trained)
        if arm.yoke is not None:
            inputs["yoke"] = weaver.trials[arm.yoke.arm, seed].stages[-1]
        if arm.goals == "single_task":
            alone = _alone(weaver.plan)
            inputs |= {
                f"goal:{name}": weaver.trials[alone[name], seed].stages[-1]
                for name in trained
                if name in alone
            }
        name = f"{arm.name} seed {seed}" + (f" {segment.stage}" if len(arm.schedule.segments) > 1 else "")
        stages.append(weaver.add("train", name, parameters, inputs))
    return Trial(arm.name, seed, tuple(stages), _evaluate(weaver, arm, seed, stages[-1]))


def _law(weaver: _Weaver, arm: ArmPlan, seed: int, trained: tuple[str, ...]) -> dict[str, Any]:
    """What holds for a whole trial: everything that can influence its training but the stages."""
    task = {"kind", "labels", "metric", "weight", "lr_scale", "classes", "max_new_tokens"}
    budget = weaver.plan.budget
    return {
        "loop": LOOP,
        "seed": seed,
        **weaver.model(arm),
        "tasks": {name: arm.tasks[name].model_dump(mode="json", include=task) for name in trained},
        "order": arm.schedule.order.model_dump(mode="json"),
        "pacing": arm.schedule.pacing.model_dump(mode="json"),
        "balance_by": arm.schedule.balance_by,
        "by": arm.schedule.by.score.model_dump(mode="json") if arm.schedule.by is not None else None,
        "within": arm.schedule.by.within if arm.schedule.by is not None else "task",
        "train": arm.train.model_dump(mode="json", exclude={"seeds"}),
        "budget": budget.model_dump(mode="json", exclude={"total"}),
        "evaluate": weaver.plan.evaluate.model_dump(mode="json"),
        "yoke": arm.yoke.what if arm.yoke is not None else None,
        **refreshed(arm),
        **({"retire": arm.schedule.retire.model_dump(mode="json")} if arm.schedule.retires else {}),
        **({"requires": {name: list(arm.tasks[name].requires) for name in trained}} if arm.stacked else {}),
    }


def _stage(arm: ArmPlan, index: int, segment: Segment) -> dict[str, Any]:
    """What holds for one stage; earlier stages enter only where `replay` draws from them."""
    earlier = arm.schedule.segments[:index] if segment.replay > 0 else ()
    return {
        "segment": segment.model_dump(mode="json", exclude={"stage"}),
        "index": index,
        "last": index == len(arm.schedule.segments) - 1,
        "earlier": [{"tasks": past.tasks, "window": past.window.model_dump(mode="json")} for past in earlier],
    }


def _evaluate(weaver: _Weaver, arm: ArmPlan, seed: int, state: str) -> str:
    judged = {"kind", "labels", "metric", "also", "max_new_tokens"}
    heads = {"kind", "labels", "max_new_tokens"}
    parameters = {
        **weaver.model(arm),
        "seed": seed,
        "trained": {name: arm.tasks[name].model_dump(mode="json", include=heads) for name in arm.trained},
        "tasks": {
            name: task.model_dump(mode="json", include=judged) for name, task in sorted(arm.tasks.items())
        },
    }
    inputs = {
        f"tokens:{name}": _tokenize(weaver, arm, name, "gold", arm.model.max_tokens)
        for name in sorted(arm.tasks)
    }
    return weaver.add("evaluate", f"gold of {arm.name} seed {seed}", parameters, inputs | {"state": state})
