"""A rename with `moved` finds the work that was stored under the old name; without it, nothing does."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import tiny
from carried_out import PROGRAM, carried_out
from safetensors import safe_open
from specs import STAGED, TWO_ARMS, changed, plan_of

from currc.compiler.moves import as_stored, past_names, stored_names
from currc.compiler.plan import Plan
from currc.compiler.share import Facts, Shared, base_key, share

DATA = Path(__file__).parent.parent / "curricula" / "data"


def shared(plan: Plan) -> Shared:
    """The work graph of a plan whose sources all hold the same bytes, whatever they are called."""
    models = {base_key(arm): "weights" for arm in plan.arms}
    return share(plan, Facts(dict.fromkeys(plan.sources, "bytes"), models, {"threads": 1}))


def keys(plan: Plan) -> set[str]:
    """The key of every node but the guard, which computes nothing that is kept and says names as they are."""
    return {key for key, node in shared(plan).graph.nodes.items() if node.kind != "guard"}


def moved(before: str, after: str) -> str:
    return f"\nmoved {{\n  from = {before}\n  to = {after}\n}}\n"


def with_word(text: str, old: str, new: str) -> str:
    """The text with one name in place of another, but for paths and placeholders."""
    return re.sub(rf"(?<![{{/])\b{old}\b", new, text)


SHARED_OUT = changed(
    STAGED, ("unimax(epochs = 4)", "shares(route = 70%, product = 30%)\n  weights = fixed(route = 2)")
)


@pytest.mark.parametrize("text", [TWO_ARMS, STAGED, SHARED_OUT], ids=["windows", "stages", "by task"])
@pytest.mark.parametrize(
    ("old", "new"),
    # `a` and `zz` change the alphabetical order of the tasks, in which they are trained.
    [("route", "zz"), ("product", "zz"), ("route", "a"), ("tickets", "rows"), ("tickets_gold", "a")],
)
def test_a_renamed_task_or_source_computes_nothing_anew(text: str, old: str, new: str) -> None:
    renamed = with_word(text, old, new)
    before, after = plan_of(text), plan_of(renamed + moved(old, new))
    assert keys(after) == keys(before)
    assert keys(plan_of(renamed)) != keys(before)


def test_the_trials_of_a_renamed_arm_keep_its_new_name() -> None:
    after = plan_of(with_word(TWO_ARMS, "route", "queue") + moved("route", "queue"))
    made = shared(after)
    assert [trial.arm for trial in made.trials] == [arm.name for arm in after.arms for _ in arm.train.seeds]
    assert made.called == {"route": "queue"}


def test_arms_and_stages_are_in_no_key() -> None:
    before = keys(plan_of(STAGED))
    renamed = with_word(with_word(STAGED, "other", "schooled"), "basics", "first")
    assert keys(plan_of(renamed)) == before
    assert (
        keys(plan_of(renamed + moved("other", "schooled") + moved("school.basics", "school.first"))) == before
    )


def test_a_chain_leads_to_the_first_name() -> None:
    text = with_word(TWO_ARMS, "route", "desk") + moved("route", "queue") + moved("queue", "desk")
    plan = plan_of(text)
    assert past_names(plan.moved, "desk") == ("desk", "queue", "route")
    assert stored_names(plan) == {"desk": "route"}
    assert keys(plan) == keys(plan_of(TWO_ARMS))


def test_the_order_of_the_blocks_does_not_matter() -> None:
    text = with_word(TWO_ARMS, "route", "desk")
    one, other = moved("route", "queue"), moved("queue", "desk")
    assert plan_of(text + one + other).hash() == plan_of(text + other + one).hash()


def test_names_that_no_plan_holds_change_no_plan() -> None:
    renamed = with_word(TWO_ARMS, "reading_load", "load") + moved("reading_load", "load")
    assert plan_of(renamed).hash() == plan_of(TWO_ARMS).hash()


def test_a_plan_without_renames_is_itself() -> None:
    plan = plan_of(STAGED)
    assert as_stored(plan) is plan


SMALL = """edition 2026

model student: encoder {
  base = "bundled:minilm-l6/1"
  freeze = [embeddings]
  max_tokens = 32 tokens
}

source rows {
  path = "pos_gold.jsonl"
  sample = 40 examples
}

source gold {
  path = "pos_train.jsonl"
  sample = 10 examples
}

task pos: classify {
  train = rows
  gold = gold
  prompt = "{gloss}"
  target = "{pos}"
  labels = ["noun", "verb", "adjective", "adverb"]
}

train {
  batch = 4
  seeds = 1
}

budget {
  limit = 3 steps
}

arm plain {
  mix = equal
}
"""


def test_a_run_after_a_rename_finds_everything_and_speaks_of_the_new_name(tmp_path: Path) -> None:
    for name in ("pos_train.jsonl", "pos_gold.jsonl"):
        shutil.copyfile(DATA / name, tmp_path / name)
    spec = tmp_path / "small.curr"
    spec.write_text(SMALL)
    before = carried_out(spec, tmp_path / "runs")
    trained = {path.name for path in (tmp_path / "runs/.store/costs").rglob("*.json")}

    planned = subprocess.run(
        [sys.executable, "-c", PROGRAM, "plan", spec, "--runs", tmp_path / "runs"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "as fast as 1 earlier training of this model" in planned.stdout

    spec.write_text(SMALL.replace("task pos:", "task part_of_speech:"))
    spec.write_text(spec.read_text() + moved("pos", "part_of_speech"))
    after = carried_out(spec, tmp_path / "runs")

    assert {path.name for path in (tmp_path / "runs/.store/costs").rglob("*.json")} == trained
    assert before["tasks"] == [["pos", "accuracy"]]
    assert after["tasks"] == [["part_of_speech", "accuracy"]]
    (one,), (other,) = (found["arms"] for found in (before, after))  # type: ignore[misc]
    assert one["scores"][0]["per_seed"] == other["scores"][0]["per_seed"]
    assert other["scores"][0]["task"] == "part_of_speech"
    folders = sorted((tmp_path / "runs" / "small").iterdir(), key=lambda path: path.stat().st_mtime)
    trials = json.loads((folders[-1] / "trials.json").read_text())
    assert trials[0]["drawn"] == {"part_of_speech": 12}


def test_a_student_is_written_under_the_present_names_of_its_tasks(tmp_path: Path) -> None:
    tiny.bert(tmp_path / "bert")
    student = tiny.made(tiny.encoder_plan(), tmp_path, {"pos": tiny.task("classify", ("a", "b"))})
    student.call({"pos": "part_of_speech"})
    (tmp_path / "winner").mkdir()
    student.save(tmp_path / "winner")
    assert list(json.loads((tmp_path / "winner/heads.json").read_text())["tasks"]) == ["part_of_speech"]
    with safe_open(tmp_path / "winner/heads.safetensors", "np") as tensors:
        assert sorted(tensors.keys()) == ["part_of_speech.bias", "part_of_speech.weight"]
