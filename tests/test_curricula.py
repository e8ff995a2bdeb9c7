"""The specs that ship are run as they stand, and what they are there to show is asserted."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from carried_out import carried_out

from currc.compiler.compile import compiled
from currc.compiler.format import format_text
from currc.compiler.source import Source
from currc.runtime.vocabulary import Vocabulary

FOLDER = Path(__file__).parent.parent / "curricula"
SPECS = sorted(FOLDER.glob("*.curr"))


@cache
def results(name: str, runs: Path) -> dict[str, Any]:
    """`results.json` of a shipped spec, run through the command."""
    return carried_out(FOLDER / f"{name}.curr", runs)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


def arm(found: dict[str, Any], name: str) -> dict[str, Any]:
    return next(one for one in found["arms"] if one["name"] == name)


def mean(found: dict[str, Any], name: str, task: str) -> float:
    value = next(one["mean"] for one in arm(found, name)["scores"] if one["task"] == task)
    assert isinstance(value, float)
    return value


@pytest.mark.parametrize("spec", SPECS, ids=lambda path: path.stem)
def test_a_shipped_spec_compiles_is_formatted_and_says_what_it_needs(spec: Path) -> None:
    text = spec.read_text()
    plan, _, complaints = compiled(text, Vocabulary(), name=str(spec), root=spec.parent)
    assert plan is not None, [one.message for one in complaints]
    assert format_text(Source(spec.name, text)) == text
    header = text.split("edition", 1)[0]
    for said in ("# Needs:", "# Took:", "# Decision:"):
        assert said in header, f"the header of {spec.name} lacks `{said}`"


def test_a_twin_helps_noise_hurts_and_blocks_hurt(tmp_path: Path) -> None:
    """The signs, with two of the six seeds; the verdicts are the nightly test's."""
    shutil.copytree(FOLDER / "data", tmp_path / "data")
    text = (FOLDER / "twin_and_noise.curr").read_text()
    alone = "control = with_stranger"
    fewer = text.replace("seeds = 6", "seeds = 2").replace(alone, f"{alone}\n  references = none")
    (tmp_path / "few.curr").write_text(fewer)
    found = carried_out(tmp_path / "few.curr", tmp_path / "runs")
    gains = {one["name"]: one["difference"]["estimate"] for one in found["arms"] if one["difference"]}
    assert gains["with_twin"] > 0.05
    assert gains["with_noise"] < -0.05
    # The control has the same totals of each task without stages: it is the blocks that hurt.
    assert gains["task_by_task"] < -0.1


@pytest.mark.nightly
def test_the_verdicts_of_known_truths(runs: Path) -> None:
    found = results("twin_and_noise", runs)
    outcomes = {name: arm(found, name)["outcome"] for name in ("with_twin", "with_noise", "task_by_task")}
    assert outcomes == {"with_twin": "better", "with_noise": "worse", "task_by_task": "worse"}


@pytest.mark.nightly
def test_a_rare_task_is_at_chance_by_size_and_recovered_by_unimax(runs: Path) -> None:
    found = results("imbalance", runs)
    always_the_commonest = 0.27
    assert mean(found, "by_size", "topic") < always_the_commonest + 0.06
    assert mean(found, "recovered", "topic") > always_the_commonest + 0.12
    assert (found["decision"]["verdict"], found["decision"]["arm"]) == ("keep arm", "recovered")


@pytest.mark.nightly
def test_the_quickstart_learns_and_says_what_its_header_says(runs: Path) -> None:
    found = results("quickstart", runs)
    chance = {"pos": 0.458, "topic": 0.270, "genus": 0.453, "syllables": 0.333}
    for task, level in chance.items():
        assert mean(found, "shuffled", task) > level + 0.1
    header = (FOLDER / "quickstart.curr").read_text().split("edition", 1)[0]
    assert found["decision"]["verdict"] in header


@pytest.mark.nightly
def test_one_model_summarises_better_than_the_lead(runs: Path) -> None:
    found = results("one_model", runs)
    assert max(mean(found, name, "docsum") for name in ("shuffled", "easy")) > 0.242


@pytest.mark.nightly
def test_rows_in_little_doubt_help_where_labels_are_wrong_and_it_is_their_order(runs: Path) -> None:
    found = results("noisy_labels", runs)
    gains = {one["name"]: one["difference"]["estimate"] for one in found["arms"] if one["difference"]}
    assert arm(found, "surest_first")["outcome"] == "better"
    assert gains["surest_first"] - gains["surest_first~random_order"] > 0.1
    assert gains["surest_first~hard_first"] < -0.15
    assert found["decision"]["verdict"] == "keep arm"


@pytest.mark.nightly
def test_stacked_skills_learn_what_they_build_on_and_say_what_the_header_says(runs: Path) -> None:
    found = results("skill_stacking", runs)
    for name in ("together", "prerequisite_first", "prerequisite_first~all_tasks"):
        assert mean(found, name, "clan") > 0.95
        assert mean(found, name, "kin") > 0.85
    header = (FOLDER / "skill_stacking.curr").read_text().split("edition", 1)[0]
    assert found["decision"]["verdict"] in header
