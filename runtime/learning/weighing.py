"""Gradients of a step whose task weights are found while it is made: what `weigh` nodes train with."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from currc.runtime.curriculum.search import Followed
from currc.runtime.learning.gradients import clip, gather, seed_dropout, spread
from currc.runtime.learning.law import Law
from currc.runtime.learning.models import Student
from currc.runtime.learning.state import TrialState
from currc.runtime.streams import generator, key

if TYPE_CHECKING:
    from torch import Tensor

    from currc.runtime.data.tokens import Ragged, TokenRows

    Array = np.ndarray[Any, np.dtype[np.float64]]

FOUND = "search"
"""The memory of what was found so far; it is saved with the rest of the state."""


@dataclass(frozen=True, slots=True, eq=False)
class ByExcess:
    """Weights by the losses above those of a reference; stands for `gradients.backward`."""

    search: Followed
    reference: Student

    def __call__(self, law: Law, state: TrialState, batches: Mapping[str, Ragged]) -> dict[str, float]:
        """Fill `.grad` with the gradient of the weighted sum; each task's mean loss."""
        seed_dropout(state, key(law.seed, "dropout", "joint", state.cursor.steps))
        losses = state.student.unit_losses(batches)
        with torch.no_grad():
            expected = self.reference.unit_losses(batches, training=False)
        known = state.memories[FOUND].get("excess", np.zeros(len(law.tasks)))
        excess = np.array(
            [
                _excess(losses[task], expected[task]) if task in losses else known[i]
                for i, task in enumerate(law.tasks)
            ]
        )
        state.memories[FOUND]["excess"] = excess
        factors = _factors(law, batches, _moved(self.search, law, state, excess))
        total = torch.stack([factors[task] * loss.mean() for task, loss in losses.items()]).sum()
        total.backward()  # type: ignore[no-untyped-call]
        return {task: float(loss.detach().mean()) for task, loss in losses.items()}


@dataclass(frozen=True, slots=True, eq=False)
class ByAlignment:
    """Weights by how far each task's gradient lowers the validation loss; stands for `gradients.backward`."""

    search: Followed
    validation: Mapping[str, TokenRows]

    def __call__(self, law: Law, state: TrialState, batches: Mapping[str, Ragged]) -> dict[str, float]:
        """Fill `.grad` with the weighted sum of the tasks' gradients; each task's mean loss."""
        parameters = [parameter for _, parameter in state.student.trainable()]
        gradients = torch.zeros(len(batches), sum(p.numel() for p in parameters), device=parameters[0].device)
        values = {}
        for i, (task, batch) in enumerate(batches.items()):
            seed_dropout(state, key(law.seed, "dropout", task, state.cursor.steps))
            (loss,) = state.student.losses({task: batch}).values()
            values[task] = float(loss.detach())
            gradients[i] = _gradient(loss, parameters, law.clip)
        seed_dropout(state, key(law.seed, "dropout", "target", state.cursor.steps))
        held_out = state.student.losses(self._held_out(law, state.cursor.steps))
        target = _gradient(torch.stack(list(held_out.values())).mean(), parameters, law.clip)
        weights = _moved(self.search, law, state, self._gains(law, state, batches, gradients, target))
        factors = _factors(law, batches, weights)
        spread(torch.tensor([factors[task] for task in batches]).to(gradients) @ gradients, parameters)
        return values

    def _gains(
        self,
        law: Law,
        state: TrialState,
        batches: Mapping[str, Ragged],
        gradients: Tensor,
        target: Tensor,
    ) -> Array:
        """Inner products over the mean norm, float64 [K]; 0 for a task without rows in the step."""
        products = (gradients @ target).double().cpu().numpy()
        norm = float(torch.linalg.vector_norm(gradients, dim=1).mean())
        found = np.zeros(len(law.tasks))
        found[[law.tasks.index(task) for task in batches]] = products / (norm + 1e-6)
        # The loop tells of a gradient that is not finite; the weights are to survive until then.
        return np.nan_to_num(found, posinf=0.0, neginf=0.0)

    def _held_out(self, law: Law, step: int) -> dict[str, Ragged]:
        """As many validation rows as a batch has, of all tasks equally, drawn anew at each step."""
        many = max(1, round(law.batch / len(law.tasks)))
        found = {}
        for task in law.tasks:
            rows = self.validation[task]
            chance = generator(law.seed, "target", task, step)
            chosen = chance.choice(len(rows), min(many, len(rows)), replace=False)
            found[task] = rows.take(np.sort(chosen).astype(np.int64))
        return found


def weights_of(state: TrialState) -> Array:
    """The weights of every step so far; float64 [steps, K]."""
    found: Array = state.memories[FOUND]["weights"]
    return found


def _excess(losses: Tensor, expected: Tensor) -> float:
    """The mean over units of what a loss is above that of the reference."""
    return float((losses.detach() - expected).clamp(min=0.0).double().mean())


def _moved(search: Followed, law: Law, state: TrialState, signal: Array) -> Array:
    """The weights of this step, noted behind those of the steps before; float64 [K]."""
    memory = state.memories[FOUND]
    before = memory.get("weights", np.zeros((0, len(law.tasks))))
    last = before[-1] if len(before) else search.start(len(law.tasks))
    clean = np.nan_to_num(signal, posinf=0.0, neginf=0.0)
    found = search.update(last, clean, law.rate(state.cursor.used(law.match)))
    memory["weights"] = np.concatenate([before, found[None]])
    return found


def _factors(law: Law, batches: Mapping[str, Ragged], weights: Array) -> dict[str, float]:
    """What each task's mean loss is multiplied by, so that over equal draws it counts by its weight."""
    rows = sum(len(batch.rows) for batch in batches.values())
    tasks = len(law.tasks)
    return {
        task: law.task_weights[task] * weights[law.tasks.index(task)] * tasks * len(batch.rows) / rows
        for task, batch in batches.items()
    }


def _gradient(loss: Tensor, parameters: list[Any], limit: float) -> Tensor:
    """The gradient of a loss cut to a norm, as one vector; `.grad` is clear before and after."""
    loss.backward()  # type: ignore[no-untyped-call]
    clip(parameters, limit if limit > 0 else math.inf)
    flat = torch.zeros(sum(p.numel() for p in parameters), device=parameters[0].device)
    gather(parameters, flat)
    return flat
