"""Inits: where the weights come from before training."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from currc.runtime.component import Component

if TYPE_CHECKING:
    from transformers import PretrainedConfig


class Init(Component):
    """Where the weights of the trunk come from."""

    fresh: ClassVar[bool]
    """Whether the weights are drawn anew, so that those of the base are never read."""

    @property
    def entries(self) -> int | None:
        """Entries of the tokenizer's vocabulary to keep; `None` keeps all."""
        return None

    @abstractmethod
    def shape(self, config: PretrainedConfig) -> Any:
        """The config of the network to build, from the base's; `config` itself stays as it is."""
