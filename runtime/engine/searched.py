"""A search for shares carried out: its proxies in the store, and what they say."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from currc.compiler.graph import WorkGraph
from currc.compiler.moves import stored_names
from currc.compiler.plan import ArmPlan, Method
from currc.compiler.search_graph import Mixed, Weighed, search_graph
from currc.runtime.curriculum.search import Followed, Sampled
from currc.runtime.curriculum.trust import Fitted, fitted
from currc.runtime.data import shelf
from currc.runtime.data.prepare import PreparedTask
from currc.runtime.engine.experiment import Experiment, Listen
from currc.runtime.engine.nodes import WEIGHTS
from currc.runtime.learning.state import CURSOR, Cursor
from currc.runtime.streams import generator

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

QUARTERS = 4
CHECKS = 1_000_000
"""Seeds of checks begin so far above those of proxies: what was chosen on a seed is not judged on it."""


class TooFew(Exception):
    """Too many proxies came to nothing for the rest to say anything; exit code 1."""

    exit_code = 1

    def __init__(self, left: int, asked: int, least: int) -> None:
        super().__init__(f"{left} of {asked} proxies came to an end, and {least} are needed")
        self.help = "ask for more proxies, or look why they failed: a lower `lr` may keep them from diverging"


@dataclass(frozen=True, slots=True, eq=False)
class Check:
    """Proxies at the shares found beside proxies at those they are compared with, on new seeds."""

    found: Floats
    """Validation loss of each task; float64 [seeds, K]."""
    known: Floats
    """The same for the proportional mix, seed by seed."""

    @property
    def gain(self) -> tuple[float, float]:
        """Mean difference of the mean losses, below 0 where the found shares win, and its standard error."""
        each = (self.found - self.known).mean(axis=1)
        error = float(each.std(ddof=1) / np.sqrt(len(each))) if len(each) > 1 else float("nan")
        return float(each.mean()), error


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What a search found."""

    tasks: tuple[str, ...]
    sizes: Floats
    """Training rows; float64 [K]."""
    shares: Floats
    """float64 [K], sums to 1."""
    spread: Floats
    """Standard error of each share; float64 [K], NaN where one proxy says nothing of it."""
    proxies: int
    """Proxies that it is made of."""
    fit: Fitted | None = None
    """How well losses are predicted, where the search does that."""
    course: Floats | None = None
    """Mean weights over each quarter of the training, where they are followed; float64 [4, K]."""

    @property
    def proportional(self) -> Floats:
        """The shares that the sizes alone would give; float64 [K]."""
        shares: Floats = self.sizes / self.sizes.sum()
        return shares


@dataclass(frozen=True)
class Hunt:
    """A search over the proxies of one arm."""

    experiment: Experiment
    """Of a `proxy_plan`."""
    method: Method
    search: Sampled | Followed
    seed: int
    proxies: int
    """Mixes to train on, or seeds to follow the weights with."""

    @property
    def arm(self) -> ArmPlan:
        """The arm, without its curriculum."""
        return self.experiment.plan.arms[0]

    @cached_property
    def tasks(self) -> tuple[str, ...]:
        """The tasks in the order of all arrays."""
        return tuple(sorted(self.arm.tasks))

    def read(self, listen: Listen, workers: int | None) -> int:
        """Read the training rows, on which everything else depends; returns the exit code.

        Raises:
            Locked, CannotWrite: As `drive`.
        """
        graph, _ = self._graph([Mixed("", dict.fromkeys(self.tasks, 1.0), 0)])
        return self.experiment.compute(graph, list(self._reads(graph).values()), listen, workers=workers).code

    @cached_property
    def rows(self) -> dict[str, PreparedTask]:
        """The training rows of each task, once they are read; no gold."""
        graph, _ = self._graph([Mixed("", dict.fromkeys(self.tasks, 1.0), 0)])
        found = {}
        for task, key in self._reads(graph).items():
            folder = self.experiment.store.open(key)
            train, validation = (tuple(shelf.take(folder, split)) for split in ("train", "validation"))
            found[task] = PreparedTask(self.arm.tasks[task], train, validation, (), 0)
        return found

    @property
    def sizes(self) -> Floats:
        """Training rows of each task; float64 [K]."""
        return np.array([len(self.rows[task].train) for task in self.tasks], np.float64)

    @cached_property
    def mixes(self) -> Floats:
        """The shares that proxies are trained at; float64 [proxies, K]."""
        if not isinstance(self.search, Sampled):
            return np.zeros((0, len(self.tasks)))
        return self.search.ask(self.sizes, self.proxies, generator(self.seed, "mixes"))

    def carry_out(self, listen: Listen, workers: int | None) -> int:
        """Train the proxies that are missing; returns the exit code.

        Raises:
            Locked, CannotWrite: As `drive`.
        """
        return self._train(self._asked(), listen, workers)

    def answer(self) -> Answer:
        """What the finished proxies say.

        Raises:
            TooFew: Too few of them came to their end.
        """
        if isinstance(self.search, Sampled):
            return self._fitted(self.search)
        return self._followed(self.search)

    def check(self, shares: Floats, seeds: int, listen: Listen, workers: int | None) -> int:
        """Train proxies at these shares and at the proportional ones, on new seeds; returns the exit code.

        Raises:
            Locked, CannotWrite: As `drive`.
        """
        return self._train(self._checks(shares, seeds), listen, workers)

    def checked(self, shares: Floats, seeds: int) -> Check | None:
        """What these proxies say; `None` where no seed has both."""
        found = self._losses(self._checks(shares, seeds))
        pairs = [
            pair for pair in zip(found[::2], found[1::2], strict=True) if all(one is not None for one in pair)
        ]
        if not pairs:
            return None
        return Check(np.array([one for one, _ in pairs]), np.array([one for _, one in pairs]))

    def _asked(self) -> list[Mixed | Weighed]:
        if isinstance(self.search, Followed):
            reference = self.search.reference_mix(self.sizes)
            mix = None if reference is None else self._named(reference)
            seeds = range(self.seed, self.seed + self.proxies)
            return [Weighed(f"proxy seed {seed}", self.method, seed, mix) for seed in seeds]
        return [
            Mixed(f"proxy {i} of {self.proxies}", self._named(mix), self.seed)
            for i, mix in enumerate(self.mixes, 1)
        ]

    def _checks(self, shares: Floats, seeds: int) -> list[Mixed | Weighed]:
        """Found and proportional in turn, seed by seed."""
        both = (("found", shares), ("proportional", self.sizes / self.sizes.sum()))
        return [
            Mixed(f"check {i + 1} of {seeds}, {name}", self._named(mix), self.seed + CHECKS + i)
            for i in range(seeds)
            for name, mix in both
        ]

    def _fitted(self, search: Sampled) -> Answer:
        known = self._losses(self._asked())
        there = [i for i, losses in enumerate(known) if losses is not None]
        if len(there) < search.least(len(self.tasks)):
            raise TooFew(len(there), self.proxies, search.least(len(self.tasks)))
        losses = np.array([known[i] for i in there])
        fit = fitted(
            search,
            self.mixes[there],
            losses,
            self.sizes / self.sizes.sum(),
            lambda: generator(self.seed, "simulated"),
        )
        return Answer(self.tasks, self.sizes, fit.shares, fit.spread, len(there), fit=fit)

    def _followed(self, search: Followed) -> Answer:
        """The mean over seeds; a proxy that did not come to its end says nothing."""
        _, keys = self._graph(self._asked())
        ended = [key for key in keys if self._loss(key) is not None]
        if not ended:
            raise TooFew(0, self.proxies, 1)
        weights = [np.load(self.experiment.store.open(key) / WEIGHTS, allow_pickle=False) for key in ended]
        stored = sorted(self._stored(task) for task in self.tasks)
        own = [stored.index(self._stored(task)) for task in self.tasks]
        found = np.array([search.found(one) for one in weights])[:, own]
        quarters = [
            [part.mean(axis=0) for part in np.array_split(one, QUARTERS) if len(part)] for one in weights
        ]
        missing = np.full(len(own), np.nan)
        spread = found.std(axis=0, ddof=1) / np.sqrt(len(found)) if len(found) > 1 else missing
        course = np.mean(quarters, axis=0)[:, own]
        return Answer(self.tasks, self.sizes, found.mean(axis=0), spread, len(found), course=course)

    def _named(self, mix: Floats) -> dict[str, float]:
        return dict(zip(self.tasks, mix.tolist(), strict=True))

    def _graph(self, proxies: Sequence[Mixed | Weighed]) -> tuple[WorkGraph, list[str]]:
        return search_graph(self.experiment.plan, self.experiment.facts, proxies)

    def _reads(self, graph: WorkGraph) -> dict[str, str]:
        """Keys of the nodes with the training rows, by task."""
        reads = {node.parameters["task"]: key for key, node in graph.nodes.items() if node.kind == "read"}
        return {task: reads[self._stored(task)] for task in self.tasks}

    def _stored(self, task: str) -> str:
        return stored_names(self.experiment.plan).get(task, task)

    def _train(self, proxies: Sequence[Mixed | Weighed], listen: Listen, workers: int | None) -> int:
        graph, keys = self._graph(proxies)
        return self.experiment.compute(graph, list(dict.fromkeys(keys)), listen, workers=workers).code

    def _losses(self, proxies: Sequence[Mixed | Weighed]) -> list[list[float] | None]:
        """The validation loss of each task after each proxy; `None` for one that has none."""
        _, keys = self._graph(proxies)
        return [self._loss(key) for key in keys]

    def _loss(self, key: str) -> list[float] | None:
        store = self.experiment.store
        if not store.has(key):
            return None
        cursor = Cursor(**json.loads((store.open(key) / CURSOR).read_text(encoding="utf-8")))
        if cursor.status != "done" or not cursor.evaluations:
            return None
        read = cursor.evaluations[-1]["scores"]
        losses = [float(read[f"{self._stored(task)}.loss"][0]) for task in self.tasks]
        return losses if np.isfinite(losses).all() else None
