"""Pass 4: the plan of a spec: every default written out, stages in a chain, controls and references added."""

from __future__ import annotations

from currc.compiler.chain import tasks_of
from currc.compiler.controls import Controls, controls, mixes_that
from currc.compiler.lower_arms import arm_plan, method, metric_ref, quantity
from currc.compiler.plan import (
    ArmPlan,
    BudgetPlan,
    DecidePlan,
    EvaluatePlan,
    Objective,
    Plan,
    Protection,
    SourcePlan,
)
from currc.compiler.references import references
from currc.compiler.spec import Spec
from currc.compiler.validated import as_data
from currc.compiler.value_types import Amount, Compared, Measured


def lower(spec: Spec) -> Plan:
    """The plan of a spec that was checked without an error.

    Equal specs give equal plans, whatever the order of their blocks: arms stand in the
    order of their names, then controls, then references.
    """
    arms = tuple(arm_plan(spec, name) for name in sorted(spec.arms))
    budget = budget_plan(spec)
    found = controls(spec, arms, budget)
    alone = references(spec, arms)
    everyone = (*with_goals(spec, (*arms, *found.added), alone), *alone)
    plan = Plan(
        edition=spec.edition,
        sources={name: _source(spec, name) for name in sorted(_used(everyone))},
        arms=everyone,
        budget=budget,
        evaluate=EvaluatePlan(
            every=quantity(spec.value("evaluate.every")),
            subset=spec.value("evaluate.subset"),
            keep=spec.value("evaluate.keep"),
        ),
        decide=_decide(spec, found) if "decide" in spec.parts else None,
        moved=_moved(spec),
    )
    data = as_data(plan)
    # Whatever is in doubt is Pydantic's to judge; where nothing is, it is not even imported.
    return plan if Plan.takes(data) else Plan.model_validate(data)


def with_goals(spec: Spec, arms: tuple[ArmPlan, ...], references: tuple[ArmPlan, ...]) -> tuple[ArmPlan, ...]:
    """The arms, those told what each task reaches alone whose mix asks for it and that no reference needs."""
    asking = {word for name in spec.arms for word in mixes_that(spec, name, "needs:goals")}
    needed = {arm.yoke.arm for arm in references if arm.yoke is not None}
    return tuple(
        arm.model_copy(update={"goals": "single_task"})
        if needed and arm.name not in needed and any(s.mix.word in asking for s in arm.schedule.segments)
        else arm
        for arm in arms
    )


NAMED_IN_A_PLAN = ("task", "source", "arm", "stage")


def _moved(spec: Spec) -> dict[str, str]:
    """The old name by the new one, of what a plan calls by name; other names are nowhere in it."""
    kinds = {address: part.kind for address, part in spec.parts.items()} | dict.fromkeys(spec.arms, "arm")
    onward = {move.before: move.after for move in spec.moves}
    found = {}
    for before, after in onward.items():
        end = after
        while end in onward:
            end = onward[end]
        if kinds[end] in NAMED_IN_A_PLAN:
            found[after] = before
    return {after: found[after] for after in sorted(found)}


def _used(arms: tuple[ArmPlan, ...]) -> set[str]:
    """Names of the sources that some task reads."""
    used: set[str] = set()
    for arm in arms:
        for task in arm.tasks.values():
            named = (task.train, task.gold, task.validation if isinstance(task.validation, str) else None)
            used |= {name for name in named if name is not None}
    return used


def _source(spec: Spec, name: str) -> SourcePlan:
    path = spec.value(f"{name}.path")
    sample = spec.value(f"{name}.sample")
    renames = spec.value(f"{name}.columns") or ()
    return SourcePlan(
        path=(path,) if isinstance(path, str) else path,
        columns={old: new for new, old in renames},
        sample=quantity(sample) if isinstance(sample, Amount) else None,
        dedup=spec.value(f"{name}.dedup"),
        sha256=spec.value(f"{name}.sha256"),
    )


def budget_plan(spec: Spec) -> BudgetPlan:
    """What every trial may use; a limit without `match` is matched in its own unit."""
    limit: Amount = spec.value("budget.limit")
    total = spec.value("budget.total")
    time, memory = spec.value("budget.time"), spec.value("budget.memory")
    return BudgetPlan.made(
        {
            "match": spec.value("budget.match") or limit.unit,
            "limit": limit.value,
            "time": time.value if time is not None else None,
            "memory": memory.value if memory is not None else None,
            "total": quantity(total) if total is not None else None,
        }
    )


def _decide(spec: Spec, found: Controls) -> DecidePlan:
    correct = spec.value("decide.correct")
    equivalent = spec.value("decide.equivalent")
    return DecidePlan(
        control=spec.value("decide.control"),
        metric=objective(spec),
        test=method(spec.value("decide.test")),
        alpha=spec.value("decide.alpha"),
        correct=method(correct),
        min_gain=spec.value("decide.min_gain").value,
        equivalent=equivalent.value if isinstance(equivalent, Amount) else None,
        on_tie=spec.value("decide.on_tie"),
        protect=tuple(
            sorted(
                (_protection(measured, loss) for measured, loss in spec.value("decide.protect") or ()),
                key=lambda one: (one.metric.task, one.metric.metric.word),
            )
        ),
        waived=found.waived,
        stand_ins=dict(sorted(found.stand_ins.items())),
    )


def objective(spec: Spec) -> Objective:
    """The number that is decided on; without `metric` the mean over the metrics of the control's tasks."""
    compared: Compared = spec.value("decide.metric") or Compared("mean", ())
    control = spec.value("decide.control")
    parts = compared.parts or tuple(
        Measured(task, spec.value(f"{task}.metric")) for task in tasks_of(spec, control)
    )
    ordered = sorted(parts, key=lambda part: (part.task, part.metric.word))
    return Objective.made({"kind": compared.kind, "parts": tuple(metric_ref(part) for part in ordered)})


def _protection(measured: Measured, loss: Amount) -> Protection:
    return Protection(metric=metric_ref(measured), loss=abs(loss.value))
