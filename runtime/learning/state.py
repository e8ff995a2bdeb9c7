"""Everything a trial is made of between two steps, and its one save and load.

The state is the student's trainable tensors, the optimiser's moments, the memories
of the components and the cursor. There is no random state in it: dropout and row
order derive from (seed, stream, position), so a cursor is enough to go on.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sized
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import torch

    from currc.runtime.learning.law import Law
    from currc.runtime.learning.models import Student

TENSORS, CURSOR = "state.safetensors", "cursor.json"
NO_DRAWS = "0" * 64
UNITS = ("steps", "examples", "tokens", "flops")


@dataclass(slots=True)
class Cursor:
    """Where a trial stands; plain numbers, so it is JSON as it is."""

    steps: int = 0
    examples: int = 0
    tokens: int = 0
    """Non-pad input tokens after truncation, each draw counted."""
    flops: float = 0.0
    stage: int = 0
    """Index of the running stage."""
    stage_draws: int = 0
    """Draws since the stage began: the position in its order."""
    drawn: dict[str, int] = field(default_factory=dict)
    """Draws of each task since the trial began."""
    order: str = NO_DRAWS
    """Chained SHA-256 of the realised (task, row) sequence."""
    turns: dict[str, int] = field(default_factory=dict)
    """Draws of each source of the order, by its name, when its rates were last set or its stage ended."""
    mix: list[Any] = field(default_factory=list)
    """Every setting of the rates: the stage, the draw of it from which on they hold, the rate of each
    of its tasks, and the floating point operations that finding them took."""
    mean_mix: list[dict[str, float]] = field(default_factory=list)
    """The mean rate of each task over the draws of each finished stage."""
    at_entry: dict[str, Any] = field(default_factory=dict)
    """What stood here when the stage began: `drawn`, `turns`, `looked`, `order`, and used budget units."""
    ends: list[float] = field(default_factory=list)
    """Budget units used at the end of each finished stage."""
    evaluations: list[dict[str, Any]] = field(default_factory=list)
    """Every validation: `used`, `steps`, `stage`, `objective`, and `scores`: by `task.metric` the value,
    its standard error and whether higher is better."""
    paces: list[list[float]] = field(default_factory=list)
    """What an adaptive pacing opened at each evaluation: steps, budget units used, share of the window."""
    entered: list[list[Any]] = field(default_factory=list)
    """Where tasks enter one after another, every entry: the task, steps, budget units used, and why."""
    stream: list[list[Any]] = field(default_factory=list)
    """For each of the equal parts of the limit that is over: the draws of each task up to its end, and the
    percentiles of difficulty, low and high, that rows came from there."""
    looks: list[list[Any]] = field(default_factory=list)
    """Every look at training rows, as `Look`."""
    looked: dict[str, int] = field(default_factory=dict)
    """Points of the grids of looks that were passed at the last one: to `order`, and to `retire`."""
    grid: int = 0
    """Points of the evaluation grid that were passed at the last look."""
    promotions: list[str] = field(default_factory=list)
    """Why each stage ended, with the numbers used."""
    weight_sums: dict[str, float] = field(default_factory=dict)
    """Sum over steps of each task's loss weight, for the yoked control `mean_weights`."""
    weight_steps: dict[str, int] = field(default_factory=dict)
    best: float | None = None
    """Best validation objective so far, where `keep = best`."""
    losses: dict[str, float] = field(default_factory=dict)
    """Running mean of each task's training loss (decay 0.9)."""
    methods: dict[str, Any] = field(default_factory=dict)
    """The word with its parameters behind each memory: another word in a later stage begins anew."""
    recent: list[float] = field(default_factory=list)
    """Losses of the last 100 steps as multiples of those at the beginning, to tell an explosion by."""
    first: dict[str, list[float]] = field(default_factory=dict)
    """The first losses of each task."""
    high: int = 0
    """Steps in a row whose loss was an explosion."""
    status: str = "running"
    """`running`, `done`, `diverged`, `out_of_time` or `out_of_memory`."""

    def used(self, unit: str) -> float:
        """What has been used of a budget unit."""
        return float(getattr(self, unit))

    def enter(self, stage: int) -> None:
        """Begin a stage: its order starts at 0, what was drawn before is kept."""
        self.stage, self.stage_draws = stage, 0
        used = {unit: getattr(self, unit) for unit in UNITS}
        self.at_entry = {
            "drawn": dict(self.drawn),
            "turns": dict(self.turns),
            "looked": dict(self.looked),
            "order": self.order,
            "used": used,
        }

    def walk(self, rows: Mapping[str, Sized], tokens: int) -> None:
        """Go one step on, over these rows by task and so many tokens."""
        drawn = sum(map(len, rows.values()))
        self.steps += 1
        self.stage_draws += drawn
        self.examples += drawn
        self.tokens += tokens

    def note(self, stage: int, rates: list[float], turns: dict[str, int], spent: float = 0.0) -> None:
        """Log that these rates of a stage's tasks hold from here on, and the draws of each source so far."""
        self.mix.append([stage, self.stage_draws, rates, spent])
        self.turns.update(turns)

    def rates_of(self, stage: int) -> list[tuple[int, list[float], float]]:
        """The settings of a stage's rates: first draw, rates of its tasks, operations spent."""
        return [(at, rates, spent) for index, at, rates, spent in self.mix if index == stage]

    def entry(self, unit: str) -> float:
        """Budget units used when the stage began."""
        return float(self.at_entry["used"][unit])


@dataclass(slots=True)
class TrialState:
    """The student, its optimiser and every memory; `cursor` says where it stands."""

    student: Student
    optimizer: torch.optim.Optimizer
    memories: dict[str, dict[str, np.ndarray]]
    """Arrays of each component that keeps state, by the attribute it stands in."""
    cursor: Cursor = field(default_factory=Cursor)
    best: dict[str, torch.Tensor] = field(default_factory=dict)
    """The student at its best validation, where `keep = best`."""

    def enter(self, law: Law) -> None:
        """Begin a stage: a word that was there before goes on with its memory, another begins anew."""
        self.cursor.enter(law.index)
        self._freeze(law)
        if law.segment.reset_optimizer:
            self.optimizer.state.clear()
        methods, started = self.cursor.methods, law.memories()
        for slot, method in (("weights", law.segment.weights), ("combine", law.segment.combine)):
            now = method.model_dump(mode="json")
            if methods.get(slot) != now:
                self.memories[slot], methods[slot] = started[slot], now
        mix = {"mix": law.segment.mix.model_dump(mode="json"), "tasks": list(law.segment.tasks)}
        if methods.get("mix") != mix:
            self.memories["mix"], methods["mix"] = {}, mix

    def _freeze(self, law: Law) -> None:
        """Train what the stage trains; moments of what is frozen are forgotten, for it thaws anew."""
        self.student.freeze(law.frozen)
        for _, parameter in self.student.adjustable():
            if not parameter.requires_grad:
                self.optimizer.state.pop(parameter, None)
        if self.best:  # what thaws now was at the best state what it is now
            self.best = {**self.student.state(), **self.best}

    def save(self, folder: Path, *, moments: bool = True) -> None:
        """Write the state into an existing folder; equal states give equal bytes.

        `moments = False` leaves the optimiser out, for a trial that is over.
        """
        from safetensors.torch import save_file

        save_file(self._tensors(moments), folder / TENSORS)
        (folder / CURSOR).write_text(json.dumps(asdict(self.cursor), sort_keys=True, indent=1))

    def load(self, folder: Path) -> None:
        """Take over a saved state; the student and the optimiser must be of the same make."""
        from safetensors.torch import load_file

        tensors = load_file(folder / TENSORS)
        rooms: dict[str, dict[str, Any]] = {"model": {}, "best": {}, "optimizer": {}, "memory": {}}
        for name, tensor in tensors.items():
            room, _, rest = name.partition("/")
            rooms[room][rest] = tensor
        self.student.load_state(rooms["model"])
        self.best = rooms["best"]
        self._load_moments(rooms["optimizer"])
        self.memories = {slot: {} for slot in self.memories}
        for name, tensor in rooms["memory"].items():
            slot, _, key = name.partition("/")
            self.memories[slot][key] = tensor.numpy().copy()
        self.cursor = Cursor(**json.loads((folder / CURSOR).read_text()))

    def _tensors(self, moments: bool) -> dict[str, torch.Tensor]:
        import torch

        found = {f"model/{name}": tensor for name, tensor in self.student.state().items()}
        found |= {f"best/{name}": tensor for name, tensor in self.best.items()}
        for slot, memory in self.memories.items():
            found |= {
                f"memory/{slot}/{key}": torch.from_numpy(np.array(value)) for key, value in memory.items()
            }
        if moments:
            for name, parameter in self.student.adjustable():
                for key, value in self.optimizer.state.get(parameter, {}).items():
                    found[f"optimizer/{name}/{key}"] = torch.as_tensor(value).detach()
        return {name: found[name].detach().cpu().contiguous().clone() for name in sorted(found)}

    def _load_moments(self, tensors: dict[str, torch.Tensor]) -> None:
        for name, parameter in self.student.adjustable():
            mine = {
                key.removeprefix(f"{name}/"): value.to(parameter.device)
                for key, value in tensors.items()
                if key.rpartition("/")[0] == name
            }
            if mine:
                self.optimizer.state[parameter] = mine
