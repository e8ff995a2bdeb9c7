"""The network that all tasks share, and the two ways to run rows of unequal length through it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import torch
from torch import Tensor

from currc.runtime.learning.models import ModelError
from currc.runtime.learning.models.ragged import Layout, call, chunks, layout, pad
from currc.runtime.learning.models.reading import drawn

if TYPE_CHECKING:
    from torch.nn import Module, Parameter

    from currc.runtime.data.tokens import TokenRows

Packing = Literal["auto", "on", "off"]
Precision = Literal["fp32", "bf16"]


class Trunk:
    """A network of transformers with what was resolved for it: packing, precision, device."""

    def __init__(self, network: Any, packing: Packing, precision: Precision, device: str) -> None:
        self.network = network.to(device)
        self.device = device
        self.precision = precision
        self.first = None if packing == "off" else first_position(network, device)
        """Number of a row's first position where rows lie behind one another; `None`: they are padded."""
        self._cost: tuple[float, float] | None = None
        if packing == "on" and self.first is None:
            raise ModelError("this model gives other results when rows are packed", "write `packing = auto`")

    def named(self) -> list[tuple[str, Parameter]]:
        """The trainable parameters as `trunk.…`, in the network's order."""
        return [(f"trunk.{name}", p) for name, p in self.network.named_parameters() if p.requires_grad]

    def freeze(self, parameters: Sequence[Parameter], what: tuple[str, ...]) -> None:
        """Give a gradient to all of these parameters of the network but those of the parts `what`.

        Raises:
            ModelError: There is no such part.
        """
        for parameter in parameters:
            parameter.requires_grad_(True)
        freeze(self.network, what)
        self._cost = None

    def mode(self, training: bool) -> None:
        """Dropout on or off; walks the modules only when that changes."""
        if self.network.training != training:
            self.network.train(training)

    def hidden(self, ids: Tensor, rows: Layout) -> Tensor:
        """The last hidden state of each token, float32 [tokens, width]; `ids` is int64 [tokens]."""

        below = self.network.base_model  # itself, where nothing stands on it

        def run(columns: Tensor, **inputs: Any) -> Any:
            return below(**inputs).last_hidden_state

        with self.cast():
            if self.first is not None:
                state: Tensor = call(below, ids, rows, self.first).last_hidden_state.squeeze(0)
            else:
                state = padded(run, ids, rows, torch.arange(len(ids), device=ids.device))
        return state.float()

    def vectors(self, rows: TokenRows, wanted: np.ndarray, tokens: int) -> np.ndarray:
        """The mean of the last hidden states of each wanted row, float64 [n, width]; no graph.

        At most `tokens` go through the network at once. Of a decoder these are the states below
        the output layer.
        """
        found: list[tuple[np.ndarray, np.ndarray]] = []
        for places in by_length(np.diff(rows.offsets)[wanted], tokens):
            batch = rows.take(wanted[places])
            mine = layout(batch.lengths, self.device)
            with torch.inference_mode():
                states = self.hidden(torch.from_numpy(batch.ids).to(self.device), mine)
                mean = mine.lines(states).sum(1) / mine.lengths[:, None]
            found.append((places, mean.double().cpu().numpy()))
        vectors = np.zeros((len(wanted), found[0][1].shape[1] if found else 0))
        for places, mean_states in found:
            vectors[places] = mean_states
        return vectors

    def logits(self, ids: Tensor, rows: Layout, wanted: Tensor) -> Tensor:
        """The logits behind some tokens of a decoder, float32 [wanted, vocabulary].

        The output layer, often the widest of all, sees these tokens only. `ids` is int64
        [tokens], `wanted` int64 places in it.
        """

        def run(columns: Tensor, **inputs: Any) -> Any:
            return self.network(**inputs, logits_to_keep=columns, use_cache=False).logits

        with self.cast():
            if self.first is not None:
                out = call(self.network, ids, rows, self.first, logits_to_keep=wanted, use_cache=False)
                found: Tensor = out.logits.squeeze(0)  # an index would copy the whole gradient
            else:
                found = padded(run, ids, rows, wanted)
        return found.float()

    def cast(self) -> torch.autocast:
        """Autocast to bfloat16 where that was resolved."""
        kind = torch.device(self.device).type
        return torch.autocast(kind, dtype=torch.bfloat16, enabled=self.precision == "bf16")

    def flops(self, lengths: Tensor) -> float:
        """Operations of one training step over rows of these lengths, in float64.

        Forward 2 a weight and token; back 2 more for every weight from the lowest trainable
        one upward, and 2 for every trainable one. Attention counts 4 · length² · width a
        layer and pass. The token embeddings are looked up and the output layer is used at
        answers only: neither counts.
        """
        if self._cost is None:
            self._cost = cost_of(self.network)
        exact = lengths.double()
        return float(self._cost[0] * exact.sum() + self._cost[1] * (exact * exact).sum())


def padded(run: Callable[..., Tensor], ids: Tensor, rows: Layout, wanted: Tensor) -> Tensor:
    """The outputs at some tokens, from rows padded in a few groups of like length.

    Args:
        run: Called with `columns`, int64, and padded `input_ids` and `attention_mask`
            [rows, longest]; gives outputs [rows, columns, …] or of all of a row's places.
        ids: int64 [tokens].
        rows: Where they lie.
        wanted: int64 places in `ids`.

    Returns:
        [wanted, …] in the order of `wanted`.
    """
    lines, real = pad(ids, rows)
    place = torch.empty_like(rows.lengths)
    parts, order = [], []
    for group in chunks(rows.lengths.cpu()):
        group = group.to(ids.device)
        longest = int(rows.lengths[group].max())
        mine = torch.isin(rows.rows[wanted], group).nonzero()[:, 0]
        place[group] = torch.arange(len(group), device=ids.device)
        columns, column = torch.unique(rows.positions[wanted[mine]], return_inverse=True)
        out = run(columns, input_ids=lines[group, :longest], attention_mask=real[group, :longest])
        if out.shape[1] != len(columns):
            column = columns[column]
        parts.append(out.flatten(0, 1)[place[rows.rows[wanted[mine]]] * out.shape[1] + column])
        order.append(mine)
    return torch.cat(parts)[torch.argsort(torch.cat(order))]


def first_position(network: Any, device: str) -> int | None:
    """The number that a row's first position has in this network, or `None` where packing does not hold.

    Three short rows go through the network padded and packed; some architectures count
    positions from behind the padding token's id, and some cannot keep rows apart at all.
    """
    config = network.config
    if getattr(config, "attn_logit_softcapping", None):
        return None  # transformers' `sdpa` cannot do it
    rows = layout(torch.tensor([5, 9, 3]), device)
    ids = torch.arange(1, 18, device=device) * 7 % (config.vocab_size - 8) + 4
    with evaluating(network), torch.inference_mode():
        every = torch.arange(len(ids), device=device)
        expected = padded(lambda columns, **inputs: _output(network(**inputs)), ids, rows, every)
        size = float(expected.abs().max())
        for first in sorted({0, (config.pad_token_id or 0) + 1}):
            try:
                found = _output(call(network, ids, rows, first))[0]
            except (TypeError, ValueError, RuntimeError, IndexError, KeyError):
                continue  # whatever a network says to arguments that it does not know
            if found.shape == expected.shape and float((found - expected).abs().max()) <= 1e-4 * size:
                return first
    return None


@contextmanager
def evaluating(network: Module) -> Iterator[None]:
    """Dropout off inside the block; random streams are as before after it."""
    before = network.training
    network.eval()
    try:
        with drawn(0, "check"):
            yield
    finally:
        network.train(before)


def by_length(lengths: np.ndarray, tokens: int) -> Iterator[np.ndarray]:
    """Places of rows in groups of like length with at most `tokens` tokens each (one row may have more)."""
    order = np.argsort(lengths, kind="stable")
    start = total = 0
    for end, place in enumerate(order):
        size = int(lengths[place])
        if end > start and total + size > tokens:
            yield order[start:end]
            start, total = end, 0
        total += size
    if start < len(order):
        yield order[start:]


def freeze(network: Any, what: tuple[str, ...]) -> None:
    """Take the gradient from `embeddings` and from `layers:FIRST:LAST`, both ends included, from 0.

    Raises:
        ModelError: There is no such layer, or the word is another.
    """
    for word in what:
        for module in _frozen(network, word):
            module.requires_grad_(False)


def blocks(network: Any) -> list[Module]:
    """The network's layers from the input to the output."""
    from torch.nn import ModuleList

    wanted = network.config.num_hidden_layers
    for module in network.modules():
        if isinstance(module, ModuleList) and len(module) == wanted:
            return list(module)
    raise ModelError("this architecture has no plain list of layers", "leave `layers` out of `freeze`")


def resolve_precision(wanted: str, device: str = "cpu") -> Precision:
    """`auto` as bf16 where the processor multiplies it in hardware, else fp32; once for all arms of a run."""
    if wanted != "auto":
        return "bf16" if wanted == "bf16" else "fp32"
    if torch.device(device).type == "cuda":
        return "bf16" if torch.cuda.is_bf16_supported() else "fp32"
    able = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    return "bf16" if able else "fp32"


def cost_of(network: Any) -> tuple[float, float]:
    """Operations of a training step a token, and a squared length; see `Trunk.flops`."""
    layers = blocks(network)
    sizes = [sum(p.numel() for p in layer.parameters() if p.ndim > 1) for layer in layers]
    learning = [[p for p in layer.parameters() if p.requires_grad] for layer in layers]
    learnt = sum(p.numel() for layer in learning for p in layer if p.ndim > 1)
    lowest = next((i for i, layer in enumerate(learning) if layer), None)
    if any(p.requires_grad for module in _embeddings(network) for p in module.parameters()):
        lowest = 0
    through = 0 if lowest is None else sum(sizes[lowest:])
    behind = 0 if lowest is None else len(layers) - lowest
    passes = len(layers) + 2 * behind
    return float(2 * (sum(sizes) + through + learnt)), float(4 * network.config.hidden_size * passes)


def _frozen(network: Any, word: str) -> list[Module]:
    if word == "embeddings":
        return _embeddings(network)
    kind, _, ends = word.partition(":")
    if kind != "layers":
        raise ModelError(f"`{word}` cannot be frozen", "write `embeddings` or `layers(0 .. 3)`")
    first, _, last = ends.partition(":")
    found = blocks(network)
    if int(first) > int(last) or int(last) >= len(found):
        raise ModelError(
            f"`layers({first} .. {last})` cannot be frozen: the model has layers 0 .. {len(found) - 1}"
        )
    return found[int(first) : int(last) + 1]


def _embeddings(network: Any) -> list[Module]:
    """The whole `embeddings` block where there is one, else the token embeddings."""
    inputs = network.get_input_embeddings()
    return [next((m for n, m in network.named_modules() if n.endswith("embeddings")), inputs)]


def _output(result: Any) -> Tensor:
    state: Tensor = result.last_hidden_state if hasattr(result, "last_hidden_state") else result.logits
    return state
