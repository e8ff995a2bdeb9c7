"""Difficulty in the work graph: the scores of rows, and the models that a score asks about them first.

A proxy trains the arm's own model with the arm's own settings but none of its curriculum, so
all arms that differ in their curriculum alone share it; so do all scores that ask for the same.
"""

from __future__ import annotations

from typing import Any, Protocol

from currc.compiler.observers import Log, Proxy, Reference
from currc.compiler.plan import (
    ArmPlan,
    DifficultyPlan,
    EvaluatePlan,
    Method,
    ModelPlan,
    Plan,
    Quantity,
    SchedulePlan,
    Segment,
)


class Weaver(Protocol):
    """What weaves nodes into the work graph; each of its answers is a node's key."""

    def add(self, kind: str, name: str, parameters: dict[str, Any], inputs: dict[str, str]) -> str:
        """A node of any kind."""

    def rows(self, arm: ArmPlan, name: str) -> str:
        """The training rows of a task."""

    def tokens(self, arm: ArmPlan, name: str) -> str:
        """Their tokens, as long as the arm's model takes them."""

    def model(self, arm: ArmPlan) -> dict[str, Any]:
        """The arm's model before training, its digest, and the machine, as parameters."""

    def log(self, path: str) -> str:
        """The digest of what an earlier trial logged."""

    def first_stage(self, arm: ArmPlan, seed: int, trained: tuple[str, ...]) -> dict[str, Any]:
        """The parameters of the training of the arm's first stage."""


def scored(weaver: Weaver, arm: ArmPlan, trained: tuple[str, ...]) -> dict[str, str]:
    """The key of the difficulty of each trained task, as `score:TASK`; none where nothing is scored."""
    by = arm.schedule.by
    # `random` is drawn by every trial from its own seed, `own_loss` read from its own model.
    if by is None or not by.static:
        return {}
    if by.within == "all":
        tokens = {f"tokens:{name}": weaver.tokens(arm, name) for name in trained}
        rows = {f"rows:{name}": weaver.rows(arm, name) for name in trained}
        inputs = tokens | rows | observed(weaver, arm, by, trained, trained)
        key = weaver.add("score", f"difficulty by {by.score.word}", _asked(weaver, by), inputs)
        return {f"score:{name}": key for name in trained}
    return {f"score:{name}": _of_task(weaver, arm, by, name, trained) for name in trained}


def _asked(weaver: Weaver, by: DifficultyPlan) -> dict[str, Any]:
    """What a score is made from, beside rows and models."""
    logs = {one.path: weaver.log(one.path) for one in by.observers if isinstance(one, Log)}
    return {"difficulty": by.model_dump(mode="json"), **({"logs": logs} if logs else {})}


def _of_task(weaver: Weaver, arm: ArmPlan, by: DifficultyPlan, name: str, trained: tuple[str, ...]) -> str:
    """The scores of one task's rows, which are ranked by themselves."""
    inputs = {f"tokens:{name}": weaver.tokens(arm, name), f"rows:{name}": weaver.rows(arm, name)}
    return weaver.add(
        "score",
        f"difficulty of {name} by {by.score.word}",
        _asked(weaver, by),
        inputs | observed(weaver, arm, by, (name,), trained),
    )


def staying(weaver: Weaver, arm: ArmPlan, trained: tuple[str, ...]) -> dict[str, str]:
    """The key of what says which rows of a task stay, as `stays:TASK`, where some leave before training."""
    noise = arm.schedule.noise
    if noise is None:
        return {}
    found = {}
    for name in trained:
        if arm.tasks[name].kind == "classify":
            parameters = {"task": name, "retire": arm.schedule.retire.model_dump(mode="json")}
            inputs = {
                "score": _of_task(weaver, arm, noise, name, trained),
                "tokens": weaver.tokens(arm, name),
            }
            found[f"stays:{name}"] = weaver.add("retire", f"rows of {name} that stay", parameters, inputs)
    return found


def charged(weaver: Weaver, arm: ArmPlan, trained: tuple[str, ...]) -> dict[str, str]:
    """The keys of all models that an arm's scores ask, as `cost:…`, each once."""
    found: dict[str, str] = {}
    for what, by in (("by", arm.schedule.by), ("noise", arm.schedule.noise)):
        seen = observed(weaver, arm, by, trained, trained) if by is not None else {}
        for role, key in seen.items():
            if key not in found.values():
                found[role.replace("seen", "cost" if what == "by" else f"cost:{what}", 1)] = key
    return found


def refreshed(arm: ArmPlan) -> dict[str, Any]:
    """How far apart a trial looks at its own rows, where its order asks that."""
    by = arm.schedule.by
    return {} if by is None or by.refresh is None else {"refresh": by.refresh.model_dump(mode="json")}


def observed(
    weaver: Weaver, arm: ArmPlan, by: DifficultyPlan, tasks: tuple[str, ...], trained: tuple[str, ...]
) -> dict[str, str]:
    """What the models that a score asks saw in the rows of some tasks: a proxy those of all, in one node."""
    found: dict[str, str] = {}
    for place, observer in enumerate(by.observers):
        if isinstance(observer, Proxy):
            found[f"seen:{place}"] = _proxy(weaver, arm, observer, trained)
        elif isinstance(observer, Reference):
            found |= {f"seen:{place}:{name}": _look(weaver, arm, observer, name) for name in tasks}
    return found


def _proxy(weaver: Weaver, arm: ArmPlan, proxy: Proxy, trained: tuple[str, ...]) -> str:
    """A training of the arm's model that has none of the arm's curriculum, so that arms share it."""
    mix, weights, combine = (Method(word=word) for word in ("proportional", "equal", "sum"))
    segment = Segment(
        stage="all",
        tasks=trained,
        max=Quantity(amount=proxy.until, unit="share"),
        mix=mix,
        weights=weights,
        combine=combine,
    )
    schedule = SchedulePlan(order=Method(word="shuffled"), segments=(segment,))
    alike = arm.train.model_copy(update={"example_weights": Method(word="none")})
    plain = arm.model_copy(update={"schedule": schedule, "train": alike, "yoke": None})
    parameters = weaver.first_stage(plain, proxy.seed, trained)
    every = Quantity(amount=proxy.until / proxy.looks, unit="share")
    parameters |= {
        "proxy": proxy.model_dump(mode="json"),
        "last": proxy.until == 1.0,
        "budget": parameters["budget"] | {"limit": parameters["budget"]["limit"] * proxy.limit},
        "evaluate": EvaluatePlan(every=every).model_dump(mode="json"),
    }
    tokens = {f"tokens:{name}": weaver.tokens(arm, name) for name in trained}
    return weaver.add("proxy", _called(proxy), parameters, tokens)


def _called(proxy: Proxy) -> str:
    """A proxy's name, as people see it while it trains."""
    part = f", {proxy.trains} {proxy.part + 1} of {proxy.parts}" if proxy.trains != "all" else ""
    return f"proxy seed {proxy.seed}{part}"


def _look(weaver: Weaver, arm: ArmPlan, reference: Reference, name: str) -> str:
    """A frozen model's look at the rows of one task."""
    model = frozen_model(arm.model, reference)
    frozen = arm.model_copy(update={"model": model})
    task = {"kind", "labels", "max_new_tokens"}
    parameters = {
        "task": arm.tasks[name].model_dump(mode="json", include=task),
        "what": reference.what,
        **weaver.model(frozen),
    }
    inputs = {f"tokens:{name}": weaver.tokens(frozen, name)}
    return weaver.add("look", f"{name} under {model.base}", parameters, inputs)


def frozen_model(model: ModelPlan, reference: Reference) -> ModelPlan:
    """The model that a reference names, for the rows of an arm with this model."""
    if reference.base is None:
        return model.model_copy(update={"adapter": Method(word="none"), "freeze": ()})
    return ModelPlan(
        kind="causal",
        base=reference.base,
        revision=reference.revision,
        max_tokens=model.max_tokens,
        precision=model.precision,
    )


def logs_of(plan: Plan) -> list[str]:
    """The logs of earlier trials that the scores of a plan read, each once, as written."""
    asked = [one for arm in plan.arms if arm.schedule.by is not None for one in arm.schedule.by.observers]
    return sorted({one.path for one in asked if isinstance(one, Log)})


def models_of(plan: Plan) -> list[ModelPlan]:
    """The models of all arms, and those that their scores ask."""
    found = [arm.model for arm in plan.arms]
    for arm in plan.arms:
        asked = arm.schedule.by.observers if arm.schedule.by is not None else ()
        found += [frozen_model(arm.model, one) for one in asked if isinstance(one, Reference)]
    return found
