"""The README shows what is there."""

from __future__ import annotations

import re
from pathlib import Path

from currc.runtime.command import COMMANDS

HERE = Path(__file__).parent.parent
README = (HERE / "README.md").read_text(encoding="utf-8")


def paragraphs(text: str) -> list[str]:
    """Blocks of a spec without the comments above them."""
    return [re.sub(r"^#.*\n", "", part, flags=re.MULTILINE).strip() for part in re.split(r"\n\n", text)]


def test_the_example_is_part_of_the_quickstart() -> None:
    [example] = re.findall(r"```hcl\n(.*?)```", README, re.DOTALL)
    shipped = (HERE / "curricula" / "quickstart.curr").read_text(encoding="utf-8")
    assert set(paragraphs(example)) <= set(paragraphs(shipped))


def test_every_command_has_a_row() -> None:
    rows = re.findall(r"^\| `currc (\w+)", README, re.MULTILINE)
    assert sorted(rows) == sorted(COMMANDS)


def test_links_and_folders_lead_somewhere() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", README)
    [tree] = re.findall(r"## Where things are\n\n```text\n(.*?)```", README, re.DOTALL)
    folder, inside = Path(), ""
    for line in tree.splitlines():
        name = line.split()[0]
        folder = HERE / inside / name if line.startswith("  ") else HERE / name
        inside = inside if line.startswith("  ") else name
        assert folder.is_dir(), name
    assert len(links) >= 4
    for link in links:
        assert (HERE / link).exists(), link


def test_pinned_versions_are_those_of_make() -> None:
    """The plain pip steps install what `make demo` installs."""
    makefile = (HERE / "Makefile").read_text(encoding="utf-8")
    pins = set(re.findall(r"[\w-]+==[\d.]+", README))
    assert pins == set(re.findall(r"[\w-]+==[\d.]+", makefile))
    constraints = (HERE / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert [pin for pin in pins if pin.startswith("torch==")] == [
        line for line in constraints if line.startswith("torch==")
    ]
