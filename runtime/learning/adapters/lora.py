"""Low-rank adapters."""

from __future__ import annotations

import copy
import importlib.util
from typing import TYPE_CHECKING, Any, Literal

from currc.runtime.component import parameter
from currc.runtime.learning.adapters import Adapter
from currc.runtime.learning.models import ModelError

if TYPE_CHECKING:
    from torch.nn import Module


class Lora(Adapter):
    """Trains two thin matrices beside each attention projection; the model's own weights stay.

    A projection `W x` becomes `W x + (alpha / rank) · B A x` with `A` of shape
    `[rank, in]` and `B` of shape `[out, rank]`; `B` starts at zero, so training starts
    from the model as it is. `targets = auto` takes every linear layer inside the
    attention blocks; a list takes the layers whose names end so, as `["q_proj", "v_proj"]`.
    The winner is saved with the product added to `W`.

    Source: Hu et al. 2021 (arXiv:2106.09685).
    """

    rank: int = parameter(8, ge=1, le=1024, description="rows of each thin matrix", unit="count")
    alpha: float | None = parameter(None, gt=0, description="scale times `rank`; absent means twice it")
    dropout: float = parameter(
        0.0, ge=0.0, lt=1.0, description="dropout before the thin matrices", unit="share"
    )
    targets: Literal["auto"] | tuple[str, ...] = parameter(
        "auto", description="name endings of the layers that get one, or `auto`", unit="word"
    )

    def adapt(self, network: Module) -> None:
        """Wrap the chosen linear layers of `network` and freeze the rest.

        Raises:
            ModelError: The extra `lora` is not installed, or a target names no layer.
        """
        if importlib.util.find_spec("peft") is None:
            raise ModelError(
                "the adapter `lora` needs the package `peft`, which is not installed",
                "pip install 'currc[lora]'",
                missing=True,
            )
        from peft import LoraConfig, inject_adapter_in_model

        config = LoraConfig(
            r=self.rank,
            lora_alpha=2 * self.rank if self.alpha is None else self.alpha,
            lora_dropout=self.dropout,
            target_modules=self.chosen(network),
        )
        for weight in network.parameters():
            weight.requires_grad_(False)
        inject_adapter_in_model(config, network)
        for name, weight in network.named_parameters():
            weight.requires_grad_("lora_" in name)

    def chosen(self, network: Module) -> list[str]:
        """Full names of the layers that get an adapter, in the network's order."""
        from torch.nn import Linear

        layers = [name for name, module in network.named_modules() if isinstance(module, Linear)]
        if self.targets == "auto":
            inside = tuple(f"{name}." for name, module in network.named_modules() if _attends(module))
            found = [name for name in layers if name.startswith(inside)]
        else:
            found = [name for name in layers if name.endswith(tuple(f".{t}" for t in self.targets))]
            if missing := [t for t in self.targets if not any(name.endswith(f".{t}") for name in found)]:
                known = ", ".join(
                    f"`{word}`" for word in sorted({name.rpartition(".")[2] for name in layers})
                )
                raise ModelError(f"no linear layer is named `{missing[0]}`", f"this model has {known}")
        if not found:
            raise ModelError("this model has no linear layer in an attention block", "name the `targets`")
        return found

    def merged(self, network: Module) -> Module:
        """A copy of `network` with every product added to its own weight."""
        plain = copy.deepcopy(network)
        for name, module in list(plain.named_modules()):
            if hasattr(module, "merge") and hasattr(module, "get_base_layer"):
                module.merge()
                _put(plain, name, module.get_base_layer())
        for mark in ("peft_config", "_hf_peft_config_loaded"):
            if mark in vars(plain):
                delattr(plain, mark)
        return plain


def _attends(module: Module) -> bool:
    """Whether a block is attention by its class name, as `LlamaAttention`."""
    return type(module).__name__.endswith("Attention")


def _put(network: Module, name: str, module: Any) -> None:
    parent, _, last = name.rpartition(".")
    setattr(network.get_submodule(parent), last, module)
