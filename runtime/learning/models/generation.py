"""Greedy answers of a decoder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor


def greedy(
    network: Any, prompts: Sequence[Tensor], stop: int, most: int, *, first: int = 0, device: str = "cpu"
) -> list[list[int]]:
    """The likeliest next token again and again, until `stop` or `most` tokens.

    Prompts are padded on the left and told apart by the mask alone, so that a tokenizer
    may pad with its end token. A row that has ended leaves the batch.

    Args:
        network: A causal model of transformers, in evaluation mode.
        prompts: int64 [length] each.
        stop: The end token; it is not part of an answer.
        most: Tokens of an answer, at least 1.
        first: Number of a row's first position.
        device: Where the network is.

    Returns:
        The new tokens of each prompt.
    """
    from transformers import DynamicCache

    longest = max(len(prompt) for prompt in prompts)
    ids = torch.zeros(len(prompts), longest, dtype=torch.int64, device=device)
    mask = torch.zeros_like(ids)
    for line, seen, prompt in zip(ids, mask, prompts, strict=True):
        line[longest - len(prompt) :] = prompt
        seen[longest - len(prompt) :] = 1
    positions = (mask.cumsum(1) - 1).clamp(min=0) + first
    cache = DynamicCache(config=network.config)
    alive = list(range(len(prompts)))
    answers: list[list[int]] = [[] for _ in prompts]
    for _ in range(most):
        out = network(
            input_ids=ids,
            attention_mask=mask,
            position_ids=positions,
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
        )
        chosen = out.logits[:, -1].argmax(1)
        going = chosen != stop
        for row, token in zip(alive, chosen.tolist(), strict=True):
            if token != stop:
                answers[row].append(token)
        if not bool(going.any()):
            break
        if not bool(going.all()):
            left = going.nonzero()[:, 0]
            alive = [alive[i] for i in left.tolist()]
            cache.batch_select_indices(left)
            chosen, mask, positions = chosen[left], mask[left], positions[left]
        ids, positions = chosen[:, None], positions[:, -1:] + 1
        mask = torch.cat([mask, mask.new_ones(len(mask), 1)], 1)
    return answers
