"""A student of a few dozen weights and rows made by hand: a loop over them takes milliseconds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from currc.compiler.plan import Method, Quantity, Segment
from currc.runtime.curriculum.balancing import MixState
from currc.runtime.curriculum.feed import Feed, Split, stage_feed, together
from currc.runtime.curriculum.pacing import Pace
from currc.runtime.curriculum.promotion import Measured
from currc.runtime.curriculum.ranking import Ranking, rankings
from currc.runtime.data.tokens import Ragged, Texts, TokenRows
from currc.runtime.learning.groups import groups
from currc.runtime.learning.law import Law
from currc.runtime.learning.looking import look_before
from currc.runtime.learning.loop import train
from currc.runtime.learning.models import Look, Prediction, Student
from currc.runtime.learning.row_losses import look_first
from currc.runtime.learning.state import Cursor, TrialState
from currc.runtime.vocabulary import Vocabulary

WORDS, WIDTH, CLASSES = 50, 8, 3
TASKS = ("alpha", "beta", "gamma")


class Toy(Student):
    """The mean of word vectors through one layer with dropout, and a linear head a task."""

    def __init__(self, tasks: Sequence[str] = TASKS, seed: int = 0, dropout: float = 0.2) -> None:
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.words = nn.Embedding(WORDS, WIDTH)
            self.layer = nn.Linear(WIDTH, WIDTH)
            self.heads = {task: nn.Linear(WIDTH, CLASSES) for task in tasks}
        self.dropout = dropout
        self._adjustable = self._named()
        self.freeze(())

    def adjustable(self) -> list[tuple[str, nn.Parameter]]:
        return self._adjustable

    def set_frozen(self, what: tuple[str, ...]) -> None:
        for name, parameter in self._adjustable:
            parameter.requires_grad_(not (name.startswith("trunk.words") and "embeddings" in what))

    def _named(self) -> list[tuple[str, nn.Parameter]]:
        trunk = [("words", self.words), ("layer", self.layer)]
        heads = [(f"heads.{task}", head) for task, head in self.heads.items()]
        return [
            (f"{'' if name.startswith('heads') else 'trunk.'}{name}.{part}", parameter)
            for name, module in trunk + heads
            for part, parameter in module.named_parameters()
        ]

    def each_loss(self, batches: Mapping[str, Ragged]) -> dict[str, Tensor]:
        return {task: self._losses(batch, training=True) for task, batch in batches.items()}

    def unit_losses(self, batches: Mapping[str, Ragged], *, training: bool = True) -> dict[str, Tensor]:
        return {task: self._losses(batch, training) for task, batch in batches.items()}

    def predict(self, rows: TokenRows, indices: Any) -> list[Prediction]:
        with torch.no_grad():
            outputs = self._outputs(rows.take(np.asarray(indices)), training=False)
        losses = self.row_losses(rows, indices)
        return [
            Prediction(str(int(best)), float(loss))
            for best, loss in zip(outputs.argmax(1), losses, strict=True)
        ]

    def row_losses(self, rows: TokenRows, indices: Any) -> np.ndarray:
        with torch.no_grad():
            return self._losses(rows.take(np.asarray(indices)), training=False).double().numpy()

    def look(self, rows: TokenRows, indices: Any) -> Look:
        with torch.no_grad():
            outputs = self._outputs(rows.take(np.asarray(indices)), training=False)
        return Look(self.row_losses(rows, indices), outputs.double().numpy())

    def vectors(self, rows: TokenRows, indices: Any) -> np.ndarray:
        return np.zeros((len(indices), WIDTH))

    def flops(self, lengths: Mapping[str, np.ndarray]) -> float:
        return float(sum(6.1 * part.sum() + 0.7 * (part @ part) for part in lengths.values()))

    def save(self, folder: Path) -> None:
        torch.save(self.state(), folder / "toy.pt")

    def _outputs(self, batch: Ragged, training: bool) -> Tensor:
        owner = torch.repeat_interleave(torch.arange(len(batch.rows)), torch.from_numpy(batch.lengths))
        vectors = self.words(torch.from_numpy(batch.ids))
        sums = vectors.new_zeros(len(batch.rows), WIDTH).index_add(0, owner, vectors)
        hidden = torch.tanh(self.layer(sums / torch.from_numpy(batch.lengths)[:, None]))
        return self.heads[batch.task](functional.dropout(hidden, self.dropout, training))

    def _losses(self, batch: Ragged, training: bool) -> Tensor:
        targets = torch.from_numpy(np.asarray(batch.targets))
        return functional.cross_entropy(self._outputs(batch, training), targets, reduction="none")


def rows(task: str, count: int, seed: int = 0) -> TokenRows:
    """Rows of 1 to 6 words; the class is that of most words."""
    rng = np.random.default_rng([seed, *task.encode()])
    lengths = rng.integers(1, 7, count)
    ids = rng.integers(0, WORDS, int(lengths.sum())).astype(np.uint16)
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    parts = np.split(ids, offsets[1:-1])
    targets = np.array([np.bincount(part % CLASSES, minlength=CLASSES).argmax() for part in parts])
    limits = np.arange(int(offsets[-1])) - np.repeat(offsets[:-1], lengths) + 1
    limits[offsets[:-1]] = 0  # as in a raw text: the last word goes first, the first never
    texts = Texts(
        [f"{task}{i:06x}" for i in range(count)], ["" for _ in range(count)], [str(x) for x in targets]
    )
    return TokenRows(task, "classify", "encoder", ids, offsets, None, targets, None, 0, texts, limits)


def method(word: str, **parameters: Any) -> Method:
    return Method(word=word, parameters=parameters)


def segment(tasks: Sequence[str] = TASKS, **other: Any) -> Segment:
    plain = {"mix": method("equal"), "weights": method("equal"), "combine": method("sum")}
    return Segment.model_validate({"stage": "all", "tasks": tuple(tasks), **plain, **other})


def share(amount: float) -> Quantity:
    return Quantity(amount=amount, unit="share")


def law(segment: Segment, *, tasks: Sequence[str] = TASKS, **other: Any) -> Law:
    """A law of 20 steps of 4 rows."""
    built = Vocabulary().build
    standing: dict[str, Any] = {
        "seed": 3,
        "index": 0,
        "last": True,
        "match": "steps",
        "limit": 20.0,
        "batch": 4,
        "lr": 0.05,
        "warmup": 0.1,
        "clip": 1.0,
        "lr_schedule": built("lr_schedule", method("linear")),
        "pacing": built("pacing", method("none")),
        "weighting": built("weights", segment.weights),
        "example_weighting": built("example_weights", method("none")),
        "combining": built("combine", segment.combine),
        "mixing": built("mix", segment.mix),
        "judged_by": dict.fromkeys(tasks, "loss"),
        "goals": dict.fromkeys(tasks, 0.0),
        "task_weights": dict.fromkeys(tasks, 1.0),
        "every": share(0.25),
        "keep_best": False,
        "max_tokens": 6,
    }
    return Law(segment=segment, **{**standing, **other})


class Trial:
    """One trial over toy rows: its law a stage, its state, and what it has told."""

    def __init__(
        self,
        *laws: Law,
        sizes: Sequence[int] = (40, 25, 10),
        order: str = "shuffled",
        within: str = "task",
        dropout: float = 0.2,
        lr_scales: Mapping[str, float] | None = None,
        weight_decay: float = 0.01,
        splits: Mapping[str, Split] | None = None,
    ) -> None:
        self.laws = laws
        self.splits = splits or {}
        tasks = laws[0].tasks
        self.tokens = {task: rows(task, size) for task, size in zip(tasks, sizes, strict=False)}
        self.held_out = {task: rows(task, 30, seed=9) for task in tasks}
        self.ordering = Vocabulary().build("order", method(order))
        self.within = within
        self.told: list[Any] = []
        self.rates: list[list[float]] = []
        self.rankings: dict[str, Ranking] | None = None
        student = Toy(tasks, laws[0].seed, dropout)
        scales = lr_scales or dict.fromkeys(tasks, 1.0)
        optimizer = (
            Vocabulary()
            .build("optimizer", method("adamw"))
            .build(  # type: ignore[attr-defined]
                groups(student, scales, weight_decay)
            )
        )
        self.state = TrialState(student, optimizer, laws[0].memories())

    @property
    def cursor(self) -> Cursor:
        return self.state.cursor

    def feed(self, index: int) -> Feed:
        law, cursor = self.laws[index], self.state.cursor
        lengths = {task: float(part.lengths.mean()) for task, part in self.tokens.items()}
        units = {"tokens": lengths, "flops": {t: 6.1 * x + 0.7 * x * x for t, x in lengths.items()}}
        drawn = cursor.at_entry["drawn"]
        scores = {task: part.lengths.astype(float) for task, part in self.tokens.items()}
        earlier = [
            (past.segment.tasks, past.segment.window.low, past.segment.window.high) for past in self.laws
        ]
        ordered, paced = self.ordering.ranks, self.ordering.paced  # type: ignore[attr-defined]
        own = law.looks is not None and law.looks.own is not None
        by_length = rankings(scores, self.within, law.seed) if ordered and not own else {}  # type: ignore[arg-type]
        fixed, standing = self.rankings or by_length, None
        if law.looks is not None:
            before = [one for one in cursor.looks if one[0] < law.index]
            pools = together(self.tokens, self.splits)
            standing = law.looks.standing(before, self.state.memories["looks"], fixed, pools)
        mean = cursor.mean_mix[index - 1] if index else {}
        return stage_feed(
            law.segment,
            law.index,
            law.seed,
            tokens=self.tokens,
            rankings=fixed,
            earlier=earlier[:index],
            ordering=self.ordering,  # type: ignore[arg-type]
            mix=law.mixing,
            state=MixState(
                tasks=law.tasks,
                sizes=np.array([len(part) for part in self.tokens.values()]),
                tokens=np.array(list(lengths.values())),
                units=np.array(list(units.get(law.match, dict.fromkeys(lengths, 1.0)).values())),
                budget=law.limit * (law.batch if law.match == "steps" else 1),
                drawn=np.array([drawn.get(task, 0) for task in law.tasks]),
                before=np.array([mean.get(task, np.nan) for task in law.tasks]) if index else None,
            ),
            moving=law.pacing.moves and paced,
            splits=self.splits,
            drawn=cursor.at_entry["turns"],
            standing=standing,
        )

    def batches(self, *counts: int) -> list[dict[str, Ragged]]:
        """The first batches of the first stage, with everything open, of so many rows."""
        feed, starts = self.feed(0), np.cumsum([0, *counts]).tolist()
        return feed.take([feed.rows(at, count, Pace()) for at, count in zip(starts, counts, strict=False)])

    def measure(self) -> dict[str, Measured]:
        """The loss of each task on rows held out."""
        found = {}
        for task, part in self.held_out.items():
            losses = self.state.student.row_losses(part, np.arange(len(part)))
            error = float(losses.std(ddof=1) / len(losses) ** 0.5)
            found[f"{task}.loss"] = Measured(float(losses.mean()), error, False)
        return found

    def run(self, *, stop_after: int | None = None, promoted: Any = None, measure: Any = None) -> Trial:
        """Go on to the end, or to so many steps in all, where `Stopped` is raised."""
        for index in range(len(self.cursor.ends), len(self.laws)):
            if not self.cursor.at_entry or self.cursor.stage != index:
                self.state.student.freeze(self.laws[index].frozen)
                look_first(self.laws[index], self.state, self.tokens)
                look_before(self.laws[index], self.state, self.tokens)
                self.state.enter(self.laws[index])
            self.stage(index, stop_after, promoted, measure)
        return self

    def stage(self, index: int, stop_after: int | None, promoted: Any, measure: Any) -> None:
        def pause(state: TrialState) -> bool:
            self.rates.append([group["lr"] for group in state.optimizer.param_groups])
            return stop_after is not None and state.cursor.steps >= stop_after

        train(
            self.laws[index],
            self.state,
            self.feed(index),
            measure or self.measure,
            lambda found: -sum(one.value for one in found.values()) / max(len(found), 1),
            promoted or (lambda cursor: (False, "")),
            tell=self.told.append,
            pause=pause,
        )


def bytes_of(state: TrialState, folder: Path) -> dict[str, bytes]:
    """A saved state, file by file."""
    folder.mkdir(parents=True)
    state.save(folder)
    return {path.name: path.read_bytes() for path in folder.iterdir()}
