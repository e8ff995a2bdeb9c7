"""`currc init`: a working spec with sample data; nothing that is there is ever overwritten."""

from __future__ import annotations

import argparse
from itertools import islice
from pathlib import Path

SHIPPED = Path(__file__).parent.parent.parent / "curricula"
ROWS = {"pos_train": 600, "pos_gold": 400, "genus_train": 400, "genus_gold": 300}
"""Rows of the shipped data that a first experiment takes, from the beginning of each file."""
NEARLY_GOLD = {"pos_train": {70, 373}}
"""Lines, from 1, that are left out: all but one of their words stand in a gold row."""
SPEC = "experiment.curr"
WORKFLOW = ".github/workflows/currc.yml"


class Occupied(Exception):
    """A file that would have to be overwritten."""

    exit_code = 73
    help = "nothing was written: move it away, or name another folder"


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    here = "where to write (the current folder)"
    parser.add_argument("folder", type=Path, nargs="?", default=Path(), help=here)
    workflow = "also a GitHub workflow that checks specs and comments on pull requests"
    parser.add_argument("--ci", action="store_true", help=workflow)


def run(options: argparse.Namespace) -> int:
    """Write the files, and say what to do with them.

    Raises:
        Occupied: One of them is there already; none is written then.
        CannotWrite: The folder takes no files.
    """
    from currc.runtime.engine import writer

    files = contents(ci=options.ci)
    there = [
        name for name in files if (options.folder / name).exists() or (options.folder / name).is_symlink()
    ]
    if there:
        raise Occupied(f"would overwrite {', '.join(f'`{options.folder / name}`' for name in there)}")
    for name, data in files.items():
        path = (options.folder / name).absolute()
        path.parent.mkdir(parents=True, exist_ok=True)
        writer.write_bytes(path, data)
        path.chmod(0o644)
        print(f"wrote {options.folder / name}")
    spec = options.folder / SPEC
    print(f"\nNext: currc check --data {spec}\n      currc plan {spec}\n      currc run {spec}")
    print('In git, once a machine: git config diff.curr.textconv "currc show --flat"')
    return 0


def contents(*, ci: bool) -> dict[str, bytes]:
    """The files by their paths below the folder."""
    starter = SHIPPED / "starter"
    files = {SPEC: (starter / SPEC).read_bytes(), ".gitattributes": (starter / "gitattributes").read_bytes()}
    for name, rows in ROWS.items():
        with (SHIPPED / "data" / f"{name}.jsonl").open("rb") as lines:
            left_out = NEARLY_GOLD.get(name, set())
            kept = (line for number, line in enumerate(lines, 1) if number not in left_out)
            files[f"data/{name}.jsonl"] = b"".join(islice(kept, rows))
    files["data/LICENSE.txt"] = (SHIPPED / "data" / "LICENSES" / "WORDNET.txt").read_bytes()
    return files | ({WORKFLOW: (starter / "workflow.yml").read_bytes()} if ci else {})
