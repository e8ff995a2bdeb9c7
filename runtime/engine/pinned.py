"""What a plan meets now, in the form that `curr.lock` pins."""

from __future__ import annotations

from pathlib import Path

from currc.compiler.codes import Code
from currc.compiler.pins import NAME, Lock, ModelPin, Pins, drift
from currc.compiler.plan import ModelPlan, Plan, digest
from currc.compiler.share_scores import logs_of, models_of
from currc.runtime.data.dynamics import log_digest
from currc.runtime.data.rows import DataError
from currc.runtime.data.sources import file_digests
from currc.runtime.learning.models.base import file_hashes, from_hub, locate

TOKENIZER = ("token", "vocab", "merges", "special")
"""What the names of a tokenizer's files begin with, or hold."""


def pins_of(plan: Plan, root: Path, *, hub: bool = True) -> Pins:
    """The digests of all that a plan reads; of models from a hub only with `hub`, which fetches them.

    Raises:
        DataError: A file is missing or leads outside `root`.
        ModelError: A base is not to be had.
    """
    data: dict[str, str] = {}
    for source in plan.sources.values():
        data |= file_digests(source, root)
    data |= {path: log_digest(path, root) for path in logs_of(plan)}
    models = {_called(model): model for model in models_of(plan) if hub or not from_hub(model)}
    return Pins(data, {name: _model(model, root) for name, model in models.items()})


def _called(model: ModelPlan) -> str:
    return f"{model.base}@{model.revision}" if model.revision else model.base


def _model(model: ModelPlan, root: Path) -> ModelPin:
    place = locate(model, root)
    files = file_hashes(place)
    tokenizer = {name: found for name, found in files.items() if any(part in name for part in TOKENIZER)}
    rest = {name: found for name, found in files.items() if name not in tokenizer}
    # A snapshot of a hub lies in a folder that is named by its commit.
    return ModelPin(place.folder.name if from_hub(model) else "", digest(rest), digest(tokenizer))


def drifted(plan: Plan, spec: Path, lock: Lock, *, hub: bool = True) -> DataError | None:
    """The complaint that what a spec reads is not what is locked; `None` where it is.

    Without `hub` nothing is fetched: of the models only those that are here are compared.

    Raises:
        DataError, ModelError: As `pins_of`.
    """
    pinned = lock.specs.get(spec.name)
    if pinned is None:
        return DataError(Code.DATA_CHANGED, NAME, f"`{spec.name}` is not in `{NAME}`", f"currc lock {spec}")
    found = pins_of(plan, spec.resolve().parent, hub=hub)
    if not hub:
        known = {name: pin for name, pin in pinned.models.items() if name in found.models}
        pinned = pinned._replace(models=known)
    lines = drift(pinned, found)
    if not lines:
        return None
    things = f"{len(lines)} thing{'s' * (len(lines) != 1)}"
    message = "\n".join([f"{things} that `{spec.name}` reads drifted from `{NAME}`", *lines])
    return DataError(Code.DATA_CHANGED, NAME, message, f"put them back, or accept them: currc lock {spec}")
