"""`retire = noisy`: the rows whose labels are most likely wrong leave, and nothing draws them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import test_trials
from hypothesis import given, settings
from hypothesis import strategies as st
from specs import plan_of
from test_order_log import logged as order_of
from test_proxies import only_labels
from test_trials import SPEC, WORDS, Line
from tiny import bert

from currc.runtime.curriculum.retiring.noisy import Noisy
from currc.runtime.data.rows import DataError
from currc.runtime.data.tokens import TokenRows
from currc.runtime.engine.nodes import dynamics, look, order, proxy, retire
from currc.runtime.engine.nodes.retire import STAYS
from currc.runtime.engine.outlook import look as outlook
from currc.runtime.engine.retired import demand_labels, leaves
from currc.runtime.learning import loop
from currc.runtime.reporting.prospect import prospect

ROWS, WRONG = 300, 0.4
RETIRING = """
schedule clean {
  by = size
  order = easy_first
  pacing = linear(start = 30%, full_at = 80%)
  retire = noisy(40%, folds = 2)
}

arm cleaned extends plain {
  schedule = clean
}
"""
LEARNT = (
    only_labels(SPEC)
    .replace("lr = 1e-3", "lr = 3e-3")
    .replace("batch = 4", "batch = 16")
    .replace("12 steps", "120 steps")
)


def flipped(folder: Path) -> list[bool]:
    """Rows whose colour is said in the text, four of ten with another label; which ones those are."""
    rng = np.random.default_rng(5)
    bert(folder / "bert", dropout=0.1)
    wrong: list[bool] = []
    for name, first, last in (("rows", 0, ROWS), ("held", ROWS, ROWS + 30)):
        lines = []
        for i in range(first, last):
            colour = label = int(rng.integers(3))
            if name == "rows":
                wrong.append(bool(rng.random() < WRONG))
                label = (colour + int(rng.integers(1, 3))) % 3 if wrong[-1] else colour
            words = [WORDS[3 + int(rng.integers(4))] for _ in range(int(rng.integers(1, 5)))]
            said = " ".join([WORDS[colour]] * 3)
            text = f"{' '.join(words)} {said} {i}"
            lines.append(json.dumps({"text": text, "colour": WORDS[label], "thing": "cat"}))
        (folder / f"{name}.jsonl").write_text("\n".join(lines) + "\n")
    return wrong


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[bool]]:
    folder = tmp_path_factory.mktemp("flipped")
    return folder, flipped(folder)


@pytest.fixture(autouse=True)
def kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    nodes = {"proxy": proxy, "look": look, "retire": retire, "order": order, "dynamics": dynamics}
    for kind, module in nodes.items():
        monkeypatch.setitem(test_trials.KINDS, kind, module)


doubts = st.lists(st.sampled_from([0.0, 0.1, 0.5, 1.2]), min_size=1, max_size=40)


@given(doubts, st.floats(0.01, 0.99), st.randoms())
@settings(max_examples=100, deadline=None)
def test_the_most_doubtful_leave_wherever_they_stand(found: list[float], share: float, random: Any) -> None:
    noisy, doubt = Noisy(share=share), np.array(found)
    keys = [f"{i * 7919 % 1000:03}" for i in range(len(doubt))]
    stays = noisy.stays(doubt, keys)
    assert len(stays) == len(doubt) - int(share * len(doubt) + 1e-6)
    assert (np.diff(stays) > 0).all()
    gone = np.setdiff1d(np.arange(len(doubt)), stays)
    if len(gone) and len(stays):
        assert doubt[gone].min() >= doubt[stays].max()
    order = np.array(random.sample(range(len(doubt)), len(doubt)))
    again = noisy.stays(doubt[order], [keys[i] for i in order])
    assert {keys[order[i]] for i in again} == {keys[i] for i in stays}


def test_exact_rows() -> None:
    doubt = np.array([0.2, 1.4, 0.9, 0.1, 0.9])
    keys = ["c", "a", "e", "b", "d"]
    assert Noisy(share=0.4).stays(doubt, keys).tolist() == [0, 3, 4]  # of equal doubts the larger key leaves
    assert Noisy(share=0.19).stays(doubt, keys).tolist() == [0, 1, 2, 3, 4]
    assert Noisy(share=0.29).leaving(100) == 29


def test_wrong_labels_are_found_and_never_drawn(
    material: tuple[Path, list[bool]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, wrong = material
    line = Line(folder, LEARNT + RETIRING, tmp_path / "store")
    trial = line.trial("cleaned")
    stage = line.shared.graph.nodes[trial.stages[0]]
    stays = np.load(line.compute(stage.inputs["stays:colour"]) / STAYS)
    rows = TokenRows.open(line.compute(stage.inputs["tokens:colour"]) / "train")
    flips = np.array([wrong[int(prompt.split()[-1])] for prompt in rows.prompts])
    gone = np.setdiff1d(np.arange(len(rows)), stays)
    assert len(gone) == int(0.4 * len(rows))
    # By chance four of ten are wrong, give or take 0.045 for so many; both ways seven errors away.
    assert flips[gone].mean() > 0.75
    assert flips[stays].mean() < 0.25
    reached: list[tuple[int, ...]] = []
    counted = loop.count

    def heard(law: Any, state: Any, batches: Any, losses: Any) -> None:
        batch = batches["colour"]
        reached.extend(tuple(ids.tolist()) for ids in np.split(batch.ids, np.cumsum(batch.lengths)[:-1]))
        counted(law, state, batches, losses)

    monkeypatch.setattr(loop, "count", heard)
    line.scores("cleaned")
    drawn = [one["row"] for one in order_of(line, "cleaned")]
    assert len(drawn) == 120 * 16
    assert set(drawn) == set(stays.tolist())
    # The log names rows by their place among all; the tokens of these rows are what the student was given.
    assert reached == [tuple(rows.row(row).tolist()) for row in drawn]
    # A pool of the easiest 30 % of what stays, by length, is what the first steps come from.
    first = set(drawn[:16])
    lengths = np.sort(rows.lengths[stays])
    assert rows.lengths[sorted(first)].max() <= lengths[int(0.34 * len(stays))]
    assert any(
        one.get("message", "").startswith(f"{len(gone)} of {len(rows)} rows of `colour` leave")
        for one in line.said
    )


def test_controls_keep_it_and_other_arms_and_kinds_do_not(
    material: tuple[Path, list[bool]], tmp_path: Path
) -> None:
    folder, _ = material
    text = (SPEC + RETIRING).replace("controls = none", "controls = auto")
    shared = Line(folder, text, tmp_path / "store").shared
    stays = {
        trial.arm: {
            role: key
            for role, key in shared.graph.nodes[trial.stages[0]].inputs.items()
            if role.startswith("stays:")
        }
        for trial in shared.trials
    }
    assert set(stays) == {"plain", "cleaned", "cleaned~random_order", "cleaned~hard_first"}
    assert stays.pop("plain") == {}
    assert all(found == stays["cleaned"] for found in stays.values())
    assert set(stays["cleaned"]) == {"stays:colour"}
    other = Line(folder, text.replace("40%, folds", "30%, folds"), tmp_path / "store").shared
    kinds = [
        {node.key for node in one.graph.nodes.values() if node.kind == kind}
        for kind in ("score", "retire")
        for one in (shared, other)
    ]
    assert kinds[0] == kinds[1]  # what was scored once is cut at another share
    assert kinds[2].isdisjoint(kinds[3])


def test_finding_them_is_charged_once(material: tuple[Path, list[bool]], tmp_path: Path) -> None:
    folder, _ = material
    text = only_labels(SPEC).replace("match = steps", "match = flops").replace("12 steps", "900_000_000")
    text = (text + RETIRING).replace("score = length", "score = label_noise(folds = 2)")
    line = Line(folder, text, tmp_path / "store")
    graph = line.shared.graph
    inputs = graph.nodes[line.trial("cleaned").stages[0]].inputs
    costs = [key for role, key in inputs.items() if role.startswith("cost:")]
    assert len(costs) == len(set(costs)) == 2
    alone = Line(
        folder,
        text.replace("  by = size\n", "")
        .replace("order = easy_first", "order = shuffled")
        .replace("  pacing = linear(start = 30%, full_at = 80%)\n", ""),
        tmp_path / "store",
    )
    inputs = alone.shared.graph.nodes[alone.trial("cleaned").stages[0]].inputs
    assert sorted(key for role, key in inputs.items() if role.startswith("cost:")) == sorted(costs)
    assert not any(role.startswith("cost:") for role in graph.nodes[line.trial("plain").stages[0]].inputs)


def test_the_plan_counts_the_rows_that_stay(material: tuple[Path, list[bool]]) -> None:
    folder, _ = material
    plan = plan_of(SPEC + RETIRING, folder)
    seen = outlook(plan, folder, offline=True)
    arm = plan.arm("cleaned")
    whole, left = seen.of(arm), seen.remaining(arm)
    rows = len(whole["colour"].train)
    assert leaves(arm, "colour", rows) == int(0.4 * rows)
    assert len(left["colour"].train) == rows - int(0.4 * rows)
    assert len(left["thing"].train) == len(whole["thing"].train)
    assert seen.remaining(plan.arm("plain")) == seen.of(plan.arm("plain"))
    (stage,) = seen.forecasts["cleaned"]
    for one in stage.tasks:
        assert one.epochs == pytest.approx(one.draws / len(left[one.task].train))
    fall = seen.coverage["cleaned"]["colour"]
    assert fall.never + fall.again <= len(left["colour"].train)


@pytest.mark.parametrize(
    ("share", "message"),
    [("0.1%", r"`noisy\(0.001\)` of the \d+ training rows of `colour` is no row")],
)
def test_a_share_of_no_row_is_told_before_anything_trains(
    material: tuple[Path, list[bool]], share: str, message: str
) -> None:
    folder, _ = material
    with pytest.raises(DataError, match=message):
        outlook(plan_of((SPEC + RETIRING).replace("40%", share), folder), folder, offline=True)


def test_a_label_that_would_lose_all_its_rows_is_named() -> None:
    noisy = Noisy(share=0.5)
    with pytest.raises(DataError, match=r"takes all 2 rows of label `b` of `t`, and so for 1 more labels"):
        demand_labels(noisy, "t", ["a", "b", "b", "a", "c"], np.array([0, 3]))
    demand_labels(noisy, "t", ["a", "b", "b", "a"], np.array([0, 1]))


def test_the_plan_says_it(material: tuple[Path, list[bool]]) -> None:
    from currc.runtime.engine.timed import Timed

    folder, _ = material
    seen = outlook(plan_of(SPEC + RETIRING, folder), folder, offline=True)
    rows = len(seen.prepared.tasks["colour"].train)
    said = prospect(seen, Timed(0, 0.0, 0.0, 1))
    assert f"retire  cleaned: {int(0.4 * rows)} of {rows} of colour leave before training" in said
    assert "2 proxy trainings" in said
