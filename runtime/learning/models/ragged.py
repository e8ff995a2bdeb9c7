"""Rows of unequal length in one forward without padding.

All rows of a step lie behind one another in one sequence, so that the linear
layers, which are nearly all of the work, see real tokens only; attention alone
lays each row out on its own line and stays inside it. Positions restart in every
row. The result is that of a padded batch (`tests/test_ragged.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

if TYPE_CHECKING:
    import numpy as np
    from torch.nn import Module

NAME = "currc_ragged"
"""The attention's name in transformers' registry."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where each token of the one long sequence lies when every row has a line of its own."""

    lengths: Tensor
    """int64 [rows]."""
    longest: int
    rows: Tensor
    """The row of each token, int64 [tokens]."""
    positions: Tensor
    """The place of each token in its row, from 0, int64 [tokens]."""
    slots: Tensor
    """The place of each token among rows · longest, int64 [tokens]."""
    even: bool
    """Whether all rows are of one length."""
    mask: Tensor | None = None
    """Who sees whom, bool [rows, 1, longest, longest] (query, key); `None` is all of the own row
    for an encoder and all before for a decoder."""
    numbers: Tensor | None = None
    """The position that the network is told for each token, where it is not `positions`; int64 [tokens]."""

    @property
    def real(self) -> Tensor:
        """Which places hold a token, bool [rows, longest]."""
        return torch.arange(self.longest, device=self.lengths.device) < self.lengths[:, None]

    def lines(self, flat: Tensor) -> Tensor:
        """A value for each token as one line a row, zeros at the end: [tokens, …] → [rows, longest, …]."""
        grid = flat.new_zeros(len(self.lengths) * self.longest, *flat.shape[1:])
        return grid.index_copy(0, self.slots, flat).view(len(self.lengths), self.longest, *flat.shape[1:])

    def flat(self, lines: Tensor) -> Tensor:
        """The tokens of each line behind one another: [rows, longest, …] → [tokens, …]."""
        found: Tensor = _Flat.apply(lines.reshape(-1, *lines.shape[2:]), self.slots)  # type: ignore[no-untyped-call]
        return found


def layout(lengths: np.ndarray | Tensor, device: str = "cpu") -> Layout:
    """The layout of rows that lie behind one another.

    Args:
        lengths: int64 [rows], each at least 1.
        device: Where the tokens are.
    """
    sizes = torch.as_tensor(lengths, dtype=torch.int64)
    rows = torch.repeat_interleave(torch.arange(len(sizes)), sizes)
    starts = torch.cumsum(sizes, 0) - sizes
    positions = torch.arange(len(rows)) - starts[rows]
    longest = int(sizes.max())
    slots = rows * longest + positions
    return Layout(
        lengths=sizes.to(device),
        longest=longest,
        rows=rows.to(device),
        positions=positions.to(device),
        slots=slots.to(device),
        even=bool((sizes == longest).all()),
    )


class _Flat(torch.autograd.Function):
    """Rows of a matrix by index, each at most once: the gradient is a copy where autograd's own adds up."""

    @staticmethod
    def forward(ctx: Any, lines: Tensor, slots: Tensor) -> Tensor:
        ctx.save_for_backward(slots)
        ctx.count = len(lines)
        return lines.index_select(0, slots)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        (slots,), (gradient,) = ctx.saved_tensors, gradients
        lines = gradient.new_zeros(ctx.count, *gradient.shape[1:])
        return lines.index_copy_(0, slots, gradient), None


def attention(
    module: Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    *,
    ragged: Layout | None = None,
    sliding_window: int | None = None,
    is_causal: bool | None = None,
    **others: Any,
) -> tuple[Tensor, None]:
    """Attention inside each row of `ragged`; without it, transformers' own `sdpa`.

    `query`, `key` and `value` are [1, heads, tokens, size]; the result is [1, tokens, heads, size].
    """
    from transformers.integrations.sdpa_attention import sdpa_attention_forward

    if ragged is None:
        plain: tuple[Tensor, None] = sdpa_attention_forward(
            module, query, key, value, attention_mask, is_causal=is_causal, **others
        )
        return plain
    causal = bool(getattr(module, "is_causal", False)) if is_causal is None else is_causal
    mask = seen(ragged, causal, sliding_window)
    lines = [ragged.lines(x[0].transpose(0, 1)).transpose(1, 2) for x in (query, key, value)]
    out, _ = sdpa_attention_forward(module, *lines, mask, is_causal=causal and mask is None, **others)
    return ragged.flat(out)[None], None


def seen(ragged: Layout, causal: bool, window: int | None) -> Tensor | None:
    """Which keys each query sees, bool, [rows, 1, 1 or longest, longest]; `None` where plain causal says it.

    A decoder needs no mask for the zeros behind a row: all that looks at them is thrown away.
    """
    if window is not None and window < ragged.longest:
        place = torch.arange(ragged.longest, device=ragged.lengths.device)
        near = (place[:, None] - place) < window
        near = near & (place[:, None] >= place) if causal else near & (place - place[:, None] < window)
        return near & (ragged.real[:, None, None] if ragged.mask is None else ragged.mask)
    if ragged.mask is not None or causal:
        return ragged.mask
    return None if ragged.even else ragged.real[:, None, None]


@contextmanager
def attending(network: Any) -> Iterator[None]:
    """Let `network` attend by rows inside the block."""
    from transformers import AttentionInterface

    AttentionInterface.register(NAME, attention)
    before = network.config._attn_implementation
    network.config._attn_implementation = NAME
    try:
        yield
    finally:
        network.config._attn_implementation = before


def call(network: Any, ids: Tensor, rows: Layout, first: int, **others: Any) -> Any:
    """The network's output on rows that lie behind one another, as a batch of one.

    `ids` is int64 [tokens]; `first` is the number of a row's first position. The mask is
    a dummy that transformers hands on as it is.
    """
    with attending(network):
        return network(
            input_ids=ids[None],
            position_ids=(rows.positions if rows.numbers is None else rows.numbers)[None] + first,
            attention_mask=torch.zeros(1, 1, 1, 1, dtype=torch.bool, device=ids.device),
            ragged=rows,
            **others,
        )


def pad(ids: Tensor, rows: Layout) -> tuple[Tensor, Tensor]:
    """The rows padded with zeros on the right, and 1 where a token is: int64 [rows, longest] twice."""
    return rows.lines(ids), rows.real.long()


def branching(prompts: list[Tensor], branches: list[list[Tensor]], device: str) -> tuple[Tensor, Layout]:
    """Each prompt once, followed by its branches, none of which sees another.

    Args:
        prompts: int64 [length] each.
        branches: The continuations of each prompt, int64 [length] each, some may be empty.
        device: Where the tokens go.

    Returns:
        Tokens, int64 [tokens], and their layout.
    """
    pieces = [[prompt, *mine] for prompt, mine in zip(prompts, branches, strict=True)]
    ids = torch.cat([piece for row in pieces for piece in row]).to(device)
    rows = layout(torch.tensor([sum(len(piece) for piece in row) for row in pieces]), device)
    of = torch.cat([torch.full((len(piece),), i) for row in pieces for i, piece in enumerate(row)])
    starts = [0 if i == 0 else len(row[0]) for row in pieces for i in range(len(row))]
    sizes = [len(piece) for row in pieces for piece in row]
    numbers = torch.cat([start + torch.arange(n) for start, n in zip(starts, sizes, strict=True)])
    branch = rows.lines(of.to(device))
    before = torch.ones(rows.longest, rows.longest, dtype=torch.bool, device=device).tril()
    mine = (branch[:, None, :] == 0) | (branch[:, None, :] == branch[:, :, None])
    mask = (before & mine & rows.real[:, None, :])[:, None]
    return ids, replace(rows, mask=mask, numbers=numbers.to(device))


def chunks(lengths: Tensor, cost: int = 64) -> list[Tensor]:
    """Rows in groups of like length, for a network that must be padded.

    A group is cut where that saves more than `cost` padded places, about what one more
    forward costs.

    Returns:
        Indices of the rows of each group, int64, shortest first.
    """
    order = torch.argsort(lengths, stable=True)
    groups, todo = [], [order]
    while todo:
        group = todo.pop()
        sizes = lengths[group]
        below = torch.arange(1, len(group))
        saved = below * (sizes[-1] - sizes[below - 1]) if len(group) > 1 else torch.zeros(1)
        if int(saved.max()) > cost:
            cut = int(saved.argmax()) + 1
            todo += [group[cut:], group[:cut]]
        else:
            groups.append(group)
    return groups
