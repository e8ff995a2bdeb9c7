"""What is told of looks at training rows before any is taken: number, cost, and what is unknown."""

from __future__ import annotations

from pathlib import Path

import pytest
from completed import write

from currc.compiler.pages import Part
from currc.runtime.command.spec import compilation
from currc.runtime.engine.outlook import Outlook, look
from currc.runtime.reporting.looking import looking, looks
from currc.runtime.reporting.prospect import _fall
from currc.runtime.reporting.stream import foreseen

FRAGMENT = """budget {
  match = steps
  limit = 100 steps
}

evaluate {
  every = 25 steps
}

difficulty own {
  score = own_loss
  refresh = every(REFRESH)
}

schedule gentle {
  by = own
  order = easy_first
  pacing = linear(start = 20%, full_at = 60%)
}

schedule forgetful {
  retire = mastered
}

arm easy extends baseline {
  schedule = gentle
}

arm pruned extends baseline {
  schedule = forgetful
}

arm both extends easy {
  gentle.retire = mastered
}

decide {
  control = baseline
  controls = none
  references = none
}
"""


def outlook(folder: Path, refresh: str) -> Outlook:
    plan = compilation(write((Part(FRAGMENT.replace("REFRESH", refresh), ""),), folder)).plan
    assert plan is not None
    return look(plan, folder, offline=True)


@pytest.mark.parametrize(
    ("refresh", "easy", "both"),
    # At 0, 20, 40, 60 and 80 steps, and for leaving at 25, 50 and 75; on one grid at 0, 25, 50 and 75.
    [("20%", 5, 8), ("20 steps", 5, 8), ("25 steps", 4, 4), ("700 steps", 1, 4)],
)
def test_every_look_is_counted_before_it_is_taken(tmp_path: Path, refresh: str, easy: int, both: int) -> None:
    seen = outlook(tmp_path, refresh)
    seeds = len(seen.plan.arms[0].train.seeds)
    (line,) = looking(seen)
    assert line.startswith(f"looks   at most {(easy + both + 3) * seeds:,} at training rows")
    rows = sum(
        len(task.train) * seen.measured[0][seen.names["easy", name]]
        for name, task in seen.of(seen.plan.arm("easy")).items()
    )
    assert f"{(easy + both + 3) * seeds * rows:,.0f} tokens read" in line
    assert line.endswith("not deducted from any arm")


def test_what_looks_decide_is_not_foretold(tmp_path: Path) -> None:
    seen = outlook(tmp_path, "20%")
    pictures = {arm.name: foreseen(arm, seen.forecasts[arm.name]) for arm in seen.plan.arms}
    assert pictures["easy"].of_window == ("easy is what the model found easy when it last looked",)
    assert pictures["easy"].of_mix == pictures["baseline"].of_mix == ()
    batch = seen.plan.arm("pruned").train.batch
    leaves = f"rows that are learnt leave: at most all but {batch} of each pool"
    assert pictures["pruned"].of_mix == pictures["both"].of_mix == (leaves,)
    assert [arm.name for arm in seen.plan.arms if looks(arm)] == ["both", "easy", "pruned"]
    for name in seen.forecasts:
        fall = _fall(seen, name, next(iter(seen.plan.arm(name).tasks)))
        assert (fall == ["?", "?", "?"]) == (name in ("both", "easy", "pruned"))
