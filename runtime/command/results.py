"""What a finished run leaves: results.json, trials.json, the winner's folder, the table."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from currc.compiler.plan import ArmPlan
from currc.runtime.engine import writer
from currc.runtime.engine.experiment import Experiment, Listen, TrialRecord
from currc.runtime.judging.results import Verdict
from currc.runtime.reporting.model_card import Winner, model_card
from currc.runtime.vocabulary import Vocabulary

if TYPE_CHECKING:
    from currc.runtime.reporting.html.page import Docs

RESULTS, TRIALS, PLAN, WINNER = "results.json", "trials.json", "plan.json", "winner"
PAGE, DOCS = "report.html", "docs.json"


def finish(experiment: Experiment, listen: Listen, docs: Docs, *, smoke: bool, as_json: bool) -> int:
    """Judge what is finished, write the run's folder, show the table; returns 1 where an arm failed.

    `docs` is what the spec's blocks say of themselves, for the page.
    """
    verdict = verdict_of(experiment)
    folder = experiment.folder
    if smoke:
        show(verdict, as_json)
        steps = f"{experiment.plan.budget.limit:g} steps a trial"
        print(f"currc: a smoke run of {steps}; these numbers decide nothing", file=sys.stderr)
        return 0
    writer.make_folder(folder)
    writer.write_json(folder / PLAN, experiment.plan.model_dump(mode="json"))
    writer.write_json(folder / RESULTS, verdict.model_dump(mode="json"))
    writer.write_json(folder / DOCS, [list(one) for one in docs])
    writer.write_bytes(folder / PAGE, as_page(verdict, folder).encode())
    if verdict.decision.arm is not None:
        crown(experiment, verdict, listen)
    show(verdict, as_json)
    if not as_json:
        print(_places(folder))
    return int(any(arm.standing != "complete" for arm in verdict.arms))


def verdict_of(experiment: Experiment) -> Verdict:
    """The verdict on what is finished; taken from the store where the same trials were judged before."""
    node, store = experiment.judgement, experiment.store
    if store.has(node.key):
        return Verdict.model_validate_json((store.open(node.key) / RESULTS).read_bytes())
    from currc.runtime.judging.verdict import judge

    records = experiment.records()
    verdict = judge(experiment.plan, experiment.scores(records), Vocabulary())
    writer.make_folder(experiment.folder)
    writer.write_json(experiment.folder / TRIALS, [_trial(record) for record in records])
    if len(records) == len(experiment.shared.trials):
        text = verdict.model_dump_json()
        store.publish(
            node.key, lambda folder: _put(folder / RESULTS, text), {"kind": node.kind, "name": node.name}
        )
    return verdict


def as_page(verdict: Verdict, folder: Path) -> str:
    """The report of a run's folder as one HTML file."""
    from currc.runtime.reporting.html.page import page

    return page(verdict, folder.parent.name, _docs(folder / DOCS))


def _docs(file: Path) -> Docs:
    """What the spec's blocks say of themselves; nothing for a run that kept none, or a spoilt file."""
    with suppress(OSError, ValueError, TypeError):
        found = json.loads(file.read_text(encoding="utf-8"))
        return [(str(name), str(text)) for name, text in found]
    return ()


def _put(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")


def show(verdict: Verdict, as_json: bool) -> None:
    """The comparison on standard output."""
    if as_json:
        print(verdict.model_dump_json())
        return
    from rich.console import Console

    from currc.runtime.reporting.table import Comparison, render

    console = Console(highlight=False)
    if console.is_terminal:
        console.print(Comparison(verdict))
    else:
        print(render(verdict, console.width), end="")


def crown(experiment: Experiment, verdict: Verdict, listen: Listen) -> Path | None:
    """Write `winner/`: the kept arm's trial with the best validation score, with its card."""
    best = best_trial(experiment.records(str(verdict.decision.arm)), str(verdict.decision.arm))
    place = experiment.folder / WINNER
    card = model_card(verdict, experiment.plan, _winner(experiment.plan.arm(best.trial.arm), best))
    if (place / "README.md").exists() and (place / "README.md").read_text(encoding="utf-8") == card:
        return place
    made = experiment.export(best.trial, listen)
    if made is None:
        return None
    with writer.folder(place, {"arm": best.trial.arm, "seed": best.trial.seed}, replace=True) as folder:
        for file in sorted(made.iterdir()):
            if file.name != "manifest.json":
                shutil.copyfile(file, folder / file.name)
        (folder / "README.md").write_text(card, encoding="utf-8")
    return place


def best_trial(records: Sequence[TrialRecord], arm: str) -> TrialRecord:
    """The arm's finished trial with the best validation score; the smallest seed of equal ones."""
    mine = [record for record in records if record.trial.arm == arm and record.status == "done"]
    return max(mine, key=lambda record: (_or_lowest(record.validation), -record.trial.seed))


def _or_lowest(value: float | None) -> float:
    return float("-inf") if value is None else value


def _winner(arm: ArmPlan, best: TrialRecord) -> Winner:
    base, license = _origin(arm.model.base)
    return Winner(best.trial.arm, best.trial.seed, _or_lowest(best.validation), base, license)


def _origin(base: str) -> tuple[str | None, str | None]:
    """The hub id and the licence of a base model, as far as they are known."""
    from currc.runtime.learning.models.bundled import PREFIX, bundled

    if base.startswith(PREFIX):
        package, _ = bundled(base)
        return package.hub_id, package.license
    return (None, None) if base.startswith((".", "/", "~")) else (base, None)


def _trial(record: TrialRecord) -> dict[str, object]:
    cursor = dict(record.cursor)
    for inner in ("recent", "high", "at_entry", "weight_sums", "weight_steps"):
        cursor.pop(inner)
    return {"arm": record.trial.arm, "seed": record.trial.seed, "status": record.status, **cursor}


def _places(folder: Path) -> str:
    names = [RESULTS, PAGE] + ([f"{WINNER}/"] if (folder / WINNER).exists() else [])
    with suppress(ValueError):
        folder = folder.relative_to(Path.cwd())
    return f"{folder}/  " + "  ".join(names)
