"""Schedules gone through several times: what the plan holds, what is trained, and that it can be resumed."""

from __future__ import annotations

import json

import pytest
from specs import plan_of
from test_trials import SPEC, Line, files, material

from currc.compiler.plan import Quantity
from currc.runtime.engine.context import Stopped
from currc.runtime.engine.experiment import _stages as told
from currc.runtime.reporting.outline import outline

WAVES = """
schedule waves {
  cycles = 2

  stage explore {
    mix = odm(warmup = 5%)
    max = 25%
  }

  stage settle {
    after = explore
    mix = learned
    replay = 20%
    lr_scale = 0.3
    max = 20%
  }
}

arm only {
  schedule = waves
}

train {
  batch = 4
  lr = 1e-3
  seeds = 1
}

budget {
  limit = 20 steps
}

evaluate {
  every = 2 steps
}
"""
MATERIAL = SPEC.split("difficulty ")[0]
NEWCOMER = (
    WAVES.replace("  cycles = 2\n\n", "")
    .replace(
        "    mix = odm(warmup = 5%)\n    max = 25%\n", "    tasks = [colour]\n    max = 60%\n\n    GATE\n"
    )
    .replace(
        "    mix = learned\n    replay = 20%\n    lr_scale = 0.3\n    max = 20%\n", "    lr_scale = 0.3\n"
    )
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return material(tmp_path_factory.mktemp("spec"))


def test_a_plan_holds_every_stage_of_every_cycle_and_the_last_ends_at_the_limit(folder) -> None:
    segments = plan_of(MATERIAL + WAVES, folder).arm("only").schedule.segments
    assert [one.stage for one in segments] == ["explore", "settle", "explore~cycle_2", "settle~cycle_2"]
    assert [one.max for one in segments] == [
        Quantity(amount=0.25, unit="share"),
        Quantity(amount=0.2, unit="share"),
        Quantity(amount=0.25, unit="share"),
        None,
    ]
    assert [one.lr_scale for one in segments] == [1.0, 0.3, 1.0, 0.3]
    once = plan_of(
        MATERIAL + WAVES.replace("cycles = 2", "cycles = 1").replace("    max = 20%\n", ""), folder
    )
    assert len(once.arm("only").schedule.segments) == 2


def test_a_promotion_of_the_last_stage_ends_it_in_every_cycle_but_the_last(folder) -> None:
    text = MATERIAL + WAVES.replace(
        "    max = 20%\n",
        "    max = 20%\n\n    promote {\n      keep = [colour]\n      hold = 1 evals\n    }\n",
    )
    segments = plan_of(text, folder).arm("only").schedule.segments
    assert [one.promote is not None for one in segments] == [False, True, False, False]


def test_each_cycle_explores_anew_and_settles_on_what_it_found(folder, tmp_path) -> None:
    line = Line(folder, MATERIAL + WAVES, tmp_path / "whole")
    memory: dict = {}
    line.scores("only", memory)
    cursor = line.cursor(line.trial("only").stages[-1])
    assert cursor["ends"] == [5, 9, 14, 20]
    settings = {index: [rates for at, _, rates, _ in cursor["mix"] if at == index] for index in range(4)}
    for settle in (1, 3):
        (rates,) = settings[settle]
        assert rates == pytest.approx(list(cursor["mean_mix"][settle - 1].values()))
    assert len(settings[0]) > 1
    assert cursor["mean_mix"][0] != cursor["mean_mix"][2]
    assert settings[2][0] == pytest.approx([0.5, 0.5], abs=0.2)

    broken = Line(folder, MATERIAL + WAVES, tmp_path / "broken")
    for key in line.trial("only").stages:
        seen = iter(range(10_000))
        broken.asked = lambda seen=seen: next(seen) == 1
        with pytest.raises(Stopped):
            broken.compute(key)
        broken.asked = lambda: False
        assert files(broken.compute(key)) == files(line.compute(key))


@pytest.mark.parametrize(("gate", "steps"), [(">= 0.0", 4), (">= 1.0", 12)])
def test_a_newcomer_enters_when_the_gate_has_held_and_at_the_latest_at_max(gate, steps, folder, tmp_path):
    """Two evaluations, one every 2 steps; the record says the numbers."""
    guard = f"promote {{\n      when colour.accuracy {gate}\n      hold = 2 evals\n    }}"
    line = Line(folder, MATERIAL + NEWCOMER.replace("GATE", guard), tmp_path)
    first, second = (line.cursor(key) for key in line.trial("only").stages)
    assert first["steps"] == steps
    assert first["drawn"].keys() == {"colour"}
    assert second["drawn"]["thing"] > 0
    assert second["drawn"]["colour"] > first["drawn"]["colour"]
    (reason,) = first["promotions"]
    held = [one["scores"]["colour.accuracy"][0] for one in first["evaluations"]]
    if steps == 4:
        assert f"held 2 of 2 evaluations: `colour.accuracy` {held[-1]:.4g} >= 0 at 20.0%" in reason
    else:
        assert f"its max, held 0 of 2 evaluations: `colour.accuracy` {held[-1]:.4g} not >= 1" in reason
        assert reason.endswith(" at 60.0%")
    why = reason.partition(": ")[2].rpartition(" at ")[0]
    assert told(second) == ((first["ends"][0], why), (20, "the limit"))
    said = [one["message"] for one in line.said if one["event"] == "noted"]
    assert said == [f"left at {first['ends'][0] / 20:.1%} of the limit: {why}"]
    assert json.dumps(second["promotions"][:1]) == json.dumps(first["promotions"])


def test_a_plan_shows_what_stages_freeze_and_how_rows_are_weighed(folder) -> None:
    text = MATERIAL + WAVES.replace("    max = 25%\n", "    freeze = [embeddings]\n    max = 25%\n")
    text = text.replace("  seeds = 1\n", "  seeds = 1\n  example_weights = focal(gamma = 3)\n")
    shown = " ".join(outline(plan_of(text, folder), "waves").split())
    assert "explore(colour, thing ≤ 25%, frozen: embeddings)" in shown
    assert "settle~cycle_2(colour, thing, replay 20%, lr × 0.3)" in shown
    assert "example weights focal(gamma = 3)" in shown
