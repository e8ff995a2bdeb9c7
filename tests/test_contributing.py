"""CONTRIBUTING.md does what it says: a new file is a new word, checked, explained and under contract."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from specs import TWO_ARMS, changed

HERE = Path(__file__).parent.parent
FOLDERS = ("grammar", "compiler", "runtime")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tree with the file and the test that the worked example asks for."""
    folder = tmp_path_factory.mktemp("copy")
    for name in FOLDERS:
        skip = shutil.ignore_patterns("__pycache__")
        shutil.copytree(HERE / name, folder / "currc" / name, ignore=skip)
    text = (HERE / "CONTRIBUTING.md").read_text(encoding="utf-8")
    module, test = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    [place] = set(re.findall(r"`runtime/(curriculum/pacing/\w+\.py)`", text))
    (folder / "currc" / "runtime" / place).write_text(module, encoding="utf-8")
    (folder / "test_it.py").write_text(test, encoding="utf-8")
    spec = changed(TWO_ARMS, ("root(start = 20%, full_at = 60%)", "smoothstep(start = 20%, full_at = 50%)"))
    (folder / "my.curr").write_text(spec, encoding="utf-8")
    return folder


def python(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{HERE}"}
    return subprocess.run([sys.executable, *words], cwd=folder, env=env, capture_output=True, text=True)


def currc(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return python(
        folder, "-c", "import sys; from currc.runtime.command import main; sys.exit(main())", *words
    )


def test_the_word_has_a_page(copy: Path) -> None:
    ended = currc(copy, "explain", "smoothstep")
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith("smoothstep (a word of `pacing`)\n\n  Opens the rows slowly at first")
    assert "full_at: progress at which all rows are open" in ended.stdout


def test_a_spec_may_use_it_and_its_parameters_are_checked(copy: Path) -> None:
    assert currc(copy, "check", "my.curr").returncode == 0
    spec = (copy / "my.curr").read_text(encoding="utf-8")
    (copy / "bad.curr").write_text(changed(spec, ("full_at = 50%", "fullat = 50%")), encoding="utf-8")
    ended = currc(copy, "check", "bad.curr")
    assert ended.returncode == 1
    assert "did you mean `full_at`?" in ended.stdout


def test_its_own_test_and_the_contracts_hold(copy: Path) -> None:
    contracts = HERE / "tests" / "contracts" / "test_pacing.py"
    ended = python(
        copy, "-m", "pytest", "-p", "no:cacheprovider", "-c", os.devnull, "-v",
        "--rootdir", str(HERE), "test_it.py", str(contracts), "-k", "smoothstep or gently",
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout
    passed = re.findall(r"::(\w+)\[(\S+)\] PASSED", ended.stdout)
    assert ("test_the_open_share_never_shrinks", "smoothstep") in passed
    assert ("test_everything_is_open_at_the_end", "smoothstep") in passed
    assert sum(name == "test_the_share_starts_and_ends_gently" for name, _ in passed) == 6
