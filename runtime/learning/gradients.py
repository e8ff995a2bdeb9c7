"""From the losses of one step to the gradients: of the weighted sum, or task by task."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, cast

import numpy as np
import torch

from currc.runtime.learning.law import Law
from currc.runtime.learning.row_losses import minimised
from currc.runtime.learning.state import TrialState
from currc.runtime.streams import Stream, generator, key

if TYPE_CHECKING:
    from torch import Tensor

    from currc.runtime.data.ragged import Ragged


def backward(law: Law, state: TrialState, batches: Mapping[str, Ragged]) -> dict[str, float]:
    """Fill `.grad` of every trainable tensor and return each task's mean loss.

    The loss of a step is the sum over its tasks of (rows of the task / rows of the
    step) · `weight` · (factor of the weighting) · (mean loss of the task, each row times
    what the example weights say). Without a
    combiner this is one joint forward and one backward; with one, each task makes its
    own forward and backward over its own rows, which costs the same FLOPs.
    """
    rows = sum(len(batch.rows) for batch in batches.values())
    shares = {task: len(batch.rows) / rows for task, batch in batches.items()}
    if _apart(law, state, batches):
        return _combined(law, state, batches, shares)
    seed_dropout(state, key(law.seed, "dropout", "joint", state.cursor.steps))
    losses, values = minimised(law, state, batches)
    factors = _factors(law, state, values)
    total = torch.stack([factors[task] * shares[task] * loss for task, loss in losses.items()]).sum()
    total.backward()  # type: ignore[no-untyped-call]
    return values


def _apart(law: Law, state: TrialState, batches: Mapping[str, Ragged]) -> bool:
    """Whether each task makes its own backward: there is a combiner, and something that tasks share."""
    names = state.student.shared_names if "per_task_gradients" in law.combining.needs else frozenset()
    return len(batches) > 1 and any(name in names for name, _ in state.student.trainable())


def clip(parameters: Iterable[Tensor], limit: float) -> float:
    """Scale all gradients so that their joint norm is at most `limit`; returns the norm before.

    As `torch.nn.utils.clip_grad_norm_` does it; but the norm is read in every step anyway, to
    tell a divergence, so gradients within the limit are not multiplied by 1.
    """
    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
    if not gradients:
        return 0.0
    norm = float(torch.linalg.vector_norm(torch.stack(torch._foreach_norm(gradients))))
    if norm > limit:
        torch._foreach_mul_(gradients, limit / (norm + 1e-6))
    return norm


def losses_again(law: Law, state: TrialState, batches: Mapping[str, Ragged]) -> dict[str, float]:
    """Each task's mean loss over the rows of the step just made, under the same dropout as in it."""
    step = state.cursor.steps - 1
    joint = not _apart(law, state, batches)
    parts = [batches] if joint else [{task: batch} for task, batch in batches.items()]
    found: dict[str, float] = {}
    with torch.no_grad():
        for part in parts:
            seed_dropout(state, key(law.seed, "dropout", "joint" if joint else next(iter(part)), step))
            found |= {task: float(loss) for task, loss in state.student.losses(part).items()}
    return found


def seed_dropout(state: TrialState, seed: int) -> None:
    """Seed dropout, on the student's device alone.

    `torch.manual_seed` tells every kind of device, and notes a call stack for each that is
    not there: 0.5 ms a step, and memory that grows.
    """
    torch.default_generator.manual_seed(seed)
    device = state.student.trainable()[0][1].device
    if device.type == "cuda":
        torch.cuda.manual_seed(seed)


def _factors(law: Law, state: TrialState, losses: Mapping[str, float]) -> dict[str, float]:
    """Each present task's factor: `weight` times what the weighting says, noted for a yoked control."""
    cursor = state.cursor
    if law.mean_weights is not None:
        return {task: law.task_weights[task] * law.mean_weights[task] for task in losses}
    known = np.array([losses.get(task, math.nan) for task in law.tasks])
    chance = Stream(law.seed, "weights", cursor.steps)
    chosen = law.weighting.weights(known, state.memories["weights"], cast("np.random.Generator", chance))
    found = dict(zip(law.tasks, map(float, chosen), strict=True))
    for task in losses:
        cursor.weight_sums[task] = cursor.weight_sums.get(task, 0.0) + found[task]
        cursor.weight_steps[task] = cursor.weight_steps.get(task, 0) + 1
    return {task: law.task_weights[task] * found[task] for task in losses}


def _combined(
    law: Law, state: TrialState, batches: Mapping[str, Ragged], shares: Mapping[str, float]
) -> dict[str, float]:
    """Per-task gradients of the shared tensors into rows of one matrix, combined by its Gramian.

    A task's own tensors (its head) keep their plain gradient: no other task touches them.
    """
    student = state.student
    names = student.shared_names
    shared = [p for name, p in student.trainable() if name in names]
    gradients = torch.zeros(len(batches), sum(p.numel() for p in shared), device=shared[0].device)
    values: dict[str, float] = {}
    for task, batch in batches.items():
        seed_dropout(state, key(law.seed, "dropout", task, state.cursor.steps))
        losses, value = minimised(law, state, {task: batch})
        values |= value
        (shares[task] * losses[task]).backward()  # type: ignore[no-untyped-call]
        gather(shared, gradients[len(values) - 1])
    factors = _factors(law, state, values)
    gradients *= torch.tensor([factors[task] for task in batches]).to(gradients).unsqueeze(1)
    _scale_own(state, factors, names)
    gramian = np.zeros((len(law.tasks), len(law.tasks)))
    present = [law.tasks.index(task) for task in batches]
    gramian[np.ix_(present, present)] = (gradients @ gradients.T).double().cpu().numpy()
    mixed = np.ones(len(present))
    if np.isfinite(gramian).all():  # else the plain sum, which is not finite either, ends the trial
        chance = generator(law.seed, "combine", state.cursor.steps)
        mixed = law.combining.weights(gramian, state.memories["combine"], chance)[present]
    spread(torch.from_numpy(mixed).to(gradients) @ gradients, shared)
    return values


def gather(parameters: Sequence[Tensor], row: Tensor) -> None:
    """Copy the gradients of these tensors into a row, one after the other, and clear them."""
    start = 0
    for parameter in parameters:
        if parameter.grad is not None:
            row[start : start + parameter.numel()] = parameter.grad.reshape(-1)
            parameter.grad = None
        start += parameter.numel()


def spread(flat: Tensor, parameters: Sequence[Tensor]) -> None:
    """Make a row the gradients of these tensors."""
    start = 0
    for parameter in parameters:
        parameter.grad = flat[start : start + parameter.numel()].view_as(parameter)
        start += parameter.numel()


def _scale_own(state: TrialState, factors: Mapping[str, float], shared: frozenset[str]) -> None:
    """Give each head's gradient its task's factor, which was not known before all losses were."""
    for name, parameter in state.student.trainable():
        if name not in shared and parameter.grad is not None:
            parameter.grad *= factors[state.student.owner(name)]
