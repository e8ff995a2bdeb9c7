"""Whole trials, node by node in this process, on a BERT of a few thousand weights."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from carried_out import ran
from specs import codes, plan_of
from tiny import bert

from currc.compiler.codes import Code
from currc.compiler.graph import Node
from currc.compiler.share import Facts, Shared, Trial, base_key, share
from currc.runtime.data.prepare import prepare
from currc.runtime.data.rows import DataError
from currc.runtime.data.sources import source_digest
from currc.runtime.engine.context import Context, Stopped
from currc.runtime.engine.forecast import stages
from currc.runtime.engine.nodes import SCORES, evaluate, guard, read, score, tokenize, train, windows
from currc.runtime.engine.store import Store
from currc.runtime.learning.state import CURSOR, TENSORS

KINDS: dict[str, Any] = {
    "read": read, "tokenize": tokenize, "score": score, "guard": guard, "windows": windows, "train": train,
    "evaluate": evaluate,
}  # fmt: skip
WORDS = ["red", "green", "blue", "a", "the", "one", "two", "cat", "dog", "sat", "on", "mat", "big", "old"]

SPEC = """edition 2026

model student: encoder {
  base = "./bert"
}

source rows {
  path = "rows.jsonl"
}

source held {
  path = "held.jsonl"
}

task colour: classify {
  train = rows
  gold = held
  prompt = "{text}"
  target = "{colour}"
}

task thing: extract {
  train = rows
  gold = held
  prompt = "{text}"
  target = "{thing}"
  metric = exact_match
}

difficulty size {
  score = length
}

train {
  batch = 4
  lr = 1e-3
  seeds = 1
}

budget {
  match = steps
  limit = 12 steps
}

evaluate {
  every = 25%
}

arm plain {
  mix = equal
}

decide {
  control = plain
  controls = none
  references = none
}
"""
STAGES = """
schedule course {
  by = size
  order = easy_first

  stage first {
    tasks = [colour]
    take = 0% .. 50%
    max = 50%
  }

  stage second {
    after = first
    replay = 20%
  }
}
"""
STAGED = SPEC + STAGES + "\narm staged extends plain {\n  schedule = course\n}\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return material(tmp_path_factory.mktemp("spec"))


def material(made: Path) -> Path:
    """The folder with a small model and its rows."""
    bert(made / "bert", dropout=0.1)
    for name, first, last in (("rows", 0, 60), ("held", 60, 80)):
        lines = []
        for i in range(first, last):
            colour, thing = WORDS[i % 3], WORDS[7 + i % 2]
            words = [WORDS[3 + (i * k) % 4] for k in range(1, 2 + i % 5)]
            text = f"{' '.join(words)} {colour} {thing} {i}"
            lines.append(json.dumps({"text": text, "colour": colour, "thing": thing}))
        (made / f"{name}.jsonl").write_text("\n".join(lines) + "\n")
    return made


class Line:
    """A spec's graph and a store, computed node by node as one worker would."""

    def __init__(self, folder: Path, text: str, store: Path) -> None:
        plan = plan_of(text, folder)
        facts = Facts(
            {name: source_digest(source, folder) for name, source in plan.sources.items()},
            {base_key(arm): "bert" for arm in plan.arms},
            {"device": "cpu", "threads": 1, "precision": "fp32", "packing": "auto", "compile": "auto"},
        )
        self.shared: Shared = share(plan, facts)
        self.store = Store(store)
        self.settings = {"root": str(folder), "cache": str(store / "models"), "known": {}}
        self.asked: Callable[[], bool] = lambda: False
        self.said: list[Any] = []

    def compute(self, key: str, memory: dict[str, Any] | None = None) -> Path:
        """The node's folder; what it needs comes first. `memory` as in one job, else each for itself."""
        node = self.shared.graph.nodes[key]
        if not self.store.has(key):
            for inner in node.inputs.values():
                self.compute(inner, memory)
            self.store.publish(key, lambda place: self._build(node, place, {} if memory is None else memory))
        return self.store.open(key)

    def _build(self, node: Node, place: Path, memory: dict[str, Any]) -> None:
        context = Context(
            node,
            self.store,
            place,
            memory,
            self.settings,
            self.said.append,
            lambda: self.asked(),
            lambda: None,
        )
        KINDS[node.kind].run(node, context)

    def trial(self, arm: str, seed: int = 0) -> Trial:
        (found,) = [one for one in self.shared.trials if (one.arm, one.seed) == (arm, seed)]
        return found

    def cursor(self, key: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.compute(key) / CURSOR).read_text())
        return found

    def scores(self, arm: str, memory: dict[str, Any] | None = None) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(
            (self.compute(self.trial(arm).scores, memory) / SCORES).read_text()
        )
        return found


def promoted(text: str, condition: str, hold: int) -> str:
    """The text with a first stage that may end before its `max`, by a further metric of `colour`."""
    guard = f"    promote {{\n      {condition}\n      hold = {hold} evals\n    }}"
    text = text.replace('target = "{colour}"', 'target = "{colour}"\n  also = [macro_f1]')
    return text.replace("    max = 50%", f"    max = 70%\n\n{guard}")


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "manifest.json"}


def test_one_process_and_many_give_the_same_bytes(folder, tmp_path):
    """The state goes from stage to stage in memory, or by the store; the scores likewise."""
    one, many = Line(folder, STAGED, tmp_path / "one"), Line(folder, STAGED, tmp_path / "many")
    trial = one.trial("staged")
    memory: dict[str, Any] = {}
    one.scores("staged", memory)
    many.scores("staged")
    for key in (*trial.stages, trial.scores):
        assert files(one.store.open(key)) == files(many.store.open(key))
    assert one.cursor(trial.stages[-1])["ends"] == [6.0, 12.0]


def test_two_arms_that_share_a_stage_end_as_if_they_did_not(folder, tmp_path):
    text = STAGED + "\narm other extends plain {\n  schedule = course\n  course.second.lr_scale = 0.5\n}\n"
    both = Line(folder, text, tmp_path / "both")
    assert both.trial("staged").stages[0] == both.trial("other").stages[0]
    memory: dict[str, Any] = {}
    both.scores("staged", memory)
    both.scores("other", memory)  # begins from the store: the memory is of the other arm's end
    alone = Line(folder, text, tmp_path / "alone")
    alone.scores("other", {})
    for key in (*alone.trial("other").stages, alone.trial("other").scores):
        assert files(both.store.open(key)) == files(alone.store.open(key))
    assert files(both.store.open(both.trial("staged").stages[1])) != files(
        both.store.open(both.trial("other").stages[1])
    )


@pytest.mark.parametrize("at", [1, 3, 6, 7, 12])
def test_stopped_and_gone_on_gives_the_same_bytes(folder, tmp_path, at):
    """Step 3 is one of validation, 6 the end of a stage, 12 that of the trial."""
    whole = Line(folder, STAGED, tmp_path / "whole")
    hurt = Line(folder, STAGED, tmp_path / "hurt")
    trial = whole.trial("staged")
    whole.scores("staged")
    steps = iter(range(1, 100))
    hurt.asked = lambda: next(steps) == at
    with pytest.raises(Stopped):
        hurt.scores("staged")
    stopped = trial.stages[0] if at <= 6 else trial.stages[1]
    saved = hurt.store.checkpoints(stopped).latest()
    assert saved is not None
    assert saved.step == at
    assert len(json.loads((saved.folder / CURSOR).read_text())["evaluations"]) == at // 3
    hurt.asked = lambda: False
    hurt.scores("staged")
    for key in (*trial.stages, trial.scores):
        assert files(hurt.store.open(key)) == files(whole.store.open(key))
    assert hurt.store.checkpoints(stopped).latest() is None


LOOKING = STAGED.replace("score = length", "score = own_loss\n  refresh = every(2 steps)").replace(
    "  order = easy_first", "  order = easy_first\n  retire = mastered(evals = 1, loss = 1.2)"
)


def test_a_trial_that_looks_at_its_rows_ends_alike_however_it_was_run(folder, tmp_path):
    """In one process, stage by stage from the store, and stopped between two looks of each stage."""
    whole, apart, hurt = (Line(folder, LOOKING, tmp_path / name) for name in ("whole", "apart", "hurt"))
    trial = whole.trial("staged")
    whole.scores("staged", {})
    apart.scores("staged")
    steps = iter(range(1, 100))
    hurt.asked = lambda: next(steps) in (5, 10)
    for _ in range(2):
        with pytest.raises(Stopped):
            hurt.scores("staged")
    hurt.asked = lambda: False
    hurt.scores("staged")
    for key in (*trial.stages, trial.scores):
        assert files(whole.store.open(key)) == files(apart.store.open(key)) == files(hurt.store.open(key))
    cursor = whole.cursor(trial.stages[-1])
    assert [steps for _, _, steps, *_ in cursor["looks"]] == [0, 2, 3, 4, 6, 8, 9, 10]
    assert any("leave at" in line for line in cursor["promotions"])
    still = Line(folder, LOOKING.replace("every(2 steps)", "every(90 steps)"), tmp_path / "still")
    assert still.cursor(still.trial("staged").stages[-1])["order"] != cursor["order"]


def test_only_the_arm_and_its_mirror_pay_for_looks(folder, tmp_path):
    text = LOOKING.replace("controls = none", "controls = [random_order, hard_first]")
    text = text.replace("\n  retire = mastered(evals = 1, loss = 1.2)", "")
    line = Line(folder, text, tmp_path / "store")
    looks = {
        name: len(line.cursor(line.trial(name).stages[-1])["looks"])
        for name in ("staged", "staged~random_order", "staged~hard_first", "plain")
    }
    assert looks == {"staged": 6, "staged~random_order": 0, "staged~hard_first": 6, "plain": 0}


def test_totals_of_an_arm_are_the_rates_of_its_control(folder, tmp_path):
    text = STAGED.replace("controls = none", "controls = [all_tasks]")
    line = Line(folder, text, tmp_path / "store")
    arm = line.cursor(line.trial("staged").stages[-1])
    control = line.cursor(line.trial("staged~all_tasks").stages[-1])
    assert control["steps"] == arm["steps"] == 12
    assert arm["drawn"]["colour"] > 1.5 * arm["drawn"]["thing"]
    for task, draws in arm["drawn"].items():
        assert abs(control["drawn"][task] - draws) <= 2


ADAPTIVE = """
schedule search {
  stage learn {
    mix = gap(floor = 10%)
    max = 50%
  }

  stage train {
    after = learn
    mix = learned
  }
}

arm moving extends plain {
  mix = odm(warmup = 0%)
}

arm learnt extends plain {
  schedule = search
}
"""


def test_a_mean_mix_is_that_of_the_arm_held_fixed(folder, tmp_path):
    text = (SPEC + ADAPTIVE).replace("controls = none", "controls = [proportional, mean_mix]")
    line = Line(folder, text, tmp_path / "store")
    for name, changes in (("moving", 13), ("learnt", 4)):
        arm = line.cursor(line.trial(name).stages[-1])
        control = line.cursor(line.trial(f"{name}~mean_mix").stages[-1])
        assert len(arm["mix"]) == changes
        assert control["ends"] == arm["ends"]
        assert control["order"] != arm["order"]
        assert [list(rates) for _, at, rates, _ in control["mix"] if at == 0] == [
            pytest.approx(list(mean.values())) for mean in arm["mean_mix"]
        ]
        by_size = line.cursor(line.trial(f"{name}~proportional").stages[-1])
        assert all(rates == pytest.approx([0.5, 0.5]) for _, _, rates, _ in by_size["mix"])
        assert line.scores(name)["status"] == "done"


def test_a_gap_is_to_what_the_model_reaches_on_the_task_alone(folder, tmp_path):
    text = (SPEC + ADAPTIVE).replace("references = none", "references = [single_task]")
    line = Line(folder, text, tmp_path / "store")
    reached = {}
    for task, metric in (("colour", "accuracy"), ("thing", "exact_match")):
        alone = line.cursor(line.trial(f"single_task~{task}").stages[-1])
        reached[task] = alone["evaluations"][-1]["scores"][f"{task}.{metric}"][0]
    cursor = line.cursor(line.trial("learnt").stages[0])
    scores = cursor["evaluations"][0]["scores"]
    gaps = [
        max(reached["colour"] - scores["colour.accuracy"][0], 1 / 20),
        max(reached["thing"] - scores["thing.exact_match"][0], 1 / 20),
    ]
    assert reached["colour"] < 1.0
    rates = [rates for stage, at, rates, _ in cursor["mix"] if (stage, at) == (0, 12)]
    assert rates == [pytest.approx(np.clip(gaps / np.sum(gaps), 0.1, 0.9).tolist())]


def test_the_rates_learnt_in_a_stage_are_kept_in_the_next(folder, tmp_path):
    line = Line(folder, SPEC + ADAPTIVE, tmp_path / "store")
    cursor = line.cursor(line.trial("learnt").stages[-1])
    (kept,) = [rates for stage, _, rates, _ in cursor["mix"] if stage == 1]
    assert kept == pytest.approx(list(cursor["mean_mix"][0].values()))
    assert kept != pytest.approx([0.5, 0.5])


def test_an_adaptive_mix_that_is_stopped_goes_on_as_if_it_had_not_been(folder, tmp_path):
    whole, hurt = (Line(folder, SPEC + ADAPTIVE, tmp_path / name) for name in ("whole", "hurt"))
    trial = whole.trial("moving")
    whole.scores("moving")
    for at in (2, 5):
        steps = iter(range(1, 100))
        hurt.asked = lambda steps=steps, at=at: next(steps) == at
        with pytest.raises(Stopped):
            hurt.scores("moving")
    hurt.asked = lambda: False
    hurt.scores("moving")
    assert files(hurt.store.open(trial.stages[0])) == files(whole.store.open(trial.stages[0]))


def test_classes_that_are_drawn_apart_come_in_another_order(folder, tmp_path):
    line = Line(
        folder, SPEC + "\narm even extends plain {\n  colour.classes = equal\n}\n", tmp_path / "store"
    )
    plain, even = (line.cursor(line.trial(arm).stages[0]) for arm in ("plain", "even"))
    assert even["order"] != plain["order"]
    assert even["drawn"] == plain["drawn"]
    assert {name for name in even["turns"] if name.startswith("colour")} == {f"colour/{i}" for i in range(3)}


def test_a_yoked_control_replays_the_stages_ends(folder, tmp_path):
    text = STAGED.replace("controls = none", "controls = [random_order, hard_first]")
    line = Line(folder, promoted(text, "when colour.macro_f1 >= 0", 1), tmp_path / "store")
    arm = line.cursor(line.trial("staged").stages[-1])
    assert arm["ends"] == [3.0, 12.0]
    assert "`colour.macro_f1`" in arm["promotions"][0]
    for word in ("random_order", "hard_first"):
        control = line.cursor(line.trial(f"staged~{word}").stages[-1])
        assert control["ends"] == arm["ends"]
        assert control["order"] != arm["order"]


PACED = """
schedule course {
  PACED
}

arm paced extends plain {
  schedule = course
}
"""


def test_inputs_grow_longer_within_a_budget_of_tokens(folder, tmp_path):
    """The same tokens buy more steps while inputs are short."""
    tokens = SPEC.replace("match = steps\n  limit = 12 steps", "match = tokens\n  limit = 900 tokens")
    tokens = tokens.replace('base = "./bert"', 'base = "./bert"\n  max_tokens = 12 tokens')
    paced = PACED.replace("PACED", "pacing = sequence_length(start = 4 tokens, full_at = 100%, grain = 1)")
    line = Line(folder, tokens + paced, tmp_path / "store")
    plain, mine = (line.cursor(line.trial(arm).stages[-1]) for arm in ("plain", "paced"))
    assert mine["steps"] > plain["steps"]
    assert 900 <= mine["tokens"] < 960
    # A node of its own, as these rows say what may go: the plain arm's do not.
    inputs = [line.shared.graph.nodes[line.trial(arm).stages[-1]].inputs for arm in ("plain", "paced")]
    limits = [(line.store.open(one["tokens:colour"]) / "train" / "limits.npy").exists() for one in inputs]
    assert limits == [False, True]
    assert line.scores("paced")["status"] == "done"


def test_a_pool_that_follows_validation_and_its_control(folder, tmp_path):
    follows = "by = size\n  order = easy_first\n  pacing = adaptive_competence("
    follows += "metric = colour.loss, base = 1.3, goal = 1.0, start = 20%)"
    text = SPEC.replace("controls = none", "controls = [random_order]").replace("lr = 1e-3", "lr = 1e-2")
    text = text.replace('target = "{colour}"', 'target = "{colour}"\n  also = [loss]')
    line = Line(folder, text + PACED.replace("PACED", follows), tmp_path / "store")
    arm, control = (line.cursor(line.trial(name).stages[-1]) for name in ("paced", "paced~random_order"))
    assert [steps for steps, _, _ in arm["paces"]] == [3, 6, 9, 12]
    losses = [one["scores"]["colour.loss"][0] for one in arm["evaluations"]]
    best = [min(losses[: i + 1]) for i in range(4)]
    expected = [min(1.0, max(0.2, (1.3 - loss) / 0.3)) for loss in best]
    assert [share for _, _, share in arm["paces"]] == pytest.approx(expected)
    assert 0.2 < expected[0] < 1.0
    # The control keeps no record of its own: it opens what its parent did, in another order.
    assert control["paces"] == []
    assert control["order"] != arm["order"]


def test_a_guard_may_ask_for_a_further_metric(folder, tmp_path):
    line = Line(folder, promoted(STAGED, "when colour.macro_f1 >= 0", 2), tmp_path / "store")
    cursor = line.cursor(line.trial("staged").stages[0])
    assert cursor["ends"] == [6.0]
    assert {name for one in cursor["evaluations"] for name in one["scores"]} == {
        "colour.accuracy",
        "colour.macro_f1",
        "thing.exact_match",
    }


def test_what_was_forecast_is_drawn(folder, tmp_path):
    """Twelve steps of four rows: six of one task, then six in which a fifth replays that task."""
    plan = plan_of(STAGED, folder)
    arm = plan.arm("staged")
    rows = prepare(arm.tasks, plan.sources, folder).tasks
    first, second = stages(plan, arm, rows, dict.fromkeys(rows, np.ones(1)))
    assert [(one.task, one.draws) for one in first.tasks] == [("colour", 24.0)]
    assert {one.task: one.draws for one in second.tasks} == pytest.approx({"colour": 14.4, "thing": 9.6})
    assert {one.task: one.replayed for one in second.tasks} == pytest.approx({"colour": 4.8, "thing": 0.0})
    drawn = Line(folder, STAGED, tmp_path / "store")
    found = drawn.cursor(drawn.trial("staged").stages[-1])["drawn"]
    assert found["colour"] == pytest.approx(24 + 14.4, abs=1.5)
    assert found["thing"] == pytest.approx(9.6, abs=1.5)


def test_gold_rows_that_are_nearly_trained_on_are_told_before_anything_trains(tmp_path):
    text = "the red cat sat on a big old mat and the green dog sat on one"
    bert(tmp_path / "bert")
    for name, rows in {
        "rows": [f"{text} mat {i}" for i in range(30)],
        "held": [f"{text} {text}"] * 2,
    }.items():
        lines = [json.dumps({"text": row, "colour": "red", "thing": "cat"}) for row in rows]
        (tmp_path / f"{name}.jsonl").write_text("\n".join(lines) + "\n")
    line = Line(tmp_path, STAGED, tmp_path / "store")
    line.compute(line.shared.guard)
    told = [one["message"].splitlines() for one in line.said if one["event"] == "warned"]
    assert [lines[0] for lines in told] == [
        "2 of 2 gold rows are nearly in training data (currc explain W0401)"
    ]


def test_a_window_without_rows_is_refused_before_anything_trains(folder, tmp_path):
    line = Line(folder, STAGED.replace("take = 0% .. 50%", "take = 50% .. 50.5%"), tmp_path / "store")
    with pytest.raises(DataError) as refused:
        line.compute(line.shared.guard)
    assert refused.value.code is Code.EMPTY_WINDOW
    assert "stage `first` of arm `staged` takes 50% .. 50.5% of `colour`, which is none of its" in str(
        refused
    )


ACROSS = (
    STAGED.replace("score = length", "score = length\n  within = all")
    .replace("tasks = [colour]", "tasks = [colour, thing]")
    .replace(
        '"{text}"\n  target = "{thing}"',
        '"is there some thing that is named in this text: {text}"\n  target = "{thing}"',
    )
)


def test_a_window_that_only_scores_show_to_be_empty_is_refused(folder, tmp_path):
    line = Line(folder, ACROSS.replace("take = 0% .. 50%", "take = 0% .. 40%"), tmp_path / "store")
    with pytest.raises(DataError) as refused:
        line.compute(line.shared.windows["staged"])
    assert refused.value.code is Code.EMPTY_WINDOW
    assert "stage `first` of arm `staged` takes 0% .. 40% of `thing`, whose 51 rows lie at" in str(
        refused.value
    )
    wide = Line(folder, ACROSS.replace("take = 0% .. 50%", "take = 0% .. 90%"), tmp_path / "store")
    wide.compute(wide.shared.windows["staged"])


def test_a_run_with_an_empty_window_trains_nothing(folder, tmp_path):
    """The score asks a model, so that nothing but the run can tell."""
    spec = folder / "across.curr"
    narrow = ACROSS.replace("score = length", "score = learnability")
    spec.write_text(narrow.replace("take = 0% .. 50%", "take = 0% .. 0.3%"))
    done = ran(spec, tmp_path / "runs")
    assert done.returncode == 65, done.stderr
    assert "C0431" in done.stderr
    assert not list((tmp_path / "runs" / ".store").rglob(TENSORS))


def test_tasks_enter_in_a_trial_as_its_record_says(folder, tmp_path):
    """`colour` never reaches 2, so `thing` enters after half of the 12 steps."""
    stacked = SPEC.replace('"{thing}"', '"{thing}"\n  requires = [colour]')
    stacked = stacked.replace("difficulty size {\n  score = length\n}\n", "").replace(
        "every = 25%", "every = 10%"
    )
    stacked += (
        "\nschedule skills {\n  order = skill_stacking(threshold = 2)\n}\n"
        "\narm stacked extends plain {\n  schedule = skills\n}\n"
    )
    line = Line(folder, stacked, tmp_path / "store")
    assert line.scores("stacked")["status"] == "done"
    cursor = line.cursor(line.trial("stacked").stages[-1])
    assert [one[:2] for one in cursor["entered"]] == [["colour", 0], ["thing", 6]]
    assert cursor["drawn"]["thing"] == pytest.approx(12, abs=2)
    assert sum(cursor["drawn"].values()) == 48


def test_a_single_task_trains_on_as_many_of_its_own_draws(folder, tmp_path):
    text = STAGED.replace("references = none", "references = [single_task]")
    line = Line(folder, text, tmp_path / "store")
    control = line.cursor(line.trial("plain").stages[-1])
    for task in ("colour", "thing"):
        alone = line.cursor(line.trial(f"single_task~{task}").stages[-1])
        draws = control["drawn"][task]
        assert alone["drawn"] == {task: alone["examples"]}
        assert draws <= alone["examples"] < draws + 4
        assert len(alone["evaluations"]) == 4
        assert line.scores(f"single_task~{task}")["scores"].keys() == {task}


def test_words_that_remember_differ_between_stages(folder, tmp_path):
    text = STAGED.replace("    replay = 20%", "    weights = uncertainty")
    one, many = Line(folder, text, tmp_path / "one"), Line(folder, text, tmp_path / "many")
    one.scores("staged", {})
    many.scores("staged")
    last = one.trial("staged").stages[-1]
    assert files(one.store.open(last)) == files(many.store.open(last))
    assert b"memory/weights/s" in files(one.store.open(last))[TENSORS]


def test_tasks_without_validation_rows(folder, tmp_path):
    text = STAGED.replace('target = "{colour}"', 'target = "{colour}"\n  validation = none')
    line = Line(folder, text, tmp_path / "store")
    cursor = line.cursor(line.trial("plain").stages[0])
    # The other task holds out rows of the same source, so these rows train neither.
    assert {name for one in cursor["evaluations"] for name in one["scores"]} == {"thing.exact_match"}
    none = text.replace('target = "{thing}"', 'target = "{thing}"\n  validation = none')
    blind = Line(folder, none, tmp_path / "blind")
    assert blind.cursor(blind.trial("plain").stages[0])["evaluations"] == []
    assert blind.scores("plain")["status"] == "done"


def test_a_trial_that_diverges_says_so_and_has_no_scores(folder, tmp_path):
    line = Line(folder, STAGED.replace("lr = 1e-3", "lr = 1e30"), tmp_path / "store")
    found = line.scores("staged")
    assert found["status"] == "diverged"
    assert found["scores"] == {}
    assert "not finite" in found["cursor"]["promotions"][-1]


def test_a_trial_out_of_time_says_so_over_resumes(folder, tmp_path, monkeypatch):
    """The clock counts the seconds of every attempt: a trial that is stopped again and again ends."""
    text = STAGED.replace("limit = 12 steps", "limit = 12 steps\n  time = 100 s")
    line = Line(folder, text, tmp_path / "store")
    key = line.trial("plain").stages[0]
    now = [0.0]
    monkeypatch.setattr(train.time, "monotonic", lambda: now[0])

    def later() -> bool:
        now[0] += 30.0
        return now[0] % 60.0 == 0.0

    line.asked = later
    attempts = 0
    while not line.store.has(key):
        attempts += 1
        assert attempts < 20
        try:
            line.compute(key)
        except Stopped:
            continue
    cursor = line.cursor(key)
    assert cursor["status"] == "out_of_time"
    assert attempts > 1
    assert cursor["steps"] < 12
    assert line.scores("plain")["scores"] == {}


def test_an_encoder_cannot_answer_a_task_that_it_never_trains():
    text = SPEC.replace("task thing: extract {\n  train = rows\n", "task thing: extract {\n")
    assert Code.UNFIT_PAIR.value in codes(text)
    causal = text.replace("model student: encoder", "model student: causal")
    assert Code.UNFIT_PAIR.value not in codes(causal)
