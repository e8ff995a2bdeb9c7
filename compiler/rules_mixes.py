"""Rules about mixes: the tasks they name, the bounds they set, and the stage they learn from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from currc.compiler.chain import chain, trained
from currc.compiler.codes import Code
from currc.compiler.complain import listed
from currc.compiler.controls import mixes_that
from currc.compiler.desk import Desk
from currc.compiler.rules_promotions import span_of_arm
from currc.compiler.spec import Setting, Spec
from currc.compiler.value_types import Bound, tidy


def _places(spec: Spec, arm: str, *names: str) -> Iterator[tuple[str, str]]:
    """The addresses of an arm's mixes or weightings, and the stage that each belongs to."""
    schedule = spec.value("schedule", arm)
    homes = ("", *(spec.stages(schedule) if schedule in spec.parts else ()))
    for home in homes:
        yield from ((f"{home}.{name}" if home else name, home) for name in names)


def _there(spec: Spec, arm: str, stage: str) -> list[str]:
    """The tasks that an arm trains, in a stage or at all."""
    own = spec.value(f"{stage}.tasks", arm) if stage else None
    return [task for task in trained(spec, arm) if own is None or task in own]


def _known(spec: Spec, desk: Desk) -> bool:
    return not any(desk.is_lost(f"{task}.train") for task in spec.of_kind("task"))


def named_tasks(spec: Spec, desk: Desk) -> None:
    """A mix or weighting that names tasks names those of the arm; a mix names each of every stage."""
    for arm in spec.arms:
        for address, stage in _places(spec, arm, "mix", "weights"):
            setting = spec.find(address, arm)
            if setting is None or not isinstance(setting.value, Bound) or not _known(spec, desk):
                continue
            slot = address.rsplit(".", 1)[-1]
            for word, given in _naming(slot, setting.value.word, setting.value.parameters, desk):
                _names(spec, desk, arm, setting, slot, word, given, stage)


def _naming(
    slot: str, word: str, parameters: Mapping[str, Any], desk: Desk
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The words that name tasks, in a component and in those inside it, with the tasks named."""
    cls: Any = desk.vocabulary.component(slot, word)
    if (key := getattr(cls, "open_keywords", None)) is not None:
        yield word, tuple(parameters.get(key, {}))
    for key, value in parameters.items():
        if (inner := cls.model_fields[key].slot) is not None and isinstance(value, Mapping):
            yield from _naming(inner, value["word"], value["parameters"], desk)


def _names(
    spec: Spec,
    desk: Desk,
    arm: str,
    setting: Setting,
    slot: str,
    word: str,
    given: tuple[str, ...],
    stage: str,
) -> None:
    there, span = _there(spec, arm, stage), span_of_arm(setting, spec, arm)
    if unknown := [task for task in given if task not in there]:
        home = f"stage `{stage.rsplit('.', 1)[-1]}`" if stage else f"arm `{arm}`"
        message = f"{home} trains no task named `{unknown[0]}`"
        desk.say(Code.SHARES_UNFIT, message, span, "this names it", help=f"it trains {listed(there)}")
    elif slot == "mix" and (missing := [task for task in there if task not in given]):
        message = f"`{word}` names no share for `{missing[0]}`"
        help = f"add `{missing[0]} = 0%` if it is never to be drawn"
        desk.say(Code.SHARES_UNFIT, message, span, "every task needs a share", help=help)


def bounds(spec: Spec, desk: Desk) -> None:
    """The floors of all tasks leave room for each other, caps can be reached together, graphs fit."""
    for arm in spec.arms:
        for address, stage in _places(spec, arm, "mix"):
            setting = spec.find(address, arm)
            if setting is None or not isinstance(setting.value, Bound) or not _known(spec, desk):
                continue
            tasks, given = len(_there(spec, arm, stage)), setting.value.parameters
            floor, cap = float(given["floor"]), float(given["cap"])  # type: ignore[arg-type]
            span = span_of_arm(setting, spec, arm)
            home = f"stage `{stage.rsplit('.', 1)[-1]}`" if stage else f"arm `{arm}`"
            if floor * tasks > 1.0 + 1e-9:
                message = f"`floor` of {tidy(floor * 100)}% for each of {tasks} tasks is more than everything"
                help = f"at most {tidy(int(1000 / tasks) / 10)}% each can be kept"
                desk.say(Code.SHARES_UNFIT, message, span, f"{home} trains {tasks} tasks", help=help)
            elif 0 < cap * tasks < 1.0 - 1e-9:
                message = f"`cap` of {tidy(cap * 100)}% for each of {tasks} tasks is less than everything"
                note = f"{home} trains {tasks} tasks: {tidy(cap * tasks * 100)}% in all"
                help = f"write at least `cap = {tidy(-int(-1000 // tasks) / 10)}%`"
                desk.say(Code.SHARES_UNFIT, message, span, note, help=help)
            elif (graph := given.get("graph")) and len(graph) != tasks:  # type: ignore[arg-type]
                message = f"the graph of `{setting.value.word}` is for {len(graph)} tasks"  # type: ignore[arg-type]
                help = "give a row and a column for each task of the stage, in alphabetical order"
                desk.say(Code.SHARES_UNFIT, message, span, f"{home} trains {tasks} tasks", help=help)
            elif floor > cap:
                message = f"`floor` of {tidy(floor * 100)}% lies above `cap` of {tidy(cap * 100)}%"
                desk.say(Code.SHARES_UNFIT, message, span, "no share is both")


def learned(spec: Spec, desk: Desk) -> None:
    """`learned` follows a stage whose rates were learnt, and draws no task that that stage did not."""
    for arm in spec.arms:
        schedule = spec.value("schedule", arm)
        stages = chain(spec, schedule, arm) if schedule in spec.parts else ()
        adaptive = mixes_that(spec, arm, "adaptive")
        before: list[tuple[str, str]] = []
        for stage in stages or ("",):
            address = f"{stage}.mix" if stage and spec.value(f"{stage}.mix", arm) else "mix"
            setting = spec.find(address, arm)
            if setting is None or not isinstance(setting.value, Bound):
                break
            if setting.value.word == "learned" and _known(spec, desk):
                _learns(spec, desk, arm, stage, setting, before, adaptive)
            before.append((stage, setting.value.word))


def _learns(
    spec: Spec,
    desk: Desk,
    arm: str,
    stage: str,
    setting: Setting,
    before: list[tuple[str, str]],
    adaptive: set[str],
) -> None:
    span = span_of_arm(setting, spec, arm)
    if not before:
        message = "`learned` takes the mean rates of the stage before, and there is none"
        help = "put a stage with an adaptive mix before it, as `mix = odm`"
        desk.say(Code.UNFIT_PAIR, message, span, "nothing has been learnt yet", help=help)
        return
    (last, mix), name = before[-1], before[-1][0].rsplit(".", 1)[-1]
    seen, drawn = _there(spec, arm, last), _there(spec, arm, stage)
    if spec.value(f"{stage}.replay", arm):
        drawn += [task for earlier, _ in before for task in _there(spec, arm, earlier)]
    if mix not in (*adaptive, "learned"):
        message = f"`learned` takes the mean rates of stage `{name}`, whose mix `{mix}` learns none"
        desk.say(Code.UNFIT_PAIR, message, span, "nothing is learnt there", help=f"write `mix = {mix}`")
    elif missing := [task for task in drawn if task not in seen]:
        message = f"`learned` has no rate for `{missing[0]}`, which stage `{name}` does not train"
        desk.say(Code.UNFIT_PAIR, message, span, f"it trains {listed(seen)}")


MIX_RULES = (named_tasks, bounds, learned)
