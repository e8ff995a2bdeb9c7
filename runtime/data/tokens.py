"""Token arrays of one task and one split: made once, memory-mapped by every trial."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from currc.compiler.plan import TaskPlan
from currc.runtime.data.causal_form import causal_rows, label_ids
from currc.runtime.data.encoded import Encoded
from currc.runtime.data.encoder_form import encoder_rows
from currc.runtime.data.ragged import Ragged
from currc.runtime.data.templates import Example, require_labels

__all__ = ["Ragged", "Texts", "TokenRows", "label_ids", "tokenize"]

FORMAT = 1
"""Version of the files; raised when a reader of the old ones would misread the new."""

ARRAYS = ("ids", "offsets", "answers", "targets", "chars", "limits")

Array = npt.NDArray[Any]
Form = Literal["encoder", "causal"]


@dataclass(frozen=True, eq=False)
class TokenRows:
    """All rows of one task in one split; read only.

    A prompt that was cut to fit is counted in `truncated`; an answer is never cut.
    """

    task: str
    kind: str
    form: str
    ids: Array
    """uint16 or uint32 [total]: all rows, one after the other."""
    offsets: Array
    """int64 [n + 1]: row i is `ids[offsets[i]:offsets[i + 1]]`."""
    answers: Array | None
    """int32 [n]: position in the row, at least 1, of the first token with a loss; causal only."""
    targets: Array | None
    """classify: int64 [n] index in `labels`; regress: float32 [n]; extract (encoder): int32 [n, 2]
    first and last token of the answer, both inclusive; tag (encoder): int16 [total] index in `labels`
    at the first piece of each word, else -100; None for other kinds."""
    chars: Array | None
    """int32 [total, 2]: characters of the row's prompt that a token covers, -1 outside the values;
    extract and tag of an encoder only."""
    truncated: int
    """Rows whose prompt was cut."""
    texts: Texts | Path
    """Keys, prompts and targets, or the file that holds them."""
    limits: Array | None = None
    """int32 [total]: the smallest limit on its row's length under which a token stays, 0 where it
    never goes; only for rows that are shortened while training."""

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @cached_property
    def _texts(self) -> Texts:
        if isinstance(self.texts, Texts):
            return self.texts
        return Texts(**json.loads(self.texts.read_text(encoding="utf-8")))

    @property
    def keys(self) -> list[str]:
        """The key of each row's source row."""
        return self._texts.keys

    @property
    def prompts(self) -> list[str]:
        """The whole prompt of each row, before it was cut."""
        return self._texts.prompts

    @property
    def targets_text(self) -> list[str]:
        """The answer of each row, for metrics."""
        return self._texts.targets

    @property
    def lengths(self) -> Array:
        """int64 [n]: tokens of each row."""
        return np.diff(self.offsets)

    def row(self, i: int) -> Array:
        """The tokens of row `i`, uint16 or uint32 [length]."""
        return self.ids[self.offsets[i] : self.offsets[i + 1]]

    def lengths_within(self, longest: int | None) -> Array:
        """int64 [n]: tokens of each row when rows are cut to `longest`; `None` cuts nothing."""
        if longest is None:
            return self.lengths
        return np.minimum(self.lengths, np.maximum(longest, self._lasting))

    @cached_property
    def _lasting(self) -> Array:
        """int64 [n]: tokens of each row that never go."""
        never: Array = np.concatenate([[0], np.cumsum(self._limits == 0)])
        return np.diff(never[self.offsets])

    @property
    def _limits(self) -> Array:
        if self.limits is None:
            raise ValueError(f"the rows of `{self.task}` were not made to be shortened")
        return self.limits

    def take(self, rows: Array, longest: int | None = None) -> Ragged:
        """The rows at these positions, int64 [b], in this order and as often as named.

        With `longest`, each row loses what that limit takes from it, its answer never.
        """
        where, lengths = places(self.offsets, rows)
        targets = self.targets
        if targets is not None:
            targets = targets[where if self.kind == "tag" else rows]
        taken = Ragged(
            task=self.task,
            rows=rows,
            ids=self.ids[where].astype(np.int64),
            lengths=lengths,
            answers=None if self.answers is None else self.answers[rows],
            targets=targets,
        )
        if longest is None or not (lengths > longest).any():
            return taken
        return self._shortened(taken, self._limits[where] <= longest)

    def count(self, rows: Array) -> int:
        """The tokens of the rows at these positions, int64 [b]."""
        return int((self.offsets[rows + 1] - self.offsets[rows]).sum())

    def _shortened(self, taken: Ragged, stays: Array) -> Ragged:
        """Some rows without the tokens that do not stay, bool [sum of lengths]; places move along."""
        before = np.concatenate([[0], np.cumsum(stays)])
        ends = np.cumsum(taken.lengths)
        first = ends - taken.lengths
        answers, targets = taken.answers, taken.targets
        if answers is not None:
            answers = (before[first + answers] - before[first]).astype(answers.dtype)
        if targets is not None and self.kind == "tag":
            targets = targets[stays]
        elif targets is not None and self.kind == "extract":
            targets = (before[first[:, None] + targets] - before[first, None]).astype(targets.dtype)
        return Ragged(
            taken.task, taken.rows, taken.ids[stays], before[ends] - before[first], answers, targets
        )

    def part(self, rows: Array) -> TokenRows:
        """The rows at these positions, int64 [b], as all rows of their own, in memory."""
        where, lengths = places(self.offsets, rows)
        taken = self.take(rows)
        keys, prompts, targets = self.keys, self.prompts, self.targets_text
        return replace(
            self,
            ids=self.ids[where],
            offsets=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
            answers=taken.answers,
            targets=taken.targets,
            chars=None if self.chars is None else self.chars[where],
            limits=None if self.limits is None else self.limits[where],
            texts=Texts([keys[i] for i in rows], [prompts[i] for i in rows], [targets[i] for i in rows]),
        )

    def answer_text(self, i: int, first: int, last: int) -> str:
        """The text of the prompt from token `first` to token `last` of row `i`, both inclusive.

        Empty if the range holds no token of a value. For extract and tag of an encoder.
        """
        if self.chars is None:
            raise ValueError(f"rows of kind `{self.kind}` in the form `{self.form}` have no characters")
        inside = self.chars[self.offsets[i] + first : self.offsets[i] + last + 1]
        inside = inside[inside[:, 0] >= 0]
        return self.prompts[i][inside[0, 0] : inside[-1, 1]] if len(inside) else ""

    def write(self, folder: Path) -> None:
        """Write arrays as `.npy` and the rest as JSON into an existing folder; equal rows, equal bytes."""
        arrays = {name: getattr(self, name) for name in ARRAYS}
        for name, array in arrays.items():
            if array is not None:
                np.save(folder / f"{name}.npy", array, allow_pickle=False)
        texts = self._texts
        _write_json(
            folder / "texts.json", {"keys": texts.keys, "prompts": texts.prompts, "targets": texts.targets}
        )
        head = {"format": FORMAT, "task": self.task, "kind": self.kind, "form": self.form}
        there = [name for name, array in arrays.items() if array is not None]
        _write_json(folder / "rows.json", head | {"truncated": self.truncated, "arrays": there})

    @classmethod
    def open(cls, folder: Path) -> TokenRows:
        """The rows in a folder, memory-mapped: trials that open the same folder share its pages.

        Raises:
            ValueError: The files are of another format version.
        """
        head = json.loads((folder / "rows.json").read_text(encoding="utf-8"))
        if head["format"] != FORMAT:
            raise ValueError(f"token files of format {head['format']}, this version reads {FORMAT}")
        arrays: dict[str, Any] = dict.fromkeys(ARRAYS)
        for name in head["arrays"]:
            # A plain view of the mapped pages: `np.memmap` itself makes every slice three times as slow.
            arrays[name] = np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False))
        return cls(
            task=head["task"],
            kind=head["kind"],
            form=head["form"],
            truncated=head["truncated"],
            texts=folder / "texts.json",
            **arrays,
        )


def places(offsets: Array, rows: Array) -> tuple[Array, Array]:
    """Where the tokens of some rows lie, one row after the other, and the length of each row; int64."""
    starts = offsets[rows]
    lengths = offsets[rows + 1] - starts
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    return np.repeat(starts - ends + lengths, lengths) + np.arange(total), lengths


@dataclass(frozen=True, slots=True)
class Texts:
    """What predictions and metrics need of each row, and training does not."""

    keys: list[str]
    prompts: list[str]
    targets: list[str]


def tokenize(
    name: str,
    examples: Sequence[Example],
    task: TaskPlan,
    tokenizer: Any,
    form: Form,
    max_tokens: int,
    *,
    with_limits: bool = False,
) -> TokenRows:
    """The token arrays of one task's examples, in their order.

    Args:
        name: The task's name.
        examples: What `templates.examples` made; may be empty.
        task: `kind` and, for classify and tag, `labels`, which must be complete.
        tokenizer: A fast tokenizer of transformers. Its own truncation and padding are switched off.
        form: What the model reads: `encoder` the prompt alone; `causal` prompt, answer, end token.
        max_tokens: The longest row.
        with_limits: Also say which tokens go first when rows are shortened while training.

    Raises:
        DataError: A row does not fit, an answer to extract is not in the prompt, an answer is
            not among the labels. Up to 5 rows are named.
        ValueError: The tokenizer is not a fast one, or has no end token; an encoder is asked
            to write text.
    """
    require_labels(name, task, examples)
    make = encoder_rows if form == "encoder" else causal_rows
    encoded: Encoded = make(examples, task, tokenizer, max_tokens, with_limits=with_limits)
    offsets = np.zeros(len(examples) + 1, np.int64)
    np.cumsum([len(row) for row in encoded.ids], out=offsets[1:])
    width = np.uint16 if len(tokenizer) <= 2**16 else np.uint32
    return TokenRows(
        task=name,
        kind=task.kind,
        form=form,
        ids=np.fromiter((i for row in encoded.ids for i in row), width, int(offsets[-1])),
        offsets=offsets,
        answers=None if encoded.answers is None else np.array(encoded.answers, np.int32),
        targets=_targets(examples, task, encoded),
        chars=None if encoded.chars is None else _flat(encoded.chars, np.int32).reshape(-1, 2),
        truncated=encoded.truncated,
        limits=None if encoded.limits is None else _flat(encoded.limits, np.int32),
        texts=Texts([e.key for e in examples], [e.prompt for e in examples], [e.target for e in examples]),
    )


def _targets(examples: Sequence[Example], task: TaskPlan, encoded: Encoded) -> Array | None:
    if task.kind == "classify":
        index = {label: i for i, label in enumerate(task.labels)}
        return np.array([index[example.target] for example in examples], np.int64)
    if task.kind == "regress":
        return np.array([float(example.target) for example in examples], np.float32)
    if encoded.spans is not None:
        return np.array(encoded.spans, np.int32).reshape(-1, 2)
    return None if encoded.tags is None else _flat(encoded.tags, np.int16)


def _flat(rows: Sequence[Sequence[Any]], kind: type[np.generic]) -> Array:
    return np.array([item for row in rows for item in row], kind)


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
