"""The whole line on a real encoder and real rows: run, run again, stop, kill, edit.

The rows are those of the dictionary desk. Always `noun` is right for 46 % of all `pos`
rows, always the second word for 45 % of all `genus` rows (`curricula/quickstart.curr`).
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

HERE = Path(__file__).parent
DATA = HERE.parent / "curricula" / "data"
GOLD = 100
"""Gold rows a task."""
CHANCE = {"pos.accuracy": 0.46, "genus.exact_match": 0.45}

SPEC = """edition 2026

model student: encoder {
  base = "bundled:minilm-l6/2"
  freeze = [embeddings, layers(0 .. 0)]
  max_tokens = 48 tokens
}

source pos_train {
  path = "data/pos_train.jsonl"
}

source pos_gold {
  path = "data/pos_gold.jsonl"
}

source genus_train {
  path = "data/genus_train.jsonl"
}

source genus_gold {
  path = "data/genus_gold.jsonl"
}

task pos: classify {
  train = pos_train
  gold = pos_gold
  prompt = "{gloss}"
  target = "{pos}"
  also = [macro_f1]
}

task genus: extract {
  train = genus_train
  gold = genus_gold
  prompt = "{gloss}"
  target = "{genus}"
  metric = exact_match
}

difficulty reading_load {
  score = mean_of(length, rarity)
}

schedule gentle {
  by = reading_load
  order = easy_first
  pacing = root(start = 20%, full_at = 60%)
}

train {
  batch = 16
  lr = 3e-3
  seeds = 2
}

budget {
  match = tokens
  limit = 3_000 tokens
}

evaluate {
  every = 25%
  subset = 16
}

arm plain {
  mix = equal
}

arm easy extends plain {
  schedule = gentle
}

decide {
  control = plain
  controls = none
  references = none
}
"""

STAGED = """schedule gentle {
  by = reading_load
  order = easy_first

  stage nouns_and_verbs {
    tasks = [pos]
    take = 0% .. 60%
    max = 60%

    promote {
      when pos.macro_f1 >= 0.05
      hold = 1 evals
    }
  }

  stage everything {
    after = nouns_and_verbs
    replay = 10%
  }
}
"""


class Desk:
    """A folder with the spec and its rows, and the runs that come of them."""

    def __init__(self, root: Path, text: str = SPEC) -> None:
        self.root = root
        (root / "data").mkdir(parents=True)
        for name in ("pos", "genus"):
            (root / "data" / f"{name}_train.jsonl").write_bytes((DATA / f"{name}_train.jsonl").read_bytes())
            gold = (DATA / f"{name}_gold.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
            (root / "data" / f"{name}_gold.jsonl").write_text("".join(gold[:GOLD]), encoding="utf-8")
        self.spec = root / "desk.curr"
        self.spec.write_text(text, encoding="utf-8")

    def start(self, program: str = "often_saving.py", **environment: str) -> subprocess.Popen[str]:
        here = "from currc.runtime.command import main; exit(main())"
        way = [str(HERE / program)] if program else ["-c", here]
        return subprocess.Popen(
            [sys.executable, *way, "run", str(self.spec), "--runs", "runs"],
            cwd=self.root,
            env={**os.environ, "OMP_NUM_THREADS": "1", "COLUMNS": "100", **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, **environment: str) -> tuple[int, str, str]:
        process = self.start("", **environment)
        out, err = process.communicate()
        return process.returncode, out, err

    @property
    def store(self) -> Path:
        return self.root / "runs" / ".store"

    @property
    def results(self) -> Path:
        found = sorted(self.root.glob("runs/desk/*/results.json"), key=lambda path: path.stat().st_mtime_ns)
        return found[-1]

    def trials(self) -> dict[tuple[str, int], dict]:
        found = json.loads((self.results.parent / "trials.json").read_text())
        return {(trial["arm"], trial["seed"]): trial for trial in found}

    def nodes(self) -> dict[str, dict]:
        """Digests of the files of every finished node, by key."""
        found = {}
        for path in self.store.glob("nodes/*/*/manifest.json"):
            manifest = json.loads(path.read_text())
            found[path.parent.name] = {
                name: part for name, part in manifest["files"].items() if not name.startswith("manifest")
            }
        return found

    def checkpoints(self) -> set[str]:
        """Unfinished nodes that have saved something."""
        return {path.parent.parent.name for path in self.store.glob("checkpoints/*/*/manifest.json")}

    def until_saved(self, process: subprocess.Popen[str]) -> None:
        """Wait until a training has saved a checkpoint in this process."""
        before = self.checkpoints()
        steps = {path.name for path in self.store.glob("checkpoints/*/*")}
        while process.poll() is None:
            now = {path.parent.name for path in self.store.glob("checkpoints/*/*/manifest.json")}
            if self.checkpoints() - before or now - steps:
                return
            time.sleep(0.02)
        raise AssertionError(f"it ended before it saved: {process.communicate()}")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> tuple[Desk, str]:
    made = Desk(tmp_path_factory.mktemp("whole"))
    code, out, err = made.run()
    assert code == 0, err
    return made, out


def test_both_arms_learn(desk):
    """Well above chance after about 25 steps, half of each task."""
    made, _ = desk
    found = json.loads(made.results.read_text())
    means = {}
    for path in made.store.glob("nodes/*/*/scores.json"):
        for task, words in json.loads(path.read_text())["scores"].items():
            for word, values in words.items():
                means.setdefault(f"{task}.{word}", []).append(sum(values) / len(values))
    for name, chance in CHANCE.items():
        assert len(means[name]) == 4
        assert sum(means[name]) / 4 > chance + 0.1, means
        assert min(means[name]) > chance, means
    assert {arm["name"] for arm in found["arms"]} == {"plain", "easy"}


def test_arms_are_matched_on_tokens(desk):
    used = {name: trial["tokens"] for name, trial in desk[0].trials().items()}
    assert set(used) == {(arm, seed) for arm in ("plain", "easy") for seed in (0, 1)}
    assert all(3000 <= tokens < 3000 + 16 * 48 for tokens in used.values())


def test_the_report_tells_what_each_arm_drew(desk):
    made, printed = desk
    trials, found = made.trials(), json.loads(made.results.read_text())
    assert found["limit"] == [3000.0, "tokens"]
    for arm in found["arms"]:
        mine = [trials[arm["name"], seed] for seed in (0, 1)]
        assert arm["totals"]["past"] == max(trial["tokens"] for trial in mine) - 3000
        for task in ("genus", "pos"):
            assert arm["totals"]["drawn"][task] == sum(trial["drawn"][task] for trial in mine) / 2
    past = max(trial["tokens"] for trial in trials.values()) - 3000
    assert f"the limit of 3,000 tokens is passed by at most {past}." in " ".join(printed.split())


def test_the_results_tell_what_came_when(desk):
    """`easy` opens from short to long; both arms draw their tasks evenly all the way."""
    found = {arm["name"]: arm["stream"] for arm in json.loads(desk[0].results.read_text())["arms"]}
    for stream in found.values():
        assert all(0.2 < share < 0.8 for task in ("genus", "pos") for share in stream["shares"][task])
        assert sum(map(sum, stream["shares"].values())) == pytest.approx(25, abs=0.01)
    assert set(found["plain"]["high"]) == {1.0}
    assert found["easy"]["high"] == sorted(found["easy"]["high"])
    assert found["easy"]["high"][0] < found["easy"]["high"][-1] == 1.0


def test_the_page_lies_beside_the_results_and_can_be_asked_for_again(desk):
    made, out = desk
    text = (made.results.parent / "report.html").read_text()
    assert "report.html" in out
    here = "from currc.runtime.command import main; exit(main())"
    asked = [sys.executable, "-c", here, "report", "--format", "html"]
    again = subprocess.run(asked, cwd=made.root, capture_output=True, text=True, check=True)
    assert again.stdout == text
    assert "<h2>What came when</h2>" in text


def test_validation_is_read_on_the_grid(desk):
    for trial in desk[0].trials().values():
        assert [int(one["used"] / 750) for one in trial["evaluations"]] == [1, 2, 3, 4]


def test_the_winner_is_a_model_of_transformers(desk):
    from transformers import AutoModel, AutoTokenizer

    made, out = desk
    folder = made.results.parent / "winner"
    assert "winner/" in out
    model = AutoModel.from_pretrained(folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    state = model(**tokenizer("a small bird", return_tensors="pt")).last_hidden_state
    assert state.shape[-1] == 384
    assert (folder / "README.md").read_text().startswith("---")


def test_a_second_run_computes_nothing_prints_the_same_and_needs_no_torch(desk):
    made, out = desk
    before = made.nodes()
    stamp = made.results.stat().st_mtime_ns
    code, again, err = made.run(PYTHONPROFILEIMPORTTIME="1")
    assert (code, again) == (0, out)
    assert made.nodes() == before
    imported = {
        line.rpartition("|")[2].strip() for line in err.splitlines() if line.startswith("import time:")
    }
    assert "currc.runtime.engine.experiment" in imported
    assert imported.isdisjoint({"torch", "transformers", "tokenizers", "scipy"})
    assert made.results.stat().st_mtime_ns >= stamp


def assert_alike(one: Desk, other: Desk) -> None:
    for name in ("results.json", "report.html"):
        mine, its = (desk.results.parent / name for desk in (one, other))
        assert mine.read_bytes() == its.read_bytes()
    assert (one.results.parent / "trials.json").read_bytes() == (
        other.results.parent / "trials.json"
    ).read_bytes()
    assert one.nodes().keys() == other.nodes().keys()
    assert one.nodes() == other.nodes()


def test_stopped_then_killed_then_finished_is_as_if_nothing_had_happened(desk, tmp_path):
    made, out = desk
    hurt = Desk(tmp_path / "hurt")
    process = hurt.start()
    hurt.until_saved(process)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate()
    assert process.returncode == 75, err
    assert "run the same command again" in err
    assert hurt.checkpoints()

    process = hurt.start()
    hurt.until_saved(process)
    process.kill()
    process.communicate()
    assert hurt.checkpoints()

    code, again, err = hurt.run()
    assert code == 0, err
    assert again == out
    assert not hurt.checkpoints()
    assert_alike(made, hurt)


def test_an_edited_arm_runs_alone_with_its_yoked_control(desk):
    """The arm becomes a course of two stages; the control replays where its first stage ended."""
    made, _ = desk
    before = made.nodes()
    schedule = SPEC[SPEC.index("schedule gentle") : SPEC.index("train {\n  batch")]
    made.spec.write_text(
        SPEC.replace(schedule, STAGED + "\n").replace("controls = none", "controls = [random_order]")
    )
    code, out, err = made.run()
    assert code == 0, err
    new = {
        json.loads((made.store / "nodes" / key[:2] / key / "manifest.json").read_text())["about"]["name"]
        for key in made.nodes().keys() - before.keys()
    }
    trained = {name for name in new if " seed " in name and not name.startswith(("gold of", "export"))}
    arms = {name.split(" seed")[0] for name in trained if "folder" not in name}
    assert arms == {"easy", "easy~random_order"}
    trials = made.trials()
    for seed in (0, 1):
        easy, control = trials["easy", seed], trials["easy~random_order", seed]
        assert "`pos.macro_f1`" in easy["promotions"][0]
        assert easy["ends"][0] < 1800
        assert 0 <= control["ends"][0] - easy["ends"][0] < 16 * 48
        assert "its yoke" in control["promotions"][0]
        assert control["tokens"] - 3000 < 16 * 48
        assert easy["order"] != control["order"]
    assert "easy~random_order" in out


@pytest.mark.nightly
def test_thirty_kills_at_random_points(desk, tmp_path):
    """kill -9 of the driver, or of every process of the run at once."""
    made = Desk(tmp_path / "never hurt")
    assert made.run()[0] == 0
    chance = random.Random(20)
    kills = rounds = 0
    while kills < 30:
        rounds += 1
        hurt = Desk(tmp_path / f"hurt {rounds}")
        while True:
            process = hurt.start()
            time.sleep(1.0)
            try:
                process.wait(chance.uniform(0.0, 25.0))
            except subprocess.TimeoutExpired:
                asked = ["ps", "-o", "pid=", "--ppid", str(process.pid)]
                children = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.split()
                if chance.random() < 0.5:
                    for child in children:
                        os.kill(int(child), signal.SIGKILL)
                process.kill()
                process.communicate()
                kills += 1
                continue
            assert process.returncode == 0
            process.communicate()
            break
        assert_alike(made, hurt)
