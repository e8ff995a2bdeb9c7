"""Fresh weights in the base's architecture."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, ClassVar

from currc.runtime.component import parameter
from currc.runtime.learning.inits import Init
from currc.runtime.learning.models import ModelError

if TYPE_CHECKING:
    from transformers import PretrainedConfig


class Random(Init):
    """Starts from random weights in the base's architecture, as wide and deep as is said here.

    What is absent is as in the base. `vocab` keeps the first entries of the base's
    tokenizer: words beyond them are cut into shorter pieces, or become unknown. The
    weights are drawn from the trial's seed as the architecture itself draws them.
    """

    fresh: ClassVar[bool] = True

    layers: int | None = parameter(
        None, ge=1, le=256, description="layers; absent means the base's", unit="count"
    )
    width: int | None = parameter(None, ge=4, le=65536, description="hidden size, in features", unit="count")
    heads: int | None = parameter(
        None, ge=1, le=1024, description="attention heads; absent keeps the size of a head", unit="count"
    )
    vocab: int | None = parameter(
        None, ge=300, description="entries of the base's tokenizer to keep", unit="count"
    )

    @property
    def entries(self) -> int | None:
        """Entries of the tokenizer's vocabulary to keep."""
        return self.vocab

    def shape(self, config: PretrainedConfig) -> Any:
        """The base's config in the new size; the ratio of the inner layers to the width stays.

        Raises:
            ModelError: The width is no multiple of the heads.
        """
        wide = self.width or config.hidden_size
        head = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
        heads = self.heads or max(1, wide // head)
        if wide % heads or (wide // heads) % 2:
            raise ModelError(
                f"a width of {wide} cannot be cut into {heads} attention heads of even size",
                "choose `width` as an even multiple of `heads`",
            )
        new = copy.deepcopy(config)
        new.num_hidden_layers = self.layers or config.num_hidden_layers
        new.num_attention_heads = heads
        new.intermediate_size = max(1, round(config.intermediate_size / config.hidden_size * wide))
        new.hidden_size = wide
        if getattr(config, "num_key_value_heads", None):
            group = config.num_attention_heads // config.num_key_value_heads
            new.num_key_value_heads = heads // group if heads % group == 0 else heads
        if getattr(config, "head_dim", None):
            new.head_dim = wide // heads
        if getattr(config, "layer_types", None):
            cycle = config.layer_types
            new.layer_types = [cycle[i % len(cycle)] for i in range(new.num_hidden_layers)]
        return new
