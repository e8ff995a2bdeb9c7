"""An encoder with one head a task: all tasks of a step in one forward through the trunk."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from currc.runtime.learning.models import Look, ModelError, Prediction, Student
from currc.runtime.learning.models.heads import HEADS, NO_TAG, Head, Value, Words
from currc.runtime.learning.models.ragged import Layout, layout
from currc.runtime.learning.models.reading import pretrained, quiet, read_config, read_tokenizer
from currc.runtime.learning.models.trunk import Trunk, by_length

if TYPE_CHECKING:
    from torch.nn import Parameter

    from currc.runtime.data.tokens import Ragged, TokenRows
    from currc.runtime.learning.adapters import Adapter

HEAD_TENSORS, HEAD_FACTS = "heads.safetensors", "heads.json"
FORMAT = 1
"""Version of `heads.json`."""
TOKENS_A_FORWARD = 4096
"""Tokens in one forward without a graph: enough to fill the processor, little to hold."""


class Encoder(Student):
    """A trunk and its heads."""

    def __init__(
        self, trunk: Trunk, heads: Mapping[str, Head], tokenizer: Any, adapter: Adapter, max_tokens: int
    ):
        self.trunk = trunk
        self.heads = {task: head.to(trunk.device) for task, head in heads.items()}
        self.tokenizer = tokenizer
        self.adapter = adapter
        self.max_tokens = max_tokens
        own = [
            (f"heads.{task}.{name}", p)
            for task, head in self.heads.items()
            for name, p in head.named_parameters()
        ]
        self._adjustable = trunk.named() + own

    @property
    def packing(self) -> bool:
        """Whether rows lie behind one another instead of being padded."""
        return self.trunk.first is not None

    def adjustable(self) -> list[tuple[str, Parameter]]:
        """Trunk first, then the heads, each in its own order."""
        return self._adjustable

    def set_frozen(self, what: tuple[str, ...]) -> None:
        """Freeze parts of the network; a head always learns."""
        self.trunk.freeze([p for name, p in self._adjustable if name.startswith("trunk.")], what)

    def each_loss(self, batches: Mapping[str, Ragged]) -> dict[str, Tensor]:
        """The loss of each row of each task, float32 [rows]: a head's units are its rows."""
        return self.unit_losses(batches)

    def unit_losses(self, batches: Mapping[str, Ragged], *, training: bool = True) -> dict[str, Tensor]:
        """The loss of each row of each task, from one forward over the rows of all."""
        self._mode(training)
        rows = [layout(batch.lengths, self.trunk.device) for batch in batches.values()]
        ids = self._tensor(np.concatenate([batch.ids for batch in batches.values()]))
        lengths = np.concatenate([batch.lengths for batch in batches.values()])
        hidden = self.trunk.hidden(ids, rows[0] if len(rows) == 1 else layout(lengths, self.trunk.device))
        parts = torch.split(hidden, [len(batch.ids) for batch in batches.values()])
        return {
            task: self._row_losses(batch, part, mine)[1]
            for (task, batch), part, mine in zip(batches.items(), parts, rows, strict=True)
        }

    def predict(self, rows: TokenRows, indices: np.ndarray | Sequence[int]) -> list[Prediction]:
        """The answer of the task's head to each row and its loss."""
        wanted = np.asarray(indices, np.int64)
        found: list[Prediction | None] = [None] * len(wanted)
        for places, batch, outputs, losses, mine in self._read(rows, wanted):
            words = _words(rows, batch)
            values = self.heads[batch.task].values(outputs, mine, words)
            for place, value, loss in zip(places, values, losses.tolist(), strict=True):
                found[place] = Prediction(value, loss)
        return [prediction for prediction in found if prediction is not None]

    def row_losses(self, rows: TokenRows, indices: np.ndarray | Sequence[int]) -> np.ndarray:
        """The loss of each row, float64 [n]."""
        wanted = np.asarray(indices, np.int64)
        found = np.zeros(len(wanted))
        for places, _, _, losses, _ in self._read(rows, wanted):
            found[places] = losses.double().cpu().numpy()
        return found

    def look(self, rows: TokenRows, indices: np.ndarray | Sequence[int]) -> Look:
        """The loss of each row and, to classify, the head's logits."""
        wanted = np.asarray(indices, np.int64)
        losses = np.zeros(len(wanted))
        labels = len(self.heads[rows.task].labels) if rows.kind == "classify" else 0
        logits = np.zeros((len(wanted), labels))
        for places, _, outputs, found, _ in self._read(rows, wanted):
            losses[places] = found.double().cpu().numpy()
            if labels:
                logits[places] = outputs.double().cpu().numpy()
        return Look(losses, logits if labels else None)

    def vectors(self, rows: TokenRows, indices: np.ndarray | Sequence[int]) -> np.ndarray:
        """The mean of the last hidden states of each row."""
        self._mode(training=False)
        return self.trunk.vectors(rows, np.asarray(indices, np.int64), TOKENS_A_FORWARD)

    def read(self, task: str, texts: Sequence[str]) -> list[Value]:
        """The answer to texts that are no rows, as the user of a saved model has them."""
        self._mode(training=False)
        found: list[Value] = []
        for text in texts:
            coded = self.tokenizer(
                text, truncation=True, max_length=self.max_tokens, return_offsets_mapping=True
            )
            chars = np.array(coded["offset_mapping"], np.int64)
            chars[chars[:, 0] == chars[:, 1]] = -1
            starts = [a >= 0 and (a == 0 or text[a - 1].isspace()) for a in chars[:, 0].tolist()]
            rows = layout(torch.tensor([len(chars)]), self.trunk.device)
            with torch.inference_mode():
                hidden = self.trunk.hidden(self._tensor(np.array(coded["input_ids"], np.int64)), rows)
                outputs = self.heads[task].outputs(hidden, rows)
            found += self.heads[task].values(outputs, rows, Words([text], chars, torch.tensor(starts)))
        return found

    def flops(self, lengths: Mapping[str, np.ndarray]) -> float:
        """Operations of one step; the heads are not counted."""
        return self.trunk.flops(torch.from_numpy(np.concatenate(list(lengths.values()))))

    def call(self, names: Mapping[str, str]) -> None:
        """The heads by their tasks' other names, in the order in which they stand."""
        self.heads = {names.get(task, task): head for task, head in self.heads.items()}

    def save(self, folder: Path) -> None:
        """Write the trunk and tokenizer as transformers reads them, and the heads beside them.

        `heads.safetensors` holds `TASK.weight` [outputs, width] and `TASK.bias` [outputs];
        `heads.json` says how they are read: `format`, `max_tokens`, `packing`, and by task
        `kind` and `labels`. A classify or regress head reads the mean of a row's last
        hidden states, a tag head each token's, and an extract head gives each token one
        logit of being the first of the span and one of being the last.
        """
        from safetensors.torch import save_file

        network: Any = self.adapter.merged(self.trunk.network)
        with quiet():
            network.save_pretrained(folder)
        self.tokenizer.save_pretrained(folder)
        tensors = {
            f"{task}.{name}": getattr(head.linear, name).detach().cpu().contiguous()
            for task, head in self.heads.items()
            for name in ("weight", "bias")
        }
        save_file(tensors, folder / HEAD_TENSORS)
        facts = {task: {"kind": h.kind, "labels": list(h.labels)} for task, h in self.heads.items()}
        head = {"format": FORMAT, "max_tokens": self.max_tokens, "packing": self.packing, "tasks": facts}
        (folder / HEAD_FACTS).write_text(
            json.dumps(head, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
        )

    def _mode(self, training: bool) -> None:
        self.trunk.mode(training)
        for head in self.heads.values():
            head.train(training)

    def _row_losses(self, batch: Ragged, hidden: Tensor, rows: Layout) -> tuple[Tensor, Tensor]:
        if batch.targets is None:
            raise ValueError(f"the rows of `{batch.task}` have no targets")
        mine = self.heads[batch.task]
        outputs = mine.outputs(hidden, rows)
        return outputs, mine.losses(outputs, self._tensor(batch.targets), rows)

    def _read(
        self, rows: TokenRows, wanted: np.ndarray
    ) -> Iterator[tuple[np.ndarray, Ragged, Tensor, Tensor, Layout]]:
        """Rows in batches of like length: places in `wanted`, batch, outputs, losses [b], layout."""
        self._mode(training=False)
        for places in by_length(np.diff(rows.offsets)[wanted], TOKENS_A_FORWARD):
            batch = rows.take(wanted[places])
            mine = layout(batch.lengths, self.trunk.device)
            with torch.inference_mode():
                hidden = self.trunk.hidden(self._tensor(batch.ids), mine)
                outputs, losses = self._row_losses(batch, hidden, mine)
            yield places, batch, outputs, losses, mine

    def _tensor(self, array: np.ndarray) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(array)).to(self.trunk.device)


def load_encoder(folder: Path, device: str = "cpu") -> Encoder:
    """The encoder that `Encoder.save` wrote, heads included.

    Raises:
        ModelError: The folder has no heads, or the files are of another format.
    """
    from safetensors.torch import load_file

    from currc.runtime.learning.adapters.none import None_
    from currc.runtime.learning.models import screen

    if not (folder / HEAD_FACTS).is_file():
        raise ModelError(f"the model `{folder.name}` has no `{HEAD_FACTS}`", "it was not saved by currc")
    facts = screen.read_json(folder / HEAD_FACTS)
    if facts.get("format") != FORMAT:
        raise ModelError(f"`{HEAD_FACTS}` has format {facts.get('format')}, this version reads {FORMAT}")
    screen.files(folder, folder.name)
    config = read_config(folder, folder.name)
    network = pretrained(folder, config, "encoder", folder.name)
    tensors = load_file(folder / HEAD_TENSORS)
    heads = {}
    for task, mine in facts["tasks"].items():
        weight = tensors[f"{task}.weight"]
        heads[task] = HEADS[mine["kind"]](weight.shape[1], weight.shape[0], mine["labels"], 0.0)
        heads[task].linear.load_state_dict({"weight": weight, "bias": tensors[f"{task}.bias"]})
    trunk = Trunk(network, "auto" if facts["packing"] else "off", "fp32", device)
    return Encoder(trunk, heads, read_tokenizer(folder), None_(), int(facts["max_tokens"]))


def _words(rows: TokenRows, batch: Ragged) -> Words:
    """The texts under a batch's tokens, for the kinds that answer with them."""
    if rows.kind == "tag" and batch.targets is not None:
        return Words([], None, torch.from_numpy(np.asarray(batch.targets) != NO_TAG))
    if rows.kind != "extract" or rows.chars is None:
        return Words([], None, None)
    chars = np.concatenate([rows.chars[rows.offsets[i] : rows.offsets[i + 1]] for i in batch.rows])
    return Words([rows.prompts[i] for i in batch.rows], chars, None)
