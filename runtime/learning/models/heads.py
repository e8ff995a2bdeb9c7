"""What stands on an encoder's trunk: one head a task, by the task's kind."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from currc.runtime.learning.models import ModelError
from currc.runtime.learning.models.ragged import Layout
from currc.runtime.learning.models.reading import drawn

if TYPE_CHECKING:
    from numpy.typing import NDArray

Value = str | float | tuple[str, ...]
NO_TAG = -100
"""The target of a token that is not the first piece of a word."""


class Head(nn.Module, ABC):
    """Dropout and one linear layer over hidden states."""

    kind: str

    def __init__(self, width: int, outputs: int, labels: Sequence[str], dropout: float) -> None:
        super().__init__()
        self.labels = tuple(labels)
        self.dropout = nn.Dropout(dropout)
        self.linear = nn.Linear(width, outputs)

    @abstractmethod
    def outputs(self, hidden: Tensor, rows: Layout) -> Tensor:
        """The head's numbers, float32 with rows first, from hidden states [tokens, width]."""

    @abstractmethod
    def losses(self, outputs: Tensor, targets: Tensor, rows: Layout) -> Tensor:
        """The loss of each row, float32 [rows]; `targets` as in `TokenRows`."""

    @abstractmethod
    def values(self, outputs: Tensor, rows: Layout, words: Words) -> list[Value]:
        """The answer to each row."""


class Words:
    """The text under the tokens of some rows: characters by token, and what they are characters of."""

    def __init__(self, prompts: Sequence[str], chars: NDArray[Any] | None, wanted: Tensor | None) -> None:
        self.prompts = prompts
        self.chars = chars
        """int [tokens, 2], -1 where a token may be no part of an answer; extract only."""
        self.wanted = wanted
        """bool [tokens]: first pieces of words; tag only."""


class Pooled(Head):
    """Reads the mean of a row's hidden states."""

    def outputs(self, hidden: Tensor, rows: Layout) -> Tensor:
        """Outputs of each row, [rows, outputs]."""
        mean = rows.lines(hidden).sum(1) / rows.lengths[:, None]
        found: Tensor = self.linear(self.dropout(mean))
        return found


class Classify(Pooled):
    """One of the task's labels; cross entropy."""

    kind = "classify"

    def losses(self, outputs: Tensor, targets: Tensor, rows: Layout) -> Tensor:
        """Negative log-likelihood of each row's label."""
        return functional.cross_entropy(outputs, targets, reduction="none")

    def values(self, outputs: Tensor, rows: Layout, words: Words) -> list[Value]:
        """The likeliest label."""
        return [self.labels[i] for i in outputs.argmax(1).tolist()]


class Regress(Pooled):
    """One number; squared error."""

    kind = "regress"

    def losses(self, outputs: Tensor, targets: Tensor, rows: Layout) -> Tensor:
        """Squared error of each row."""
        return (outputs[:, 0] - targets.float()) ** 2

    def values(self, outputs: Tensor, rows: Layout, words: Words) -> list[Value]:
        """The number."""
        return [float(value) for value in outputs[:, 0].tolist()]


class Extract(Head):
    """A span of the prompt: logits of being its first and its last token; mean of two cross entropies.

    Source: Devlin et al. 2018 (arXiv:1810.04805), section 4.2.
    """

    kind = "extract"

    def outputs(self, hidden: Tensor, rows: Layout) -> Tensor:
        """First and last logits, [rows, 2, longest], minus infinity behind a row's end."""
        lines = rows.lines(self.linear(self.dropout(hidden))).transpose(1, 2)
        return lines.masked_fill(~rows.real[:, None], -torch.inf)

    def losses(self, outputs: Tensor, targets: Tensor, rows: Layout) -> Tensor:
        """Half the negative log-likelihood of first and last token."""
        spans = targets.long()
        first = functional.cross_entropy(outputs[:, 0], spans[:, 0], reduction="none")
        last = functional.cross_entropy(outputs[:, 1], spans[:, 1], reduction="none")
        return (first + last) / 2

    def values(self, outputs: Tensor, rows: Layout, words: Words) -> list[Value]:
        """The text of the span with the best sum of logits, its first token not behind its last."""
        if words.chars is None:
            raise ValueError("to extract, the rows must say which characters their tokens cover")
        chars = torch.from_numpy(np.array(words.chars, np.int64)).to(outputs.device)
        allowed = rows.lines((chars[:, 0] >= 0).float()) > 0
        masked = outputs.masked_fill(~allowed[:, None], -torch.inf)
        places = rows.lines(chars).tolist()
        return [
            text[places[i][a][0] : places[i][b][1]] if bool(allowed[i].any()) else ""
            for i, (text, (a, b)) in enumerate(zip(words.prompts, best_spans(masked), strict=True))
        ]


class Tag(Head):
    """One label a word, read at its first piece; mean cross entropy over a row's words."""

    kind = "tag"

    def outputs(self, hidden: Tensor, rows: Layout) -> Tensor:
        """Logits of each token, [tokens, labels]."""
        found: Tensor = self.linear(self.dropout(hidden))
        return found

    def losses(self, outputs: Tensor, targets: Tensor, rows: Layout) -> Tensor:
        """Mean negative log-likelihood over the words of each row; 0 for a row without words."""
        tags = targets.long()
        each = functional.cross_entropy(outputs, tags, reduction="none", ignore_index=NO_TAG)
        words = rows.lines((tags != NO_TAG).float()).sum(1)
        return rows.lines(each).sum(1) / words.clamp(min=1)

    def values(self, outputs: Tensor, rows: Layout, words: Words) -> list[Value]:
        """The likeliest label of each word, as a tuple a row."""
        if words.wanted is None:
            raise ValueError("to tag, the rows must say where their words start")
        chosen, wanted, row = (x.tolist() for x in (outputs.argmax(1), words.wanted, rows.rows))
        found: list[list[str]] = [[] for _ in range(len(rows.lengths))]
        for label, want, i in zip(chosen, wanted, row, strict=True):
            if want:
                found[i].append(self.labels[label])
        return [tuple(tags) for tags in found]


HEADS: dict[str, type[Head]] = {head.kind: head for head in (Classify, Regress, Extract, Tag)}
"""The head of each task kind that an encoder can learn."""


def head(task: str, kind: str, labels: Sequence[str], width: int, dropout: float, seed: int) -> Head:
    """The head of a task; its weights depend on the seed and the task's name alone.

    Weights are normal with deviation 0.02, as transformers draws them, biases zero.

    Raises:
        ModelError: An encoder cannot do what the task asks.
    """
    if kind not in HEADS:
        raise ModelError(f"an encoder cannot {kind}, which task `{task}` asks for", "take a `causal` model")
    outputs = {"regress": 1, "extract": 2}.get(kind, len(labels))
    with drawn(seed, "init", task):
        found = HEADS[kind](width, outputs, labels, dropout)
        nn.init.normal_(found.linear.weight, std=0.02)
    nn.init.zeros_(found.linear.bias)
    return found


def best_spans(outputs: Tensor) -> list[tuple[int, int]]:
    """First and last token, first ≤ last, with the largest sum of logits; [rows, 2, longest] in."""
    first, last = outputs[:, 0], outputs[:, 1]
    best, where = torch.cummax(last.flip(1), 1)
    best, where = best.flip(1), last.shape[1] - 1 - where.flip(1)
    starts = (first + best).argmax(1)
    ends = where.gather(1, starts[:, None])[:, 0]
    return list(zip(starts.tolist(), ends.tolist(), strict=True))
