"""AdamW."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from currc.runtime.component import parameter
from currc.runtime.learning.optimizers import Optimizer

if TYPE_CHECKING:
    import torch


class Adamw(Optimizer):
    """Steps by the running mean of the gradient over the root of that of its square.

        m = beta1 m + (1 - beta1) g,   v = beta2 v + (1 - beta2) g**2
        theta = theta - lr * (m / (1 - beta1**t) / (sqrt(v / (1 - beta2**t)) + eps) + weight_decay * theta)

    Weight decay is decoupled from the gradient. The step is fused into one kernel.

    Source: Loshchilov and Hutter 2019 (arXiv:1711.05101).
    """

    beta1: float = parameter(0.9, description="decay of the mean of gradients", ge=0.0, lt=1.0)
    beta2: float = parameter(0.999, description="decay of the mean of squared gradients", ge=0.0, lt=1.0)
    eps: float = parameter(1e-8, description="added to the root, against division by zero", gt=0.0)

    def build(self, groups: Sequence[dict[str, Any]]) -> torch.optim.Optimizer:
        """A fresh `torch.optim.AdamW`, fused."""
        from torch.optim import AdamW

        return AdamW(list(groups), betas=(self.beta1, self.beta2), eps=self.eps, fused=True)
