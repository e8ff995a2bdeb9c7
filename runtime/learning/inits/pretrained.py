"""The base's own weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from currc.runtime.learning.inits import Init

if TYPE_CHECKING:
    from transformers import PretrainedConfig


class Pretrained(Init):
    """Starts from the weights of the base model."""

    fresh: ClassVar[bool] = False

    def shape(self, config: PretrainedConfig) -> Any:
        """The base's config."""
        return config
