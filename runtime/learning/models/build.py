"""A student from the plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from currc.compiler.plan import ModelPlan, TaskPlan
from currc.runtime.learning.adapters import Adapter
from currc.runtime.learning.models import Student
from currc.runtime.learning.models.base import Base
from currc.runtime.vocabulary import Vocabulary

if TYPE_CHECKING:
    from currc.runtime.learning.models.trunk import Packing, Precision


def student(
    plan: ModelPlan,
    tasks: Mapping[str, TaskPlan],
    base: Base,
    seed: int,
    *,
    packing: Packing = "auto",
    precision: Precision = "fp32",
    device: str = "cpu",
) -> Student:
    """The model of an arm before its first step.

    Its weights depend on (base, init, adapter, seed) and, for a head, on the name of its
    task: arms of one seed start equal whichever other tasks they have.

    Raises:
        ModelError: The model cannot do a task, or a part of the plan does not fit it.
    """
    from currc.runtime.learning.models.reading import drawn
    from currc.runtime.learning.models.trunk import Trunk

    network: Any = base.network(seed)
    adapter = _adapter(plan)
    with drawn(seed, "init", "adapter"):
        adapter.adapt(network)
    if plan.kind == "causal":
        from currc.runtime.learning.models.causal import Causal

        decoder = Causal(Trunk(network, packing, precision, device), tasks, base.tokenizer, adapter)
        decoder.freeze(plan.freeze)
        return decoder
    from currc.runtime.learning.models.encoder import Encoder
    from currc.runtime.learning.models.heads import head

    # A pooler reads the first token for a purpose that no task here has.
    if getattr(network, "pooler", None) is not None:
        network.pooler.requires_grad_(False)
    dropout = getattr(network.config, "hidden_dropout_prob", 0.1)
    width = network.config.hidden_size
    heads = {name: head(name, task.kind, task.labels, width, dropout, seed) for name, task in tasks.items()}
    trunk = Trunk(network, packing, precision, device)
    encoder = Encoder(trunk, heads, base.tokenizer, adapter, plan.max_tokens)
    encoder.freeze(plan.freeze)
    return encoder


def _adapter(plan: ModelPlan) -> Adapter:
    found = Vocabulary().component("adapter", plan.adapter.word).model_validate(plan.adapter.parameters)
    if not isinstance(found, Adapter):
        raise TypeError(f"{plan.adapter.word} is no adapter")
    return found
