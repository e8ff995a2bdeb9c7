"""A decoder: every task is text, and an answer is judged by its likelihood or written out."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from currc.compiler.plan import TaskPlan
from currc.runtime.data.causal_form import Frames, label_ids
from currc.runtime.learning.models import Look, Prediction, Student
from currc.runtime.learning.models.generation import greedy
from currc.runtime.learning.models.likelihood import nats_of
from currc.runtime.learning.models.ragged import Layout, branching, layout
from currc.runtime.learning.models.reading import quiet
from currc.runtime.learning.models.trunk import Trunk, by_length

if TYPE_CHECKING:
    from torch.nn import Parameter

    from currc.runtime.data.tokens import Ragged, TokenRows
    from currc.runtime.learning.adapters import Adapter

TOKENS_A_FORWARD = 1024
"""Tokens in one forward without a graph; a few hundred of them meet the output layer."""
ROWS_A_GENERATION = 32
"""Rows that write their answers at the same time; the cache of each is held."""


class Causal(Student):
    """A decoder without heads: everything it learns is shared by all tasks.

    A row's loss is the mean negative log-likelihood, in nats, of the answer's tokens and
    the end token, given the prompt.
    """

    def __init__(self, trunk: Trunk, tasks: Mapping[str, TaskPlan], tokenizer: Any, adapter: Adapter) -> None:
        self.trunk = trunk
        self.tasks = dict(tasks)
        self.tokenizer = tokenizer
        self.adapter = adapter
        self.stop = Frames(tokenizer).end
        self.labels = {
            name: [torch.tensor(ids) for ids in label_ids(task.labels, tokenizer)]
            for name, task in tasks.items()
            if task.kind == "classify"
        }
        self._adjustable = trunk.named()

    @property
    def packing(self) -> bool:
        """Whether rows lie behind one another instead of being padded."""
        return self.trunk.first is not None

    def adjustable(self) -> list[tuple[str, Parameter]]:
        """The network's trainable parameters in its own order."""
        return self._adjustable

    def set_frozen(self, what: tuple[str, ...]) -> None:
        """Freeze parts of the network; a head always learns."""
        self.trunk.freeze([p for name, p in self._adjustable if name.startswith("trunk.")], what)

    def each_loss(self, batches: Mapping[str, Ragged]) -> dict[str, Tensor]:
        """The loss of each row of each task, float32 [rows], from one forward over the rows of all."""
        self.trunk.mode(training=True)
        each = self._row_losses(list(batches.values()))
        parts = torch.split(each, [len(batch.lengths) for batch in batches.values()])
        return dict(zip(batches, parts, strict=True))

    def unit_losses(self, batches: Mapping[str, Ragged], *, training: bool = True) -> dict[str, Tensor]:
        """The loss of each token of each task's answers, from one forward over the rows of all."""
        self.trunk.mode(training)
        nats, _ = self._nats(*self._joint(list(batches.values())))
        counts = [int((batch.lengths - _answers(batch)).sum()) for batch in batches.values()]
        return dict(zip(batches, torch.split(nats, counts), strict=True))

    def predict(self, rows: TokenRows, indices: np.ndarray | Sequence[int]) -> list[Prediction]:
        """The likeliest label of a classify task; a greedily written answer of the others.

        `regress` reads the answer as a number, NaN where it is none; `tag` cuts it at spaces.
        """
        self.trunk.mode(training=False)
        wanted = np.asarray(indices, np.int64)
        with torch.inference_mode():
            if rows.kind == "classify":
                return self._classified(rows, wanted)
            values = self._written(rows, wanted)
            losses = self.row_losses(rows, wanted)
        return [
            Prediction(_value(rows.kind, text), float(loss))
            for text, loss in zip(values, losses, strict=True)
        ]

    def row_losses(self, rows: TokenRows, indices: np.ndarray | Sequence[int]) -> np.ndarray:
        """The loss of each row, float64 [n]."""
        self.trunk.mode(training=False)
        wanted = np.asarray(indices, np.int64)
        found = np.zeros(len(wanted))
        with torch.inference_mode():
            for places in by_length(np.diff(rows.offsets)[wanted], TOKENS_A_FORWARD):
                found[places] = self._row_losses([rows.take(wanted[places])]).double().cpu().numpy()
        return found

    def look(self, rows: TokenRows, indices: np.ndarray | Sequence[int]) -> Look:
        """The loss of each row and, to classify, the log-likelihood of each label."""
        if rows.kind != "classify":
            return Look(self.row_losses(rows, indices), None)
        self.trunk.mode(training=False)
        wanted = np.asarray(indices, np.int64)
        with torch.inference_mode():
            scores = self._label_scores(rows, wanted)
        own = np.asarray(rows.targets)[wanted]
        lengths = np.array([len(label) for label in self.labels[rows.task]])
        return Look(-scores[np.arange(len(own)), own] / lengths[own], scores)

    def vectors(self, rows: TokenRows, indices: np.ndarray | Sequence[int]) -> np.ndarray:
        """The mean of the last hidden states of each row."""
        self.trunk.mode(training=False)
        return self.trunk.vectors(rows, np.asarray(indices, np.int64), TOKENS_A_FORWARD)

    def flops(self, lengths: Mapping[str, np.ndarray]) -> float:
        """Operations of one step; the output layer, used at answers only, is not counted."""
        return self.trunk.flops(torch.from_numpy(np.concatenate(list(lengths.values()))))

    def save(self, folder: Path) -> None:
        """Write the whole model, an adapter merged in, with tokenizer and greedy generation."""
        from transformers import GenerationConfig

        network: Any = self.adapter.merged(self.trunk.network)
        pad = self.tokenizer.pad_token_id
        network.generation_config = GenerationConfig(
            bos_token_id=self.tokenizer.bos_token_id,
            eos_token_id=self.stop,
            pad_token_id=self.stop if pad is None else pad,
            do_sample=False,
        )
        with quiet():
            network.save_pretrained(folder)
        self.tokenizer.save_pretrained(folder)

    def _row_losses(self, batches: Sequence[Ragged]) -> Tensor:
        """The loss of each row, float32 [rows of all batches]."""
        return self._likelihoods(*self._joint(batches))[1]

    def _joint(self, batches: Sequence[Ragged]) -> tuple[Tensor, Layout, Tensor]:
        """Tokens, layout and the start of each answer, of the rows of all."""
        rows = layout(np.concatenate([batch.lengths for batch in batches]), self.trunk.device)
        ids = self._tensor(np.concatenate([batch.ids for batch in batches]))
        return ids, rows, self._tensor(np.concatenate([_answers(batch) for batch in batches]))

    def _likelihoods(self, ids: Tensor, rows: Layout, answers: Tensor) -> tuple[Tensor, Tensor]:
        """Sum and mean of the negative log-likelihood over each row's answer, float32 [rows] each."""
        nats, owners = self._nats(ids, rows, answers)
        total = nats.new_zeros(len(rows.lengths)).index_add(0, owners, nats)
        return total, total / (rows.lengths - answers)

    def _nats(self, ids: Tensor, rows: Layout, answers: Tensor) -> tuple[Tensor, Tensor]:
        """The negative log-likelihood of each token of the answers, and the row it is of."""
        places = (rows.positions >= answers[rows.rows]).nonzero()[:, 0]
        logits = self.trunk.logits(ids, rows, places - 1)
        return nats_of(logits, ids[places]), rows.rows[places]

    def _classified(self, rows: TokenRows, wanted: np.ndarray) -> list[Prediction]:
        seen = self.look(rows, wanted)
        if seen.logits is None:
            raise ValueError(f"the rows of `{rows.task}` have no labels")
        names = self.tasks[rows.task].labels
        best = seen.logits.argmax(1).tolist()
        return [
            Prediction(names[label], loss) for label, loss in zip(best, seen.losses.tolist(), strict=True)
        ]

    def _label_scores(self, rows: TokenRows, wanted: np.ndarray) -> np.ndarray:
        """The log-likelihood of each label behind each row's prompt, float64 [n, labels]."""
        labels = self.labels[rows.task]
        branches = sum(len(label) for label in labels)
        found = np.zeros((len(wanted), len(labels)))
        for places in by_length(np.diff(rows.offsets)[wanted] + branches, TOKENS_A_FORWARD):
            prompts = _prompts(rows.take(wanted[places]))
            scores = self._branched(prompts, labels) if self.packing else self._apart(prompts, labels)
            found[places] = scores.double().cpu().numpy()
        return found

    def _branched(self, prompts: list[Tensor], labels: list[Tensor]) -> Tensor:
        """Log-likelihood of each label behind each prompt, float32 [prompts, labels]; a prompt is read once.

        Behind the prompt lie all labels without their last token, as branches that do
        not see each other; the prompt's last token tells of the first token of each.
        """
        tails = [label[:-1] for label in labels]
        ids, rows = branching(prompts, [tails] * len(prompts), self.trunk.device)
        ends = torch.tensor([len(prompt) for prompt in prompts])
        starts = torch.cumsum(rows.lengths.cpu(), 0) - rows.lengths.cpu()
        width = 1 + sum(map(len, tails))
        wanted = (starts + ends - 1)[:, None] + torch.arange(width)
        logits = self.trunk.logits(ids, rows, wanted.reshape(-1).to(self.trunk.device))
        known = functional.log_softmax(logits, 1).view(len(prompts), width, -1)
        scores, at = [], 1
        for label in labels:
            columns = torch.tensor([0, *range(at, at + len(label) - 1)])
            scores.append(known[:, columns, label.to(known.device)].sum(1))
            at += len(label) - 1
        return torch.stack(scores, 1)

    def _apart(self, prompts: list[Tensor], labels: list[Tensor]) -> Tensor:
        """As `_branched`, with the prompt read again for each label."""
        scores = []
        answers = torch.tensor([len(prompt) for prompt in prompts]).to(self.trunk.device)
        for label in labels:
            ids = torch.cat([torch.cat([prompt, label]) for prompt in prompts]).to(self.trunk.device)
            rows = layout(torch.tensor([len(prompt) + len(label) for prompt in prompts]), self.trunk.device)
            scores.append(-self._likelihoods(ids, rows, answers)[0])
        return torch.stack(scores, 1)

    def _written(self, rows: TokenRows, wanted: np.ndarray) -> list[str]:
        """The answers as text, rows of like length together."""
        if rows.answers is None:
            raise ValueError(f"the rows of `{rows.task}` are not made for a decoder")
        most = self.tasks[rows.task].max_new_tokens
        found = [""] * len(wanted)
        for places in _blocks(rows.answers[wanted]):
            with self.trunk.cast():
                answers = greedy(
                    self.trunk.network,
                    _prompts(rows.take(wanted[places])),
                    self.stop,
                    most,
                    first=self.trunk.first or 0,
                    device=self.trunk.device,
                )
            for place, answer in zip(places, answers, strict=True):
                found[place] = self.tokenizer.decode(answer, skip_special_tokens=True).strip()
        return found

    def _tensor(self, array: np.ndarray) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(array, np.int64)).to(self.trunk.device)


def _answers(batch: Ragged) -> np.ndarray:
    if batch.answers is None:
        raise ValueError(f"the rows of `{batch.task}` are not made for a decoder")
    return batch.answers


def _prompts(batch: Ragged) -> list[Tensor]:
    """The tokens before each row's answer, int64 [length] each."""
    rows = torch.split(torch.from_numpy(batch.ids), batch.lengths.tolist())
    return [row[:answer] for row, answer in zip(rows, _answers(batch).tolist(), strict=True)]


def _blocks(lengths: np.ndarray) -> Iterator[np.ndarray]:
    order = np.argsort(lengths, kind="stable")
    for start in range(0, len(order), ROWS_A_GENERATION):
        yield order[start : start + ROWS_A_GENERATION]


def _value(kind: str, text: str) -> str | float | tuple[str, ...]:
    """A written answer as the kind's value."""
    if kind == "tag":
        return tuple(text.split())
    if kind != "regress":
        return text
    try:
        return float(text)
    except ValueError:
        return math.nan
