"""What an installation contains: built and installed for real, without network."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
import tarfile
from pathlib import Path
from zipfile import ZipFile

import pytest

HERE = Path(__file__).parent.parent
FOLDERS = ("grammar", "compiler", "runtime", "curricula")
SPEC = "curricula/quickstart.curr"


def done(*command: str | Path, cwd: Path) -> str:
    """The output of a command that must end well."""
    ended = subprocess.run(list(map(str, command)), cwd=cwd, capture_output=True, text=True, timeout=300)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a clone of this tree would hold: every file that git does not ignore, links as links."""
    if not (HERE / ".git").exists() or shutil.which("git") is None:
        pytest.skip("needs the git checkout")
    folder = tmp_path_factory.mktemp("clone") / "currc"
    listed = done("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=HERE)
    for name in filter(None, listed.split("\0")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if (HERE / name).exists():
            shutil.copy2(HERE / name, folder / name, follow_symlinks=False)
    return folder


@pytest.fixture(scope="module")
def wheel(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel built from the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    build(checkout, folder, "--wheel")
    [found] = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def archive(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, and the wheel built from the sdist."""
    folder = tmp_path_factory.mktemp("sdist")
    build(checkout, folder)
    return folder


def build(checkout: Path, folder: Path, *options: str) -> None:
    done(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, *options, cwd=checkout)


def names(wheel: Path) -> set[str]:
    with ZipFile(wheel) as files:
        return set(files.namelist())


def environment(folder: Path) -> Path:
    """A new virtual environment that sees the packages of this one, but not its currc."""
    done(sys.executable, "-m", "venv", "--without-pip", folder, cwd=folder.parent)
    here = Path(sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)}))
    # A path in a .pth file is put on sys.path, the .pth files found there are not read.
    (here / "neighbours.pth").write_text(
        f"{sysconfig.get_path('purelib')}\n{sysconfig.get_path('platlib')}\n"
    )
    return folder / "bin" / "python"


def install(python: Path, *what: str | Path) -> None:
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
    offline = ["--no-deps", "--no-index", "--no-build-isolation", "--disable-pip-version-check"]
    done(*pip, *offline, *what, cwd=python.parent)


def origin(python: Path, module: str, cwd: Path) -> Path:
    """The file that a module is imported from."""
    return Path(done(python, "-c", f"import {module}; print({module}.__file__)", cwd=cwd).strip())


class TestWheel:
    def test_holds_currc_and_nothing_beside_it(self, wheel: Path) -> None:
        tops = {name.split("/")[0] for name in names(wheel)}
        assert tops == {"currc", f"currc-{wheel.name.split('-')[1]}.dist-info"}
        inside = {name.split("/")[1] for name in names(wheel) if name.startswith("currc/")}
        assert inside == set(FOLDERS)

    def test_holds_every_module(self, checkout: Path, wheel: Path) -> None:
        ours = {
            f"currc/{path.relative_to(checkout).as_posix()}"
            for folder in ("compiler", "runtime")
            for path in (checkout / folder).rglob("*.py")
        }
        assert len(ours) > 100
        theirs = {name for name in names(wheel) if name.endswith(".py")}
        assert theirs == ours

    def test_holds_the_grammar_with_its_tables(self, wheel: Path) -> None:
        assert {"currc/grammar/curr.lark", "currc/grammar/tables.json"} <= names(wheel)

    def test_holds_the_specs_with_their_data_and_its_licences(self, checkout: Path, wheel: Path) -> None:
        specs = {f"currc/curricula/{path.name}" for path in (checkout / "curricula").glob("*.curr")}
        assert f"currc/{SPEC}" in specs
        assert specs <= names(wheel)
        assert "currc/curricula/data/pos_train.jsonl" in names(wheel)
        assert any(name.endswith("licenses/curricula/data/LICENSES/WORDNET.txt") for name in names(wheel))

    def test_says_that_it_is_typed(self, wheel: Path) -> None:
        assert {"currc/compiler/py.typed", "currc/runtime/py.typed"} <= names(wheel)

    def test_holds_no_test_and_no_cache(self, wheel: Path) -> None:
        parts = {part for name in names(wheel) for part in name.split("/")}
        assert parts.isdisjoint({"__pycache__", "golden", "conftest.py", "contracts"})


class TestSdist:
    def test_gives_the_same_wheel(self, archive: Path, wheel: Path) -> None:
        [second] = archive.glob("*.whl")
        assert names(second) == names(wheel)

    def test_holds_what_a_packager_needs(self, archive: Path) -> None:
        [sdist] = archive.glob("*.tar.gz")
        with tarfile.open(sdist) as files:
            held = {name.partition("/")[2] for name in files.getnames()}
        assert {"LICENSE", "README.md", "CHANGELOG.md", "Makefile", "constraints.txt"} <= held
        assert {"compiler/plan.py", "tests/test_packaging.py", "curricula/data/build.py"} <= held
        assert not any(name.startswith((".links", "runs", ".git/")) for name in held)


class TestInstallation:
    def test_a_regular_one_works_from_anywhere(self, wheel: Path, checkout: Path, tmp_path: Path) -> None:
        python = environment(tmp_path / "env")
        install(python, wheel)
        currc = python.with_name("currc")
        assert done(currc, "--version", cwd=tmp_path) == f"currc {wheel.name.split('-')[1]}\n"
        assert done(currc, "check", checkout / SPEC, cwd=tmp_path) == ""
        found = origin(python, "currc.compiler.plan", tmp_path)
        assert found.is_relative_to(tmp_path / "env")
        packages = {path.name for path in found.parents[2].iterdir()} - {"neighbours.pth"}
        assert packages == {"currc", f"currc-{wheel.name.split('-')[1]}.dist-info"}
        lexer = "from pygments.lexers import get_lexer_by_name as by_name; print(by_name('curr').name)"
        assert done(python, "-c", lexer, cwd=tmp_path) == "Curr\n"
        shipped = found.parents[1] / SPEC
        assert "arms" in done(currc, "plan", "--no-data", shipped, cwd=tmp_path)

    def test_an_editable_one_reads_the_checkout(self, checkout: Path, tmp_path: Path) -> None:
        python = environment(tmp_path / "env")
        install(python, "--editable", checkout)
        for module in ("currc.compiler.plan", "currc.runtime.vocabulary"):
            found = origin(python, module, tmp_path).resolve()
            assert found == (checkout / module.removeprefix("currc.").replace(".", "/")).with_suffix(".py")
        assert done(python.with_name("currc"), "check", SPEC, cwd=checkout) == ""
        for name in FOLDERS:
            ended = subprocess.run([python, "-c", f"import {name}"], cwd=tmp_path, capture_output=True)
            assert ended.returncode == 1, f"`{name}` is importable at the top"
