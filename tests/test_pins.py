"""`curr.lock`: what it holds, and how `run --locked` refuses to drift from it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save_file

from currc.compiler.compile import compile_text
from currc.compiler.pins import Accepted, BadLock, Lock, ModelPin, Pins, drift, read_lock, written
from currc.compiler.plan import Plan
from currc.runtime.command import main
from currc.runtime.engine.pinned import drifted, pins_of
from currc.runtime.vocabulary import Vocabulary

SPEC = """edition 2026

model student: encoder {
  base = "./small"
}

source rows {
  path = "rows.jsonl"
}

source gold {
  path = "gold.jsonl"
}

task route: classify {
  train = rows
  gold = gold
  prompt = "{body}"
  target = "{queue}"
}

budget {
  limit = 2 steps
}

arm only {
  mix = proportional
}
"""

names = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=8)
pins = st.builds(
    Pins,
    st.dictionaries(names, names, max_size=3),
    st.dictionaries(names, st.builds(ModelPin, names, names, names), max_size=2),
)
locks = st.builds(
    Lock,
    st.dictionaries(names, pins, max_size=3),
    st.lists(st.builds(Accepted, names, names, names), max_size=3, unique=True).map(
        lambda all: tuple(sorted(all))
    ),
)


@given(locks)
def test_what_is_written_is_read_again(lock: Lock) -> None:
    assert read_lock(written(lock)) == lock


def test_equal_locks_are_written_alike_whatever_their_order() -> None:
    one = Lock({"b": Pins({"y": "2", "x": "1"}), "a": Pins()})
    other = Lock({"a": Pins(), "b": Pins({"x": "1", "y": "2"})})
    assert written(one) == written(other)
    assert '"x" = "1"\n"y" = "2"' in written(one)


@pytest.mark.parametrize(
    "text", ["format = 2", "format = 1\n[spec.a.model.b]\nx = 1", "format", "format = 1\nspec = 3"]
)
def test_another_text_is_no_lock(text: str) -> None:
    with pytest.raises(BadLock):
        read_lock(text)


def test_a_break_is_accepted_for_the_two_plans_it_names() -> None:
    lock = Lock({}, (Accepted("aa", "bb", "new gold"),))
    assert lock.accepts("aa", "bb")
    assert not lock.accepts("bb", "aa")


def test_drift_names_what_moved_with_both_digests() -> None:
    old = Pins({"a": "1" * 64, "b": "2" * 64}, {"m": ModelPin("r1", "w", "t")})
    new = Pins({"a": "3" * 64, "c": "4" * 64}, {"m": ModelPin("r2", "w", "t2")})
    assert drift(old, old) == []
    assert drift(old, new) == [
        "a: locked 111111111111…, now 333333333333…",
        "b: locked 222222222222…, now gone",
        "c: not in the lock, now 444444444444…",
        "revision of model m: locked r1, now r2",
        "tokenizer of model m: locked t, now t2",
    ]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "small").mkdir()
    (tmp_path / "small" / "config.json").write_text('{"model_type": "bert"}')
    (tmp_path / "small" / "tokenizer.json").write_text("{}")
    save_file({"weight": np.zeros(2, np.float32)}, tmp_path / "small" / "model.safetensors")
    for name in ("rows", "gold"):
        (tmp_path / f"{name}.jsonl").write_text(json.dumps({"body": name, "queue": "a"}) + "\n")
    (tmp_path / "spec.curr").write_text(SPEC)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_locked_run_without_a_lock_says_how_to_make_one(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", "spec.curr", "--locked"]) == 2
    assert "help: currc lock spec.curr" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("gold.jsonl", "gold.jsonl: locked "),
        ("small/tokenizer.json", "tokenizer of model ./small: locked "),
        ("small/model.safetensors", "files of model ./small: locked "),
    ],
)
def test_a_locked_run_refuses_what_drifted(
    project: Path, capsys: pytest.CaptureFixture[str], file: str, said: str
) -> None:
    assert main(["lock", "spec.curr"]) == 0
    before = (project / "curr.lock").read_text()
    if file.endswith(".safetensors"):
        save_file({"weight": np.ones(2, np.float32)}, project / file)
    else:
        with (project / file).open("a") as changed:
            changed.write(" ")
    capsys.readouterr()
    assert main(["run", "spec.curr", "--locked"]) == 65
    err = capsys.readouterr().err
    assert err.startswith("error[C0409]: 1 thing that `spec.curr` reads drifted from `curr.lock`\n")
    assert said in err
    assert not (project / "runs").exists()
    assert main(["lock", "spec.curr"]) == 0
    assert said in capsys.readouterr().out
    assert (project / "curr.lock").read_text() != before


def test_a_plan_warns_of_what_drifted_and_is_made_all_the_same(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = (project / "spec.curr").read_text().replace("./small", "bundled:minilm-l6/2")
    (project / "spec.curr").write_text(spec)
    rows = [json.dumps({"body": f"text {n}", "queue": "a"}) + "\n" for n in range(40)]
    (project / "rows.jsonl").write_text("".join(rows))
    assert main(["plan", "spec.curr"]) == 0
    assert "drifted" not in capsys.readouterr().err  # nothing is locked
    assert main(["lock", "spec.curr"]) == 0
    assert main(["plan", "spec.curr"]) == 0
    assert "drifted" not in capsys.readouterr().err
    with (project / "gold.jsonl").open("a") as changed:
        changed.write(" ")
    assert main(["plan", "spec.curr"]) == 0
    out, err = capsys.readouterr()
    assert "warning: 1 thing that `spec.curr` reads drifted from `curr.lock`\ngold.jsonl: locked " in err
    assert "trials  6 of 1 arm" in out


def test_a_plan_fetches_no_model_of_a_hub_to_compare_it(project: Path) -> None:
    def plan_with(base: str) -> Plan:
        text = (project / "spec.curr").read_text().replace("./small", base)
        return compile_text(text, Vocabulary(), root=project)

    lock = Lock({"spec.curr": pins_of(plan_with("./small"), project)})
    pinned = lock.specs["spec.curr"]._replace(models={"a/b": ModelPin("r1", "f", "t")})
    hub = Lock({"spec.curr": pinned})
    assert drifted(plan_with("a/b"), project / "spec.curr", hub, hub=False) is None
    (project / "rows.jsonl").write_text("")
    found = drifted(plan_with("a/b"), project / "spec.curr", hub, hub=False)
    assert found is not None
    assert "rows.jsonl: locked " in found.message


def test_locking_one_spec_leaves_what_is_locked_of_others(project: Path) -> None:
    assert main(["lock", "spec.curr"]) == 0
    lock = read_lock((project / "curr.lock").read_text())
    accepted = lock._replace(accepted=(Accepted("a", "b", "why"),))
    (project / "curr.lock").write_text(written(accepted))
    (project / "second.curr").write_text(SPEC)
    assert main(["lock", "second.curr"]) == 0
    found = read_lock((project / "curr.lock").read_text())
    assert found.specs == {"spec.curr": lock.specs["spec.curr"], "second.curr": lock.specs["spec.curr"]}
    assert found.accepted == accepted.accepted
