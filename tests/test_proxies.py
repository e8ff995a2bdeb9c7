"""Trainings that a score watches, node by node on a BERT of a few thousand weights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_trials import KINDS, SPEC, STAGED, Line, files, material

from currc.compiler.observers import Proxy
from currc.runtime.data.rows import DataError
from currc.runtime.data.tokens import TokenRows
from currc.runtime.engine.context import Context, Diverged, Stopped
from currc.runtime.engine.nodes import look, proxy
from currc.runtime.engine.nodes.proxy import dealt
from currc.runtime.engine.nodes.seen import COST, seen_by
from currc.runtime.learning.proof import OrderBroken

KINDS |= {"proxy": proxy, "look": look}
ORDERED = (
    SPEC
    + """
schedule gentle {
  by = size
  order = easy_first
  pacing = linear(start = 30%, full_at = 80%)
}

arm easy extends plain {
  mix = proportional
  schedule = gentle
}
"""
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return material(tmp_path_factory.mktemp("spec"))


def by(score: str, text: str = ORDERED) -> str:
    return text.replace("score = length", f"score = {score}")


def only_labels(text: str) -> str:
    """The text with its one task of kind `classify` alone."""
    return text[: text.index("task thing")] + text[text.index("difficulty size") :]


def nodes(line: Line, kind: str) -> list[str]:
    return [node.key for node in line.shared.graph.nodes.values() if node.kind == kind]


def asked_of(line: Line, key: str) -> dict[str, Any]:
    found: dict[str, Any] = line.shared.graph.nodes[key].parameters["proxy"]
    return found


def sight(line: Line, key: str, task: str, name: str) -> np.ndarray:
    found: np.ndarray = np.load(line.compute(key) / f"{task}.{name}.npy")
    return found


def test_a_proxy_is_a_plain_trial_that_is_looked_at(folder: Path, tmp_path: Path) -> None:
    """The last look is at the student of a shuffled trial with the same seed, settings and rows."""
    text = by("learnability(at = 100%)").replace("mix = equal", "mix = proportional", 1)
    line = Line(folder, text, tmp_path / "store")
    (key,) = (key for key in nodes(line, "proxy") if asked_of(line, key)["trains"] == "all")
    memory: dict[str, Any] = {}
    line.scores("plain", memory)
    student = memory["trial"][1]
    for task in ("colour", "thing"):
        rows = TokenRows.open(line.compute(line.shared.graph.nodes[key].inputs[f"tokens:{task}"]) / "train")
        losses = sight(line, key, task, "losses")
        assert losses.shape == (1, len(rows))
        np.testing.assert_array_equal(losses[-1], student.row_losses(rows, np.arange(len(rows))))
    assert not (line.compute(key) / "thing.gold.npy").exists()


def test_what_is_seen_of_labels_is_what_the_student_answers(folder: Path, tmp_path: Path) -> None:
    line = Line(folder, by("confidence(looks = 2)", only_labels(ORDERED)), tmp_path / "store")
    (key,) = nodes(line, "proxy")
    loss, gold, margins, errors = (
        sight(line, key, "colour", name) for name in ("losses", "gold", "margins", "errors")
    )
    labels, own = sight(line, key, "colour", "labels"), sight(line, key, "colour", "own")
    assert gold == pytest.approx(np.exp(-loss), rel=1e-6)
    assert labels.sum(1) == pytest.approx(np.ones(len(own)))
    assert labels[np.arange(len(own)), own] == pytest.approx(gold[-1])
    assert ((margins[-1] > 0) == (labels.argmax(1) == own)).all()
    certain = np.eye(labels.shape[1])[own]
    assert errors[-1] == pytest.approx(np.linalg.norm(labels - certain, axis=1))
    (scored,) = nodes(line, "score")
    difficulty = np.load(line.compute(scored) / "colour.npy")
    assert difficulty == pytest.approx(1 - gold.mean(0))


@pytest.mark.parametrize(("word", "parts"), [("cross_review(shards = 3)", 3), ("learnability(parts = 2)", 2)])
def test_a_model_of_some_rows_is_asked_about_the_others(
    folder: Path,
    tmp_path: Path,
    word: str,
    parts: int,
) -> None:
    line = Line(folder, by(word), tmp_path / "store")
    held = [key for key in nodes(line, "proxy") if asked_of(line, key)["trains"] != "all"]
    assert len(held) == parts
    for task in ("colour", "thing"):
        looked = np.array([~np.isnan(sight(line, key, task, "losses")[-1]) for key in held])
        times = {"part": parts - 1, "rest": 1}[asked_of(line, held[0])["trains"]]
        assert (looked.sum(0) == times).all()
        sizes = looked.sum(1) if times == 1 else looked.shape[1] - looked.sum(1)
        assert sizes.max() - sizes.min() <= 1
    for key in held:
        limit = line.shared.graph.nodes[key].parameters["budget"]["limit"]
        assert limit == pytest.approx(12 * asked_of(line, key)["limit"])


def test_rows_are_dealt_by_their_keys_alone() -> None:
    keys = [f"row {i}" for i in range(100)]
    part = dealt(keys, 3)
    assert np.bincount(part).tolist() == [34, 33, 33]
    order = np.random.default_rng(0).permutation(100)
    assert (dealt([keys[i] for i in order], 3) == part[order]).all()
    assert abs(np.corrcoef(part, np.arange(100))[0, 1]) < 0.25


def test_arms_and_scores_share_a_training(folder: Path, tmp_path: Path) -> None:
    """Neither the order, nor the mix, nor the other scores of an arm stand in the proxy's key."""
    text = (
        by("confidence", only_labels(ORDERED))
        + """
difficulty doubt {
  score = mean_of(length, aum, forgetting)
}

schedule harsh {
  by = doubt
  order = hard_first
  pacing = root
}

arm hard extends plain {
  schedule = harsh
}
"""
    )
    line = Line(folder, text, tmp_path / "store")
    assert len(nodes(line, "proxy")) == 1
    assert len(nodes(line, "score")) == 2
    other = Line(folder, text.replace("lr = 1e-3", "lr = 2e-3"), tmp_path / "store")
    assert nodes(other, "proxy") != nodes(line, "proxy")
    longer = text + "\narm slow extends hard {\n  train.lr = 5e-4\n}\n"
    assert len(nodes(Line(folder, longer, tmp_path / "store"), "proxy")) == 2


@pytest.mark.parametrize("at", [1, 2, 4, 6])
def test_stopped_and_gone_on_sees_the_same(folder: Path, tmp_path: Path, at: int) -> None:
    text = by("variability(looks = 3)", only_labels(ORDERED)).replace("limit = 12 steps", "limit = 6 steps")
    whole, hurt = Line(folder, text, tmp_path / "whole"), Line(folder, text, tmp_path / "hurt")
    (key,) = nodes(whole, "proxy")
    steps = iter(range(1, 100))
    hurt.asked = lambda: next(steps) == at
    with pytest.raises(Stopped):
        hurt.compute(key)
    hurt.asked = lambda: False
    assert files(hurt.compute(key)) == files(whole.compute(key))


def test_a_proxy_proves_its_order(folder: Path, tmp_path: Path, monkeypatch: Any) -> None:
    line = Line(folder, by("confidence", only_labels(ORDERED)), tmp_path / "store")
    (key,) = nodes(line, "proxy")
    take = TokenRows.take
    monkeypatch.setattr(TokenRows, "take", lambda self, rows, *more: take(self, rows[::-1], *more))
    with pytest.raises(OrderBroken):
        line.compute(key)


def test_scoring_is_charged_where_arms_are_matched_in_operations(folder: Path, tmp_path: Path) -> None:
    score = by("el2n(seeds = 2, at = 10%)", only_labels(ORDERED))
    text = score.replace("match = steps", "match = flops").replace("limit = 12 steps", "limit = 60_000_000")
    line = Line(folder, text, tmp_path / "store")
    plain, easy = (line.cursor(line.trial(name).stages[-1]) for name in ("plain", "easy"))
    cost = sum(json.loads((line.compute(key) / COST).read_text())["flops"] for key in nodes(line, "proxy"))
    assert plain["at_entry"]["used"]["flops"] == 0
    assert easy["at_entry"]["used"]["flops"] == pytest.approx(cost)
    assert easy["steps"] < plain["steps"]
    assert easy["flops"] == pytest.approx(plain["flops"], rel=0.2)
    steps = Line(folder, score, tmp_path / "store")
    assert steps.cursor(steps.trial("easy").stages[-1])["at_entry"]["used"]["flops"] == 0


def test_scores_that_eat_the_whole_limit_are_told(folder: Path, tmp_path: Path) -> None:
    text = by("el2n(seeds = 5, at = 100%)", only_labels(ORDERED)).replace("match = steps", "match = flops")
    line = Line(folder, text.replace("limit = 12 steps", "limit = 10_000_000"), tmp_path / "store")
    with pytest.raises(DataError, match="the limit is 1e"):
        line.cursor(line.trial("easy").stages[-1])


@pytest.mark.parametrize(
    ("score", "change", "error", "message"),
    [
        ("confidence(looks = 50)", ("", ""), DataError, "12 steps is too short for 50 looks"),
        ("cross_review(shards = 20)", ("sample", ""), DataError, "too few for 20 parts"),
        ("confidence", ("lr = 1e-3", "lr = 1e30"), Diverged, "did not learn: .*not finite"),
    ],
)
def test_a_model_that_cannot_tell_says_why(
    folder: Path,
    tmp_path: Path,
    score: str,
    change: tuple[str, str],
    error: Any,
    message: str,
) -> None:
    text = only_labels(ORDERED)
    if change[0] == "sample":
        text = text.replace('path = "rows.jsonl"', 'path = "rows.jsonl"\n  sample = 12 examples')
    elif change[0]:
        text = text.replace(*change)
    line = Line(folder, by(score, text), tmp_path / "store")
    with pytest.raises(error, match=message):
        line.compute(nodes(line, "proxy")[0])


def test_a_frozen_base_gives_vectors_of_both_sides(folder: Path, tmp_path: Path) -> None:
    line = Line(folder, by("domain_shift(by = embedding)"), tmp_path / "store")
    key = next(key for key in nodes(line, "look") if "colour" in line.shared.graph.nodes[key].name)
    rows, aims = sight(line, key, "colour", "rows"), sight(line, key, "colour", "aims")
    assert rows.shape[1] == aims.shape[1] == 16
    assert len(rows) + len(aims) == 60
    (scored,) = (one for one in nodes(line, "score") if "colour" in line.shared.graph.nodes[one].name)
    centre = aims.mean(0)
    cosine = rows @ centre / np.linalg.norm(rows, axis=1) / np.linalg.norm(centre)
    assert np.load(line.compute(scored) / "colour.npy") == pytest.approx(1 - cosine)


def test_staged_arms_are_scored_too(folder: Path, tmp_path: Path) -> None:
    line = Line(folder, by("learnability(at = 25%)", STAGED), tmp_path / "store")
    assert line.scores("staged")["status"] == "done"


def test_rows_of_several_tasks_are_told_apart_by_their_labels(folder: Path, tmp_path: Path) -> None:
    """`within = all` joins two tasks whose labels differ; neither can be taken for the other's."""
    classified = ORDERED.replace("task thing: extract", "task thing: classify").replace(
        "  metric = exact_match\n", ""
    )
    text = by("label_noise(folds = 2)\n  within = all", classified)
    line = Line(folder, text, tmp_path / "store")
    (scored,) = nodes(line, "score")
    line.compute(scored)
    node = line.shared.graph.nodes[scored]
    asked = [Proxy(parts=2, part=part, trains="rest", limit=0.5) for part in (0, 1)]
    context = Context(node, line.store, tmp_path, {}, {}, print, lambda: False, lambda: None)
    found = [one for _, one in seen_by(asked, context, ["colour", "thing"])]
    labels = np.nanmean([one.labels for one in found], axis=0)
    assert labels.shape == (102, 5)
    assert labels.sum(1) == pytest.approx(np.ones(102))
    assert (labels[:51, 3:] == 0).all()
    assert (labels[51:, :3] == 0).all()
    assert set(found[0].own[51:]) == {3, 4}
