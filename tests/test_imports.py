"""What a command loads: reading a spec must not wait for numpy or torch."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

SPEC = str(Path(__file__).parent.parent / "curricula" / "quickstart.curr")
CASE = Path(__file__).parent / "golden" / "diff" / "learning_stage_edited"
SIDES = (str(CASE / "before.curr"), str(CASE / "after.curr"))
HEAVY = {"torch", "numpy", "transformers", "scipy", "pandas", "peft", "datasets"}
REPORT = """
import json, sys
from currc.runtime.command import main
code = main(sys.argv[1:])
print()
print(json.dumps([code, sorted(name.partition(".")[0] for name in sys.modules)]))
"""


def loaded(*words: str) -> set[str]:
    """The top-level modules in memory after a command that ended well, in a fresh process."""
    ended = subprocess.run([sys.executable, "-c", REPORT, *words], capture_output=True, text=True, check=True)
    code, names = json.loads(ended.stdout.splitlines()[-1])
    assert code == 0, ended.stderr
    return set(names)


@pytest.mark.parametrize(
    "words",
    [
        ("check", SPEC),
        ("explain", "root"),
        ("explain", "C0104"),
        ("plan", "--no-data", SPEC),
        ("diff", *SIDES),
        ("diff", "--format", "markdown", *SIDES),
        ("show", "--flat", SPEC),
    ],
    ids=lambda words: words[0],
)
def test_a_spec_is_read_without_numpy_and_a_sound_one_without_pydantic(words: tuple[str, ...]) -> None:
    names = loaded(*words)
    assert names.isdisjoint(HEAVY | {"pydantic", "pydantic_core"})
    assert "currc" in names  # or the test looks in the wrong place


@pytest.mark.parametrize("words", [("--help",), ("--version",), ("fmt", "--check", SPEC)], ids=lambda w: w[0])
def test_text_is_formatted_without_pydantic(words: tuple[str, ...]) -> None:
    names = loaded(*words)
    assert names.isdisjoint(HEAVY | {"pydantic", "pydantic_core"})
    assert "currc" in names


def test_help_loads_nobody_else() -> None:
    """What site packages put into every Python of this machine is not ours to forbid."""
    always = {"currc", "sitecustomize", "usercustomize", *sys.stdlib_module_names}
    assert {name for name in loaded("--help") - always if not name.startswith("_")} == set()


def test_all_of_the_compiler_is_light() -> None:
    """Every module of the compiler, not only those that today's commands reach."""
    program = """
import importlib, json, pkgutil, sys
import currc.compiler
for found in pkgutil.iter_modules(currc.compiler.__path__):
    importlib.import_module(f"currc.compiler.{found.name}")
print(json.dumps(sorted(name.partition(".")[0] for name in sys.modules)))
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert set(json.loads(ended.stdout)).isdisjoint(HEAVY | {"rich"})


def test_every_word_is_read_without_numpy() -> None:
    """Each component file may need numpy and torch to work, none to be looked at."""
    program = """
import json, sys
from currc.runtime.vocabulary import FOLDERS, Vocabulary
words = Vocabulary()
count = 0
for slot in FOLDERS:
    for word in words.words(slot):
        words.component(slot, word)
        count += 1
print(json.dumps([count, sorted(name.partition(".")[0] for name in sys.modules)]))
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    count, names = json.loads(ended.stdout)
    assert count >= 30
    assert set(names).isdisjoint(HEAVY)
