"""Optimisers: how gradients move the parameters."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from currc.runtime.component import Component

if TYPE_CHECKING:
    import torch


class Optimizer(Component):
    """Makes the torch optimiser of a trial; learning rate and weight decay come from its groups."""

    @abstractmethod
    def build(self, groups: Sequence[dict[str, Any]]) -> torch.optim.Optimizer:
        """A fresh optimiser over parameter groups, each with `params`, `lr` and `weight_decay`."""
