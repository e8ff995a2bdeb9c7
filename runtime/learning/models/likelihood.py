"""The negative log-likelihood of tokens, whose gradient is made in one matrix of the logits' size."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional


def nats_of(logits: Tensor, tokens: Tensor) -> Tensor:
    """-log softmax(logits)[token], as `cross_entropy` without reduction, bit for bit; float32 [n].

    Args:
        logits: float32 [n, vocabulary].
        tokens: int64 [n].
    """
    if logits.device.type != "cpu":
        return functional.cross_entropy(logits, tokens, reduction="none")
    found: Tensor = _Nats.apply(logits, tokens)  # type: ignore[no-untyped-call]
    return found


class _Nats(torch.autograd.Function):
    """Autograd's own makes two matrices in the backward pass, and such a matrix is larger than any cache."""

    @staticmethod
    def forward(ctx: Any, logits: Tensor, tokens: Tensor) -> Tensor:
        known = torch.log_softmax(logits, 1)
        ctx.save_for_backward(known, tokens)
        return -known.gather(1, tokens[:, None])[:, 0]

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        (known, tokens), (gradient,) = ctx.saved_tensors, gradients
        whole = torch.zeros_like(known).scatter_(1, tokens[:, None], -gradient[:, None])
        torch.ops.aten._log_softmax_backward_data.out(whole, known, 1, known.dtype, out=whole)
        return whole, None
