"""What one step on a task alone does to the losses of all: looked at, and undone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import torch

from currc.runtime.learning.gradients import clip, seed_dropout
from currc.runtime.learning.law import Law
from currc.runtime.learning.row_losses import minimised
from currc.runtime.learning.state import TrialState
from currc.runtime.streams import generator, key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from currc.runtime.data.tokens import Ragged, TokenRows


def affinity(law: Law, state: TrialState, tokens: Mapping[str, TokenRows]) -> tuple[np.ndarray, float]:
    """1 - loss of i after a step on j / loss of i before, float64 [K, K], row j; and its operations.

    The step is the optimiser's own, at the rate of the step just made, on the shared
    parameters only; losses are without dropout, over as many fixed rows of each task as a
    batch has. Everything is put back, so that the training goes on as if nobody had looked.

    Source: Fifty et al. 2021, equation 1 (arXiv:2109.04617).
    """
    tasks = law.segment.tasks
    rows = {task: _probe_rows(law, task, len(tokens[task])) for task in tasks}
    batches = {task: tokens[task].take(rows[task]) for task in tasks}

    def losses() -> np.ndarray:
        return np.array([state.student.row_losses(tokens[task], rows[task]).mean() for task in tasks])

    before, found = losses(), np.zeros((len(tasks), len(tasks)))
    for j, task in enumerate(tasks):
        with _undone(state):
            _step(law, state, {task: batches[task]})
            found[j] = 1.0 - losses() / np.maximum(before, 1e-12)
    lengths = {task: batch.lengths for task, batch in batches.items()}
    steps = sum(state.student.flops({task: lengths[task]}) for task in tasks)
    return found, steps + (len(tasks) + 1) * state.student.flops(lengths) / 3


def skill_graph(
    law: Law,
    state: TrialState,
    tokens: Mapping[str, TokenRows],
    steps: int,
    held_out: Callable[[], np.ndarray],
) -> tuple[np.ndarray, float]:
    """The relative fall of each loss held out by `steps` steps on each task alone, 0 where it rose.

    float64 [K, K], the trained task by row; and its operations, readings of validation left out.
    Every step is the optimiser's own on all parameters; everything is put back.
    """
    tasks = law.segment.tasks
    before, found, operations = held_out(), np.zeros((len(tasks), len(tasks))), 0.0
    for i, task in enumerate(tasks):
        with _undone(state):
            for step in range(steps):
                batch = tokens[task].take(_probe_rows(law, task, len(tokens[task]), step))
                _step(law, state, {task: batch}, shared_only=False, salt=step)
                operations += state.student.flops({task: batch.lengths})
            found[i] = np.maximum(before - held_out(), 0.0) / np.maximum(before, 1e-12)
    return found, operations


def _probe_rows(law: Law, task: str, size: int, *about: int) -> np.ndarray:
    """The rows of a task that are looked at, the same all along; int64, in the order of the file."""
    chosen = generator(law.seed, "lookahead", task, *about).choice(size, min(law.batch, size), replace=False)
    return np.sort(chosen).astype(np.int64)


def _step(
    law: Law, state: TrialState, batch: Mapping[str, Ragged], *, shared_only: bool = True, salt: int = 0
) -> None:
    """One optimiser step on one task, of the shared parameters alone or of all."""
    names = state.student.shared_names
    for _, parameter in state.student.trainable():
        parameter.grad = None
    seed_dropout(state, key(law.seed, "lookahead", *batch, state.cursor.steps, salt))
    (loss,) = minimised(law, state, batch)[0].values()
    loss.backward()  # type: ignore[no-untyped-call]
    for name, parameter in state.student.trainable():
        if shared_only and name not in names:
            parameter.grad = None
    clip([p for _, p in state.student.trainable()], law.clip if law.clip > 0 else float("inf"))
    state.optimizer.step()


@contextmanager
def _undone(state: TrialState) -> Iterator[None]:
    """Put parameters, moments and what rows count by back, bit for bit, whatever happens inside."""
    remembered = {name: array.copy() for name, array in state.memories["example_weights"].items()}
    parameters = [parameter for _, parameter in state.student.trainable()]
    values = [parameter.detach().clone() for parameter in parameters]
    moments = [
        {name: value.clone() if torch.is_tensor(value) else value for name, value in known.items()}
        if (known := state.optimizer.state.get(parameter)) is not None
        else None
        for parameter in parameters
    ]
    try:
        yield
    finally:
        state.memories["example_weights"] = remembered
        with torch.no_grad():
            for parameter, value, known in zip(parameters, values, moments, strict=True):
                parameter.copy_(value)
                parameter.grad = None
                if known is None:
                    state.optimizer.state.pop(parameter, None)
                else:
                    state.optimizer.state[parameter] = known
