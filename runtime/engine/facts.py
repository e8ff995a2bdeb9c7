"""What a plan meets on this machine: digests of its data and models, and what `auto` means here."""

from __future__ import annotations

import json
from pathlib import Path

from currc.compiler.plan import Plan
from currc.compiler.share import Facts, model_key
from currc.compiler.share_scores import logs_of, models_of
from currc.runtime.data.dynamics import log_digest
from currc.runtime.data.sources import source_digest
from currc.runtime.engine import writer
from currc.runtime.engine.machine import machine
from currc.runtime.learning.models.base import base_digest

KNOWN = "digests.json"
"""SHA-256 of files by path, size and time of change, so that weights are not read at every run."""


def facts(plan: Plan, root: Path, store: Path) -> Facts:
    """The facts of a plan; imports neither numpy nor torch.

    Raises:
        DataError: A file is missing or leads outside `root`.
        ModelError: A base model is not to be had or not the tested one.
        CannotWrite: The store cannot be written to.
    """
    known = known_digests(store)
    before = dict(known)
    found = looked_up(plan, root, known)
    if known != before:
        writer.make_folder(store)
        writer.write_json(store / KNOWN, known)
    return found


def looked_up(plan: Plan, root: Path, known: dict[str, str]) -> Facts:
    """The facts of a plan, with nothing written; digests that are taken are added to `known`.

    Raises:
        DataError, ModelError: As `facts`.
    """
    return Facts(
        sources={name: source_digest(source, root) for name, source in sorted(plan.sources.items())},
        models={model_key(model): base_digest(model, root, known) for model in models_of(plan)},
        machine=machine(plan),
        logs={path: log_digest(path, root) for path in logs_of(plan)},
    )


def known_digests(store: Path) -> dict[str, str]:
    """The digests that earlier runs have taken."""
    try:
        known: dict[str, str] = json.loads((store / KNOWN).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known
