"""Adapters: which few weights are trained in place of all."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from currc.runtime.component import Component

if TYPE_CHECKING:
    from torch.nn import Module


class Adapter(Component):
    """A way to train a network through added weights."""

    @abstractmethod
    def adapt(self, network: Module) -> None:
        """Put the added weights into `network`, in place, and leave only what is trained with a gradient.

        Random numbers come from torch's global generator, which the caller has seeded.
        """

    @abstractmethod
    def merged(self, network: Module) -> Module:
        """An equal network without added weights; `network` itself stays as it is."""
