"""Rules of the verdict: a control, one number of one range, gains in its unit, enough seeds, control arms."""

from __future__ import annotations

from typing import Any

from currc.compiler.chain import tasks_of
from currc.compiler.codes import Code
from currc.compiler.complain import listed
from currc.compiler.controls import controls, is_ordered
from currc.compiler.desk import Desk
from currc.compiler.diagnostic import Label
from currc.compiler.lower import budget_plan
from currc.compiler.lower_arms import arm_plan
from currc.compiler.read_guards import fits_metric, metric_range
from currc.compiler.rules_material import some_block_lost, word
from currc.compiler.source import Span
from currc.compiler.spec import Spec
from currc.compiler.value_types import Amount, Compared, Measured, tidy


def something_to_decide(spec: Spec, desk: Desk) -> None:
    """Where arms are compared there is a rule, and where there is a rule arms are compared."""
    if "decide" not in spec.parts:
        if len(spec.arms) > 1 and not desk.is_lost("decide"):
            name = next(iter(spec.arms))
            help = f"add a block `decide {{ ... }}` that says `control = {name}`"
            message = f"{len(spec.arms)} arms are compared, and no rule decides"
            desk.say(Code.DECIDE_MISSING, message, spec.at, "fix the rule before training", help=help)
        return
    control = spec.find("decide.control")
    arms = desk.scope.of_kind("arm")
    if len(arms) == 1 and not some_block_lost(desk) and control is not None and control.span is not None:
        message = "there is one arm, and nothing to compare it with"
        help = "add an arm, or leave out `decide`"
        desk.say(Code.CONTROL_ALONE, message, control.span, "the only arm", help=help)


def parts_of(spec: Spec, desk: Desk) -> tuple[Measured, ...]:
    """The metrics that are decided on; empty where some could not be read."""
    if desk.is_lost("decide.metric"):
        return ()
    compared: Compared = spec.value("decide.metric") or Compared("mean", ())
    control = spec.value("decide.control")
    if compared.parts or control not in spec.arms:
        return compared.parts
    tasks = tasks_of(spec, control)
    if any(spec.value(f"{task}.metric") is None for task in tasks):
        return ()
    return tuple(Measured(task, spec.value(f"{task}.metric")) for task in tasks)


def range_of(measured: Measured, desk: Desk) -> tuple[Any, bool]:
    """A metric's range and direction: what a mean over several has to share."""
    cls = desk.vocabulary.component("metric", measured.metric.word)
    return cls.range, cls.higher_is_better


def place_of(spec: Spec, address: str, block: str = "decide") -> Span:
    """Where a value of `decide` was written, else the block."""
    setting = spec.find(address)
    return setting.span if setting is not None and setting.span is not None else spec.parts[block].span


def one_range(spec: Spec, desk: Desk) -> None:
    """A mean is over metrics of one range and direction."""
    parts = parts_of(spec, desk) if "decide" in spec.parts else ()
    for part in parts[1:]:
        if range_of(part, desk) != range_of(parts[0], desk):
            shown = [f"`{one.task}.{one.metric.word}` ({_described(one, desk)})" for one in (parts[0], part)]
            message = "metrics of different range have no common mean"
            note = f"{shown[0]} and {shown[1]}"
            help = "decide on metrics of one range, and `protect` the others"
            desk.say(Code.MIXED_RANGES, message, place_of(spec, "decide.metric"), note, help=help)
            return


def _described(measured: Measured, desk: Desk) -> str:
    bounds, higher = range_of(measured, desk)
    where = "without bounds" if bounds is None else f"{tidy(bounds[0])} to {tidy(bounds[1])}"
    return f"{where}, {'higher' if higher else 'lower'} is better"


def shared_tasks(spec: Spec, desk: Desk) -> None:
    """What is decided on, or protected, is measured in every arm."""
    if "decide" not in spec.parts:
        return
    protected = [measured for measured, _ in spec.value("decide.protect") or ()]
    for address, parts in (("decide.metric", parts_of(spec, desk)), ("decide.protect", protected)):
        for part in parts:
            for arm in spec.arms:
                if part.task not in tasks_of(spec, arm):
                    message = f"arm `{arm}` has no task `{part.task}`, which the verdict looks at"
                    other = Label(spec.arms[arm].span, "this arm")
                    help = f"it has {listed(tasks_of(spec, arm))}"
                    span = place_of(spec, address)
                    desk.say(
                        Code.TASK_NOT_SHARED, message, span, "not measured in every arm", other, help=help
                    )


def gains(spec: Spec, desk: Desk) -> None:
    """`%` means points of a [0, 1] metric; a metric of another range takes plain numbers."""
    if "decide" not in spec.parts:
        return
    parts = parts_of(spec, desk)
    for name in ("min_gain", "equivalent"):
        setting = spec.find(f"decide.{name}")
        if setting is None or setting.span is None or not isinstance(setting.value, Amount):
            continue
        if setting.value.value < 0:
            desk.say(Code.OUT_OF_RANGE, f"`{name}` is not negative", setting.span, f"this is {setting.value}")
        elif parts:
            fits_metric(setting.value, metric_range(parts[0], desk), f"`{name}`", setting.span, desk)


def enough_seeds(spec: Spec, desk: Desk) -> None:
    """The test can fall below alpha with this many seeds.

    A test that counts sign patterns can never do so with fewer: an error. One that
    needs two seeds to see any spread gives an honest "undecided": a warning.
    """
    seeds, test, alpha = (spec.find(name) for name in ("train.seeds", "decide.test", "decide.alpha"))
    if seeds is None or test is None or alpha is None or "decide" not in spec.parts or len(spec.arms) < 2:
        return
    count = seeds.value if isinstance(seeds.value, int) else len(seeds.value)
    family = len(spec.arms) - 1
    needed = seeds_needed(word(test), dict(test.value.parameters), alpha.value, family, desk)
    if count >= needed:
        return
    demanded = needed > 2
    code = Code.TOO_FEW_SEEDS if demanded else Code.FEW_SEEDS
    against = "1 arm" if family == 1 else f"{family} arms"
    message = (
        f"`{word(test)}` cannot reach alpha = {tidy(alpha.value)} with {count} seed{'s' if count > 1 else ''}"
    )
    note = f"it needs {needed} to compare {against} with the control"
    desk.say(code, message, place_of(spec, "train.seeds", "decide"), note, help=f"write `seeds = {needed}`")


def seeds_needed(test: str, parameters: dict[str, Any], alpha: float, family: int, desk: Desk) -> int:
    """The fewest seeds with which a test can reach alpha in a family of comparisons."""
    cls = desk.vocabulary.component("test", test)
    if not hasattr(cls, "seeds_needed"):
        return 2
    return int(cls.trusted(parameters).seeds_needed(alpha, family))


def controlled(spec: Spec, desk: Desk) -> None:
    """Controls that are waived in writing leave claims open: a warning for each arm that makes one."""
    if desk.complaints.errors or "decide" not in spec.parts or spec.value("decide.controls") == "auto":
        return
    arms = tuple(arm_plan(spec, name) for name in sorted(spec.arms))
    waived = controls(spec, arms, budget_plan(spec)).waived
    for arm in arms:
        mine = [name for name in waived if name.startswith(f"{arm.name}~")]
        span = place_of(spec, "decide.controls")
        other = Label(spec.arms[arm.name].span, "this arm")
        if is_ordered(arm) and f"{arm.name}~random_order" in mine:
            message = f"the order of `{arm.name}` has no control in random order"
            note = "a gain may come from the smaller pool alone"
            own = Label(spec.arms[arm.name].span, "orders by difficulty")
            desk.say(Code.ORDER_UNCONTROLLED, message, own.span, note, Label(span, "waived here"))
        elif mine:
            desk.say(
                Code.NO_CONTROLS,
                f"controls of `{arm.name}` are waived",
                other.span,
                listed(mine),
                Label(span, "here"),
            )


DECIDE_RULES = (
    something_to_decide,
    one_range,
    shared_tasks,
    gains,
    enough_seeds,
    controlled,
)
