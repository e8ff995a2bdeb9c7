"""One arm of a spec as the plan holds it: model, tasks, schedule and training, complete."""

from __future__ import annotations

from typing import Any

from currc.compiler.chain import chain, has_promote, tasks_of, trained
from currc.compiler.plan import (
    ArmPlan,
    DifficultyPlan,
    Guard,
    Method,
    MetricRef,
    ModelPlan,
    Promote,
    Quantity,
    SchedulePlan,
    Segment,
    TaskPlan,
    TrainPlan,
    Window,
)
from currc.compiler.spec import Spec
from currc.compiler.validated import as_text
from currc.compiler.value_types import Amount, Bound, Condition, Every, Measured

SMALL_STEPS, LARGE_STEPS = 5e-5, 1e-3
"""Learning rate when nobody says one: of a whole pretrained model, and of LoRA or heads alone."""
SHUFFLED, STILL = Method(word="shuffled"), Method(word="easy_first")
"""No order; and an order by difficulty, which without pacing is a window that stands still."""


def arm_plan(spec: Spec, name: str) -> ArmPlan:
    """An arm of the user's, with the addresses in which it differs from its parent."""
    arm = spec.arms[name]
    return ArmPlan(
        name=name,
        parent=arm.parent,
        factors=factors(spec, name),
        model=_model(spec, name),
        tasks={task: _task(spec, task, name) for task in tasks_of(spec, name)},
        schedule=_schedule(spec, name),
        train=_train(spec, name),
    )


def factors(spec: Spec, name: str) -> tuple[str, ...]:
    """Root addresses in which an arm differs from its parent, in alphabetical order."""
    arm = spec.arms[name]
    if arm.parent is None:
        return ()
    addresses = sorted({*arm.settings, *spec.arms[arm.parent].settings})
    return tuple(
        address for address in addresses if spec.value(address, name) != spec.value(address, arm.parent)
    )


def method(value: Bound | str) -> Method:
    """A word of the vocabulary with its parameters."""
    if isinstance(value, str):
        return Method(word=value)
    return Method(word=value.word, parameters=dict(value.parameters))


def quantity(value: Amount) -> Quantity:
    """An amount with its unit."""
    return Quantity.made({"amount": value.value, "unit": value.unit})


def metric_ref(value: Measured) -> MetricRef:
    """A metric of a task."""
    return MetricRef(task=value.task, metric=method(value.metric))


def _model(spec: Spec, arm: str) -> ModelPlan:
    (name,) = spec.of_kind("model")

    def of(attribute: str) -> Any:
        return spec.value(f"{name}.{attribute}", arm)

    return ModelPlan.made(
        {
            "kind": spec.parts[name].type,
            "base": of("base"),
            "revision": of("revision"),
            "init": method(of("init")),
            "adapter": method(of("adapter")),
            "freeze": tuple(sorted(of("freeze"))),
            "max_tokens": of("max_tokens"),
            "precision": of("precision"),
        }
    )


def _task(spec: Spec, name: str, arm: str) -> TaskPlan:
    def of(attribute: str) -> Any:
        return spec.value(f"{name}.{attribute}", arm)

    train = of("train")
    validation = None if train is None or of("validation") == "none" else of("validation")
    return TaskPlan.made(
        {
            "kind": spec.parts[name].type,
            "train": train,
            "gold": of("gold"),
            "validation": validation,
            "prompt": of("prompt"),
            "target": of("target"),
            "labels": of("labels") or (),
            "metric": method(of("metric")),
            "also": tuple(method(metric) for metric in of("also")),
            "requires": tuple(sorted(of("requires"))) if stacks(spec, arm) else (),
            "weight": of("weight"),
            "lr_scale": of("lr_scale"),
            "classes": method(of("classes")),
            "max_new_tokens": of("max_new_tokens"),
        }
    )


def stacks(spec: Spec, arm: str) -> bool:
    """Whether an arm's order asks what its tasks require."""
    order = spec.find(f"{spec.value('schedule', arm)}.order", arm)
    return order is not None and "stacks" in order.value.traits


def _schedule(spec: Spec, arm: str) -> SchedulePlan:
    name = spec.value("schedule", arm)
    if name not in spec.parts:
        return SchedulePlan(order=SHUFFLED, segments=(whole_segment(spec, arm),))
    order: Bound = spec.value(f"{name}.order", arm)
    pacing: Bound = spec.value(f"{name}.pacing", arm)
    stages = chain(spec, name, arm)
    times = [(stage, cycle) for cycle in range(spec.value(f"{name}.cycles", arm)) for stage in stages]
    segments = tuple(
        _segment(spec, stage, arm, cycle=cycle, first=place == 0, last=place == len(times) - 1)
        for place, (stage, cycle) in enumerate(times)
    )
    segments = segments or (whole_segment(spec, arm),)
    return SchedulePlan(
        by=_difficulty(spec, name, order, arm),
        order=_effective(order, segments),
        pacing=method(pacing),
        lengthens="lengthens" in pacing.traits,
        balance_by=spec.value(f"{name}.balance_by", arm),
        retire=method(spec.value(f"{name}.retire", arm)),
        segments=segments,
    )


def _effective(order: Bound, segments: tuple[Segment, ...]) -> Method:
    """The order, where a shuffled window is what it is: an order by difficulty whose window stands still.

    Rows are drawn from a window without preference, so `shuffled` with `take` and `easy_first`
    without pacing are one thing, and the runtime knows it under one word.
    """
    whole = Window()
    if not {"windowed", "strict"} & order.traits and any(segment.window != whole for segment in segments):
        return STILL
    return method(order)


def _difficulty(spec: Spec, schedule: str, order: Bound, arm: str) -> DifficultyPlan | None:
    name = spec.value(f"{schedule}.by", arm)
    within = spec.value(f"{name}.within", arm) if name is not None else "task"
    if order.score is not None:
        return DifficultyPlan.made({"score": method(order.score), "within": within})
    if name is None:
        return None
    score: Bound = spec.value(f"{name}.score", arm)
    refresh = spec.value(f"{name}.refresh", arm)
    return DifficultyPlan.made(
        {
            "score": method(score),
            "within": within,
            "observers": score.observers,
            "refresh": quantity(refresh.amount) if isinstance(refresh, Every) else None,
        }
    )


def whole_segment(spec: Spec, arm: str) -> Segment:
    """The one segment of a schedule without stages."""
    return Segment(
        stage="all",
        tasks=trained(spec, arm),
        mix=method(spec.value("mix", arm)),
        weights=method(spec.value("weights", arm)),
        combine=method(spec.value("combine", arm)),
    )


def _segment(spec: Spec, stage: str, arm: str, *, cycle: int, first: bool, last: bool) -> Segment:
    """A stage in one cycle, counted from 0; the last one ends at the limit, whatever it says."""

    def of(attribute: str) -> Any:
        return spec.value(f"{stage}.{attribute}", arm)

    own = of("tasks")
    low, high = of("take")
    most, freeze = of("max"), of("freeze")
    return Segment(
        stage=stage.rsplit(".", 1)[1] + (f"~cycle_{cycle + 1}" if cycle else ""),
        tasks=tuple(task for task in trained(spec, arm) if own is None or task in own),
        window=Window(low=low, high=high),
        min=quantity(of("min")) if not last else Quantity(amount=0.0, unit="share"),
        max=quantity(most) if most is not None and not last else None,
        promote=_promote(spec, stage, arm) if has_promote(spec, stage, arm) and not last else None,
        replay=of("replay") if not first else 0.0,
        mix=method(of("mix") or spec.value("mix", arm)),
        weights=method(of("weights") or spec.value("weights", arm)),
        combine=method(of("combine") or spec.value("combine", arm)),
        lr_scale=of("lr_scale"),
        freeze=_thawed(spec, freeze, arm),
        max_tokens=of("max_tokens"),
        reset_optimizer=of("reset_optimizer"),
    )


def _thawed(spec: Spec, freeze: tuple[str, ...] | None, arm: str) -> tuple[str, ...] | None:
    """What a stage freezes, where that is not what the model freezes anyway."""
    (model,) = spec.of_kind("model")
    own = sorted(spec.value(f"{model}.freeze", arm))
    return None if freeze is None or sorted(freeze) == own else tuple(sorted(freeze))


def _promote(spec: Spec, stage: str, arm: str) -> Promote:
    def of(attribute: str) -> Any:
        return spec.value(f"{stage}.promote.{attribute}", arm)

    plateau = of("plateau")
    guards = sorted((_guard(one) for one in of("when") or ()), key=as_text)
    return Promote(
        when=tuple(guards),
        plateau=metric_ref(plateau) if plateau is not None else None,
        keep=tuple(sorted(of("keep"))),
        hold=of("hold"),
    )


def _guard(condition: Condition) -> Guard:
    return Guard.made({"left": metric_ref(condition.left), "op": condition.op, "right": condition.right})


def _train(spec: Spec, arm: str) -> TrainPlan:
    def of(attribute: str) -> Any:
        return spec.value(f"train.{attribute}", arm)

    seeds = of("seeds")
    return TrainPlan.made(
        {
            "batch": of("batch"),
            "lr": of("lr") or default_lr(spec, arm),
            "optimizer": method(of("optimizer")),
            "lr_schedule": method(of("lr_schedule")),
            "warmup": of("warmup"),
            "weight_decay": of("weight_decay"),
            "clip": of("clip"),
            "example_weights": method(of("example_weights")),
            "seeds": tuple(range(seeds)) if isinstance(seeds, int) else tuple(sorted(seeds)),
            "packing": of("packing"),
            "compile": of("compile"),
        }
    )


def default_lr(spec: Spec, arm: str) -> float:
    """The rate when nobody says one: large for LoRA or heads on a frozen trunk, small for a whole model."""
    (model,) = spec.of_kind("model")
    adapter = method(spec.value(f"{model}.adapter", arm))
    frozen = _trunk_frozen(spec.value(f"{model}.base", arm), spec.value(f"{model}.freeze", arm))
    return LARGE_STEPS if adapter.word != "none" or frozen else SMALL_STEPS


def _trunk_frozen(base: str, freeze: tuple[str, ...]) -> bool:
    """Whether nothing but heads is trained; known of `bundled:NAME/LAYERS` alone, of others not guessed."""
    layers = base.rpartition("/")[2] if base.startswith("bundled:") and "/" in base else ""
    frozen: set[int] = set()
    for part in freeze:
        if part.startswith("layers:"):
            first, last = part.split(":")[1:]
            frozen |= set(range(int(first), min(int(last), 1000) + 1))
    return "embeddings" in freeze and layers.isdecimal() and frozen >= set(range(int(layers)))
