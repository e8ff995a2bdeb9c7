"""Parameter groups: which tensors decay, and whose learning rate is scaled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from currc.runtime.learning.models import Student


def groups(student: Student, scales: Mapping[str, float], weight_decay: float) -> list[dict[str, Any]]:
    """Groups for an optimiser, each with `params`, `lr`, `weight_decay` and the `scale` of its rate.

    Matrices decay, vectors (biases, norms) do not, as is usual. A task's own tensors
    learn at its `lr_scale`; the shared ones at 1. Parameters that are frozen for now are in them
    too: without a gradient an optimiser leaves them alone.
    """
    found: dict[tuple[bool, float], list[Any]] = {}
    shared = student.shared_names
    for name, parameter in student.adjustable():
        scale = 1.0 if name in shared else scales[student.owner(name)]
        found.setdefault((parameter.ndim > 1, scale), []).append(parameter)
    return [
        {"params": params, "lr": 0.0, "weight_decay": weight_decay if decays else 0.0, "scale": scale}
        for (decays, scale), params in found.items()
    ]
