"""The picture of the stream: exact lines, at most 80 columns."""

from __future__ import annotations

from collections.abc import Sequence

from specs import STAGED, TWO_ARMS, changed, plan_of

from currc.compiler.plan import Plan
from currc.runtime.engine.forecast import StageForecast, TaskForecast
from currc.runtime.reporting.stream import stream


def stage(name: str, part: float, **shares: float) -> StageForecast:
    return StageForecast(name, part, tuple(TaskForecast(task, one, 1, 1, 1) for task, one in shares.items()))


def pictured(plan: Plan, names: Sequence[str], stages: Sequence[StageForecast]) -> list[str]:
    return stream([plan.arm(name) for name in names], dict.fromkeys(names, stages))


def test_stages_change_the_mix_and_the_window() -> None:
    plan = plan_of(STAGED)
    stages = [stage("basics", 0.3, route=1.0), stage("everything", 0.7, route=0.04, product=0.96)]
    lines = pictured(plan, ["other"], stages)
    assert lines == [
        "stream  tenths of the draws, from the first to the last; # all, . hardly any",
        "  other",
        "    route                 |###############...................................|",
        "    product               |               ###################################|",
        "window  quarters of the rows by difficulty: # open, + in part, . closed",
        "  other",
        "    hardest               |...............###################################|",
        "    hard                  |...............###################################|",
        "    easy                  |+++++++++++++++###################################|",
        "    easiest               |##################################################|",
    ]  # fmt: skip


def test_a_pacing_opens_the_quarters_one_after_another() -> None:
    """From a fifth at the beginning to all at 60 %: a half is open at 22.5 %, three quarters at 41.25 %."""
    plan = plan_of(changed(TWO_ARMS, ("root(start", "linear(start")))
    lines = pictured(
        plan, ["other", "other~hard_first", "other~random_order"], [stage("all", 1.0, route=1.0)]
    )
    assert lines[1:3] == ["  every arm", f"    {'route':<22}|{'#' * 50}|"]
    easy, hard, chance = (
        lines.index(f"  {name}") for name in ("other", "other~hard_first", "other~random_order")
    )
    open_at = [line[26:].strip("|") for line in lines[easy + 1 : easy + 5]]
    assert [bands.count("#") for bands in open_at] == [20, 29, 39, 48]
    assert [bands.count(".") for bands in open_at] == [21, 11, 2, 0]
    assert [line[26:].strip("|") for line in lines[hard + 1 : hard + 5]] == open_at[::-1]
    by_chance = lines[chance + 1][27:-1]
    assert by_chance[0] == "2"
    assert by_chance[29:] == "#" * 21
    assert max(map(len, lines)) <= 80


def test_an_arm_without_a_window_has_no_picture_of_one() -> None:
    lines = pictured(plan_of(TWO_ARMS), ["baseline"], [stage("all", 1.0, route=0.5, product=0.5)])
    assert [line.split("|")[1][:3] for line in lines if "|" in line] == ["555", "555"]
    assert not any(line.startswith("window") for line in lines)


def test_a_strict_order_and_a_mix_that_adapts_are_said_to_be() -> None:
    strict = changed(
        TWO_ARMS, ("order = easy_first\n  pacing = root(start = 20%, full_at = 60%)", "order = sorted_once")
    )
    plan = plan_of(changed(strict, ("mix = unimax(epochs = 4)", "mix = odm")))
    lines = pictured(plan, ["other"], [stage("all", 1.0, route=0.5, product=0.5)])
    assert "    rows come one by one, in the sequence of `sorted_once`" in lines
    assert "    its mix follows the training: these are the shares that it begins at" in lines


def test_long_names_keep_the_width() -> None:
    long = "a_task_with_a_name_that_goes_on_and_on"
    lines = pictured(plan_of(TWO_ARMS), ["baseline"], [stage("all", 1.0, **{long: 1.0})])
    assert lines[-1] == f"    {'a_task_with_a_name_...':<22}|{'#' * 50}|"
