"""The A/A check: twenty real trials of one arm, split at random, must hardly ever have a winner."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from test_end_to_end import SPEC, Desk

from currc.runtime.judging.calibration import Scored, winners_called
from currc.runtime.vocabulary import Vocabulary

TRIALS, SPLITS, MOST = 20, 1000, 0.06


@pytest.mark.nightly
@pytest.mark.parametrize("test", ["crossed", "permutation"])
def test_trials_of_one_arm_have_no_winner(test: str, scored: list[Scored]) -> None:
    built = Vocabulary().build("test", {"word": test, "parameters": {}})
    assert winners_called(scored, built, repeats=SPLITS) <= MOST  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> list[Scored]:
    desk = Desk(tmp_path_factory.mktemp("null"), null_spec())
    code, _, err = desk.run()
    assert code == 0, err
    return scores(desk.store)


def null_spec() -> str:
    """The small desk with one arm, twenty seeds and nothing to decide."""
    text = SPEC[: SPEC.index("arm easy")].replace("seeds = 2", f"seeds = {TRIALS}")
    begin, end = text.index("difficulty"), text.index("train {\n  batch")
    return text[:begin] + text[end:].rstrip() + "\n"


def scores(store: Path) -> list[Scored]:
    """The gold scores of all trials, each task with half of the weight."""
    found = [json.loads(path.read_text()) for path in sorted(store.glob("nodes/*/*/scores.json"))]
    assert len(found) == TRIALS
    own = {"pos": "accuracy", "genus": "exact_match"}
    return [
        Scored(
            task,
            0.5,
            tuple(found[0]["rows"][task]),
            np.array([one["scores"][task][word] for one in found]),
        )
        for task, word in own.items()
    ]
